/*
 * main.c - the command line, start-up, and the end.
 *
 * Order of start: what the program inherits is noted, the warden and the
 * template are forked while there is one thread, then the kernel boots and
 * starts the program.  The main thread then only waits: for the program's end
 * and for signals of the host, which it passes on.
 *
 * Exit status: the program's own, 128+n when signal n ended it; 125 for a
 * failure of vksup, 126 and 127 when the program cannot be run or found.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "carrier.h"
#include "supervisor.h"
#include "term.h"
#include "trace.h"
#include "vksup/proc.h"

#ifndef VKSUP_VERSION
#define VKSUP_VERSION "0"
#endif

enum { EXIT_OURS = 125, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static int exit_event = -1;
static _Atomic int exit_status;

static const char usage_text[] =
    "usage: vksup [OPTIONS] [--] COMMAND [ARG...]\n"
    "Run COMMAND under a kernel of its own.\n"
    "\n"
    "      --strace          print the program's system calls, as strace(1) does\n"
    "  -e EXPR               which calls: trace=openat,read  trace=%file  !read\n"
    "  -f                    those of its children too\n"
    "  -c                    count them instead\n"
    "  -o FILE               print them to FILE\n"
    "      --verbose         name each missing system call once\n"
    "      --version         print the version\n"
    "  -h, --help            print this text\n"
    "\n"
    "Exit status: COMMAND's; 128+n if signal n ended it; 125 if vksup failed;\n"
    "126 if COMMAND cannot be run; 127 if it is not found.\n";

struct options {
	bool		strace, verbose;
	struct trace_options trace;
	char		**argv;
};

static void no_return
fail(const char *what, int err)
{
	if (err != 0)
		fprintf(stderr, "vksup: %s: %s\n", what, strerror(-err));
	else
		fprintf(stderr, "vksup: %s\n", what);
	exit(EXIT_OURS);
}

static void no_return
usage_error(void)
{
	fprintf(stderr, "try 'vksup --help'\n");
	exit(EXIT_OURS);
}

static void
options_parse(int argc, char **argv, struct options *o)
{
	enum { OPT_STRACE = 256, OPT_VERBOSE, OPT_VERSION };
	static const struct option longs[] = {
		{ "strace", no_argument, NULL, OPT_STRACE },
		{ "verbose", no_argument, NULL, OPT_VERBOSE },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	memset(o, 0, sizeof(*o));
	while ((c = getopt_long(argc, argv, "+e:fco:h", longs, NULL)) != -1) {
		switch (c) {
		case OPT_STRACE: o->strace = true; break;
		case OPT_VERBOSE: o->verbose = true; break;
		case OPT_VERSION: printf("vksup %s\n", VKSUP_VERSION); exit(0);
		case 'e': o->trace.expr = optarg; break;
		case 'f': o->trace.follow = true; break;
		case 'c': o->trace.count = true; break;
		case 'o': o->trace.output = optarg; break;
		case 'h': fputs(usage_text, stdout); exit(0);
		default: usage_error();
		}
	}
	if ((o->trace.expr || o->trace.follow || o->trace.count || o->trace.output) && !o->strace) {
		fprintf(stderr, "vksup: -e, -f, -c and -o go with --strace\n");
		usage_error();
	}
	if (argv[optind] == NULL) {
		fprintf(stderr, "vksup: no command given\n");
		usage_error();
	}
	o->argv = argv + optind;
}

/* Called by the kernel, with its locks held: only leave a note. */
static void
program_ended(void *arg, int status)
{
	uint64_t one = 1;

	(void)arg;
	exit_status = status;
	if (write(exit_event, &one, sizeof(one)) < 0)
		return;
}

static void
limits_raise(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* Signals of the host for the program, in the order they are passed on. */
static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGTSTP,
	SIGCONT, SIGWINCH };

static int
signals_open(void)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < nitems(forwarded); i++)
		sigaddset(&set, forwarded[i]);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigdelset(&set, SIGPIPE);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/*
 * From the terminal's driver (SI_KERNEL) a signal is for the whole foreground
 * group; from kill(1) it is for the program.
 */
static void
signal_forward(const struct signalfd_siginfo *ssi)
{
	int sig = (int)ssi->ssi_signo;
	siginfo_t si;

	if (sig == SIGWINCH) {
		term_winsize();
		return;
	}
	if (sig == SIGCONT)
		term_resume();
	if (ssi->ssi_code == SI_KERNEL && term_signal(sig))
		return;
	siginfo_kernel(&si, sig);
	if (ssi->ssi_code != SI_KERNEL)
		si.si_code = SI_USER;
	mutex_lock(&vk->proc_lock);
	if (vk->main_proc != NULL) {
		if (ssi->ssi_code == SI_KERNEL)
			signal_pgrp(vk->main_proc->pgid, sig, &si);
		else
			(void)!signal_proc(vk->main_proc, sig, &si);
	}
	mutex_unlock(&vk->proc_lock);
	if (sig == SIGTSTP) {
		term_suspend();
		kill(getpid(), SIGSTOP);
		term_resume();
	}
}

static void
wait_for_end(int sigfd)
{
	struct pollfd p[2] = { { exit_event, POLLIN, 0 }, { sigfd, POLLIN, 0 } };
	struct signalfd_siginfo ssi;

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents != 0)
			return;
		while (read(sigfd, &ssi, sizeof(ssi)) == sizeof(ssi))
			signal_forward(&ssi);
	}
}

static int
status_code(int status)
{
	return (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
}

/* Every guest ends now; what they wrote has been handed to the host. */
static void no_return
finish(int code)
{
	term_finish();
	carriers_kill_all();
	warden_stop();
	fflush(NULL);
	_exit(code);
}

void
supervisor_panic(const char *msg)
{
	term_restore();
	fprintf(stderr, "vksup: internal error: %s\n", msg);
	carriers_kill_all();
	warden_stop();
	_exit(EXIT_OURS);
}

static int
start_failure(const char *cmd, int err)
{
	fprintf(stderr, "vksup: %s: %s\n", cmd, err == -ENOENT ? "command not found" : strerror(-err));
	return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

static void
machine_start(void)
{
	int err;

	term_probe();
	err = warden_start();

	if (err == 0)
		err = template_start();
	if (err == 0)
		err = reaper_start();
	if (err == 0)
		err = template_wait();
	if (err)
		fail("cannot make guest processes (seccomp filters are needed)", err);
}

int
main(int argc, char **argv, char **envp)
{
	struct options o;
	struct vkern_config cfg = { .on_exit = program_ended };
	struct vkern *k;
	char cwd[PATH_MAX], msg[256];
	int err, sigfd;

	stdio_guard();
	options_parse(argc, argv, &o);
	place_init();
	host_info_init();
	limits_raise();
	if (o.strace) {
		if (trace_start(&o.trace, msg, sizeof(msg)) != 0)
			fail(msg, 0);
		cfg.trace = trace_call;
	}
	cfg.verbose = o.verbose;
	exit_event = eventfd(0, EFD_CLOEXEC);
	sigfd = signals_open();
	machine_start();
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		strcpy(cwd, "/");
	err = vkern_boot(&cfg, &k);
	if (err)
		fail("cannot boot", err);
	err = term_start();
	if (err)
		fail("cannot use the terminal", err);
	err = vkern_start(k, o.argv[0], o.argv, envp, cwd);
	if (err) {
		term_restore();
		finish(start_failure(o.argv[0], err));
	}
	wait_for_end(sigfd);
	if (o.strace)
		trace_finish(exit_status);
	finish(status_code(exit_status));
}
