/*
 * test_proc.c - processes: birth, death, waiting, groups, sessions, threads,
 * exec.
 */
#include "unit.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "vksup/proc.h"

#define CLONE_CLEAR_SIGHAND_ 0x100000000UL

/* wait4() by g: the pid, and the status word in *st. */
static long
wait_for(struct guest *g, int pid, int options, int *st)
{
	uint64_t at = guest_alloc(g, 4);
	long r = guest_call(g, SYS_wait4, pid, at, options, 0);

	if (r > 0 && st != NULL)
		*st = (int)guest_u32(g, at);
	return r;
}

static long
run_program(struct guest *g, const char *path)
{
	uint64_t argv[2] = { guest_str(g, path), 0 };

	return guest_call(g, SYS_execve, guest_str(g, path), guest_buf(g, argv, sizeof(argv)), 0);
}

START_TEST(numbers)
{
	struct guest *g = fake_boot(), *c;
	int pid;

	expect(guest_call(g, SYS_getpid), 2);
	expect(guest_call(g, SYS_gettid), 2);
	expect(guest_call(g, SYS_getppid), 1);
	expect(guest_call(g, SYS_getpgrp), 2);
	expect(guest_call(g, SYS_getsid, 0), 2);
	c = guest_fork(g, &pid);
	ck_assert_int_eq(pid, 3);
	expect(guest_regs(c)->rax, 0);
	expect(guest_call(c, SYS_getpid), 3);
	expect(guest_call(c, SYS_getppid), 2);
	expect(guest_call(c, SYS_getpgrp), 2);
}
END_TEST

START_TEST(exit_status)
{
	static const int codes[] = { 0, 1, 42, 255, 256, -1 };
	struct guest *g = fake_boot(), *c;
	int pid, st, i;

	for (i = 0; i < (int)nitems(codes); i++) {
		c = guest_fork(g, &pid);
		expect(guest_call(c, i % 2 ? SYS_exit : SYS_exit_group, codes[i]), GUEST_GONE);
		expect(wait_for(g, -1, 0, &st), pid);
		ck_assert_int_eq(st, (codes[i] & 0xff) << 8);
	}
	expect(wait_for(g, -1, 0, &st), -ECHILD);
	expect(guest_call(g, SYS_exit_group, 7), GUEST_GONE);
	ck_assert_int_eq(fake_exit_status(), 7 << 8);
}
END_TEST

START_TEST(death_by_signal)
{
	static const int sigs[] = { SIGTERM, SIGKILL, SIGSEGV, SIGHUP, 40 };
	struct guest *g = fake_boot();
	int pid, st, i;

	for (i = 0; i < (int)nitems(sigs); i++) {
		guest_fork(g, &pid);
		expect(guest_call(g, SYS_kill, pid, sigs[i]), 0);
		expect(wait_for(g, pid, 0, &st), pid);
		ck_assert_int_eq(st, sigs[i]);
	}
}
END_TEST

START_TEST(wait_selects)
{
	struct guest *g = fake_boot(), *a, *b;
	int pa, pb, st;

	a = guest_fork(g, &pa);
	b = guest_fork(g, &pb);
	expect(wait_for(g, -1, WNOHANG, NULL), 0);
	expect(guest_call(g, SYS_setpgid, pb, pb), 0);
	expect(guest_call(a, SYS_exit_group, 1), GUEST_GONE);
	expect(wait_for(g, pb, WNOHANG, NULL), 0);
	expect(wait_for(g, -pb, WNOHANG, NULL), 0);
	expect(wait_for(g, pa + 1000, 0, NULL), -ECHILD);
	expect(guest_call(b, SYS_exit_group, 2), GUEST_GONE);
	expect(wait_for(g, -pb, 0, &st), pb);
	expect(wait_for(g, 0, 0, &st), pa);
	expect(guest_call(g, SYS_wait4, -1, 0, 0x1000, 0), -EINVAL);
	expect(guest_call(g, SYS_wait4, INT32_MIN, 0, 0, 0), -ESRCH);
}
END_TEST

START_TEST(wait_sleeps)
{
	struct guest *g = fake_boot(), *c;
	int pid;

	c = guest_fork(g, &pid);
	guest_post(g, SYS_wait4, -1, 0, 0, 0);
	ck_assert(guest_waits(g));
	expect(guest_call(c, SYS_exit_group, 0), GUEST_GONE);
	expect(guest_result(g), pid);
}
END_TEST

START_TEST(waitid_keeps)
{
	struct guest *g = fake_boot(), *c;
	uint64_t si = guest_alloc(g, 128);
	siginfo_t info;
	int pid;

	c = guest_fork(g, &pid);
	guest_call(c, SYS_exit_group, 9);
	expect(guest_call(g, SYS_waitid, P_PID, pid, si, WEXITED | WNOWAIT, 0), 0);
	guest_get(g, si, &info, sizeof(info));
	ck_assert_int_eq(info.si_signo, SIGCHLD);
	ck_assert_int_eq(info.si_code, CLD_EXITED);
	ck_assert_int_eq(info.si_pid, pid);
	ck_assert_int_eq(info.si_status, 9);
	expect(guest_call(g, SYS_waitid, P_ALL, 0, si, WEXITED, 0), 0);
	expect(guest_call(g, SYS_waitid, P_ALL, 0, si, WEXITED, 0), -ECHILD);
	expect(guest_call(g, SYS_waitid, P_ALL, 0, si, WNOHANG, 0), -EINVAL);
	expect(guest_call(g, SYS_waitid, 77, 0, si, WEXITED, 0), -EINVAL);
}
END_TEST

START_TEST(child_signal)
{
	struct guest *g = fake_boot(), *c;
	int pid;

	/* Ignored: reaped at once, wait waits for all and fails. */
	expect(guest_signal(g, SIGCHLD, 1), 0);
	c = guest_fork(g, &pid);
	guest_post(g, SYS_wait4, -1, 0, 0, 0);
	ck_assert(guest_waits(g));
	guest_call(c, SYS_exit_group, 0);
	expect(guest_result(g), -ECHILD);
	expect(guest_call(g, SYS_kill, pid, 0), -ESRCH);
	/* A handler is told, and the zombie waits. */
	expect(guest_sigaction(g, SIGCHLD, NULL, SA_SIGINFO, 0), 0);
	c = guest_fork(g, &pid);
	guest_call(c, SYS_exit_group, 4);
	fake_settle();
	expect(guest_result(g), GUEST_HANDLER);
	guest_sigreturn(g);
	expect(guest_call(g, SYS_kill, pid, 0), 0);
	expect(wait_for(g, -1, 0, NULL), pid);
}
END_TEST

START_TEST(orphans)
{
	struct guest *g = fake_boot(), *c, *gc;
	int pid, gpid;

	c = guest_fork(g, &pid);
	gc = guest_fork(c, &gpid);
	expect(guest_call(gc, SYS_prctl, PR_SET_PDEATHSIG, SIGUSR1), 0);
	expect(guest_sigaction(gc, SIGUSR1, NULL, 0, 0), 0);
	guest_call(c, SYS_exit_group, 0);
	fake_settle();
	expect(guest_result(gc), GUEST_HANDLER);
	guest_sigreturn(gc);
	expect(guest_call(gc, SYS_getppid), 1);
	guest_call(gc, SYS_exit_group, 0);
	expect(wait_for(g, -1, 0, NULL), pid);
	expect(wait_for(g, -1, 0, NULL), -ECHILD);
	expect(guest_call(g, SYS_kill, gpid, 0), -ESRCH);
}
END_TEST

START_TEST(subreaper)
{
	struct guest *g = fake_boot(), *c, *gc;
	int pid, gpid, st;

	expect(guest_call(g, SYS_prctl, PR_SET_CHILD_SUBREAPER, 1), 0);
	c = guest_fork(g, &pid);
	gc = guest_fork(c, &gpid);
	guest_call(c, SYS_exit_group, 0);
	expect(guest_call(gc, SYS_getppid), 2);
	guest_call(gc, SYS_exit_group, 5);
	expect(wait_for(g, gpid, 0, &st), gpid);
	ck_assert_int_eq(st, 5 << 8);
	expect(wait_for(g, -1, 0, NULL), pid);
}
END_TEST

/* Zombie grandchildren go with their parent. */
START_TEST(zombies_inherited)
{
	struct guest *g = fake_boot(), *c, *gc[3];
	int i;

	c = guest_fork(g, NULL);
	for (i = 0; i < 3; i++) {
		gc[i] = guest_fork(c, NULL);
		guest_call(gc[i], SYS_exit_group, i);
	}
	guest_call(c, SYS_exit_group, 0);
	must(wait_for(g, -1, 0, NULL));
	expect(wait_for(g, -1, 0, NULL), -ECHILD);
}
END_TEST

START_TEST(groups_and_sessions)
{
	struct guest *g = fake_boot(), *a, *b;
	int pa, pb;

	a = guest_fork(g, &pa);
	b = guest_fork(g, &pb);
	expect(guest_call(g, SYS_setpgid, pa, 0), 0);
	expect(guest_call(a, SYS_getpgrp), pa);
	expect(guest_call(g, SYS_setpgid, pb, pa), 0);
	expect(guest_call(g, SYS_getpgid, pb), pa);
	expect(guest_call(g, SYS_setpgid, pb, 999), -EPERM);
	expect(guest_call(g, SYS_setpgid, pb, -1), -EINVAL);
	expect(guest_call(g, SYS_setpgid, 999, 0), -ESRCH);
	expect(guest_call(a, SYS_setpgid, pb, pb), -ESRCH);	/* no child of a */
	/* Leaders of groups cannot make a session; a member can. */
	expect(guest_call(a, SYS_setsid), -EPERM);
	expect(guest_call(b, SYS_setsid), pb);
	expect(guest_call(b, SYS_getsid, 0), pb);
	expect(guest_call(g, SYS_setpgid, pb, pa), -EPERM);	/* another session */
	expect(guest_call(g, SYS_getsid, pb), pb);
	expect(guest_call(b, SYS_setpgid, 0, 0), -EPERM);	/* a session's leader */
	expect(guest_call(g, SYS_getpgid, 999), -ESRCH);
}
END_TEST

START_TEST(setpgid_after_exec)
{
	struct guest *g = fake_boot(), *c;
	int pid;

	c = guest_fork(g, &pid);
	expect(run_program(c, "/bin/prog"), 0);
	expect(guest_call(g, SYS_setpgid, pid, pid), -EACCES);
	expect(guest_call(c, SYS_setpgid, 0, 0), 0);
}
END_TEST

/* A number that is still a group's or a session's is not given again. */
START_TEST(pid_reuse)
{
	struct guest *g = fake_boot(), *leader, *member, *c;
	int lpid, pid, i, wrapped = 0, last = 0;

	leader = guest_fork(g, &lpid);
	guest_call(leader, SYS_setpgid, 0, 0);
	member = guest_fork(leader, NULL);
	guest_call(leader, SYS_exit_group, 0);
	expect(wait_for(g, lpid, 0, NULL), lpid);
	/* Numbers are given in turn; 32768 of them are too many to fork. */
	for (i = 0; i < 40000 && wrapped < 2; i++) {
		mutex_lock(&vk->proc_lock);
		pid = pid_alloc();
		ck_assert_int_ne(pid, lpid);
		ck_assert_int_ne(pid, 1);
		ck_assert_int_ne(pid, 2);
		if (pid < last)
			wrapped++;
		last = pid;
		pid_free(pid);
		mutex_unlock(&vk->proc_lock);
	}
	ck_assert_int_eq(wrapped, 1);
	guest_call(member, SYS_exit_group, 0);
	c = guest_fork(g, &pid);
	ck_assert_int_gt(pid, 2);
	expect(guest_call(c, SYS_getpid), pid);
}
END_TEST

START_TEST(vfork_waits)
{
	struct guest *g = fake_boot(), *c;
	uint64_t word = guest_alloc(g, 4);
	int how;

	for (how = 0; how < 3; how++) {
		guest_post(g, SYS_vfork);
		ck_assert(guest_waits(g));
		c = guest_child(g);
		/* Memory is one. */
		guest_put_u32(c, word, 100 + (uint32_t)how);
		if (how == 0)
			guest_call(c, SYS_exit_group, 0);
		else if (how == 1)
			expect(run_program(c, "/bin/prog"), 0);
		else
			expect(guest_call(c, SYS_kill, guest_call(c, SYS_getpid), SIGKILL), GUEST_GONE);
		ck_assert_int_gt((int)guest_result(g), 2);
		ck_assert_uint_eq(guest_u32(g, word), 100 + (uint32_t)how);
	}
}
END_TEST

START_TEST(clone_flags)
{
	static const struct { uint64_t flags; long want; } t[] = {
		{ CLONE_THREAD, -EINVAL },
		{ CLONE_SIGHAND, -EINVAL },
		{ CLONE_THREAD | CLONE_SIGHAND, -EINVAL },
		{ CLONE_NEWNS | CLONE_FS, -EINVAL },
		{ CLONE_NEWPID, -EPERM },
		{ CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, -EINVAL },
	};
	struct guest *g = fake_boot();
	size_t i;

	fake_info()->uid = 1000;
	for (i = 0; i < nitems(t); i++)
		ck_assert_msg(guest_call(g, SYS_clone, t[i].flags | SIGCHLD, 0, 0, 0, 0) == t[i].want,
		    "row %zu", i);
}
END_TEST

START_TEST(clone_shares)
{
	struct guest *g = fake_boot(), *c;
	uint64_t ptid = guest_alloc(g, 4), ctid = guest_alloc(g, 4);
	int fd = (int)must(guest_call(g, SYS_dup, 1));
	long pid;

	/* CLONE_FILES and CLONE_FS: one table, one working directory. */
	pid = must(guest_call(g, SYS_clone, CLONE_FILES | CLONE_FS | CLONE_PARENT_SETTID |
	    CLONE_CHILD_SETTID | SIGCHLD, 0, ptid, ctid, 0));
	c = guest_child(g);
	ck_assert_uint_eq(guest_u32(g, ptid), (uint32_t)pid);
	ck_assert_uint_eq(guest_u32(c, ctid), (uint32_t)pid);
	ck_assert_uint_eq(guest_u32(g, ctid), 0);
	expect(guest_call(c, SYS_close, fd), 0);
	expect(guest_call(g, SYS_close, fd), -EBADF);
	expect(guest_call(c, SYS_chdir, guest_str(c, "/etc")), 0);
	expect(guest_call(g, SYS_access, guest_str(g, "passwd"), 0), 0);
	/* A plain fork has its own. */
	c = guest_fork(g, NULL);
	fd = (int)must(guest_call(c, SYS_dup, 1));
	expect(guest_call(g, SYS_close, fd), -EBADF);
	expect(guest_call(c, SYS_chdir, guest_str(c, "/")), 0);
	expect(guest_call(g, SYS_access, guest_str(g, "passwd"), 0), 0);
}
END_TEST

START_TEST(clone_parent)
{
	struct guest *g = fake_boot(), *c, *sib;
	long pid;

	c = guest_fork(g, NULL);
	pid = must(guest_call(c, SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));
	sib = guest_child(c);
	expect(guest_call(sib, SYS_getppid), 2);
	expect(wait_for(c, -1, 0, NULL), -ECHILD);
	guest_call(sib, SYS_exit_group, 0);
	expect(wait_for(g, (int)pid, 0, NULL), pid);
}
END_TEST

/* Exit signal 0: only __WALL or __WCLONE waits for it. */
START_TEST(clone_children)
{
	struct guest *g = fake_boot(), *c;
	long pid = must(guest_call(g, SYS_clone, 0, 0, 0, 0, 0));

	c = guest_child(g);
	guest_call(c, SYS_exit_group, 0);
	expect(wait_for(g, -1, 0, NULL), -ECHILD);
	expect(wait_for(g, -1, __WCLONE, NULL), pid);
	pid = must(guest_call(g, SYS_clone, SIGUSR1, 0, 0, 0, 0));
	expect(guest_sigaction(g, SIGUSR1, NULL, 0, 0), 0);
	guest_call(guest_child(g), SYS_exit_group, 0);
	fake_settle();
	expect(guest_result(g), GUEST_HANDLER);
	guest_sigreturn(g);
	expect(wait_for(g, -1, __WALL, NULL), pid);
}
END_TEST

START_TEST(threads_live)
{
	struct guest *g = fake_boot(), *t;
	uint64_t ctid = guest_alloc(g, 4), word = guest_alloc(g, 4);
	int tid;

	guest_put_u32(g, ctid, 99);
	t = guest_thread(g, 0, &tid);
	expect(guest_call(t, SYS_getpid), 2);
	expect(guest_call(t, SYS_gettid), tid);
	expect(guest_call(t, SYS_set_tid_address, ctid), tid);
	guest_put_u32(t, word, 5);
	ck_assert_uint_eq(guest_u32(g, word), 5);
	/* Its end clears the word and wakes who waits there. */
	guest_post(g, SYS_futex, ctid, 0 /* WAIT */, 99, 0);
	ck_assert(guest_waits(g));
	expect(guest_call(t, SYS_exit, 0), GUEST_GONE);
	expect(guest_result(g), 0);
	ck_assert_uint_eq(guest_u32(g, ctid), 0);
	expect(guest_call(g, SYS_tgkill, 2, tid, 0), -ESRCH);
	/* No zombie. */
	expect(wait_for(g, -1, __WALL, NULL), -ECHILD);
}
END_TEST

START_TEST(exit_group_ends_all)
{
	struct guest *g = fake_boot(), *c, *t[3];
	int pid, st, i;

	c = guest_fork(g, &pid);
	for (i = 0; i < 3; i++)
		t[i] = guest_thread(c, 0, NULL);
	guest_post(t[0], SYS_pause);
	ck_assert(guest_waits(t[0]));
	expect(guest_call(t[1], SYS_exit_group, 33), GUEST_GONE);
	for (i = 0; i < 3; i++)
		ck_assert(guest_gone(t[i]));
	ck_assert(guest_gone(c));
	expect(wait_for(g, pid, 0, &st), pid);
	ck_assert_int_eq(st, 33 << 8);
}
END_TEST

/* The leader may end first; the process lives as long as a thread does, and
 * its status is the leader's. */
START_TEST(leader_exits)
{
	struct guest *g = fake_boot(), *c, *t;
	int pid, st;

	c = guest_fork(g, &pid);
	t = guest_thread(c, 0, NULL);
	expect(guest_call(c, SYS_exit, 1), GUEST_GONE);
	expect(wait_for(g, pid, WNOHANG, NULL), 0);
	expect(guest_call(g, SYS_kill, pid, 0), 0);
	expect(guest_call(t, SYS_getpid), pid);
	expect(guest_call(t, SYS_exit, 6), GUEST_GONE);
	expect(wait_for(g, pid, 0, &st), pid);
	ck_assert_int_eq(st, 1 << 8);
}
END_TEST

START_TEST(exec_replaces)
{
	struct guest *g = fake_boot(), *c;
	uint64_t word = guest_alloc(g, 4);
	int pid, fd, fd2;

	c = guest_fork(g, &pid);
	fd = (int)must(guest_call(c, SYS_open, guest_str(c, "/etc/passwd"), O_CLOEXEC));
	fd2 = (int)must(guest_call(c, SYS_dup, fd));
	guest_put_u32(c, word, 9);
	expect(guest_sigaction(c, SIGUSR1, NULL, 0, 0), 0);
	expect(guest_signal(c, SIGUSR2, 1), 0);
	expect(run_program(c, "/bin/prog"), 0);
	ck_assert_uint_eq(guest_u32(c, word), 0);
	expect(guest_call(c, SYS_getpid), pid);
	expect(guest_call(c, SYS_close, fd), -EBADF);
	expect(guest_call(c, SYS_close, fd2), 0);
	/* Ignored stays ignored, a handler becomes the default. */
	expect(guest_call(c, SYS_kill, pid, SIGUSR2), 0);
	expect(guest_call(c, SYS_kill, pid, SIGUSR1), GUEST_GONE);
}
END_TEST

START_TEST(exec_kills_threads)
{
	struct guest *g = fake_boot(), *c, *t[2];
	int pid, st, tid;

	c = guest_fork(g, &pid);
	t[0] = guest_thread(c, 0, NULL);
	t[1] = guest_thread(c, 0, &tid);
	guest_post(t[0], SYS_pause);
	ck_assert(guest_waits(t[0]));
	/* Not the leader: it takes the process's number. */
	expect(run_program(t[1], "/bin/prog"), 0);
	ck_assert(guest_gone(c));
	ck_assert(guest_gone(t[0]));
	expect(guest_call(t[1], SYS_getpid), pid);
	expect(guest_call(t[1], SYS_gettid), pid);
	expect(guest_call(g, SYS_tgkill, pid, tid, 0), -ESRCH);
	expect(guest_call(t[1], SYS_exit, 12), GUEST_GONE);
	expect(wait_for(g, pid, 0, &st), pid);
	ck_assert_int_eq(st, 12 << 8);
}
END_TEST

START_TEST(exec_errors)
{
	struct guest *g;

	fake_host_file("/bin/plain", "hello", 0644);
	fake_host_file("/bin/text", "hello", 0755);
	fake_host_file("/bin/script", "#!/bin/prog arg\n", 0755);
	fake_host_file("/bin/lost", "#!/bin/none\n", 0755);
	fake_host_file("/bin/loop", "#!/bin/loop\n", 0755);
	fake_host_file("/bin/empty", "", 0755);
	fake_host_file("/bin/hash", "#!\n", 0755);
	g = fake_boot();
	expect(run_program(g, "/bin/none"), -ENOENT);
	expect(run_program(g, "/bin/plain"), -EACCES);
	expect(run_program(g, "/bin"), -EACCES);
	expect(run_program(g, "/bin/plain/x"), -ENOTDIR);
	expect(run_program(g, "/bin/text"), -ENOEXEC);
	expect(run_program(g, "/bin/empty"), -ENOEXEC);
	expect(run_program(g, "/bin/hash"), -ENOEXEC);
	expect(run_program(g, "/bin/lost"), -ENOENT);
	expect(run_program(g, "/bin/loop"), -ELOOP);
	expect(guest_call(g, SYS_execve, guest_str(g, "/bin/prog"), 16, 0), -EFAULT);
	expect(guest_call(g, SYS_execve, 16, 0, 0), -EFAULT);
	expect(guest_call(g, SYS_getpid), 2);
	expect(run_program(g, "/bin/script"), 0);
	expect(guest_call(g, SYS_getpid), 2);
}
END_TEST

/* What the program finds on its stack. */
START_TEST(exec_stack)
{
	struct guest *g = fake_boot();
	uint64_t sp = guest_regs(g)->rsp, w[4];
	char text[16];

	ck_assert_uint_eq(sp & 15, 0);
	guest_get(g, sp, w, sizeof(w));
	ck_assert_uint_eq(w[0], 2);
	ck_assert_uint_eq(w[3], 0);
	guest_get(g, w[1], text, 5);
	ck_assert_str_eq(text, "prog");
	guest_get(g, w[2], text, 4);
	ck_assert_str_eq(text, "arg");
	guest_get(g, sp + 32, w, sizeof(w));
	guest_get(g, w[0], text, 10);
	ck_assert_str_eq(text, "PATH=/bin");
	ck_assert_uint_eq(w[1], 0);
	ck_assert_uint_eq(guest_regs(g)->rip, GUEST_CODE + 0x700);
}
END_TEST

START_TEST(process_limit)
{
	uint64_t lim[2] = { 2, 2 };
	struct guest *g;

	fake_info()->uid = fake_info()->gid = 1000;
	fake_info()->caps = 0;
	g = fake_boot();
	expect(guest_call(g, SYS_prlimit64, 0, RLIMIT_NPROC, guest_buf(g, lim, sizeof(lim)), 0), 0);
	guest_fork(g, NULL);
	expect(guest_call(g, SYS_fork), -EAGAIN);
}
END_TEST

/* A host that cannot give what a fork needs: an error, and nothing is left. */
START_TEST(fork_fails)
{
	struct guest *g = fake_boot(), *c;
	int n, pid, spaces = fake_spaces(), threads = fake_threads();
	long r;

	for (n = 1;; n++) {
		fake_fail_nth(n, EAGAIN);
		r = guest_call(g, SYS_fork);
		if (!fake_fail_happened())
			break;
		ck_assert_int_lt((int)r, 0);
		fake_settle();
		ck_assert_int_eq(fake_spaces(), spaces);
		ck_assert_int_eq(fake_threads(), threads);
	}
	fake_fail_nth(0, 0);
	ck_assert_int_gt(n, 2);
	c = guest_child(g);
	guest_call(c, SYS_exit_group, 0);
	expect(wait_for(g, -1, 0, NULL), r);
	c = guest_fork(g, &pid);
	expect(guest_call(c, SYS_getpid), pid);
}
END_TEST

START_TEST(times_add_up)
{
	struct guest *g = fake_boot(), *c;
	uint64_t buf = guest_alloc(g, 144);
	struct rusage ru;

	c = guest_fork(g, NULL);
	guest_cputime(c, 3 * NSEC_PER_SEC, NSEC_PER_SEC / 2);
	guest_call(c, SYS_exit_group, 0);
	expect(guest_call(g, SYS_getrusage, RUSAGE_CHILDREN, buf), 0);
	guest_get(g, buf, &ru, sizeof(ru));
	ck_assert_int_eq(ru.ru_utime.tv_sec, 0);
	must(wait_for(g, -1, 0, NULL));
	expect(guest_call(g, SYS_getrusage, RUSAGE_CHILDREN, buf), 0);
	guest_get(g, buf, &ru, sizeof(ru));
	ck_assert_int_eq(ru.ru_utime.tv_sec, 3);
	ck_assert_int_eq(ru.ru_stime.tv_usec, 500000);
}
END_TEST

START_TEST(carrier_dies)
{
	struct guest *g = fake_boot(), *c;
	struct proc *p;
	int pid, st;

	c = guest_fork(g, &pid);
	mutex_lock(&vk->proc_lock);
	p = proc_find(pid);
	vmspace_kill(p->vm->space);
	mutex_unlock(&vk->proc_lock);
	ck_assert(guest_gone(c));
	expect(wait_for(g, pid, 0, &st), pid);
	ck_assert_int_eq(st, SIGKILL);
}
END_TEST

UNIT_MAIN("proc", numbers, exit_status, death_by_signal, wait_selects, wait_sleeps, waitid_keeps,
    child_signal, orphans, subreaper, zombies_inherited, groups_and_sessions, setpgid_after_exec,
    pid_reuse, vfork_waits, clone_flags, clone_shares, clone_parent, clone_children, threads_live,
    exit_group_ends_all, leader_exits, exec_replaces, exec_kills_threads, exec_errors, exec_stack,
    process_limit, fork_fails, times_add_up, carrier_dies)
