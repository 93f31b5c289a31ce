/* sync_file_range: ranges, flags, kinds. */
#include "vktest.h"

int main(void)
{
	int p[2];
	int f = MUST(open("f", O_RDWR | O_CREAT, 0600)), d = MUST(open(".", O_RDONLY));
	SHOW(write(f, "0123456789", 10));
	for (unsigned fl = 0; fl < 9; fl++)
		SHOW_AS(sync_file_range(f, 0, 10, fl), "flags %u", fl);
	SHOW(sync_file_range(f, 5, 0, 7));
	SHOW(sync_file_range(f, 1000, 10, 7));
	SHOW(sync_file_range(d, 0, 0, 2));
	SHOW(sync_file_range(f, -1, 1, 0));
	SHOW(sync_file_range(f, 1, -1, 0));
	SHOW(sync_file_range(f, INT64_MAX, 1, 0));
	MUST(pipe(p));
	SHOW(sync_file_range(p[1], 0, 0, 0));
	SHOW(sync_file_range(p[1], -1, 0, 0));
	SHOW(sync_file_range(-1, 0, 0, 99));
	SHOW(sync_file_range(MUST(open("f", O_PATH)), 0, 0, 0));
	return 0;
}
