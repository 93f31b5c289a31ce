/* fdatasync: what it accepts, and that the data is there. */
#include "vktest.h"

int main(void)
{
	int p[2];
	int f = MUST(open("f", O_RDWR | O_CREAT, 0600));
	SHOW(write(f, "data", 4));
	SHOW(fdatasync(f));
	SHOW(ftruncate(f, 100));
	SHOW(fdatasync(f));
	SHOW(unlink("f"));
	SHOW(fdatasync(f));
	SHOW(fdatasync(MUST(open(".", O_RDONLY))));
	MUST(pipe(p));
	SHOW(fdatasync(p[1]));
	SHOW(fdatasync(MUST(open("/dev/null", O_WRONLY))));
	SHOW(fdatasync(MUST(open("/etc/passwd", O_RDONLY))));
	SHOW(fdatasync(MUST(open("/etc/passwd", O_PATH))));
	SHOW(fdatasync(-1));
	SHOW(fdatasync(999));
	return 0;
}
