/*
 * cmd_overlay.c - vksup diff, commit, discard: what to do with an overlay.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd_overlay.h"
#include "command.h"
#include "options.h"
#include "overlay.h"
#include "vksup/vkern.h"

static const char *const change_names[] = { "added", "deleted", "modified", "attributes", "type" };
static const char change_letters[] = "ADMaT";

/* --- names for eyes --- */

/* Control characters, and what is not ASCII's, as \ooo. */
static void
print_path(FILE *f, const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f || *s == '\\')
			fprintf(f, "\\%03o", (unsigned char)*s);
		else
			putc(*s, f);
	}
}

/* --- diff, and diff --stat --- */

struct stat_sum {
	const struct overlay *o;
	FILE		*f;
	bool		sizes;
	unsigned	n[5];
	long long	added, removed;		/* bytes */
};

static int
stat_line(void *arg, const struct difference *d)
{
	struct stat_sum *s = arg;
	struct stat st = { 0 };
	bool isdir;

	s->n[d->change]++;
	if (d->node != NULL)
		(void)node_stat(s->o, d->node, &st);
	isdir = S_ISDIR(d->node != NULL ? d->node->a.mode : d->host.st_mode);
	if (S_ISREG(st.st_mode) && d->change != CHANGE_ATTR)
		s->added += st.st_size;
	if (S_ISREG(d->host.st_mode) && d->change != CHANGE_ATTR)
		s->removed += d->host.st_size;
	fprintf(s->f, "%c ", change_letters[d->change]);
	if (s->sizes)
		fprintf(s->f, "%12lld ", S_ISREG(st.st_mode) ? (long long)st.st_size : 0LL);
	print_path(s->f, d->path);
	fputs(isdir ? "/\n" : "\n", s->f);
	return 0;
}

int
overlay_stat_print(struct overlay *o, char *const *paths, FILE *f)
{
	struct stat_sum s = { .o = o, .f = f, .sizes = true };
	unsigned all = 0, i;

	overlay_diff(o, paths, false, stat_line, &s);
	for (i = 0; i < nitems(s.n); i++)
		all += s.n[i];
	fprintf(f, "%u added, %u modified, %u deleted, %u with other attributes; +%lld -%lld bytes\n",
	    s.n[CHANGE_ADDED], s.n[CHANGE_MODIFIED] + s.n[CHANGE_TYPE], s.n[CHANGE_DELETED],
	    s.n[CHANGE_ATTR], s.added, s.removed);
	return (int)all;
}

/* --- diff --json --- */

static const char *
type_name(unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFDIR: return "directory";
	case S_IFLNK: return "link";
	case S_IFIFO: return "fifo";
	case S_IFSOCK: return "socket";
	default: return "device";
	}
}

/* JSON is UTF-8: other bytes are as \ooo, and said to be. */
static void
json_path(struct json_object *j, const char *path)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f;

	if (mbstowcs(NULL, path, 0) != (size_t)-1) {
		json_object_object_add(j, "path", json_object_new_string(path));
		return;
	}
	f = open_memstream(&text, &n);
	for (; *path != '\0'; path++) {
		if ((unsigned char)*path >= 0x80 || *path == '\\')
			fprintf(f, "\\%03o", (unsigned char)*path);
		else
			putc(*path, f);
	}
	fclose(f);
	json_object_object_add(j, "path", json_object_new_string(text));
	json_object_object_add(j, "escaped", json_object_new_boolean(1));
	free(text);
}

struct json_out {
	const struct overlay *o;
	struct json_object *list;
};

static int
json_add(void *arg, const struct difference *d)
{
	struct json_out *out = arg;
	struct json_object *j = json_object_new_object();
	struct stat st = d->host;
	char mode[8], *target;

	json_path(j, d->path);
	json_object_object_add(j, "change", json_object_new_string(change_names[d->change]));
	if (d->node != NULL)
		(void)node_stat(out->o, d->node, &st);
	json_object_object_add(j, "type", json_object_new_string(type_name(st.st_mode)));
	if (d->node != NULL) {
		snprintf(mode, sizeof(mode), "%04o", st.st_mode & 07777);
		json_object_object_add(j, "mode", json_object_new_string(mode));
		json_object_object_add(j, "uid", json_object_new_int64(st.st_uid));
		json_object_object_add(j, "gid", json_object_new_int64(st.st_gid));
		json_object_object_add(j, "mtime", json_object_new_double((double)st.st_mtim.tv_sec +
		    (double)st.st_mtim.tv_nsec / 1e9));
	}
	if (d->node != NULL && S_ISREG(st.st_mode))
		json_object_object_add(j, "size", json_object_new_int64(st.st_size));
	if (d->node != NULL && S_ISLNK(st.st_mode) && (target = node_target(d->node)) != NULL) {
		json_object_object_add(j, "target", json_object_new_string(target));
		kfree(target);
	}
	json_object_array_add(out->list, j);
	return 0;
}

static void
diff_json(struct overlay *o, char *const *paths)
{
	struct json_out out = { o, json_object_new_array() };

	overlay_diff(o, paths, false, json_add, &out);
	puts(json_object_to_json_string_ext(out.list, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(out.list);
}

/* --- diff --patch --- */

/* The text of the change by diff(1); descriptors are closed. */
static void
patch_text(const struct difference *d, int from, int to)
{
	char a[64], b[64], *la = NULL, *lb = NULL;
	int status;
	pid_t pid;

	snprintf(a, sizeof(a), "/dev/fd/%d", from);
	snprintf(b, sizeof(b), "/dev/fd/%d", to);
	if (asprintf(&la, "%s%s", d->host.st_mode != 0 ? "a" : "/dev/null", d->host.st_mode != 0 ? d->path : "") < 0 ||
	    asprintf(&lb, "%s%s", d->node != NULL ? "b" : "/dev/null", d->node != NULL ? d->path : "") < 0)
		fail("out of memory", 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fcntl(from, F_SETFD, 0);
		fcntl(to, F_SETFD, 0);
		execlp("diff", "diff", "-u", "--label", la, "--label", lb, a, b, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
		fail("diff --patch: cannot run diff(1)", 0);
	free(la);
	free(lb);
	close(from);
	close(to);
}

static int
host_contents(const struct difference *d)
{
	int fd = -1;

	if (S_ISREG(d->host.st_mode))
		fd = openat(d->dir, d->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 ? fd : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int
patch_one(void *arg, const struct difference *d)
{
	const struct overlay *o = arg;
	struct stat st = { 0 };
	char *target;

	printf("%s %s ", change_names[d->change], type_name(d->node != NULL ? d->node->a.mode : d->host.st_mode));
	print_path(stdout, d->path);
	if (d->node != NULL && node_stat(o, d->node, &st)) {
		if (S_ISLNK(st.st_mode) && (target = node_target(d->node)) != NULL) {
			fputs(" -> ", stdout);
			print_path(stdout, target);
			kfree(target);
		} else if (d->change == CHANGE_ADDED) {
			printf(" mode %04o", st.st_mode & 07777);
		} else if (((st.st_mode ^ d->host.st_mode) & 07777) != 0) {
			printf(" mode %04o, was %04o", st.st_mode & 07777, d->host.st_mode & 07777);
		}
	}
	putchar('\n');
	if (d->change == CHANGE_ATTR || (!S_ISREG(st.st_mode) && !S_ISREG(d->host.st_mode)))
		return 0;
	patch_text(d, host_contents(d), S_ISREG(st.st_mode) ? node_open(o, d->node) :
	    open("/dev/null", O_RDONLY | O_CLOEXEC));
	return 0;
}

/* --- the commands --- */

int
cmd_diff(int argc, char **argv)
{
	enum { NAMES, STAT, PATCH, JSON } how = NAMES;
	struct stat_sum s = { .f = stdout };
	const char *dir = NULL, *name = argv[0];
	struct overlay o;
	char **paths;
	int i, n = 0;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--stat") == 0)
			how = STAT;
		else if (strcmp(argv[i], "--patch") == 0 || strcmp(argv[i], "-p") == 0)
			how = PATCH;
		else if (strcmp(argv[i], "--json") == 0)
			how = JSON;
		else if (argv[i][0] == '-' && dir == NULL)
			return command_usage(name, "unknown option");
		else if (dir == NULL)
			dir = argv[i];
		else
			argv[n++] = argv[i];
	}
	if (dir == NULL)
		return command_usage(name, "a directory is needed");
	argv[n] = NULL;
	paths = paths_resolve(argv);
	overlay_open(&o, dir, false);
	s.o = &o;
	if (how == STAT)
		overlay_stat_print(&o, paths, stdout);
	else if (how == PATCH)
		overlay_diff(&o, paths, false, patch_one, &o);
	else if (how == JSON)
		diff_json(&o, paths);
	else
		overlay_diff(&o, paths, false, stat_line, &s);
	overlay_close(&o);
	return fflush(stdout) != 0 || ferror(stdout) ? EXIT_OURS : 0;
}

int
cmd_commit(int argc, char **argv)
{
	struct overlay o;
	int err;

	if (argc < 2 || argv[1][0] == '-')
		return command_usage(argv[0], "a directory is needed");
	overlay_open(&o, argv[1], false);
	err = overlay_commit(&o, paths_resolve(argv + 2));
	overlay_close(&o);
	return err != 0 ? EXIT_OURS : 0;
}

int
cmd_discard(int argc, char **argv)
{
	struct overlay o;

	if (argc != 2 || argv[1][0] == '-')
		return command_usage(argv[0], "one directory is needed");
	overlay_open_damaged(&o, argv[1]);
	overlay_remove(&o);
	return 0;
}
