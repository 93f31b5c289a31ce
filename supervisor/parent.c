/*
 * parent.c - the run dies with whoever started it, so that nothing goes on
 * that nobody waits for.  --outlive-parent says otherwise.
 *
 * A descriptor of the parent tells when the process has ended.  PR_SET_PDEATHSIG
 * would already do so when the thread that forked us ends, and not if the
 * parent is gone before it is set.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "feature.h"
#include "parent.h"

static bool outlive;
static int parent = -1;

static void
parent_option(struct options *o, const char *name, const char *arg)
{
	(void)o;
	(void)name;
	(void)arg;
	outlive = true;
}

/* A parent in another pid namespace is 0, and cannot be watched by number. */
static void
parent_prepare(struct options *o, struct vkern_config *cfg)
{
	pid_t pid = getppid();

	(void)o;
	(void)cfg;
	if (outlive)
		return;
	if (pid > 1)
		parent = (int)syscall(SYS_pidfd_open, pid, 0);
	if (parent >= 0 && getppid() == pid)
		return;
	if (parent < 0 && (pid <= 1 || errno == ENOSYS || errno == EPERM)) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == pid)
			return;
	}
	fail("whoever started it is gone", 0);
}

int
parent_fd(void)
{
	return parent;
}

const struct feature feature_parent = {
	.name = "parent",
	.options = (const struct feature_option[]){
		{ "outlive-parent", NULL, "go on when whoever started vksup has ended" },
		{ NULL, NULL, NULL },
	},
	.option = parent_option,
	.prepare = parent_prepare,
};
