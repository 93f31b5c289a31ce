/*
 * test_locks.c - record locks against a table of bytes, open file description
 * locks, flock, deadlock.
 */
#include "unit.h"

#include <fcntl.h>
#include <sys/file.h>

#define BYTES		24
#define OWNERS		3

static struct guest *g, *owner[OWNERS];
static int pid[OWNERS], fd;

/* Three processes with the same file open each for itself. */
static void
boot(void)
{
	int i, n;

	g = fake_boot();
	expect(guest_call(g, SYS_close, must(guest_call(g, SYS_open, guest_str(g, "/tmp/f"),
	    O_RDWR | O_CREAT, 0600))), 0);
	for (i = 0; i < OWNERS; i++) {
		owner[i] = guest_fork(g, &pid[i]);
		n = (int)must(guest_call(owner[i], SYS_open, guest_str(owner[i], "/tmp/f"), O_RDWR));
		ck_assert(i == 0 || n == fd);
		fd = n;
	}
}

static uint64_t
lock_at(struct guest *o, int type, int64_t start, int64_t len)
{
	struct flock fl = { .l_type = (short)type, .l_start = start, .l_len = len };

	return guest_buf(o, &fl, sizeof(fl));
}

static long
lock(int i, int cmd, int type, int64_t start, int64_t len)
{
	return guest_call(owner[i], SYS_fcntl, fd, cmd, lock_at(owner[i], type, start, len));
}

/* --- against a table --- */

static int held[OWNERS][BYTES];		/* F_UNLCK, F_RDLCK, F_WRLCK */

static bool
conflicts(int by, int type, int b)
{
	int i;

	for (i = 0; i < OWNERS; i++)
		if (i != by && held[i][b] != F_UNLCK && (type == F_WRLCK || held[i][b] == F_WRLCK))
			return true;
	return false;
}

/* F_GETLK names a lock that is in the way, or says there is none. */
static void
check_getlk(int by, int type, int start, int end)
{
	uint64_t at = lock_at(owner[by], type, start, end - start);
	struct flock fl;
	int b, i, first = -1;

	expect(guest_call(owner[by], SYS_fcntl, fd, F_GETLK, at), 0);
	guest_get(owner[by], at, &fl, sizeof(fl));
	for (b = start; b < end && first < 0; b++)
		if (conflicts(by, type, b))
			first = b;
	if (first < 0) {
		ck_assert_int_eq(fl.l_type, F_UNLCK);
		return;
	}
	ck_assert_int_ne(fl.l_type, F_UNLCK);
	for (i = 0; i < OWNERS && pid[i] != fl.l_pid; i++)
		;
	ck_assert_int_lt(i, OWNERS);
	ck_assert_int_ne(i, by);
	ck_assert_int_le((int)fl.l_start, end - 1);
	/* Its bounds are those of the owner's stretch of one kind. */
	for (b = (int)fl.l_start; b < (int)(fl.l_start + fl.l_len); b++)
		ck_assert_int_eq(held[i][b], fl.l_type);
	ck_assert(fl.l_start == 0 || held[i][fl.l_start - 1] != fl.l_type);
	ck_assert(b == BYTES || held[i][b] != fl.l_type);
}

START_TEST(random_ranges)
{
	static const int types[] = { F_RDLCK, F_WRLCK, F_UNLCK };
	uint32_t seed = 17;
	int step, i, b, start, end, type;
	bool clash;

	boot();
	for (i = 0; i < OWNERS; i++)
		for (b = 0; b < BYTES; b++)
			held[i][b] = F_UNLCK;
	for (step = 0; step < 2500; step++) {
		i = (int)(unit_random(&seed) % OWNERS);
		type = types[unit_random(&seed) % 3];
		start = (int)(unit_random(&seed) % BYTES);
		end = start + 1 + (int)(unit_random(&seed) % (uint32_t)(BYTES - start));
		for (clash = false, b = start; b < end; b++)
			clash |= type != F_UNLCK && conflicts(i, type, b);
		if (type != F_UNLCK && step % 3 == 0)
			check_getlk(i, type, start, end);
		expect(lock(i, F_SETLK, type, start, end - start), clash ? -EAGAIN : 0);
		for (b = start; b < end && !clash; b++)
			held[i][b] = type;
	}
}
END_TEST

/* --- waiting --- */

START_TEST(waits)
{
	boot();
	expect(lock(0, F_SETLK, F_WRLCK, 0, 10), 0);
	guest_post(owner[1], SYS_fcntl, fd, F_SETLKW, lock_at(owner[1], F_RDLCK, 5, 10));
	guest_post(owner[2], SYS_fcntl, fd, F_SETLKW, lock_at(owner[2], F_RDLCK, 9, 1));
	ck_assert(guest_waits(owner[1]));
	ck_assert(guest_waits(owner[2]));
	expect(lock(0, F_SETLK, F_UNLCK, 9, 1), 0);
	expect(guest_result(owner[2]), 0);
	ck_assert(guest_waits(owner[1]));
	/* A death frees, and so does closing any descriptor of the file. */
	guest_call(owner[0], SYS_exit_group, 0);
	expect(guest_result(owner[1]), 0);
	expect(lock(2, F_SETLK, F_WRLCK, 5, 1), -EAGAIN);
	expect(guest_call(owner[1], SYS_close, must(guest_call(owner[1], SYS_open,
	    guest_str(owner[1], "/tmp/f"), O_RDONLY))), 0);
	expect(lock(2, F_SETLK, F_WRLCK, 5, 1), 0);
}
END_TEST

START_TEST(deadlock)
{
	boot();
	expect(lock(0, F_SETLK, F_WRLCK, 0, 1), 0);
	expect(lock(1, F_SETLK, F_WRLCK, 1, 1), 0);
	expect(lock(2, F_SETLK, F_WRLCK, 2, 1), 0);
	guest_post(owner[0], SYS_fcntl, fd, F_SETLKW, lock_at(owner[0], F_WRLCK, 1, 1));
	ck_assert(guest_waits(owner[0]));
	guest_post(owner[1], SYS_fcntl, fd, F_SETLKW, lock_at(owner[1], F_WRLCK, 2, 1));
	ck_assert(guest_waits(owner[1]));
	expect(lock(2, F_SETLKW, F_WRLCK, 0, 1), -EDEADLK);
	expect(lock(2, F_SETLK, F_UNLCK, 2, 1), 0);
	expect(guest_result(owner[1]), 0);
	expect(lock(1, F_SETLK, F_UNLCK, 0, 0), 0);
	expect(guest_result(owner[0]), 0);
}
END_TEST

START_TEST(interrupted)
{
	boot();
	expect(lock(0, F_SETLK, F_WRLCK, 0, 0), 0);
	expect(guest_sigaction(owner[1], SIGUSR1, NULL, 0, 0), 0);
	guest_post(owner[1], SYS_fcntl, fd, F_SETLKW, lock_at(owner[1], F_WRLCK, 7, 1));
	ck_assert(guest_waits(owner[1]));
	expect(guest_call(owner[0], SYS_kill, pid[1], SIGUSR1), 0);
	expect(guest_result(owner[1]), GUEST_HANDLER);
	expect(guest_sigreturn(owner[1]), -EINTR);
	/* It has left the queue. */
	expect(lock(0, F_SETLK, F_UNLCK, 0, 0), 0);
	expect(lock(2, F_SETLK, F_WRLCK, 7, 1), 0);
}
END_TEST

START_TEST(errors)
{
	struct guest *o;
	int ro;

	boot();
	o = owner[0];
	expect(lock(0, F_SETLK, 9, 0, 1), -EINVAL);
	expect(lock(0, F_SETLK, F_RDLCK, -1, 1), -EINVAL);
	expect(lock(0, F_SETLK, F_RDLCK, 0, -1), -EINVAL);
	expect(lock(0, F_SETLK, F_RDLCK, 5, -5), 0);
	expect(lock(0, F_SETLK, F_RDLCK, INT64_MAX, 2), -EOVERFLOW);
	expect(guest_call(o, SYS_fcntl, fd, F_SETLK, 16), -EFAULT);
	expect(guest_call(o, SYS_fcntl, 999, F_SETLK, lock_at(o, F_RDLCK, 0, 1)), -EBADF);
	ro = (int)must(guest_call(o, SYS_open, guest_str(o, "/tmp/f"), O_RDONLY));
	expect(guest_call(o, SYS_fcntl, ro, F_SETLK, lock_at(o, F_WRLCK, 0, 1)), -EBADF);
	expect(guest_call(o, SYS_fcntl, ro, F_SETLK, lock_at(o, F_RDLCK, 0, 1)), 0);
}
END_TEST

/* Those of a description belong to it, not to the process. */
START_TEST(description_locks)
{
	struct guest *o, *c;
	int other;

	boot();
	o = owner[0];
	other = (int)must(guest_call(o, SYS_open, guest_str(o, "/tmp/f"), O_RDWR));
	expect(lock(0, F_OFD_SETLK, F_WRLCK, 0, 1), 0);
	expect(guest_call(o, SYS_fcntl, other, F_OFD_SETLK, lock_at(o, F_WRLCK, 0, 1)), -EAGAIN);
	c = guest_fork(o, NULL);
	expect(guest_call(o, SYS_close, fd), 0);
	expect(guest_call(o, SYS_fcntl, other, F_OFD_SETLK, lock_at(o, F_WRLCK, 0, 1)), -EAGAIN);
	guest_call(c, SYS_exit_group, 0);
	fake_settle();
	expect(guest_call(o, SYS_fcntl, other, F_OFD_SETLK, lock_at(o, F_WRLCK, 0, 1)), 0);
	/* And they meet the others. */
	expect(lock(1, F_SETLK, F_RDLCK, 0, 1), -EAGAIN);
}
END_TEST

START_TEST(whole_files)
{
	struct guest *c;

	boot();
	expect(guest_call(owner[0], SYS_flock, fd, LOCK_SH), 0);
	expect(guest_call(owner[1], SYS_flock, fd, LOCK_SH), 0);
	expect(guest_call(owner[2], SYS_flock, fd, LOCK_EX | LOCK_NB), -EAGAIN);
	guest_post(owner[2], SYS_flock, fd, LOCK_EX);
	ck_assert(guest_waits(owner[2]));
	expect(guest_call(owner[0], SYS_flock, fd, LOCK_UN), 0);
	ck_assert(guest_waits(owner[2]));
	/* Shared by fork: the lock goes with the last descriptor. */
	c = guest_fork(owner[1], NULL);
	expect(guest_call(owner[1], SYS_close, fd), 0);
	ck_assert(guest_waits(owner[2]));
	guest_call(c, SYS_exit_group, 0);
	expect(guest_result(owner[2]), 0);
	expect(guest_call(owner[2], SYS_flock, fd, LOCK_SH), 0);
	expect(guest_call(owner[2], SYS_flock, fd, 0x40), -EINVAL);
}
END_TEST

UNIT_MAIN("locks", random_ranges, waits, deadlock, interrupted, errors, description_locks, whole_files)
