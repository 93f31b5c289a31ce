/*
 * test_file.c - descriptors and open files: numbers, sharing, offsets,
 * close-on-exec, what is left when a kernel has done with them.
 */
#include "unit.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/uio.h>

#include "vksup/proc.h"

static struct guest *g;

static int
open_file(const char *path, int flags, int mode)
{
	return (int)guest_call(g, SYS_open, guest_str(g, path), flags, mode);
}

static long
write_text(int fd, const char *text)
{
	return guest_call(g, SYS_write, fd, guest_str(g, text), strlen(text));
}

/* The file's contents from offset 0, through a pread. */
static const char *
contents(int fd)
{
	static char text[256];
	uint64_t buf = guest_alloc(g, sizeof(text));
	long n = must(guest_call(g, SYS_pread64, fd, buf, sizeof(text) - 1, 0));

	guest_get(g, buf, text, (size_t)n);
	text[n] = '\0';
	return text;
}

START_TEST(lowest_number)
{
	int fd[5], i;

	g = fake_boot();
	for (i = 0; i < 5; i++)
		fd[i] = (int)must(guest_call(g, SYS_dup, 0));
	for (i = 1; i < 5; i++)
		ck_assert_int_eq(fd[i], fd[0] + i);
	expect(guest_call(g, SYS_close, fd[1]), 0);
	expect(guest_call(g, SYS_close, fd[3]), 0);
	expect(guest_call(g, SYS_dup, 0), fd[1]);
	expect(guest_call(g, SYS_fcntl, 0, F_DUPFD, fd[2]), fd[3]);
	expect(guest_call(g, SYS_fcntl, 0, F_DUPFD, 100), 100);
	expect(guest_call(g, SYS_dup, 0), fd[4] + 1);
	expect(guest_call(g, SYS_fcntl, 0, F_DUPFD, -1), -EINVAL);
	expect(guest_call(g, SYS_fcntl, 0, F_DUPFD, 1024), -EINVAL);
	expect(guest_call(g, SYS_dup, 999), -EBADF);
	expect(guest_call(g, SYS_dup, -1), -EBADF);
	expect(guest_call(g, SYS_close, 999), -EBADF);
}
END_TEST

START_TEST(limit)
{
	uint64_t lim[2] = { 6, 100 };
	int fd, max = 0;

	g = fake_boot();
	expect(guest_call(g, SYS_prlimit64, 0, RLIMIT_NOFILE, guest_buf(g, lim, 16), 0), 0);
	while ((fd = (int)guest_call(g, SYS_dup, 0)) >= 0)
		max = fd;
	ck_assert_int_eq(fd, -EMFILE);
	ck_assert_int_eq(max, 5);
	expect(open_file("/etc/passwd", O_RDONLY, 0), -EMFILE);
	expect(guest_call(g, SYS_dup2, 0, 6), -EBADF);
	expect(guest_call(g, SYS_pipe, guest_alloc(g, 8)), -EMFILE);
	/* A failed pipe has taken no number. */
	expect(guest_call(g, SYS_close, 5), 0);
	expect(guest_call(g, SYS_pipe, guest_alloc(g, 8)), -EMFILE);
	expect(guest_call(g, SYS_dup, 0), 5);
}
END_TEST

START_TEST(dup_to_a_number)
{
	int a;

	g = fake_boot();
	a = open_file("/etc/passwd", O_RDONLY, 0);
	expect(guest_call(g, SYS_dup2, a, 50), 50);
	expect(guest_call(g, SYS_dup2, a, a), a);
	expect(guest_call(g, SYS_dup3, a, a, 0), -EINVAL);
	expect(guest_call(g, SYS_dup3, a, 51, O_CLOEXEC), 51);
	expect(guest_call(g, SYS_fcntl, 51, F_GETFD), FD_CLOEXEC);
	expect(guest_call(g, SYS_dup3, a, 51, 1), -EINVAL);
	expect(guest_call(g, SYS_dup2, a, 5000), -EBADF);
	expect(guest_call(g, SYS_dup2, 999, 999), -EBADF);
	/* Over an open one. */
	expect(guest_call(g, SYS_dup2, 0, 50), 50);
	expect(guest_call(g, SYS_lseek, 50, 0, SEEK_CUR), -ESPIPE);
}
END_TEST

START_TEST(offset_is_shared)
{
	struct guest *c;
	uint64_t buf;
	int a, b, other;

	g = fake_boot();
	buf = guest_alloc(g, 16);
	a = open_file("/etc/passwd", O_RDONLY, 0);
	b = (int)must(guest_call(g, SYS_dup, a));
	other = open_file("/etc/passwd", O_RDONLY, 0);
	expect(guest_call(g, SYS_read, a, buf, 4), 4);
	expect(guest_call(g, SYS_lseek, b, 0, SEEK_CUR), 4);
	expect(guest_call(g, SYS_lseek, other, 0, SEEK_CUR), 0);
	c = guest_fork(g, NULL);
	expect(guest_call(c, SYS_lseek, a, 10, SEEK_SET), 10);
	expect(guest_call(g, SYS_lseek, b, 0, SEEK_CUR), 10);
	expect(guest_call(g, SYS_pread64, a, buf, 4, 0), 4);
	expect(guest_call(g, SYS_lseek, b, 0, SEEK_CUR), 10);
}
END_TEST

START_TEST(seeking)
{
	static const struct { long off; int whence; long want; } t[] = {
		{ 5, SEEK_SET, 5 }, { -1, SEEK_SET, -EINVAL }, { 3, SEEK_CUR, 8 },
		{ -9, SEEK_CUR, -EINVAL }, { 0, SEEK_END, 10 }, { -10, SEEK_END, 0 },
		{ 100, SEEK_END, 110 }, { 0, 9, -EINVAL }, { INT64_MAX, SEEK_SET, -EINVAL },
		{ 0, SEEK_DATA, 0 }, { 0, SEEK_HOLE, 10 }, { 10, SEEK_DATA, -ENXIO },
		{ 11, SEEK_HOLE, -ENXIO },
	};
	size_t i;
	int fd;
	long r;

	g = fake_boot();
	fd = open_file("/tmp/f", O_RDWR | O_CREAT, 0600);
	expect(write_text(fd, "0123456789"), 10);
	for (i = 0; i < nitems(t); i++) {
		r = guest_call(g, SYS_lseek, fd, t[i].off, t[i].whence);
		/* The limit of offsets is the file system's. */
		if (t[i].off == INT64_MAX && r == INT64_MAX)
			r = -EINVAL;
		ck_assert_msg(r == t[i].want, "row %zu: %ld", i, r);
	}
	expect(guest_call(g, SYS_lseek, 0, 0, SEEK_SET), -ESPIPE);
	expect(guest_call(g, SYS_pread64, 0, guest_alloc(g, 8), 8, 0), -ESPIPE);
	expect(guest_call(g, SYS_pread64, fd, guest_alloc(g, 8), 8, -1), -EINVAL);
}
END_TEST

START_TEST(appending)
{
	int a, b;

	g = fake_boot();
	a = open_file("/tmp/f", O_RDWR | O_CREAT | O_APPEND, 0600);
	b = open_file("/tmp/f", O_RDWR, 0);
	expect(write_text(a, "one"), 3);
	expect(write_text(b, "TWO!"), 4);
	expect(write_text(a, "three"), 5);
	ck_assert_str_eq(contents(b), "TWO!three");
	expect(guest_call(g, SYS_lseek, a, 0, SEEK_CUR), 9);
	/* pwrite on an append file appends, too (a bug that Linux keeps). */
	expect(guest_call(g, SYS_pwrite64, a, guest_str(g, "x"), 1, 0), 1);
	ck_assert_str_eq(contents(b), "TWO!threex");
	/* The flag can be taken off and put on. */
	expect(guest_call(g, SYS_fcntl, a, F_SETFL, 0), 0);
	expect(guest_call(g, SYS_pwrite64, a, guest_str(g, "t"), 1, 0), 1);
	ck_assert_str_eq(contents(b), "tWO!threex");
	expect(guest_call(g, SYS_fcntl, a, F_SETFL, O_APPEND), 0);
	expect(guest_call(g, SYS_fcntl, a, F_GETFL) & (O_APPEND | O_ACCMODE), O_APPEND | O_RDWR);
}
END_TEST

START_TEST(holes)
{
	uint64_t buf;
	int fd;

	g = fake_boot();
	buf = guest_alloc(g, 8);
	fd = open_file("/tmp/f", O_RDWR | O_CREAT, 0600);
	expect(guest_call(g, SYS_pwrite64, fd, guest_str(g, "x"), 1, 1 << 20), 1);
	expect(guest_call(g, SYS_lseek, fd, 0, SEEK_DATA), 1 << 20);
	expect(guest_call(g, SYS_lseek, fd, 0, SEEK_HOLE), 0);
	guest_put_u32(g, buf, 7);
	expect(guest_call(g, SYS_pread64, fd, buf, 4, 5000), 4);
	ck_assert_uint_eq(guest_u32(g, buf), 0);
	expect(guest_call(g, SYS_ftruncate, fd, 3), 0);
	expect(guest_call(g, SYS_ftruncate, fd, 100), 0);
	expect(guest_call(g, SYS_lseek, fd, 0, SEEK_END), 100);
	expect(guest_call(g, SYS_ftruncate, fd, -1), -EINVAL);
}
END_TEST

START_TEST(access_modes)
{
	static const struct { int flags; long rd, wr; } t[] = {
		{ O_RDONLY, 1, -EBADF }, { O_WRONLY, -EBADF, 1 }, { O_RDWR, 1, 1 },
		{ O_PATH, -EBADF, -EBADF },
	};
	uint64_t buf;
	size_t i;
	int fd;

	g = fake_boot();
	buf = guest_alloc(g, 8);
	expect(write_text(open_file("/tmp/f", O_WRONLY | O_CREAT, 0600), "abc"), 3);
	for (i = 0; i < nitems(t); i++) {
		fd = open_file("/tmp/f", t[i].flags, 0);
		expect(guest_call(g, SYS_pread64, fd, buf, 1, 0), t[i].rd);
		expect(guest_call(g, SYS_pwrite64, fd, buf, 1, 0), t[i].wr);
	}
	fd = open_file("/tmp", O_RDONLY, 0);
	expect(guest_call(g, SYS_read, fd, buf, 1), -EISDIR);
	expect(open_file("/tmp", O_WRONLY, 0), -EISDIR);
}
END_TEST

START_TEST(ranges_closed)
{
	int i;

	g = fake_boot();
	for (i = 10; i < 20; i++)
		expect(guest_call(g, SYS_dup2, 0, i), i);
	expect(guest_call(g, 436, 12, 14, 0), 0);
	for (i = 10; i < 20; i++)
		expect(guest_call(g, SYS_fcntl, i, F_GETFD), i >= 12 && i <= 14 ? -EBADF : 0);
	expect(guest_call(g, 436, 15, UINT32_MAX, 4 /* CLOEXEC */), 0);
	expect(guest_call(g, SYS_fcntl, 19, F_GETFD), FD_CLOEXEC);
	expect(guest_call(g, 436, 5, 4, 0), -EINVAL);
	expect(guest_call(g, 436, 5, 6, 64), -EINVAL);
}
END_TEST

START_TEST(vectors)
{
	struct iovec iov[3];
	uint64_t at;
	int fd;

	g = fake_boot();
	fd = open_file("/tmp/f", O_RDWR | O_CREAT, 0600);
	iov[0] = (struct iovec){ (void *)guest_str(g, "ab"), 2 };
	iov[1] = (struct iovec){ NULL, 0 };
	iov[2] = (struct iovec){ (void *)guest_str(g, "cde"), 3 };
	at = guest_buf(g, iov, sizeof(iov));
	expect(guest_call(g, SYS_writev, fd, at, 3), 5);
	ck_assert_str_eq(contents(fd), "abcde");
	expect(guest_call(g, SYS_pwritev, fd, at, 1, 3, 0), 2);
	ck_assert_str_eq(contents(fd), "abcab");
	expect(guest_call(g, SYS_writev, fd, at, 1025), -EINVAL);
	expect(guest_call(g, SYS_writev, fd, 16, 1), -EFAULT);
	expect(guest_call(g, SYS_writev, fd, at, 0), 0);
}
END_TEST

/* A thread sleeps in a read while another closes the number. */
START_TEST(closed_while_read)
{
	struct guest *t;
	uint64_t fds, buf;
	int rd, wr;

	g = fake_boot();
	fds = guest_alloc(g, 8);
	buf = guest_alloc(g, 8);
	expect(guest_call(g, SYS_pipe, fds), 0);
	rd = (int)guest_u32(g, fds);
	wr = (int)guest_u32(g, fds + 4);
	t = guest_thread(g, 0, NULL);
	guest_post(t, SYS_read, rd, buf, 8);
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_close, rd), 0);
	ck_assert(guest_waits(t));
	/* The file lives as long as the call. */
	expect(write_text(wr, "xyz"), 3);
	expect(guest_result(t), 3);
	expect(guest_signal(g, SIGPIPE, 1), 0);
	expect(write_text(wr, "xyz"), -EPIPE);
}
END_TEST

/* Descriptors of the host are given back. */
START_TEST(nothing_is_left)
{
	struct guest *c;
	int before, i, fd;

	g = fake_boot();
	fake_host_file("/data/x", "text", 0644);
	expect(guest_call(g, SYS_close, open_file("/data/x", O_RDONLY, 0)), 0);
	fake_settle();
	before = fake_open_fds();
	for (i = 0; i < 20; i++) {
		fd = open_file("/data/x", O_RDONLY, 0);
		expect(guest_call(g, SYS_close, fd), 0);
	}
	ck_assert_int_eq(fake_open_fds(), before);
	c = guest_fork(g, NULL);
	expect(guest_call(c, SYS_open, guest_str(c, "/data/x"), O_RDONLY), 3);
	guest_call(c, SYS_exit_group, 0);
	must(guest_call(g, SYS_wait4, -1, 0, 0, 0));
	fake_settle();
	ck_assert_int_eq(fake_open_fds(), before);
}
END_TEST

START_TEST(standard_streams)
{
	uint64_t buf;

	g = fake_boot();
	buf = guest_alloc(g, 16);
	expect(guest_call(g, SYS_write, 1, guest_str(g, "out"), 3), 3);
	expect(guest_call(g, SYS_write, 2, guest_str(g, "err"), 3), 3);
	ck_assert_str_eq(fake_stdout(1), "out");
	ck_assert_str_eq(fake_stdout(2), "err");
	guest_post(g, SYS_read, 0, buf, 16);
	ck_assert(guest_waits(g));
	fake_stdin("hello");
	expect(guest_result(g), 5);
	guest_post(g, SYS_read, 0, buf, 16);
	ck_assert(guest_waits(g));
	fake_stdin_eof();
	expect(guest_result(g), 0);
	fake_stdout_block(true);
	guest_post(g, SYS_write, 1, guest_str(g, "later"), 5);
	ck_assert(guest_waits(g));
	fake_stdout_block(false);
	expect(guest_result(g), 5);
	ck_assert_str_eq(fake_stdout(1), "later");
}
END_TEST

UNIT_MAIN("file", lowest_number, limit, dup_to_a_number, offset_is_shared, seeking, appending, holes,
    access_modes, ranges_closed, vectors, closed_while_read, nothing_is_left, standard_streams)
