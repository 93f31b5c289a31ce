/* readahead: of regular files that are open for reading. */
#include "vktest.h"

int main(void)
{
	int p[2];
	t_write_file("f", "0123456789");
	int f = MUST(open("f", O_RDWR));
	SHOW(readahead(f, 0, 10));
	SHOW(readahead(f, 5, 1 << 20));
	SHOW(readahead(f, 1L << 40, 1));
	SHOW(readahead(f, 0, 0));
	SHOW(lseek(f, 0, SEEK_CUR));
	SHOW(readahead(MUST(open("/etc/passwd", O_RDONLY)), 0, 4096));
	SHOW(readahead(MUST(open("f", O_WRONLY)), 0, 10));
	MUST(pipe(p));
	SHOW(readahead(p[0], 0, 10));
	SHOW(readahead(MUST(open("/dev/null", O_RDONLY)), 0, 10));
	SHOW(readahead(-1, 0, 10));
	SHOW(readahead(MUST(open("f", O_PATH)), 0, 10));
	return 0;
}
