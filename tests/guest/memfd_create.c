/* memfd_create: flags, seals, size, mapping, sharing over fork; errors. */
#include "vkproc.h"

#define RW (PROT_READ | PROT_WRITE)
static long mm(int prot, int flags, int fd)
{
	return mmap(NULL, T_PAGE, prot, flags, fd, 0) == MAP_FAILED ? -1 : 0;
}

int main(void)
{
	int fd = SHOW_OK(memfd_create("name", MFD_CLOEXEC));
	SHOW_X(fcntl(fd, F_GETFD));
	SHOW_X(fcntl(fd, F_GETFL) & O_ACCMODE);
	SHOW_X(fcntl(fd, F_GET_SEALS));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	struct stat st;
	fstat(fd, &st);
	printf("%s nlink %lu size %ld\n", t_mode(st.st_mode & ~07777), (unsigned long)st.st_nlink, (long)st.st_size);
	char link[64], path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, link, sizeof link - 1);
	link[n > 0 ? n : 0] = 0;
	SHOW_STR(link);
	SHOW(write(fd, "hello", 5));
	SHOW(lseek(fd, 0, SEEK_SET));
	char *m = mmap(NULL, T_PAGE, RW, MAP_SHARED, fd, 0);
	printf("%.5s\n", m);
	m[0] = 'J';
	char b[6] = "";
	SHOW(read(fd, b, 5));
	SHOW_STR(b);
	IN_CHILD("child")
		m[1] = 'u';
	pread(fd, b, 5, 0);
	SHOW_STR(b);
	int again = MUST(open(path, O_RDONLY));
	SHOW(pread(again, b, 5, 0));
	SHOW(mm(RW, MAP_SHARED, again));
	SHOW(ftruncate(fd, 3 * T_PAGE));
	SHOW(lseek(fd, 0, SEEK_END));

	SECTION("seals");
	fd = MUST(memfd_create("s", MFD_ALLOW_SEALING));
	SHOW_X(fcntl(fd, F_GET_SEALS));
	MUST(ftruncate(fd, T_PAGE));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	SHOW(ftruncate(fd, 1));
	SHOW(ftruncate(fd, 2 * T_PAGE));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	SHOW(ftruncate(fd, 3 * T_PAGE));
	SHOW(pwrite(fd, "x", 1, 2 * T_PAGE));
	SHOW(pwrite(fd, "x", 1, 0));
	void *sh = mmap(NULL, T_PAGE, RW, MAP_SHARED, fd, 0);
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	munmap(sh, T_PAGE);
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	SHOW(write(fd, "x", 1));
	SHOW(mm(RW, MAP_SHARED, fd));
	SHOW(mm(PROT_READ, MAP_SHARED, fd));
	SHOW(mm(RW, MAP_PRIVATE, fd));
	SHOW(fcntl(fd, F_ADD_SEALS, 0x40000000));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	SHOW_X(fcntl(fd, F_GET_SEALS));
	SHOW(fcntl(1, F_GET_SEALS) == -1 ? -1 : 0);

	SECTION("errors");
	SHOW(memfd_create("x", 0x8000));
	SHOW(memfd_create("x", -1));
	SHOW(memfd_create(BADP, 0));
	SHOW(memfd_create(BADP, 0x8000));
	char longname[300];
	memset(longname, 'n', sizeof longname);
	longname[249] = 0;
	SHOW_OK(memfd_create(longname, 0));
	longname[249] = 'n';
	longname[250] = 0;
	SHOW(memfd_create(longname, 0));
	SHOW_OK(memfd_create("", 0));
	return 0;
}
