/* O_PATH: a place, not an open file. What may and may not be done with one. */
#include "vktest.h"
#include <sys/file.h>
#include <sys/xattr.h>

int main(void)
{
	char b[64];
	struct stat st;
	MUST(mkdir("dir", 0755));
	t_write_file("dir/inner", "inner");
	t_write_file("file", "file");
	MUST(symlink("file", "link"));
	int f = SHOW_OK(open("file", O_PATH));
	int d = SHOW_OK(open("dir", O_PATH));
	int l = SHOW_OK(open("link", O_PATH | O_NOFOLLOW));
	SHOW_OK(open("missing", O_PATH));
	SHOW_OK(open("missing", O_PATH | O_CREAT, 0600));
	SHOW_OK(open("file", O_PATH | O_DIRECTORY));
	SHOW_X(fcntl(f, F_GETFL));
	SHOW_X(fcntl(d, F_GETFL));

	SECTION("refused");
	SHOW(read(f, b, 4));
	SHOW(write(f, b, 4));
	SHOW(lseek(f, 0, SEEK_SET));
	SHOW(ftruncate(f, 0));
	SHOW(fchmod(f, 0600));
	SHOW(fchown(f, -1, -1));
	SHOW(fsync(f));
	SHOW(fgetxattr(f, "user.x", b, sizeof b));
	SHOW(ioctl(f, FIONREAD, b));
	SHOW((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, f, 0));
	SHOW(syscall(SYS_getdents64, d, b, sizeof b));
	SHOW(flock(f, LOCK_SH));
	SHOW(fcntl(f, F_SETFL, O_APPEND));
	SHOW(posix_fadvise(f, 0, 0, 0));
	SHOW(futimens(f, NULL));
	struct pollfd p = {f, POLLIN, 0};
	SHOW(poll(&p, 1, 0));
	SHOW_X(p.revents);

	SECTION("allowed");
	SHOW(fstat(f, &st));
	CHECK(S_ISREG(st.st_mode) && st.st_size == 4);
	SHOW(fstat(l, &st));
	CHECK(S_ISLNK(st.st_mode));
	SHOW(fstatat(d, "", &st, AT_EMPTY_PATH));
	CHECK(S_ISDIR(st.st_mode));
	SHOW(readlinkat(l, "", b, sizeof b));
	SHOW(readlinkat(f, "", b, sizeof b));
	SHOW(fcntl(f, F_GETFD));
	SHOW(fcntl(f, F_SETFD, FD_CLOEXEC));
	SHOW(fcntl(f, F_GETFD));
	SHOW_OK(fcntl(f, F_DUPFD, 20));
	SHOW_OK(dup(f));
	SHOW_OK(openat(d, "inner", O_RDONLY));
	SHOW(fchdir(d));
	SHOW(access("inner", R_OK));
	SHOW(fchdir(f));
	SHOW(chdir(".."));

	SECTION("opened again through /proc/self/fd");
	snprintf(b, sizeof b, "/proc/self/fd/%d", f);
	int again = SHOW_OK(open(b, O_RDWR));
	SHOW(write(again, "FILE", 4));
	t_cat("file");
	snprintf(b, sizeof b, "/proc/self/fd/%d", l);
	SHOW_OK(open(b, O_RDONLY));
	SHOW(close(f));
	SHOW(close(f));
	return 0;
}
