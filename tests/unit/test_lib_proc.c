/*
 * test_lib_proc.c - processes, signals, identities, timers, in library mode.
 */
#include "lib_unit.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int status;

static int
pid_of(struct vk_proc *who)
{
	return (int)must(vk_sys_getpid(who));
}

static long
wait_any(int options)
{
	status = -1;
	return vk_sys_wait4(p, -1, &status, (unsigned long)options, NULL);
}

/* --- processes --- */

CASE(pids)
{
	struct vk_proc *c = forked(p);

	expect(vk_sys_getppid(p), 2);
	expect(vk_sys_gettid(p), vk_sys_getpid(p));
	expect(vk_sys_getppid(c), pid_of(p));
	ck_assert_int_ne(pid_of(c), pid_of(p));
}
ONE(wait_without_children, wait_any(0), -ECHILD)
CASE(wait_nohang)
{
	forked(p);
	expect(wait_any(WNOHANG), 0);
}
ONE(wait_bad_options, wait_any(64), -EINVAL)
CASE(wait_gets_the_status)
{
	struct vk_proc *c = forked(p);
	int pid = pid_of(c);

	expect(vk_sys_exit_group(c, 300), VK_GONE);
	ck_assert(vk_proc_gone(c));
	expect(wait_any(0), pid);
	expect(status, (300 & 255) << 8);
	expect(wait_any(0), -ECHILD);
}
CASE(wait_waits)
{
	struct vk_proc *c = forked(p);
	gaddr_t at = vk_alloc(p, 4);

	vk_start(p, SYS_wait4, (uint64_t)-1, at.v, 0, 0);
	ck_assert(vk_waits(p));
	int pid = pid_of(c);
	vk_sys_exit(c, 1);
	expect(vk_end(p), pid);
	get(at, status);
	expect(status, 1 << 8);
}
CASE(waitid_leaves_it)
{
	struct k_waitinfo si = { 0 };
	struct vk_proc *c = forked(p);
	int pid = pid_of(c);

	vk_sys_exit_group(c, 5);
	expect(vk_sys_waitid(p, P_PID, pid, &si, WEXITED | WNOWAIT, NULL), 0);
	expect(si.signo, SIGCHLD);
	expect(si.status, 5);
	expect(si.code, CLD_EXITED);
	expect(vk_sys_waitid(p, P_PID, pid, &si, WEXITED, NULL), 0);
	expect(vk_sys_waitid(p, P_PID, pid, &si, WEXITED, NULL), -ECHILD);
	expect(vk_sys_waitid(p, P_PID, pid, &si, 0, NULL), -EINVAL);
}
CASE(orphans_go_to_init)
{
	struct vk_proc *c = forked(p), *g = forked(c);

	vk_sys_exit_group(c, 0);
	expect(vk_sys_getppid(g), 1);
}
CASE(subreaper_adopts)
{
	struct vk_proc *c, *g;

	expect(vk_sys_prctl(p, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	c = forked(p);
	g = forked(c);
	vk_sys_exit_group(c, 0);
	expect(vk_sys_getppid(g), pid_of(p));
}
CASE(gone_makes_no_calls)
{
	struct vk_proc *c = forked(p);

	vk_sys_exit_group(c, 0);
	expect(vk_sys_getpid(c), VK_GONE);
	expect(vk_proc_fork(c, &c), -ESRCH);
}
CASE(memory_is_copied)
{
	int v = 1, w = 2;
	gaddr_t at = put(v);
	struct vk_proc *c = forked(p);

	expect(vk_poke(c, at, &w, 4), 0);
	get(at, w);
	expect(w, 1);
	expect(vk_get(c, at, &w, 4), 0);
	expect(w, 2);
}
CASE(threads_share)
{
	int v = 1;
	gaddr_t at = put(v);
	struct vk_proc *t;

	expect(vk_proc_thread(p, 0, &t), 0);
	v = 7;
	expect(vk_poke(t, at, &v, 4), 0);
	v = 0;
	get(at, v);
	expect(v, 7);
	expect(pid_of(t), pid_of(p));
	ck_assert_int_ne(vk_sys_gettid(t), vk_sys_gettid(p));
	expect(vk_sys_open(t, "/", O_RDONLY, 0), 0);
	expect(vk_sys_dup(p, 0), 1);
}
CASE(thread_exit_is_not_process_exit)
{
	struct vk_proc *t;

	expect(vk_proc_thread(p, 0, &t), 0);
	expect(vk_sys_exit(t, 0), VK_GONE);
	ck_assert_int_gt(pid_of(p), 2);
}
CASE(exit_group_ends_threads)
{
	struct vk_proc *c = forked(p), *t;

	expect(vk_proc_thread(c, 0, &t), 0);
	vk_sys_exit_group(t, 3);
	must(wait_any(0));
	expect(status, 3 << 8);
	expect(vk_sys_getpid(c), VK_GONE);
}
CASE(vfork_suspends_the_parent)
{
	struct vk_proc *c;

	vk_start(p, SYS_vfork);
	ck_assert(vk_waits(p));
	c = vk_proc_child(p);
	ck_assert_ptr_nonnull(c);
	vk_sys_exit_group(c, 4);
	ck_assert_int_gt(vk_end(p), 2);
	must(wait_any(0));
	expect(status, 4 << 8);
}
CASE(process_limit)
{
	struct rlimit rl = { 1, 1 };

	as_user(p);
	expect(vk_sys_prlimit64(p, 0, RLIMIT_NPROC, &rl, NULL), 0);
	expect(vk_raw(p, SYS_fork), -EAGAIN);
}
ONE(clone_bad_flags, vk_raw(p, SYS_clone, CLONE_THREAD), -EINVAL)
ONE(exec_missing, vk_sys_execve(p, "/no", (char *[]){ NULL }, (char *[]){ NULL }), -ENOENT)
CASE(exec_not_a_program)
{
	mkfile("/f", "\177ELFgarbage");
	expect(vk_sys_execve(p, "/f", (char *[]){ NULL }, (char *[]){ NULL }), -EACCES);
	expect(vk_sys_chmod(p, "/f", 0755), 0);
	expect(vk_sys_execve(p, "/f", (char *[]){ NULL }, (char *[]){ NULL }), -ENOEXEC);
}
CASE(pidfd)
{
	struct vk_proc *c = forked(p);
	int pid = pid_of(c);

	expect(vk_sys_pidfd_open(p, pid, 0), 0);
	expect(vk_sys_pidfd_open(p, 9999, 0), -ESRCH);
	expect(vk_sys_pidfd_open(p, -1, 0), -EINVAL);
	expect(vk_sys_pidfd_send_signal(p, 0, SIGKILL, ga(0), 0), 0);
	expect(wait_any(0), pid);
	expect(status, SIGKILL);
	expect(vk_sys_pidfd_send_signal(p, 0, SIGKILL, ga(0), 0), -ESRCH);
}
CASE(sessions_and_groups)
{
	struct vk_proc *c = forked(p);
	int pid = pid_of(c);

	expect(vk_sys_setpgid(p, pid, pid), 0);
	expect(vk_sys_getpgid(p, pid), pid);
	expect(vk_sys_setsid(c), -EPERM);
	expect(vk_sys_setpgid(p, pid, 9999), -EPERM);
	expect(vk_sys_setpgid(p, pid, -1), -EINVAL);
	expect(vk_sys_setpgid(p, 9999, 0), -ESRCH);
	expect(vk_sys_setpgid(c, 0, (int)must(vk_sys_getpgid(p, 0))), 0);
	expect(vk_sys_setsid(c), pid);
	expect(vk_sys_getsid(p, pid), pid);
	expect(vk_sys_setpgid(p, pid, pid), -EPERM);
}
CASE(names)
{
	const char name[] = "a-long-thread-name";
	char got[16] = "";
	gaddr_t a = vk_put(p, name, sizeof(name)), b = vk_alloc(p, 16);

	expect(vk_sys_prctl(p, PR_SET_NAME, a.v, 0, 0, 0), 0);
	expect(vk_sys_prctl(p, PR_GET_NAME, b.v, 0, 0, 0), 0);
	get(b, got);
	ck_assert_str_eq(got, "a-long-thread-n");
	ck_assert_str_eq(text_of("/proc/self/comm"), "a-long-thread-n\n");
	expect(vk_sys_prctl(p, 123456, 0, 0, 0, 0), -EINVAL);
}
CASE(proc_lists_processes)
{
	char path[64];
	struct stat st;
	struct vk_proc *c = forked(p);

	snprintf(path, sizeof(path), "/proc/%d", pid_of(c));
	expect(vk_sys_stat(p, path, &st), 0);
	vk_sys_exit_group(c, 0);
	must(wait_any(0));
	expect(vk_sys_stat(p, path, &st), -ENOENT);
}

/* --- signals --- */

static int seen, seen_code;

static void
count(struct vk_proc *who, int sig, const siginfo_t *si)
{
	(void)who;
	seen = seen * 100 + sig;
	seen_code = si->si_code;
}

CASE(handler_runs)
{
	expect(vk_handle(p, SIGUSR1, count, 0, 0), 0);
	expect(vk_sys_kill(p, pid_of(p), SIGUSR1), 0);
	expect(seen, SIGUSR1);
	expect(seen_code, SI_USER);
}
static void
calls(struct vk_proc *who, int sig, const siginfo_t *si)
{
	(void)sig;
	(void)si;
	expect(vk_sys_mkdir(who, "/made", 0755), 0);
	seen = 1;
}
CASE(handler_makes_calls)
{
	uint64_t set = 1UL << (SIGUSR1 - 1), old = 0;

	expect(vk_handle(p, SIGUSR1, calls, 0, 0), 0);
	expect(vk_sys_rt_sigprocmask(p, SIG_BLOCK, &set, NULL, 8), 0);
	expect(vk_sys_kill(p, pid_of(p), SIGUSR1), 0);
	/* What the call has stored is not what the handler's calls put there. */
	expect(vk_sys_rt_sigprocmask(p, SIG_UNBLOCK, &set, &old, 8), 0);
	expect(seen, 1);
	expect(old, set);
}
CASE(blocked_is_pending)
{
	uint64_t set = 1UL << (SIGUSR1 - 1), got = 0;
	gaddr_t at = vk_alloc(p, 8);

	expect(vk_handle(p, SIGUSR1, count, 0, 0), 0);
	expect(vk_sys_rt_sigprocmask(p, SIG_BLOCK, &set, NULL, 8), 0);
	expect(vk_sys_kill(p, pid_of(p), SIGUSR1), 0);
	expect(seen, 0);
	expect(vk_sys_rt_sigpending(p, at, 8), 0);
	get(at, got);
	expect(got, set);
	expect(vk_sys_rt_sigprocmask(p, SIG_UNBLOCK, &set, &got, 8), 0);
	expect(got, set);
	expect(seen, SIGUSR1);
}
ONE(sigprocmask_bad_how, vk_sys_rt_sigprocmask(p, 7, (uint64_t[1]){ 0 }, NULL, 8), -EINVAL)
ONE(sigprocmask_bad_size, vk_sys_rt_sigprocmask(p, 0, NULL, NULL, 4), -EINVAL)
ONE(sigaction_kill, vk_sys_rt_sigaction(p, SIGKILL, &(struct k_sigaction){ 1, 0, 0, 0 }, NULL, 8), -EINVAL)
ONE(sigaction_bad, vk_sys_rt_sigaction(p, 65, NULL, NULL, 8), -EINVAL)
CASE(sigaction_tells_the_old)
{
	struct k_sigaction old = { 0 };

	expect(vk_handle(p, SIGUSR2, count, SA_RESTART, 5), 0);
	expect(vk_sys_rt_sigaction(p, SIGUSR2, NULL, &old, 8), 0);
	expect(old.mask, 5);
	expect(old.flags & SA_RESTART, SA_RESTART);
}
CASE(order_of_signals)
{
	uint64_t all = ~0UL;

	expect(vk_handle(p, SIGUSR1, count, 0, ~0UL), 0);
	expect(vk_handle(p, SIGUSR2, count, 0, ~0UL), 0);
	expect(vk_sys_rt_sigprocmask(p, SIG_BLOCK, &all, NULL, 8), 0);
	expect(vk_sys_kill(p, pid_of(p), SIGUSR2), 0);
	expect(vk_sys_kill(p, pid_of(p), SIGUSR1), 0);
	expect(vk_sys_kill(p, pid_of(p), SIGUSR1), 0);
	all = 0;
	expect(vk_sys_rt_sigprocmask(p, SIG_SETMASK, &all, NULL, 8), 0);
	/* Handlers are entered in order, so the last entered runs first. */
	ck_assert(seen == SIGUSR1 * 100 + SIGUSR2 || seen == SIGUSR2 * 100 + SIGUSR1);
}
CASE(real_time_signals_queue)
{
	uint64_t set = 1UL << (40 - 1);
	siginfo_t si = { .si_code = SI_QUEUE };
	int i;

	expect(vk_sys_rt_sigprocmask(p, SIG_BLOCK, &set, NULL, 8), 0);
	for (i = 0; i < 3; i++) {
		si.si_value.sival_int = i;
		expect(vk_sys_rt_sigqueueinfo(p, pid_of(p), 40, &si), 0);
	}
	for (i = 0; i < 3; i++) {
		expect(vk_sys_rt_sigtimedwait(p, &set, &si, NULL, 8), 40);
		expect(si.si_value.sival_int, i);
	}
	expect(vk_sys_rt_sigtimedwait(p, &set, &si, &(struct timespec){ 0 }, 8), -EAGAIN);
}
CASE(default_actions)
{
	static const struct { int sig, status; } t[] = {
		{ SIGTERM, SIGTERM }, { SIGHUP, SIGHUP }, { SIGKILL, SIGKILL },
		{ SIGSEGV, SIGSEGV | 128 }, { SIGABRT, SIGABRT | 128 }, { 40, 40 },
	};
	struct vk_proc *c;
	size_t i;

	for (i = 0; i < nitems(t); i++) {
		c = forked(p);
		expect(vk_sys_kill(c, pid_of(c), t[i].sig), VK_GONE);
		must(wait_any(0));
		ck_assert_msg((status & ~128) == (t[i].status & ~128), "signal %d: status %x", t[i].sig, status);
	}
	expect(vk_sys_kill(p, pid_of(p), SIGCHLD), 0);
	expect(vk_sys_kill(p, pid_of(p), SIGURG), 0);
}
CASE(stop_and_continue)
{
	struct vk_proc *c = forked(p);
	int pid = pid_of(c);

	expect(vk_sys_kill(p, pid, SIGSTOP), 0);
	expect(wait_any(WUNTRACED), pid);
	expect(status, SIGSTOP << 8 | 0x7f);
	expect(vk_sys_kill(p, pid, SIGCONT), 0);
	expect(wait_any(WCONTINUED), pid);
	expect(status, 0xffff);
	ck_assert_int_eq(pid_of(c), pid);
}
ONE(kill_nobody, vk_sys_kill(p, 9999, 0), -ESRCH)
ONE(kill_bad_signal, vk_sys_kill(p, 1, 65), -EINVAL)
CASE(kill_of_others)
{
	struct vk_proc *c = forked(p);

	as_user(c);
	expect(vk_sys_kill(c, pid_of(p), SIGTERM), -EPERM);
	expect(vk_sys_kill(c, pid_of(c), 0), 0);
}
CASE(kill_a_group)
{
	struct vk_proc *a = forked(p), *b = forked(p);
	int pid = pid_of(a);

	expect(vk_sys_setpgid(p, pid, pid), 0);
	expect(vk_sys_setpgid(p, pid_of(b), pid), 0);
	expect(vk_sys_kill(p, -pid, SIGKILL), 0);
	must(wait_any(0));
	must(wait_any(0));
	expect(wait_any(0), -ECHILD);
}
CASE(tgkill_reaches_the_thread)
{
	struct vk_proc *t;
	int tid;

	expect(vk_proc_thread(p, 0, &t), 0);
	tid = (int)must(vk_sys_gettid(t));
	expect(vk_handle(p, SIGUSR1, count, 0, 0), 0);
	expect(vk_sys_tgkill(p, pid_of(p), tid, SIGUSR1), 0);
	expect(vk_sys_tgkill(p, 1, tid, SIGUSR1), -ESRCH);
	expect(vk_sys_tgkill(p, pid_of(p), -1, SIGUSR1), -EINVAL);
	expect(seen, 0);
}
CASE(suspend_swaps_the_mask)
{
	uint64_t set = 1UL << (SIGUSR1 - 1), none = 0;
	struct vk_proc *c = forked(p);
	gaddr_t at = put(none);

	expect(vk_handle(p, SIGUSR1, NULL, 0, 0), 0);
	expect(vk_sys_rt_sigprocmask(p, SIG_BLOCK, &set, NULL, 8), 0);
	vk_start(p, SYS_rt_sigsuspend, at.v, 8);
	ck_assert(vk_waits(p));
	expect(vk_sys_kill(c, (int)vk_sys_getppid(c), SIGUSR1), 0);
	expect(vk_end(p), VK_HANDLER);
	expect(vk_sigreturn(p), -EINTR);
	expect(vk_sys_rt_sigprocmask(p, SIG_BLOCK, NULL, &none, 8), 0);
	expect(none, set);
}
CASE(restart_or_not)
{
	gaddr_t b = vk_alloc(p, 1);
	struct vk_proc *c;
	int e[2], flags;

	pipe_of(p, e, 0);
	c = forked(p);
	for (flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		expect(vk_handle(p, SIGUSR1, NULL, (unsigned long)flags, 0), 0);
		vk_start(p, SYS_read, (uint64_t)e[0], b.v, 1);
		ck_assert(vk_waits(p));
		expect(vk_sys_kill(c, (int)vk_sys_getppid(c), SIGUSR1), 0);
		expect(vk_end(p), VK_HANDLER);
		if (flags != 0)
			expect(vk_sys_write(c, e[1], "x", 1), 1);
		expect(vk_sigreturn(p), flags != 0 ? 1 : -EINTR);
	}
}
CASE(fault_is_a_signal)
{
	expect(vk_handle(p, SIGSEGV, count, 0, 0), 0);
	vk_fault(p, SIGSEGV, SEGV_MAPERR, 0x1234);
	expect(seen, SIGSEGV);
	expect(seen_code, SEGV_MAPERR);
}
CASE(fault_without_handler_kills)
{
	struct vk_proc *c = forked(p);

	expect(vk_fault(c, SIGSEGV, SEGV_MAPERR, 0), VK_GONE);
	must(wait_any(0));
	expect(status & 127, SIGSEGV);
}
CASE(sigchld_ignored_reaps)
{
	struct k_sigaction ign = { .handler = 1 };

	expect(vk_sys_rt_sigaction(p, SIGCHLD, &ign, NULL, 8), 0);
	vk_sys_exit_group(forked(p), 0);
	expect(wait_any(0), -ECHILD);
}
CASE(altstack)
{
	stack_t ss = { .ss_sp = (void *)0x100000, .ss_size = 100 }, old;

	expect(vk_sys_sigaltstack(p, &ss, NULL), -ENOMEM);
	ss.ss_size = 8192;
	expect(vk_sys_sigaltstack(p, &ss, NULL), 0);
	expect(vk_sys_sigaltstack(p, NULL, &old), 0);
	expect(old.ss_size, 8192);
	ss.ss_flags = 9;
	expect(vk_sys_sigaltstack(p, &ss, NULL), -EINVAL);
}

/* --- identities --- */

CASE(setuid_of_user)
{
	uint32_t r, e, s;

	as_user(p);
	expect(vk_sys_setuid(p, 0), -EPERM);
	expect(vk_sys_setresuid(p, 1000, 5, 1000), -EPERM);
	expect(vk_sys_getresuid(p, &r, &e, &s), 0);
	expect(r + e + s, 3000);
}
CASE(saved_uid_comes_back)
{
	expect(vk_sys_setresuid(p, 1000, 1000, 0), 0);
	expect(vk_sys_geteuid(p), 1000);
	expect(vk_sys_setuid(p, 0), 0);
	expect(vk_sys_geteuid(p), 0);
}
CASE(groups)
{
	uint32_t g[3] = { 9, 5, 7 };
	gaddr_t at = put(g);

	expect(vk_sys_setgroups(p, 3, at), 0);
	expect(vk_sys_getgroups(p, 0, ga(0)), 3);
	expect(vk_sys_getgroups(p, 2, at), -EINVAL);
	expect(vk_sys_setgroups(p, 70000, at), -EINVAL);
	as_user(p);
	expect(vk_sys_setgroups(p, 0, at), -EPERM);
}
CASE(no_new_privs)
{
	expect(vk_sys_prctl(p, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	expect(vk_sys_prctl(p, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), -EINVAL);
	expect(vk_sys_prctl(p, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	expect(vk_sys_prctl(p, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}
CASE(bounding_set)
{
	expect(vk_sys_prctl(p, PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0), 1);
	expect(vk_sys_prctl(p, PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0), 0);
	expect(vk_sys_prctl(p, PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0), 0);
	expect(vk_sys_prctl(p, PR_CAPBSET_READ, 64, 0, 0, 0), -EINVAL);
}
CASE(limits_of_user)
{
	struct rlimit rl = { 100, 200 }, old;

	as_user(p);
	expect(vk_sys_prlimit64(p, 0, RLIMIT_NOFILE, &rl, &old), 0);
	expect(old.rlim_max, 4096);
	rl.rlim_max = 300;
	expect(vk_sys_prlimit64(p, 0, RLIMIT_NOFILE, &rl, NULL), -EPERM);
	rl = (struct rlimit){ 5, 4 };
	expect(vk_sys_prlimit64(p, 0, RLIMIT_NOFILE, &rl, NULL), -EINVAL);
	expect(vk_sys_prlimit64(p, 0, 16, NULL, &old), -EINVAL);
}
CASE(hostname_is_the_machines)
{
	char big[65] = "x";
	struct utsname u;

	expect(vk_sys_sethostname(p, "other", 5), 0);
	expect(vk_sys_uname(p, &u), 0);
	ck_assert_str_eq(u.nodename, "other");
	expect(vk_sys_sethostname(p, big, 65), -EINVAL);
	as_user(p);
	expect(vk_sys_sethostname(p, "x", 1), -EPERM);
}
CASE(priorities)
{
	expect(vk_sys_setpriority(p, PRIO_PROCESS, 0, 5), 0);
	expect(vk_sys_getpriority(p, PRIO_PROCESS, 0), 15);
	as_user(p);
	expect(vk_sys_setpriority(p, PRIO_PROCESS, 0, 0), -EACCES);
	expect(vk_sys_getpriority(p, 7, 0), -EINVAL);
	expect(vk_sys_getpriority(p, PRIO_PROCESS, 9999), -ESRCH);
}

/* --- time --- */

ONE(clock_bad, vk_sys_clock_gettime(p, 99, &(struct timespec){ 0 }), -EINVAL)
CASE(clock_goes_on)
{
	struct timespec a, b;

	expect(vk_sys_clock_gettime(p, CLOCK_MONOTONIC, &a), 0);
	expect(vk_sys_nanosleep(p, &(struct timespec){ 0, 2000000 }, ga(0)), 0);
	expect(vk_sys_clock_gettime(p, CLOCK_MONOTONIC, &b), 0);
	ck_assert_int_ge((b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec, 2000000);
}
ONE(nanosleep_bad, vk_sys_nanosleep(p, &(struct timespec){ 0, 1000000000 }, ga(0)), -EINVAL)
CASE(sleep_interrupted_tells_the_rest)
{
	struct timespec ts = { 1000, 0 }, rest = { 0 };
	struct vk_proc *c = forked(p);
	gaddr_t at = put(ts), rem = put(rest);

	expect(vk_handle(p, SIGUSR1, NULL, 0, 0), 0);
	vk_start(p, SYS_nanosleep, at.v, rem.v);
	ck_assert(vk_waits(p));
	expect(vk_sys_kill(c, (int)vk_sys_getppid(c), SIGUSR1), 0);
	expect(vk_end(p), VK_HANDLER);
	expect(vk_sigreturn(p), -EINTR);
	get(rem, rest);
	ck_assert(rest.tv_sec > 900 && rest.tv_sec <= 1000);
}
CASE(itimer_fires)
{
	struct itimerval it = { { 0, 0 }, { 0, 1000 } };

	expect(vk_handle(p, SIGALRM, NULL, 0, 0), 0);
	expect(vk_sys_setitimer(p, ITIMER_REAL, &it, NULL), 0);
	expect(vk_raw(p, SYS_pause), VK_HANDLER);
	expect(vk_sigreturn(p), -EINTR);
	expect(vk_sys_setitimer(p, 5, &it, NULL), -EINVAL);
}
CASE(alarm_tells_the_rest)
{
	expect(vk_sys_alarm(p, 100), 0);
	ck_assert_int_ge(vk_sys_alarm(p, 0), 99);
	expect(vk_sys_alarm(p, 0), 0);
}
CASE(posix_timer)
{
	struct k_itimerspec its = { { 0, 0 }, { 100, 0 } };
	gaddr_t id = vk_alloc(p, 4);
	int n = -1;

	expect(vk_sys_timer_create(p, CLOCK_MONOTONIC, ga(0), id), 0);
	get(id, n);
	expect(vk_sys_timer_settime(p, n, 0, put(its), NULL), 0);
	expect(vk_sys_timer_gettime(p, n, &its), 0);
	ck_assert_int_ge(its.it_value.tv_sec, 99);
	expect(vk_sys_timer_delete(p, n), 0);
	expect(vk_sys_timer_delete(p, n), -EINVAL);
}

LIB_MAIN("lib_proc")
