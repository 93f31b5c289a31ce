/* syncfs: any descriptor of a file system. */
#include "vktest.h"

int main(void)
{
	int p[2];
	int f = MUST(open("f", O_RDWR | O_CREAT, 0600));
	SHOW(write(f, "x", 1));
	SHOW(syncfs(f));
	SHOW(syncfs(MUST(open("f", O_RDONLY))));
	SHOW(syncfs(MUST(open(".", O_RDONLY))));
	SHOW(syncfs(MUST(open("/", O_RDONLY))));
	MUST(pipe(p));
	SHOW(syncfs(p[0]));
	SHOW(syncfs(MUST(open("f", O_PATH))));
	SHOW(syncfs(-1));
	SHOW(syncfs(999));
	return 0;
}
