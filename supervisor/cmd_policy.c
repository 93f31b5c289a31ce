/*
 * cmd_policy.c - `vksup policy`: what a set of options means.
 *
 * explain boots a kernel with the options, as a run would, and asks it; no
 * program is started.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carrier.h"
#include "command.h"
#include "options.h"
#include "profile.h"
#include "supervisor.h"
#include "vksup/view.h"

static const char *
seen_as(const struct view_answer *a)
{
	switch (a->kind) {
	case VIEW_COPY: return "the host's";
	case VIEW_THROUGH: return "the host's";
	case VIEW_MEMORY: return "in memory, empty at the start";
	case VIEW_KERNEL: return "the vkernel's own";
	case VIEW_HIDDEN: return "hidden: it does not exist";
	case VIEW_MISSING: return "it does not exist";
	}
	return "?";
}

static const char *
written_how(const struct view_answer *a)
{
	if (a->kind == VIEW_HIDDEN)
		return "no";
	if (a->ro)
		return "no: read-only";
	switch (a->kind == VIEW_MISSING ? a->above : a->kind) {
	case VIEW_COPY: return "a copy in memory";
	case VIEW_THROUGH: return "on the host";
	case VIEW_KERNEL: return "as the vkernel has it";
	default: return "in memory";
	}
}

static void
rule_print(const struct options *o, const struct view_answer *a)
{
	if (a->rule < 0)
		puts(a->kind == VIEW_MEMORY || a->kind == VIEW_KERNEL ? "rule: default (always so)" :
		    "rule: default (what is not named is seen, and changed in memory only)");
	else if (o->rule_texts[a->rule] == NULL)
		puts("rule: default (a secret; --no-hide-secrets shows it)");
	else
		printf("rule: %s\n", o->rule_texts[a->rule]);
}

/* r, w, x for the first program. */
static unsigned
rights(const struct options *o, const struct view_answer *a)
{
	gid_t groups[64];
	int i, n;

	if (o->ids.uid == 0)
		return (a->mode & 0111) != 0 || S_ISDIR(a->mode) ? 7 : 6;
	if (o->ids.uid == a->uid)
		return a->mode >> 6 & 7;
	if (o->ids.gid == a->gid)
		return a->mode >> 3 & 7;
	n = o->ids_set ? 0 : getgroups(64, groups);
	for (i = 0; i < n; i++)
		if (groups[i] == a->gid)
			return a->mode >> 3 & 7;
	return a->mode & 7;
}

static void
answer_print(const struct options *o, const char *path, const struct view_answer *a)
{
	unsigned r = rights(o, a);
	bool there = a->mode != 0;

	printf("path: %s\n", path);
	if (strcmp(path, a->path) != 0)
		printf("leads to: %s\n", a->path);
	printf("seen: %s\n", seen_as(a));
	rule_print(o, a);
	printf("read: %s\n", !there ? "no" : r & 4 ? "yes" : "no: permissions");
	printf("written: %s\n", !there || r & 2 || a->ro ? written_how(a) : "no: permissions");
	if (there)
		printf("mode: %04o, user %u, group %u\n", a->mode & 07777, a->uid, a->gid);
}

static int
explain(int argc, char **argv)
{
	static struct options o;
	struct vkern_config cfg = { .hostname = NULL };
	static struct view_answer a;
	struct vkern *k;
	char *path, cwd[PATH_MAX];
	int err;

	if (argc < 2 || argv[1][0] == '-' || argv[1][0] == '\0')
		return command_usage("policy", "explain needs a path");
	if (*options_only(argc - 1, argv + 1, environ, &o) != NULL)
		return command_usage("policy", "explain takes a path and options");
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		strcpy(cwd, "/");
	if (asprintf(&path, "%s%s%s", argv[1][0] == '/' ? "" : cwd, argv[1][0] == '/' ? "" : "/",
	    argv[1]) < 0)
		fail("out of memory", 0);
	place_init();
	host_info_init();
	supervisor_boot(&o, &cfg, &k);
	err = view_explain(path, &a);
	if (err != 0)
		fail(path, err);
	answer_print(&o, path, &a);
	free(path);
	return 0;
}

static int
show(int argc, char **argv)
{
	if (argc == 1) {
		profile_list();
		return 0;
	}
	if (argc != 3 || (strcmp(argv[1], "-p") != 0 && strcmp(argv[1], "--profile") != 0))
		return command_usage("policy", "show takes -p NAME");
	profile_show(argv[2]);
	return 0;
}

int
cmd_policy(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "explain") == 0)
		return explain(argc - 1, argv + 1);
	if (argc >= 2 && strcmp(argv[1], "show") == 0)
		return show(argc - 1, argv + 1);
	return command_usage(argv[0], "explain or show is needed");
}
