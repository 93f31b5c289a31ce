/* write: offsets, holes, append, pointers, and what cannot be written. */
#include "vktest.h"
#include <sys/resource.h>

int main(void)
{
	char big[10000];
	struct stat st;
	memset(big, 'B', sizeof big);
	int fd = MUST(open("file", O_RDWR | O_CREAT, 0644));

	SECTION("the offset moves");
	SHOW(write(fd, "0123456789", 10));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(lseek(fd, 3, SEEK_SET));
	SHOW(write(fd, "xy", 2));
	t_cat("file");
	SHOW(write(fd, "", 0));
	SHOW(lseek(fd, 0, SEEK_CUR));

	SECTION("past the end leaves a hole of zeros");
	SHOW(lseek(fd, 14, SEEK_SET));
	SHOW(fstat(fd, &st));
	SHOW(st.st_size);
	SHOW(write(fd, "!", 1));
	t_cat("file");

	SECTION("O_APPEND");
	int a = MUST(open("file", O_WRONLY | O_APPEND));
	SHOW(lseek(a, 0, SEEK_CUR));
	SHOW(write(a, "AA", 2));
	SHOW(lseek(a, 0, SEEK_CUR));
	SHOW(lseek(a, 0, SEEK_SET));
	SHOW(write(fd, "b", 1));
	SHOW(write(a, "CC", 2));
	t_cat("file");
	SHOW(fcntl(a, F_SETFL, 0));
	SHOW(lseek(a, 0, SEEK_SET));
	SHOW(write(a, "Z", 1));
	t_cat("file");

	SECTION("several pages");
	SHOW(ftruncate(fd, 0));
	SHOW(lseek(fd, 5, SEEK_SET));
	SHOW(write(fd, big, sizeof big));
	SHOW(lseek(fd, 0, SEEK_END));
	SHOW(pread(fd, big, 8, 0));
	t_quote("big", big, 8);

	SECTION("errors");
	SHOW(ftruncate(fd, 3));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(write(fd, BADP, 4));
	SHOW(write(fd, NULLP, 4));
	SHOW(write(fd, BADP, 0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(fstat(fd, &st));
	SHOW(st.st_size);
	SHOW(syscall(SYS_write, fd, big, -1L));
	SHOW(write(fd, t_readonly("ro", 2), 2));
	SHOW(write(-1, big, 4));
	SHOW(write(999, BADP, 4));
	SHOW(write(MUST(open("file", O_RDONLY)), big, 4));
	SHOW(write(MUST(open("file", O_RDONLY)), BADP, 4));
	SHOW(write(MUST(open(".", O_RDONLY)), big, 4));

	SECTION("RLIMIT_FSIZE: as much as fits, then EFBIG (stdout may be a file, so print later)");
	struct rlimit rl = {10, RLIM_INFINITY};
	long r[6], e[6];
	signal(SIGXFSZ, SIG_IGN);
	MUST(ftruncate(fd, 0));
	MUST(setrlimit(RLIMIT_FSIZE, &rl));
	r[0] = pwrite(fd, big, 8, 0), e[0] = errno;
	r[1] = pwrite(fd, big, 8, 8), e[1] = errno;
	r[2] = pwrite(fd, big, 8, 10), e[2] = errno;
	r[3] = pwrite(fd, big, 0, 10), e[3] = errno;
	r[4] = ftruncate(fd, 11), e[4] = errno;
	r[5] = ftruncate(fd, 9), e[5] = errno;
	rl.rlim_cur = RLIM_INFINITY;
	MUST(setrlimit(RLIMIT_FSIZE, &rl));
	static const char *const what[] = {"pwrite 8 at 0", "pwrite 8 at 8", "pwrite 8 at 10", "pwrite 0 at 10",
					   "ftruncate 11", "ftruncate 9"};
	for (int i = 0; i < 6; i++)
		SHOW_AS((errno = e[i], r[i]), "%s", what[i]);
	t_stat("file");
	return 0;
}
