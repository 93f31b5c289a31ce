/*
 * feature_overlay.c - --overlay DIR: the guest's changes are kept in a
 * directory; --keep HOW: they are committed, or not, when the program has ended.
 *
 * --keep without --overlay uses a directory of its own beside nothing else in
 * $TMPDIR, which is removed at the end.  The end comes when every guest is dead
 * and before vksup exits, so the commit is done by the same process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confine.h"
#include "feature.h"
#include "overlay.h"

enum keep { KEEP_NONE, KEEP_ASK, KEEP_ALWAYS, KEEP_SUCCESS, KEEP_NEVER };

static const char *overlay_name;
static enum keep keep;
static struct overlay overlay;
static struct vkern_overlay config;
static char *temporary;
static int helper = -1;
static pid_t temporary_owner;

static void
option(struct options *o, const char *name, const char *arg)
{
	static const char *const names[] = { "", "ask", "always", "success", "never" };
	unsigned i;

	(void)o;
	if (strcmp(name, "overlay") == 0) {
		if (*arg == '\0')
			bad_value("--overlay", "''", "a directory is needed");
		overlay_name = arg;
		return;
	}
	for (i = 1; i < nitems(names); i++)
		if (strcmp(arg, names[i]) == 0)
			keep = (enum keep)i;
	if (keep == KEEP_NONE)
		bad_value("--keep", *arg != '\0' ? arg : "''", "ask, always, success or never is needed");
}

/* Its own directory is no business of the guest's. */
static void
hide(struct options *o)
{
	char *path = realpath(overlay_name, NULL);
	struct vkern_rule *rules = calloc(o->nrules + 1, sizeof(*rules));
	const char **texts = calloc(o->nrules + 1, sizeof(*texts));

	if (path == NULL || rules == NULL || texts == NULL)
		fail(overlay_name, -errno);
	memcpy(rules, o->rules, o->nrules * sizeof(*rules));
	memcpy(texts, o->rule_texts, o->nrules * sizeof(*texts));
	rules[o->nrules] = (struct vkern_rule){ .kind = RULE_HIDE_HOST, .dst = path };
	texts[o->nrules++] = "--overlay";
	confine_need_write(path);
	o->rules = rules;
	o->rule_texts = texts;
}

/* vksup could not start. */
static void
remove_temporary(void)
{
	if (getpid() == temporary_owner && overlay.tree != NULL)
		overlay_remove(&overlay);
}

static void
make_temporary(void)
{
	const char *tmp = getenv("TMPDIR");

	if (asprintf(&temporary, "%s/vksup-XXXXXX", tmp != NULL && *tmp == '/' ? tmp : "/var/tmp") < 0 ||
	    mkdtemp(temporary) == NULL)
		fail(temporary, -errno);
	overlay_name = temporary;
	temporary_owner = getpid();
	atexit(remove_temporary);
}

static void helper_start(void);

static void
prepare(struct options *o, struct vkern_config *cfg)
{
	struct statvfs sv;

	if (overlay_name == NULL && keep == KEEP_NONE)
		return;
	if (keep == KEEP_ASK && !isatty(STDERR_FILENO))
		fail("--keep ask: standard error is not a terminal", 0);
	if (overlay_name == NULL)
		make_temporary();
	overlay_open(&overlay, overlay_name, true);
	overlay_tidy(&overlay);
	if (fstatvfs(overlay.dir, &sv) == 0 && (sv.f_flag & ST_NOEXEC))
		fprintf(stderr, "vksup: %s: is on a file system without programs (noexec): none can be run from the overlay\n",
		    overlay_name);
	hide(o);
	if (keep != KEEP_NONE)
		helper_start();
	config.data.v = overlay.data;
	config.journal.v = overlay.journal;
	config.end = overlay.end;
	config.tree = overlay.tree;
	cfg->overlay = &config;
}

static void
boot_failed(void)
{
	if (config.why[0] != '\0')
		overlay_fail(&overlay, "", config.why);
}

/* --- the end --- */

static bool
ask(void)
{
	char line[64];
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;

	if (fd >= 0 && dprintf(fd, "Keep these changes? [y/N] ") > 0)
		n = read(fd, line, sizeof(line));
	if (fd >= 0)
		close(fd);
	return n > 0 && (line[0] == 'y' || line[0] == 'Y');
}

static bool
wanted(struct overlay *ov, int code)
{
	switch (keep) {
	case KEEP_ALWAYS:
		return true;
	case KEEP_SUCCESS:
		return code == 0;
	case KEEP_ASK:
		return overlay_stat_print(ov, NULL, stderr) > 0 && ask();
	default:
		return false;
	}
}

/*
 * The journal is read as another run would: nothing depends on what is in
 * anybody's memory.  A commit that fails leaves the directory.
 */
static int
settle(int code)
{
	struct overlay again;

	overlay_again(&again, &overlay);
	if (wanted(&again, code) && overlay_commit(&again, NULL) != 0) {
		fprintf(stderr, "vksup: not all changes were kept; \"vksup commit %s\" tries again\n", overlay_name);
		return EXIT_OURS;
	}
	if (temporary != NULL)
		overlay_remove(&again);
	return code;
}

/*
 * The kernel confines itself and cannot change the host: a process from before
 * waits for the end, and does it.  It ends with the kernel.
 */
static void
helper_start(void)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGUSR1, SIGUSR2 };
	int pair[2], code;
	size_t i;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		fail("--keep", -errno);
	switch (fork()) {
	case -1:
		fail("--keep", -errno);
	case 0:
		break;
	default:
		close(pair[1]);
		helper = pair[0];
		return;
	}
	close(pair[0]);
	for (i = 0; i < nitems(ignored); i++)
		signal(ignored[i], SIG_IGN);
	if (read(pair[1], &code, sizeof(code)) != sizeof(code))
		_exit(0);
	code = settle(code);
	fflush(NULL);
	_exit(write(pair[1], &code, sizeof(code)) != sizeof(code));
}

static int
gone(int code)
{
	int result = EXIT_OURS;

	if (overlay.tree == NULL)
		return code;
	if (config.err != 0) {
		fprintf(stderr, "vksup: %s: not all changes are in it: %s\n", overlay_name, strerror(-config.err));
		return EXIT_OURS;
	}
	if (keep == KEEP_NONE)
		return code;
	if (write(helper, &code, sizeof(code)) != sizeof(code) ||
	    read(helper, &result, sizeof(result)) != sizeof(result))
		fprintf(stderr, "vksup: %s: the changes were not kept\n", overlay_name);
	return result;
}

const struct feature feature_overlay = {
	.name = "overlay",
	.options = (const struct feature_option[]){
		{ "overlay", "DIR", "changes are kept in DIR, also for later runs" },
		{ "keep", "HOW", "ask, always, success or never: whether changes reach the host" },
		{ NULL, NULL, NULL },
	},
	.option = option,
	.prepare = prepare,
	.boot_failed = boot_failed,
	.gone = gone,
};
