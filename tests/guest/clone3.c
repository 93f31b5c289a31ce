/* clone3: fork-like, with a stack, with tid words, and the errors of its structure. */
#include "vkproc.h"
#include <linux/sched.h>

static long c3(struct clone_args *a, size_t size)
{
	fflush(stdout);
	return syscall(SYS_clone3, a, size);
}

static void handler(int s) { (void)s; }

static void try(const char *what, struct clone_args a, size_t size)
{
	long r = c3(&a, size);
	if (r == 0)
		_exit(8);
	int st = 0;
	if (r > 0)
		waitpid(r, &st, __WALL);
	printf("%s: %s\n", what, r > 0 ? t_status(st) : t_errname(errno));
}
#define TRY(...) try(#__VA_ARGS__, (struct clone_args){__VA_ARGS__}, sizeof(struct clone_args))

int main(void)
{
	static char stack[65536];
	signal(64, SIG_IGN);
	TRY(.exit_signal = SIGCHLD);
	TRY(.exit_signal = 0);
	TRY(.exit_signal = 64);
	TRY(.exit_signal = SIGCHLD, .flags = CLONE_FILES | CLONE_FS);
	TRY(.exit_signal = SIGCHLD, .flags = CLONE_CLEAR_SIGHAND);

	SECTION("errors");
	TRY(.exit_signal = 65);
	TRY(.exit_signal = 256 + SIGCHLD);
	TRY(.exit_signal = -1UL);
	TRY(.flags = SIGCHLD);
	TRY(.flags = CLONE_DETACHED);
	TRY(.flags = 1UL << 63);
	TRY(.flags = CLONE_THREAD, .exit_signal = SIGCHLD);
	TRY(.flags = CLONE_PARENT, .exit_signal = SIGCHLD);
	TRY(.flags = CLONE_SIGHAND, .exit_signal = SIGCHLD);
	TRY(.flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD);
	TRY(.exit_signal = SIGCHLD, .stack = (uintptr_t)stack);
	TRY(.exit_signal = SIGCHLD, .stack_size = sizeof stack);
	TRY(.exit_signal = SIGCHLD, .stack = -4096UL, .stack_size = 4096);
	TRY(.exit_signal = SIGCHLD, .set_tid_size = 1);
	TRY(.exit_signal = SIGCHLD, .set_tid = (uintptr_t)stack);
	TRY(.exit_signal = SIGCHLD, .set_tid = (uintptr_t)stack, .set_tid_size = 100);
	TRY(.exit_signal = SIGCHLD, .set_tid = (uintptr_t)stack, .set_tid_size = 1);
	TRY(.exit_signal = SIGCHLD, .cgroup = 3);
	TRY(.exit_signal = SIGCHLD, .flags = CLONE_INTO_CGROUP, .cgroup = -1UL);

	SECTION("size");
	struct clone_args a = {.exit_signal = SIGCHLD};
	SHOW(c3(&a, 0));
	SHOW(c3(&a, 63));
	SHOW(c3(&a, 4097));
	try("version 0", a, 64);
	try("version 1", a, 80);
	try("not a known size", a, 72);
	char big[200] = {0};
	memcpy(big, &a, sizeof a);
	long r = syscall(SYS_clone3, big, sizeof big);
	if (r == 0)
		_exit(9);
	p_wait("longer, with zeros", r);
	big[150] = 1;
	SHOW(syscall(SYS_clone3, big, sizeof big));
	SHOW(syscall(SYS_clone3, BADP, 64));
	SHOW(syscall(SYS_clone3, NULL, 64));
	SHOW(syscall(SYS_clone3, BADP, 10));
	struct clone_args *e = t_edge(64);
	e->exit_signal = SIGCHLD;
	r = syscall(SYS_clone3, e, 64);
	if (r == 0)
		_exit(10);
	p_wait("at the end of memory", r);
	SHOW(syscall(SYS_clone3, e, 80));

	SECTION("tid words, pidfd");
	int ptid = 0, ctid = 0, pidfd = -1;
	a = (struct clone_args){.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_PIDFD, .exit_signal = SIGCHLD,
				.parent_tid = (uintptr_t)&ptid, .child_tid = (uintptr_t)&ctid, .pidfd = (uintptr_t)&pidfd};
	r = c3(&a, sizeof a);
	if (r == 0)
		_exit(ctid == getpid() ? 11 : 12);
	CHECK(ptid == r && ctid == 0 && pidfd >= 0);
	SHOW_X(fcntl(pidfd, F_GETFD));
	siginfo_t si;
	SHOW(waitid(P_PIDFD, pidfd, &si, WEXITED));
	p_siginfo("by pidfd", &si, r);

	SECTION("CLEAR_SIGHAND");
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, handler);
	a = (struct clone_args){.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
	r = c3(&a, sizeof a);
	if (r == 0) {
		struct sigaction s1, s2;
		sigaction(SIGUSR1, NULL, &s1);
		sigaction(SIGUSR2, NULL, &s2);
		_exit((s1.sa_handler == SIG_IGN) + 2 * (s2.sa_handler == SIG_DFL));
	}
	p_wait("handlers reset, ignored stay ignored", r);
	return 0;
}
