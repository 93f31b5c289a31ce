/* Writing through a shared mapping moves mtime and ctime of the file. */
#include "vktest.h"

int main(void)
{
	struct stat st;
	t_write_file("f", "content");
	int fd = MUST(open("f", O_RDWR));
	char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST((long)m);
	struct timespec t[2] = {{1000, 0}, {1000, 0}};
	MUST(futimens(fd, t));
	volatile char c = m[0];
	(void)c;
	MUST(fstat(fd, &st));
	SHOW(st.st_mtim.tv_sec);
	m[0] = 'm';
	MUST(msync(m, 4096, MS_SYNC));
	MUST(fstat(fd, &st));
	CHECK(st.st_mtim.tv_sec > 1000);
	CHECK(t_tscmp(st.st_mtim, st.st_ctim) == 0);
	t_cat("f");
	return 0;
}
