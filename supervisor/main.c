/*
 * main.c - start-up, the wait, and the end.
 *
 * Order of start: what the program inherits is noted, the warden and the
 * template are forked while there is one thread, then the kernel boots and
 * starts the program.  The main thread then only waits: for the program's end
 * and for signals of the host, which it passes on.
 *
 * Exit status: the program's own, 128+n when signal n ended it; 124 when its
 * time was up, 125 for a failure of vksup, 126 and 127 when the program cannot be run or found.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "carrier.h"
#include "command.h"
#include "confine.h"
#include "feature.h"
#include "monitor.h"
#include "options.h"
#include "parent.h"
#include "supervisor.h"
#include "term.h"
#include "trace.h"
#include "vksup/fs.h"
#include "vksup/host.h"
#include "vksup/proc.h"
#include "vksup/watch.h"

static int exit_event = -1, stop_event = -1;
static _Atomic int exit_status, stop_signal;
static volatile sig_atomic_t interrupted, interrupted_code;

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

/* The program stands still: so does vksup, for whoever waits for it to see. */
static void
program_stopped(void *arg, int sig)
{
	uint64_t one = 1;

	(void)arg;
	stop_signal = sig;
	if (write(stop_event, &one, sizeof(one)) < 0)
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

/*
 * While the main thread waits, SIGINT is not blocked, because a debugger would
 * not see it then: ^C in gdb stops the kernel.
 */
static void
interrupt_note(int sig, siginfo_t *si, void *uc)
{
	int err = errno;
	uint64_t one = 1;

	(void)sig;
	(void)uc;
	interrupted_code = si->si_code;
	interrupted = 1;
	(void)!write(stop_event, &one, sizeof(one));
	errno = err;
}

/* Signals of the host for the program, in the order they are passed on. */
static const int forwarded[] = { SIGHUP, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGTSTP,
	SIGCONT, SIGWINCH };

static int
signals_open(void)
{
	struct sigaction sa = { .sa_sigaction = interrupt_note, .sa_flags = SA_SIGINFO | SA_RESTART };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < nitems(forwarded); i++)
		sigaddset(&set, forwarded[i]);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGINT, &sa, NULL);
	sigdelset(&set, SIGPIPE);
	sigdelset(&set, SIGINT);
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
	/* From the terminal it is the program's. */
	if (sig == SIGQUIT && ssi->ssi_code != SI_KERNEL) {
		monitor_report(2);
		return;
	}
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
}

/* The signal is for this thread, so that the stop comes before what follows. */
static void
stand_still(void)
{
	int sig = atomic_exchange(&stop_signal, 0);
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, sig);
	term_suspend();
	pthread_sigmask(SIG_UNBLOCK, &set, &old);
	pthread_kill(pthread_self(), sig);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	term_resume();
	(void)term_signal(SIGCONT);
}

/* --timeout: what happens next to the program, and when. */
struct limit {
	ktime_t		at;		/* NEVER: nothing more */
	int		sig;		/* 0: give up waiting */
	bool		reached;
};

static void
program_signal(int sig)
{
	siginfo_t si;

	siginfo_kernel(&si, sig);
	mutex_lock(&vk->proc_lock);
	if (vk->main_proc != NULL)
		(void)!signal_proc(vk->main_proc, sig, &si);
	mutex_unlock(&vk->proc_lock);
}

/* False: even SIGKILL has not ended it. */
static bool
limit_step(struct limit *l, const struct options *o)
{
	if (host_clock(CLOCK_MONOTONIC) < l->at)
		return true;
	l->reached = true;
	if (l->sig == 0)
		return false;
	program_signal(l->sig);
	if (l->sig == SIGTERM) {
		/* Stopped programs hear it too. */
		program_signal(SIGCONT);
		l->sig = SIGKILL;
		l->at += o->kill_after;
	} else {
		l->sig = 0;
		l->at += NSEC_PER_SEC;
	}
	return true;
}

static int
limit_poll_ms(const struct limit *l)
{
	int64_t ns;

	if (l->at == NEVER)
		return -1;
	ns = l->at - host_clock(CLOCK_MONOTONIC);
	return ns <= 0 ? 0 : (int)min_of(ns / 1000000 + 1, (int64_t)3600000);
}

/* What was left as notes while the main thread slept. */
static void
notes_read(void)
{
	struct signalfd_siginfo ssi = { .ssi_signo = SIGINT };
	uint64_t n;

	if (read(stop_event, &n, sizeof(n)) != sizeof(n))
		return;
	if (interrupted) {
		interrupted = 0;
		ssi.ssi_code = (int)interrupted_code;
		signal_forward(&ssi);
	}
	if (stop_signal != 0)
		stand_still();
}

/* True if the time that was given was up. */
static bool
wait_for_end(int sigfd, const struct options *o)
{
	struct pollfd p[4] = { { exit_event, POLLIN, 0 }, { sigfd, POLLIN, 0 },
		{ stop_event, POLLIN, 0 }, { parent_fd(), POLLIN, 0 } };
	struct limit l = { .at = NEVER, .sig = SIGTERM };
	struct signalfd_siginfo ssi;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	if (o->timeout != 0)
		l.at = host_clock(CLOCK_MONOTONIC) + o->timeout;
	for (;;) {
		if (poll(p, 4, limit_poll_ms(&l)) < 0 && errno != EINTR)
			return l.reached;
		if (p[0].revents != 0)
			return l.reached;
		if (!limit_step(&l, o))
			return true;
		while (read(sigfd, &ssi, sizeof(ssi)) == sizeof(ssi))
			signal_forward(&ssi);
		if (p[2].revents != 0)
			notes_read();
		if (p[3].revents != 0) {
			p[3].fd = -1;
			program_signal(SIGKILL);
			l.sig = 0;
			l.at = host_clock(CLOCK_MONOTONIC) + NSEC_PER_SEC;
		}
	}
}

static int
status_code(int status)
{
	return (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
}

/* What it kills on the way must not look like an end of its own to another. */
void
supervisor_ends(void)
{
	static _Atomic pid_t ender;
	pid_t self = gettid(), none = 0;

	if (!atomic_compare_exchange_strong(&ender, &none, self) && none != self)
		for (;;)
			pause();
}

/* Every guest ends now; what they wrote has been handed to the host. */
static void no_return
finish(int code)
{
	supervisor_ends();
	term_finish();
	carriers_kill_all();
	code = features_gone(code);
	warden_stop();
	fflush(NULL);
	_exit(code);
}

void
supervisor_stop(const char *msg)
{
	supervisor_ends();
	term_restore();
	fprintf(stderr, "vksup: %s: the run is ended\n", msg);
	monitor_unlink();
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
	if (err == 0)
		err = strays_start();
	if (err)
		fail("cannot make guest processes (seccomp filters are needed)", err);
}

void
supervisor_boot(struct options *o, struct vkern_config *cfg, struct vkern **k)
{
	struct path cwd;
	int err;

	cfg->verbose = o->verbose;
	cfg->hostname = o->hostname;
	cfg->rules = o->rules;
	cfg->nrules = o->nrules;
	cfg->ids = o->ids_set ? &o->ids : NULL;
	err = vkern_boot(cfg, k);
	if (err) {
		features_boot_failed();
		options_rule_failed(o);
		fail("cannot boot", err);
	}
	if (!o->chdir)
		return;
	err = path_lookup_kernel(o->cwd, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &cwd);
	if (err) {
		fprintf(stderr, "vksup: --chdir %s: %s\n", o->cwd, strerror(-err));
		exit(EXIT_OURS);
	}
	path_put(cwd);
}

int
main(int argc, char **argv, char **envp)
{
	static struct options o;
	struct vkern_config cfg = { .on_exit = program_ended, .on_stop = program_stopped };
	struct vkern *k;
	struct run_end end = { .reason = "exit" };
	char msg[256];
	int64_t start;
	int err, sigfd;
	bool timed_out;

	stdio_guard();
	start = host_clock(CLOCK_MONOTONIC);
	if (argc > 1 && command_find(argv[1]) != NULL)
		return command_find(argv[1])->run(argc - 1, argv + 1);
	options_parse(argc, argv, envp, &o);
	/* As with timeout(1): whoever stops must not stop the clock. */
	if (o.timeout != 0)
		cfg.on_stop = NULL;
	place_init();
	host_info_init();
	limits_raise();
	o.trace.argv = o.argv;
	o.trace.envp = o.env;
	if (o.strace && trace_start(&o.trace, msg, sizeof(msg)) != 0)
		fail(msg, 0);
	features_prepare(&o, &cfg);
	confine_begin();
	exit_event = eventfd(0, EFD_CLOEXEC);
	stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigfd = signals_open();
	machine_start();
	supervisor_boot(&o, &cfg, &k);
	if (o.strace && trace_boot(k) != 0)
		fail("cannot watch", 0);
	features_boot(&o, k);
	err = term_start();
	if (err)
		fail("cannot use the terminal", err);
	confine_enter();
	err = vkern_start(k, o.argv[0], o.argv, o.env, o.cwd);
	features_started(&o, k, err);
	if (err) {
		term_restore();
		finish(start_failure(o.argv[0], err));
	}
	timed_out = wait_for_end(sigfd, &o);
	if (o.strace)
		trace_finish(exit_status, timed_out);
	end.status = exit_status;
	end.code = timed_out ? EXIT_TIMEOUT : status_code(exit_status);
	end.reason = timed_out ? "timeout" : (exit_status & 0x7f) != 0 ? "signal" : "exit";
	end.wall = host_clock(CLOCK_MONOTONIC) - start;
	features_end(&o, k, &end);
	finish(end.code);
}
