/*
 * debug.c - --gdb and --break-syscall, and what vksup-gdb.py calls.
 */
#include "debug.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi.h"
#include "feature.h"
#include "stack.h"
#include "vksup/proc.h"
#include "vksup/strace.h"
#include "vksup/watch.h"

struct vkern *debug_kernel;

static bool want_gdb, trap_ready;
static bool break_at[ABI_NR_LIMIT], break_any;

/* --- who is there --- */

bool
host_traced(void)
{
	char buf[2048], *p;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	p = strstr(buf, "\nTracerPid:");
	return p != NULL && atoi(p + 11) > 0;
}

/* rr(1) sets it for what it runs. */
bool
host_under_rr(void)
{
	const char *s = getenv("RUNNING_UNDER_RR");

	return s != NULL && *s != '\0';
}

/* --- stopping --- */

/* Without a debugger, or with one that passes the signal on. */
static void
trap_ignored(int sig)
{
	(void)sig;
}

static void
trap_prepare(void)
{
	struct sigaction sa = { .sa_handler = trap_ignored, .sa_flags = SA_RESTART };

	trap_ready = sigaction(SIGTRAP, &sa, NULL) == 0;
}

void __attribute__((noinline))
debug_stop(void)
{
	if (trap_ready)
		__asm__ volatile("int3");
}

/* Its name is what a debugger shows: the call is about to be handled. */
static void __attribute__((noinline))
debug_break_syscall(struct thread *t, const struct abi_row *row)
{
	debug_stop();
	/* The frame stays, with its arguments. */
	__asm__ volatile("" : : "r"(t), "r"(row) : "memory");
}

static void
call_enter(struct watcher *w, struct thread *t, const struct abi_row *row)
{
	(void)w;
	if (row != NULL && break_at[row->nr])
		debug_break_syscall(t, row);
}

static struct watcher break_watcher = { .every_call = true, .call_enter = call_enter };

/* --- for debuggers --- */

const char *
debug_call_text(struct thread *t)
{
	static char buf[STRACE_LINE_MAX];

	if (stack_call_text(buf, sizeof(buf), t, t->proc->vm) == 0)
		return "not in a call";
	return buf;
}

const char *
debug_guest_stack(struct thread *t)
{
	static struct stack s;
	static char buf[STACK_MAX * 256];
	int err = stack_guest(&s, t->proc->vm, &t->regs);

	if (err)
		return "not to be had now\n";
	stack_text(buf, sizeof(buf), &s, "");
	return buf;
}

/* --- options --- */

/* The same command line under gdb.  There --gdb means nothing any more. */
static void
gdb_exec(void)
{
	static char cmdline[1 << 17];
	static char *argv[4096] = { "gdb", "-q", "-iex" };
	char self[PATH_MAX] = "", dir[PATH_MAX + 32];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC), n = 3;
	size_t at = 0;
	ssize_t r;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		fail("--gdb", -errno);
	while (fd >= 0 && (r = read(fd, cmdline + at, sizeof(cmdline) - 1 - at)) > 0)
		at += (size_t)r;
	if (fd >= 0)
		close(fd);
	snprintf(dir, sizeof(dir), "add-auto-load-safe-path %s-gdb.py", self);
	argv[n++] = dir;
	argv[n++] = "-ex";
	argv[n++] = "run";
	argv[n++] = "--args";
	argv[n++] = self;
	for (char *p = cmdline + strlen(cmdline) + 1; p < cmdline + at && n < (int)nitems(argv) - 1;
	    p += strlen(p) + 1)
		argv[n++] = p;
	argv[n] = NULL;
	execvp("gdb", argv);
	fail("--gdb: gdb", -errno);
}

static void
debug_option(struct options *o, const char *name, const char *arg)
{
	const struct abi_row *row;

	(void)o;
	if (strcmp(name, "gdb") == 0) {
		want_gdb = true;
		return;
	}
	row = abi_row_by_name(arg);
	if (row == NULL)
		bad_value("--break-syscall", *arg != '\0' ? arg : "''", "no such system call");
	break_at[row->nr] = true;
	break_any = true;
}

static void
debug_prepare(struct options *o, struct vkern_config *cfg)
{
	(void)o;
	if (want_gdb && !host_traced())
		gdb_exec();
	if (host_under_rr())
		cfg->slow |= SLOW_SPIN;
	trap_prepare();
}

static void
debug_boot(const struct options *o, struct vkern *k)
{
	(void)o;
	debug_kernel = k;
	if (break_any && watch_add(k, &break_watcher) != 0)
		fail("cannot watch", 0);
}

static const struct feature_option debug_options[] = {
	{ "gdb", NULL, "start gdb on vksup; with --break-syscall it stops there" },
	{ "break-syscall", "NAME", "a debugger stops when NAME is called" },
	{ NULL, NULL, NULL },
};

const struct feature feature_debug = {
	.name = "debug", .options = debug_options, .option = debug_option,
	.prepare = debug_prepare, .boot = debug_boot,
};
