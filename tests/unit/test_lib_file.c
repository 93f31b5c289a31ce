/*
 * test_lib_file.c - descriptors, data, pipes, splicing, locks, memory files,
 * in library mode.
 */
#include "lib_unit.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>

static int
file(const char *text)
{
	mkfile("/f", text);
	return (int)must(vk_sys_open(p, "/f", O_RDWR, 0));
}

/* --- reading and writing --- */

ONE(read_bad_fd, vk_sys_read(p, 9, (char[1]){ 0 }, 1), -EBADF)
ONE(write_bad_fd, vk_sys_write(p, -1, "x", 1), -EBADF)
CASE(read_directory)
{
	expect(vk_sys_open(p, "/", O_RDONLY, 0), 0);
	expect(vk_sys_read(p, 0, (char[1]){ 0 }, 1), -EISDIR);
}
CASE(access_mode_is_kept)
{
	file("x");
	expect(vk_sys_open(p, "/f", O_RDONLY, 0), 1);
	expect(vk_sys_open(p, "/f", O_WRONLY, 0), 2);
	expect(vk_sys_write(p, 1, "y", 1), -EBADF);
	expect(vk_sys_read(p, 2, (char[1]){ 0 }, 1), -EBADF);
}
CASE(read_at_end)
{
	char b[4];
	int fd = file("abc");

	expect(vk_sys_read(p, fd, b, 4), 3);
	expect(vk_sys_read(p, fd, b, 4), 0);
}
CASE(bytes_behind_the_result_stay)
{
	char b[6] = "zzzzz";
	int fd = file("ab");

	expect(vk_sys_read(p, fd, b, 5), 2);
	ck_assert_str_eq(b, "abzzz");
}
CASE(null_buffer)
{
	int fd = file("abc");

	expect(vk_sys_read(p, fd, NULL, 3), -EFAULT);
	expect(vk_sys_write(p, fd, NULL, 3), -EFAULT);
	expect(vk_sys_read(p, fd, NULL, 0), 0);
}
CASE(append_goes_to_the_end)
{
	int fd;

	file("abc");
	fd = (int)must(vk_sys_open(p, "/f", O_WRONLY | O_APPEND, 0));
	expect(vk_sys_lseek(p, fd, 0, SEEK_SET), 0);
	expect(vk_sys_write(p, fd, "de", 2), 2);
	ck_assert_str_eq(text_of("/f"), "abcde");
}
CASE(pread_leaves_the_offset)
{
	char b[3] = "";
	int fd = file("abcdef");

	expect(vk_sys_pread64(p, fd, b, 2, 3), 2);
	ck_assert_str_eq(b, "de");
	expect(vk_sys_lseek(p, fd, 0, SEEK_CUR), 0);
	expect(vk_sys_pread64(p, fd, b, 2, -1), -EINVAL);
}
CASE(pwrite_makes_a_hole)
{
	char b[4];
	int fd = file("");

	expect(vk_sys_pwrite64(p, fd, "x", 1, 10000), 1);
	expect(vk_sys_pread64(p, fd, b, 4, 5000), 4);
	ck_assert_int_eq(memcmp(b, "\0\0\0", 4), 0);
	expect(vk_sys_lseek(p, fd, 0, SEEK_END), 10001);
}
CASE(seek_errors)
{
	int fd = file("abc"), e[2];

	expect(vk_sys_lseek(p, fd, -1, SEEK_SET), -EINVAL);
	expect(vk_sys_lseek(p, fd, 0, 9), -EINVAL);
	pipe_of(p, e, 0);
	expect(vk_sys_lseek(p, e[0], 0, SEEK_SET), -ESPIPE);
	expect(vk_sys_pread64(p, e[0], (char[1]){ 0 }, 1, 0), -ESPIPE);
}
CASE(seek_data_and_hole)
{
	int fd = file("");

	expect(vk_sys_pwrite64(p, fd, "x", 1, 65536), 1);
	expect(vk_sys_lseek(p, fd, 0, SEEK_DATA), 65536);
	expect(vk_sys_lseek(p, fd, 65536, SEEK_HOLE), 65537);
	expect(vk_sys_lseek(p, fd, 70000, SEEK_DATA), -ENXIO);
}
CASE(vectors)
{
	char a[3] = "", b[5] = "";
	struct iovec out[2] = { { "ab", 2 }, { "cdef", 4 } }, in[2] = { { a, 2 }, { b, 4 } };
	int fd = file("");

	expect(vk_sys_writev(p, fd, out, 2), 6);
	expect(vk_sys_lseek(p, fd, 0, SEEK_SET), 0);
	expect(vk_sys_readv(p, fd, in, 2), 6);
	ck_assert_str_eq(a, "ab");
	ck_assert_str_eq(b, "cdef");
}
CASE(vector_counts)
{
	int fd = file("");

	expect(vk_sys_writev(p, fd, NULL, 0), 0);
	expect(vk_sys_writev(p, fd, (struct iovec[1]){ { "a", 1 } }, 2000), -EINVAL);
}
CASE(big_write_is_cut_at_the_limit)
{
	static char big[VK_BUFFER_MAX + 4096];
	int fd = file("");

	expect(vk_sys_write(p, fd, big, sizeof(big)), VK_BUFFER_MAX);
}
CASE(fallocate_and_punch)
{
	char b[2];
	int fd = file("abcdefgh");

	expect(vk_sys_fallocate(p, fd, 0, 0, 5000), 0);
	expect(vk_sys_lseek(p, fd, 0, SEEK_END), 5000);
	expect(vk_sys_fallocate(p, fd, 3, 0, 4), 0);
	expect(vk_sys_pread64(p, fd, b, 1, 1), 1);
	expect(b[0], 0);
	expect(vk_sys_fallocate(p, fd, 0, -1, 4), -EINVAL);
	expect(vk_sys_fallocate(p, fd, 0, 0, 0), -EINVAL);
}
CASE(copy_file_range_copies)
{
	int from = file("abcdef"), to;

	to = (int)must(vk_sys_open(p, "/g", O_CREAT | O_RDWR, 0600));
	expect(vk_sys_copy_file_range(p, from, ga(0), to, ga(0), 4, 0), 4);
	ck_assert_str_eq(text_of("/g"), "abcd");
}
CASE(sendfile_moves)
{
	int64_t off = 2;
	int from = file("abcdef"), to;

	to = (int)must(vk_sys_open(p, "/g", O_CREAT | O_RDWR, 0600));
	expect(vk_sys_sendfile(p, to, from, put(off), 10), 4);
	ck_assert_str_eq(text_of("/g"), "cdef");
	expect(vk_sys_lseek(p, from, 0, SEEK_CUR), 0);
}
CASE(file_size_limit)
{
	struct rlimit rl = { 4, 4 };
	int fd = file("");

	expect(vk_sys_prlimit64(p, 0, RLIMIT_FSIZE, (void *)&rl, NULL), 0);
	expect(vk_handle(p, SIGXFSZ, NULL, 0, 0), 0);
	expect(vk_sys_write(p, fd, "abcdef", 6), 4);
	expect(vk_sys_write(p, fd, "x", 1), VK_HANDLER);
	expect(vk_sigreturn(p), -EFBIG);
}
CASE(dev_null_zero_full)
{
	char b[2] = "x";
	int nul = (int)must(vk_sys_open(p, "/dev/null", O_RDWR, 0));
	int zero = (int)must(vk_sys_open(p, "/dev/zero", O_RDWR, 0));
	int full = (int)must(vk_sys_open(p, "/dev/full", O_RDWR, 0));

	expect(vk_sys_read(p, nul, b, 1), 0);
	expect(vk_sys_write(p, nul, b, 2), 2);
	expect(vk_sys_read(p, zero, b, 1), 1);
	expect(b[0], 0);
	expect(vk_sys_write(p, full, b, 1), -ENOSPC);
}
CASE(urandom_differs)
{
	char a[16], b[16];

	expect(vk_sys_getrandom(p, a, 16, 0), 16);
	expect(vk_sys_getrandom(p, b, 16, 0), 16);
	ck_assert_int_ne(memcmp(a, b, 16), 0);
	expect(vk_sys_getrandom(p, a, 16, 64), -EINVAL);
}

/* --- descriptors --- */

CASE(lowest_number)
{
	file("");
	expect(vk_sys_dup(p, 0), 1);
	expect(vk_sys_dup(p, 0), 2);
	expect(vk_sys_close(p, 1), 0);
	expect(vk_sys_dup(p, 2), 1);
}
ONE(close_bad, vk_sys_close(p, 0), -EBADF)
ONE(dup_bad, vk_sys_dup(p, 3), -EBADF)
CASE(dup2_rules)
{
	file("");
	expect(vk_sys_dup2(p, 0, 0), 0);
	expect(vk_sys_dup2(p, 0, 7), 7);
	expect(vk_sys_dup2(p, 5, 5), -EBADF);
	expect(vk_sys_dup2(p, 0, -1), -EBADF);
	expect(vk_sys_dup2(p, 0, 100000), -EBADF);
	expect(vk_sys_dup3(p, 0, 0, 0), -EINVAL);
	expect(vk_sys_dup3(p, 0, 8, O_CLOEXEC), 8);
	expect(vk_sys_fcntl(p, 8, F_GETFD, 0), FD_CLOEXEC);
}
CASE(dup_shares_the_offset)
{
	char b[2];

	file("abc");
	expect(vk_sys_dup(p, 0), 1);
	expect(vk_sys_read(p, 0, b, 2), 2);
	expect(vk_sys_lseek(p, 1, 0, SEEK_CUR), 2);
}
CASE(descriptor_limit)
{
	struct rlimit rl = { 2, 4096 };

	file("");
	expect(vk_sys_prlimit64(p, 0, RLIMIT_NOFILE, (void *)&rl, NULL), 0);
	expect(vk_sys_dup(p, 0), 1);
	expect(vk_sys_dup(p, 0), -EMFILE);
	expect(vk_sys_open(p, "/f", O_RDONLY, 0), -EMFILE);
	expect(vk_sys_fcntl(p, 0, F_DUPFD, 2), -EINVAL);
}
CASE(fcntl_flags)
{
	file("");
	expect(vk_sys_fcntl(p, 0, F_GETFL, 0), O_RDWR | 0x8000);
	expect(vk_sys_fcntl(p, 0, F_SETFL, O_APPEND | O_NONBLOCK), 0);
	expect(vk_sys_fcntl(p, 0, F_GETFL, 0), O_RDWR | 0x8000 | O_APPEND | O_NONBLOCK);
	expect(vk_sys_fcntl(p, 0, 9999, 0), -EINVAL);
}
CASE(close_range_closes)
{
	file("");
	expect(vk_sys_dup2(p, 0, 5), 5);
	expect(vk_sys_dup2(p, 0, 9), 9);
	expect(vk_sys_close_range(p, 4, 8, 0), 0);
	expect(vk_sys_fcntl(p, 5, F_GETFD, 0), -EBADF);
	expect(vk_sys_fcntl(p, 9, F_GETFD, 0), 0);
	expect(vk_sys_close_range(p, 9, 8, 0), -EINVAL);
	expect(vk_sys_close_range(p, 0, -1, 4), 0);
	expect(vk_sys_fcntl(p, 9, F_GETFD, 0), FD_CLOEXEC);
}
CASE(fork_copies_the_table)
{
	struct vk_proc *c;

	file("");
	c = forked(p);
	expect(vk_sys_close(c, 0), 0);
	expect(vk_sys_fcntl(p, 0, F_GETFD, 0), 0);
}

/* --- pipes --- */

CASE(pipe_moves_bytes)
{
	char b[4] = "";
	int e[2];

	pipe_of(p, e, 0);
	expect(vk_sys_write(p, e[1], "abc", 3), 3);
	expect(vk_sys_read(p, e[0], b, 2), 2);
	expect(vk_sys_read(p, e[0], b, 3), 1);
	ck_assert_str_eq(b, "cb");
}
CASE(pipe_wrong_ends)
{
	int e[2];

	pipe_of(p, e, 0);
	expect(vk_sys_write(p, e[0], "a", 1), -EBADF);
	expect(vk_sys_read(p, e[1], (char[1]){ 0 }, 1), -EBADF);
}
CASE(pipe_end_of_file)
{
	int e[2];

	pipe_of(p, e, 0);
	expect(vk_sys_close(p, e[1]), 0);
	expect(vk_sys_read(p, e[0], (char[1]){ 0 }, 1), 0);
}
CASE(pipe_without_readers)
{
	int e[2];

	pipe_of(p, e, 0);
	expect(vk_sys_close(p, e[0]), 0);
	expect(vk_handle(p, SIGPIPE, NULL, 0, 0), 0);
	expect(vk_sys_write(p, e[1], "a", 1), VK_HANDLER);
	expect(vk_sigreturn(p), -EPIPE);
}
CASE(pipe_without_readers_kills)
{
	int e[2], status;
	struct vk_proc *c;

	pipe_of(p, e, 0);
	c = forked(p);
	expect(vk_sys_close(p, e[0]), 0);
	expect(vk_sys_close(c, e[0]), 0);
	expect(vk_sys_write(c, e[1], "a", 1), VK_GONE);
	must(vk_sys_wait4(p, -1, &status, 0, NULL));
	expect(status, SIGPIPE);
}
CASE(pipe_reader_waits_for_a_writer)
{
	gaddr_t b = vk_alloc(p, 8);
	struct vk_proc *c;
	char got[8] = "";
	int e[2];

	pipe_of(p, e, 0);
	c = forked(p);
	vk_start(p, SYS_read, (uint64_t)e[0], b.v, 8);
	ck_assert(vk_waits(p));
	expect(vk_sys_write(c, e[1], "hello", 5), 5);
	expect(vk_end(p), 5);
	get(b, got);
	ck_assert_str_eq(got, "hello");
}
CASE(pipe_writer_waits_for_room)
{
	static char fill[65536];
	gaddr_t b = vk_alloc(p, 8);
	struct vk_proc *c;
	int e[2];

	pipe_of(p, e, 0);
	c = forked(p);
	expect(vk_sys_write(p, e[1], fill, sizeof(fill)), sizeof(fill));
	vk_start(p, SYS_write, (uint64_t)e[1], b.v, 8);
	ck_assert(vk_waits(p));
	expect(vk_sys_read(c, e[0], fill, 8192), 8192);
	expect(vk_end(p), 8);
}
CASE(pipe_nonblocking)
{
	static char fill[65536];
	int e[2];

	pipe_of(p, e, O_NONBLOCK);
	expect(vk_sys_read(p, e[0], fill, 1), -EAGAIN);
	expect(vk_sys_write(p, e[1], fill, sizeof(fill)), sizeof(fill));
	expect(vk_sys_write(p, e[1], fill, 1), -EAGAIN);
}
CASE(pipe_size)
{
	int e[2];

	pipe_of(p, e, 0);
	expect(vk_sys_fcntl(p, e[0], F_GETPIPE_SZ, 0), 65536);
	expect(vk_sys_fcntl(p, e[0], F_SETPIPE_SZ, 10000), 16384);
	expect(vk_sys_fcntl(p, e[0], F_SETPIPE_SZ, 0), 4096);
}
ONE(pipe2_bad_flags, vk_sys_pipe2(p, vk_alloc(p, 8), 1), -EINVAL)
ONE(pipe_bad_address, vk_sys_pipe(p, ga(8)), -EFAULT)
CASE(pipe_fionread)
{
	int e[2], n = 0;
	gaddr_t at = vk_alloc(p, 4);

	pipe_of(p, e, 0);
	expect(vk_sys_write(p, e[1], "abc", 3), 3);
	expect(vk_sys_ioctl(p, e[0], FIONREAD, at.v), 0);
	get(at, n);
	expect(n, 3);
}
CASE(fifo_nonblocking_open)
{
	expect(vk_sys_mknod(p, "/q", S_IFIFO | 0600, 0), 0);
	expect(vk_sys_open(p, "/q", O_WRONLY | O_NONBLOCK, 0), -ENXIO);
	expect(vk_sys_open(p, "/q", O_RDONLY | O_NONBLOCK, 0), 0);
	expect(vk_sys_open(p, "/q", O_WRONLY | O_NONBLOCK, 0), 1);
}
CASE(fifo_openers_wait_for_each_other)
{
	struct vk_proc *c;

	expect(vk_sys_mknod(p, "/q", S_IFIFO | 0600, 0), 0);
	c = forked(p);
	gaddr_t name = vk_put(c, "/q", 3);
	vk_start(c, SYS_open, name.v, O_RDONLY, 0);
	ck_assert(vk_waits(c));
	expect(vk_sys_open(p, "/q", O_WRONLY, 0), 0);
	expect(vk_end(c), 0);
}
CASE(splice_and_tee)
{
	char b[8] = "";
	int a[2], c[2];

	pipe_of(p, a, 0);
	pipe_of(p, c, 0);
	expect(vk_sys_write(p, a[1], "abcdef", 6), 6);
	expect(vk_sys_tee(p, a[0], c[1], 3, 0), 3);
	expect(vk_sys_splice(p, a[0], ga(0), c[1], ga(0), 2, 0), 2);
	expect(vk_sys_read(p, c[0], b, 8), 5);
	ck_assert_str_eq(b, "abcab");
	expect(vk_sys_tee(p, a[0], a[1], 3, 0), -EINVAL);
}
CASE(splice_needs_a_pipe)
{
	file("abc");
	expect(vk_sys_open(p, "/g", O_CREAT | O_RDWR, 0600), 1);
	expect(vk_sys_splice(p, 0, ga(0), 1, ga(0), 2, 0), -EINVAL);
}

/* --- locks --- */

static long
setlk(struct vk_proc *who, int fd, int cmd, short type, off_t start, off_t len)
{
	struct flock fl = { .l_type = type, .l_start = start, .l_len = len };
	gaddr_t at = vk_put(who, &fl, sizeof(fl));

	return vk_sys_fcntl(who, fd, cmd, at.v);
}

CASE(record_locks_conflict)
{
	struct vk_proc *c;

	file("abcdef");
	c = forked(p);
	expect(setlk(p, 0, F_SETLK, F_WRLCK, 0, 3), 0);
	expect(setlk(c, 0, F_SETLK, F_RDLCK, 2, 1), -EAGAIN);
	expect(setlk(c, 0, F_SETLK, F_RDLCK, 3, 1), 0);
	expect(setlk(p, 0, F_SETLK, F_UNLCK, 2, 1), 0);
	expect(setlk(c, 0, F_SETLK, F_RDLCK, 2, 1), 0);
}
CASE(record_locks_go_with_any_close)
{
	struct vk_proc *c;

	file("abcdef");
	c = forked(p);
	expect(setlk(p, 0, F_SETLK, F_WRLCK, 0, 0), 0);
	expect(vk_sys_dup(p, 0), 1);
	expect(vk_sys_close(p, 1), 0);
	expect(setlk(c, 0, F_SETLK, F_WRLCK, 0, 0), 0);
}
CASE(record_lock_waits_and_deadlock)
{
	struct flock fl = { .l_type = F_WRLCK, .l_start = 0, .l_len = 1 };
	struct vk_proc *c;
	gaddr_t at;

	file("abcdef");
	c = forked(p);
	expect(setlk(p, 0, F_SETLK, F_WRLCK, 0, 1), 0);
	expect(setlk(c, 0, F_SETLK, F_WRLCK, 1, 1), 0);
	at = vk_put(c, &fl, sizeof(fl));
	vk_start(c, SYS_fcntl, 0, F_SETLKW, at.v);
	ck_assert(vk_waits(c));
	expect(setlk(p, 0, F_SETLKW, F_WRLCK, 1, 1), -EDEADLK);
	expect(setlk(p, 0, F_SETLK, F_UNLCK, 0, 1), 0);
	expect(vk_end(c), 0);
}
CASE(open_file_locks)
{
	file("abcdef");
	expect(vk_sys_open(p, "/f", O_RDWR, 0), 1);
	expect(setlk(p, 0, F_OFD_SETLK, F_WRLCK, 0, 1), 0);
	expect(setlk(p, 1, F_OFD_SETLK, F_WRLCK, 0, 1), -EAGAIN);
	expect(vk_sys_close(p, 0), 0);
	expect(setlk(p, 1, F_OFD_SETLK, F_WRLCK, 0, 1), 0);
}
CASE(flock_rules)
{
	file("");
	expect(vk_sys_open(p, "/f", O_RDWR, 0), 1);
	expect(vk_sys_flock(p, 0, 2), 0);
	expect(vk_sys_flock(p, 1, 1 | 4), -EAGAIN);
	expect(vk_sys_flock(p, 0, 1), 0);
	expect(vk_sys_flock(p, 1, 1 | 4), 0);
	expect(vk_sys_flock(p, 1, 9), -EINVAL);
}

/* --- memory files --- */

CASE(memfd_seals)
{
	expect(vk_sys_memfd_create(p, "m", 2), 0);
	expect(vk_sys_write(p, 0, "abc", 3), 3);
	expect(vk_sys_fcntl(p, 0, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	expect(vk_sys_ftruncate(p, 0, 1), -EPERM);
	expect(vk_sys_ftruncate(p, 0, 10), 0);
	expect(vk_sys_fcntl(p, 0, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL), 0);
	expect(vk_sys_write(p, 0, "abc", 3), -EPERM);
	expect(vk_sys_fcntl(p, 0, F_ADD_SEALS, F_SEAL_GROW), -EPERM);
	expect(vk_sys_fcntl(p, 0, F_GET_SEALS, 0), F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL);
}
CASE(memfd_without_sealing)
{
	expect(vk_sys_memfd_create(p, "m", 0), 0);
	expect(vk_sys_fcntl(p, 0, F_ADD_SEALS, F_SEAL_SHRINK), -EPERM);
}
ONE(memfd_bad_flags, vk_sys_memfd_create(p, "m", 0x1000), -EINVAL)

LIB_MAIN("lib_file")
