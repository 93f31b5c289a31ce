/* fadvise64: advice is taken or refused, and changes nothing that can be read. */
#include "vktest.h"

#define FADV(f, o, l, a) syscall(SYS_fadvise64, f, o, l, a)

int main(void)
{
	int p[2];
	t_write_file("f", "0123456789");
	int f = MUST(open("f", O_RDWR));
	for (int a = 0; a < 7; a++)
		SHOW_AS(FADV(f, 0L, 0L, a), "advice %d", a);
	SHOW(FADV(f, 5L, 3L, POSIX_FADV_DONTNEED));
	SHOW(FADV(f, 1L << 40, 0L, POSIX_FADV_WILLNEED));
	SHOW(FADV(f, -1L, 0L, 0));
	SHOW(FADV(f, 0L, -1L, 0));
	SHOW(FADV(f, 0L, 0L, -1));
	SHOW(FADV(MUST(open(".", O_RDONLY)), 0L, 0L, POSIX_FADV_NORMAL));
	SHOW(FADV(MUST(open("/dev/null", O_RDONLY)), 0L, 0L, POSIX_FADV_NORMAL));
	MUST(pipe(p));
	SHOW(FADV(p[0], 0L, 0L, POSIX_FADV_NORMAL));
	SHOW(FADV(p[0], 0L, -1L, 99));
	SHOW(FADV(-1, 0L, -1L, 99));
	SHOW(FADV(MUST(open("f", O_PATH)), 0L, 0L, 0));
	t_cat("f");
	return 0;
}
