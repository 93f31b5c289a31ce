/*
 * test_stress.c - many guests at once, each played by a thread of its own.
 *
 * Nothing is asserted of single results; what counts is that nothing stands
 * still, no lock is taken out of order, no memory is touched that is not
 * there, and that in the end all of it is gone.
 */
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PLAYERS		6
#define ROUNDS		150

static void
nothing(struct guest *g, int sig, const siginfo_t *si)
{
	(void)g;
	(void)sig;
	(void)si;
}

/* --- what a guest may do; all of it comes to an end by itself --- */

typedef void action(struct guest *g, uint32_t *seed);

static void
do_memory(struct guest *g, uint32_t *seed)
{
	long at = guest_call(g, SYS_mmap, 0, 8192, PROT_READ | PROT_WRITE,
	    (unit_random(seed) % 2 ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);

	if (at <= 0)
		return;
	guest_call(g, SYS_mprotect, at, 4096, PROT_READ);
	guest_call(g, SYS_munmap, at, 8192);
}

static void
do_file(struct guest *g, uint32_t *seed)
{
	char name[] = "/data/f0";
	long fd;

	name[7] = (char)('0' + unit_random(seed) % 4);
	fd = guest_call(g, SYS_open, guest_str(g, name), O_RDWR | O_CREAT | O_APPEND, 0644);
	if (fd < 0)
		return;
	guest_call(g, SYS_write, fd, guest_str(g, "text"), 4);
	guest_call(g, SYS_flock, fd, 6 /* EX | NB */);
	guest_call(g, SYS_close, fd);
}

static void
do_names(struct guest *g, uint32_t *seed)
{
	static const char *const name[] = { "/data/f0", "/data/f1", "/data/d", "/data/d/x", "/data/low" };
	uint64_t a = guest_str(g, name[unit_random(seed) % nitems(name)]);
	uint64_t b = guest_str(g, name[unit_random(seed) % nitems(name)]);

	switch (unit_random(seed) % 6) {
	case 0: guest_call(g, SYS_rename, a, b); break;
	case 1: guest_call(g, SYS_unlink, a); break;
	case 2: guest_call(g, SYS_mkdir, a, 0755); break;
	case 3: guest_call(g, SYS_rmdir, a); break;
	case 4: guest_call(g, SYS_link, a, b); break;
	default: guest_call(g, SYS_stat, a, guest_alloc(g, 144));
	}
}

static void
do_pipe(struct guest *g, uint32_t *seed)
{
	uint64_t fds = guest_alloc(g, 8);
	int rd, wr;

	if (guest_call(g, SYS_pipe2, fds, O_NONBLOCK) != 0)
		return;
	rd = (int)guest_u32(g, fds);
	wr = (int)guest_u32(g, fds + 4);
	guest_call(g, SYS_write, wr, fds, 1 + unit_random(seed) % 8);
	guest_call(g, SYS_read, rd, fds, 8);
	guest_call(g, SYS_close, rd);
	guest_call(g, SYS_close, wr);
}

static void
do_signal(struct guest *g, uint32_t *seed)
{
	static const int sigs[] = { SIGUSR1, SIGUSR2, 40, SIGCONT };

	guest_call(g, SYS_kill, 2 + unit_random(seed) % 12, sigs[unit_random(seed) % nitems(sigs)]);
}

static void
do_futex(struct guest *g, uint32_t *seed)
{
	/* One word for all: it is in a shared mapping, if the test made it. */
	guest_call(g, SYS_futex, 0x10000000, unit_random(seed) % 2 ? 1 : 129, 1);
}

static void
do_child(struct guest *g, uint32_t *seed)
{
	struct guest *c;
	uint64_t argv[2] = { guest_str(g, "/bin/prog"), 0 };

	if (guest_call(g, SYS_fork) <= 0)
		return;
	c = guest_child(g);
	if (unit_random(seed) % 2 != 0)
		guest_call(c, SYS_execve, argv[0], guest_buf(c, argv, sizeof(argv)), 0);
	guest_call(c, SYS_exit_group, 0);
	while (guest_call(g, SYS_wait4, -1, 0, 0, 0) == -EINTR)
		;
}

static void
do_thread(struct guest *g, uint32_t *seed)
{
	struct guest *t = guest_thread(g, 0, NULL);

	do_memory(t, seed);
	do_file(t, seed);
	guest_call(t, SYS_exit, 0);
}

static action *const actions[] = { do_memory, do_file, do_names, do_pipe, do_signal, do_futex,
	do_child, do_thread };

struct player { pthread_t th; struct guest *g; uint32_t seed; };

static void *
play(void *arg)
{
	struct player *p = arg;
	int i;

	for (i = 0; i < ROUNDS; i++)
		actions[unit_random(&p->seed) % nitems(actions)](p->g, &p->seed);
	guest_call(p->g, SYS_exit_group, 0);
	return NULL;
}

static void
play_all(int (*make)(struct guest *g, struct player *p))
{
	struct player p[PLAYERS];
	struct guest *g;
	int i, before, spaces;

	fake_host_file("/data/low", "lower", 0644);
	g = fake_boot();
	before = fake_threads();
	spaces = fake_spaces();
	expect(guest_call(g, SYS_mmap, 0x10000000, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0), 0x10000000);
	expect(guest_sigaction(g, SIGUSR1, nothing, SA_RESTART, 0), 0);
	expect(guest_sigaction(g, SIGUSR2, nothing, SA_RESTART, 0), 0);
	expect(guest_sigaction(g, 40, nothing, SA_RESTART, 0), 0);
	for (i = 0; i < PLAYERS; i++) {
		p[i].seed = (uint32_t)i * 77 + 1;
		make(g, &p[i]);
	}
	for (i = 0; i < PLAYERS; i++)
		ck_assert_int_eq(pthread_create(&p[i].th, NULL, play, &p[i]), 0);
	for (i = 0; i < PLAYERS; i++)
		pthread_join(p[i].th, NULL);
	fake_settle();
	while (!guest_gone(g) && guest_call(g, SYS_wait4, -1, 0, __WALL, 0) > 0)
		;
	fake_settle();
	if (!guest_gone(g)) {
		/* The timer thread may have come. */
		ck_assert_int_le(fake_threads(), before + 1);
		ck_assert_int_eq(fake_spaces(), spaces);
	}
}

static int
make_process(struct guest *g, struct player *p)
{
	int pid;

	p->g = guest_fork(g, &pid);
	return pid;
}

START_TEST(processes)
{
	play_all(make_process);
}
END_TEST

/* Two guests that end a process of many threads at any moment. */
START_TEST(deaths)
{
	struct guest *g = fake_boot(), *c, *t[4];
	uint32_t seed = 5;
	int round, i, pid, spaces = fake_spaces(), st;
	uint64_t at = guest_alloc(g, 4);

	for (round = 0; round < 60; round++) {
		c = guest_fork(g, &pid);
		for (i = 0; i < 4; i++)
			t[i] = guest_thread(c, 0, NULL);
		for (i = 0; i < 4; i++)
			switch (unit_random(&seed) % 5) {
			case 0: guest_post(t[i], SYS_pause); break;
			case 1: guest_post(t[i], SYS_exit_group, 3); break;
			case 2: guest_post(t[i], SYS_exit, 0); break;
			case 3: guest_post(t[i], SYS_fork); break;
			default: guest_post(t[i], SYS_mmap, 0, 4096, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			}
		guest_call(g, SYS_kill, pid, SIGKILL);
		expect(guest_call(g, SYS_wait4, pid, at, 0, 0), pid);
		st = (int)guest_u32(g, at);
		ck_assert_msg(st == SIGKILL || st == 3 << 8, "status %#x", st);
		/* Their children are orphans. */
		guest_call(g, SYS_kill, -1, SIGKILL);
		fake_settle();
		ck_assert_int_eq(fake_spaces(), spaces);
	}
}
END_TEST

/* SIGKILL, exec and exit of threads meet. */
START_TEST(exec_races)
{
	struct guest *g = fake_boot(), *c, *t[3];
	int round, i, pid, spaces = fake_spaces();
	uint64_t argv[2], av;

	for (round = 0; round < 40; round++) {
		c = guest_fork(g, &pid);
		argv[0] = guest_str(c, "/bin/prog");
		argv[1] = 0;
		av = guest_buf(c, argv, sizeof(argv));
		for (i = 0; i < 3; i++)
			t[i] = guest_thread(c, 0, NULL);
		for (i = 0; i < 3; i++)
			guest_post(t[i], SYS_execve, argv[0], av, 0);
		guest_post(c, SYS_execve, argv[0], av, 0);
		if (round % 2 != 0)
			guest_call(g, SYS_kill, pid, SIGKILL);
		fake_settle();
		/* One of them is left, or none. */
		for (i = 0, pid = guest_gone(c); i < 3; i++)
			pid += guest_gone(t[i]);
		ck_assert_int_eq(pid, round % 2 != 0 ? 4 : 3);
		guest_call(g, SYS_kill, -1, SIGKILL);
		must(guest_call(g, SYS_wait4, -1, 0, 0, 0));
		fake_settle();
		ck_assert_int_eq(fake_spaces(), spaces);
	}
}
END_TEST

UNIT_MAIN("stress", processes, deaths, exec_races)
