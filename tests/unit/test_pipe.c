/*
 * test_pipe.c - pipes and fifos: order, atomicity, ends that close, waiting.
 */
#include "unit.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static struct guest *g;
static int rd, wr;
static uint64_t buf;

static void
boot(int flags)
{
	uint64_t fds;

	g = fake_boot();
	buf = guest_alloc(g, 1 << 17);
	fds = guest_alloc(g, 8);
	expect(guest_call(g, SYS_pipe2, fds, flags), 0);
	rd = (int)guest_u32(g, fds);
	wr = (int)guest_u32(g, fds + 4);
	expect(guest_signal(g, SIGPIPE, 1), 0);
}

static long
put(int n)
{
	return guest_call(g, SYS_write, wr, buf, n);
}

static long
get(int n)
{
	return guest_call(g, SYS_read, rd, buf, n);
}

START_TEST(bytes_in_order)
{
	uint8_t sent[64], got[64];
	uint32_t seed = 5, in = 0, out = 0, i, n;
	int step;

	boot(O_NONBLOCK);
	for (step = 0; step < 3000; step++) {
		n = 1 + unit_random(&seed) % sizeof(sent);
		if (unit_random(&seed) % 2 != 0) {
			for (i = 0; i < n; i++)
				sent[i] = (uint8_t)((in + i) * 7);
			guest_put(g, buf, sent, n);
			i = (uint32_t)max_of(put((int)n), 0L);
			in += i;
		} else {
			i = (uint32_t)max_of(get((int)n), 0L);
			ck_assert_uint_eq(i, min_of(n, in - out));
			guest_get(g, buf, got, i);
			for (n = 0; n < i; n++)
				ck_assert_uint_eq(got[n], (uint8_t)((out + n) * 7));
			out += i;
		}
	}
}
END_TEST

START_TEST(capacity)
{
	uint64_t n = 0;

	boot(O_NONBLOCK);
	expect(guest_call(g, SYS_fcntl, wr, F_GETPIPE_SZ), 65536);
	while (put(4096) == 4096)
		n += 4096;
	ck_assert_uint_eq(n, 65536);
	expect(put(1), -EAGAIN);
	expect(guest_call(g, SYS_ioctl, rd, FIONREAD, buf), 0);
	ck_assert_uint_eq(guest_u32(g, buf), 65536);
	expect(guest_call(g, SYS_fcntl, wr, F_SETPIPE_SZ, 4096), -EBUSY);
	expect(get(4096), 4096);
	/* All or nothing up to PIPE_BUF, what fits beyond. */
	expect(put(4096), 4096);
	expect(get(100), 100);
	expect(put(4096), -EAGAIN);
	expect(guest_call(g, SYS_fcntl, wr, F_SETPIPE_SZ, 100000), 131072);
	expect(put(100000), 65536);
}
END_TEST

START_TEST(reader_waits)
{
	struct guest *t;

	boot(0);
	t = guest_thread(g, 0, NULL);
	guest_post(t, SYS_read, rd, buf, 100);
	ck_assert(guest_waits(t));
	expect(put(5), 5);
	expect(guest_result(t), 5);
	guest_post(t, SYS_read, rd, buf, 100);
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_close, wr), 0);
	expect(guest_result(t), 0);
}
END_TEST

START_TEST(writer_waits)
{
	struct guest *t;

	boot(0);
	t = guest_thread(g, 0, NULL);
	guest_post(t, SYS_write, wr, buf, 65536 + 1000);
	ck_assert(guest_waits(t));
	expect(get(10), 10);
	ck_assert(guest_waits(t));
	expect(get(4096), 4096);
	expect(guest_result(t), 66536);
	/* An interrupted write reports what it moved. */
	expect(guest_sigaction(g, SIGUSR1, NULL, 0, 0), 0);
	guest_post(t, SYS_write, wr, buf, 100000);
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_tgkill, 2, 3, SIGUSR1), 0);
	fake_settle();
	expect(guest_result(t), GUEST_HANDLER);
	ck_assert_int_gt((int)guest_sigreturn(t), 0);
}
END_TEST

START_TEST(no_reader)
{
	struct guest *t;

	boot(0);
	t = guest_thread(g, 0, NULL);
	expect(put(10), 10);
	guest_post(t, SYS_write, wr, buf, 100000);
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_close, rd), 0);
	ck_assert_int_gt((int)guest_result(t), 0);
	expect(put(1), -EPIPE);
	expect(guest_call(g, SYS_write, wr, buf, 0), 0);
	expect(guest_signal(g, SIGPIPE, 0), 0);
	expect(put(1), GUEST_GONE);
	ck_assert_int_eq(fake_exit_status(), SIGPIPE);
}
END_TEST

START_TEST(packets)
{
	boot(O_DIRECT | O_NONBLOCK);
	expect(put(10), 10);
	expect(put(20), 20);
	expect(get(100), 10);
	/* The rest of a packet is lost. */
	expect(get(5), 5);
	expect(get(100), -EAGAIN);
}
END_TEST

START_TEST(forked)
{
	struct guest *c;

	boot(0);
	c = guest_fork(g, NULL);
	expect(guest_call(g, SYS_close, wr), 0);
	guest_post(g, SYS_read, rd, buf, 100);
	ck_assert(guest_waits(g));
	expect(guest_call(c, SYS_write, wr, buf, 3), 3);
	expect(guest_result(g), 3);
	guest_post(g, SYS_read, rd, buf, 100);
	ck_assert(guest_waits(g));
	guest_call(c, SYS_exit_group, 0);	/* the last writer */
	expect(guest_result(g), 0);
}
END_TEST

START_TEST(fifos)
{
	struct guest *t;
	uint64_t name;
	int fd;

	boot(0);
	t = guest_thread(g, 0, NULL);
	name = guest_str(g, "/tmp/fifo");
	expect(guest_call(g, SYS_mknod, name, S_IFIFO | 0600, 0), 0);
	expect(guest_call(g, SYS_open, name, O_WRONLY | O_NONBLOCK), -ENXIO);
	fd = (int)must(guest_call(g, SYS_open, name, O_RDONLY | O_NONBLOCK));
	expect(guest_call(g, SYS_read, fd, buf, 1), 0);
	expect(guest_call(g, SYS_close, fd), 0);
	/* Each side waits for the other. */
	guest_post(t, SYS_open, name, O_RDONLY);
	ck_assert(guest_waits(t));
	fd = (int)must(guest_call(g, SYS_open, name, O_WRONLY));
	rd = (int)must(guest_result(t));
	expect(guest_call(g, SYS_write, fd, buf, 4), 4);
	expect(guest_call(g, SYS_read, rd, buf, 9), 4);
	expect(guest_call(g, SYS_close, fd), 0);
	expect(guest_call(g, SYS_read, rd, buf, 9), 0);
	expect(guest_call(g, SYS_close, rd), 0);
	guest_post(t, SYS_open, name, O_WRONLY);
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_tgkill, 2, 3, SIGKILL), GUEST_GONE);
	ck_assert(guest_gone(t));
}
END_TEST

START_TEST(splices)
{
	uint64_t fds;
	int rd2, wr2;

	boot(O_NONBLOCK);
	fds = guest_alloc(g, 8);
	expect(guest_call(g, SYS_pipe2, fds, O_NONBLOCK), 0);
	rd2 = (int)guest_u32(g, fds);
	wr2 = (int)guest_u32(g, fds + 4);
	expect(put(100), 100);
	expect(guest_call(g, SYS_tee, rd, wr2, 60, 0), 60);
	expect(guest_call(g, SYS_splice, rd, 0, wr2, 0, 1000, 0), 100);
	expect(guest_call(g, SYS_read, rd2, buf, 1000), 160);
	expect(guest_call(g, SYS_splice, rd, 0, wr2, 0, 1000, 0), -EAGAIN);
	expect(guest_call(g, SYS_tee, rd, wr, 1000, 0), -EINVAL);
	expect(guest_call(g, SYS_splice, rd, buf, wr2, 0, 10, 0), -ESPIPE);
}
END_TEST

UNIT_MAIN("pipe", bytes_in_order, capacity, reader_waits, writer_waits, no_reader, packets, forked,
    fifos, splices)
