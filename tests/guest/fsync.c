/* fsync, fdatasync, sync, syncfs, sync_file_range, msync of files: what they accept. */
#include "vktest.h"

int main(void)
{
	int p[2];
	MUST(mkdir("dir", 0755));
	t_write_file("f", "0123456789");
	int f = MUST(open("f", O_RDWR)), r = MUST(open("f", O_RDONLY)), d = MUST(open("dir", O_RDONLY));
	MUST(pipe(p));
	SHOW(write(f, "x", 1));
	SHOW(fsync(f));
	SHOW(fdatasync(f));
	SHOW(fsync(r));
	SHOW(fsync(d));
	SHOW(fdatasync(d));
	SHOW(syncfs(f));
	SHOW(syncfs(d));
	SHOW(sync_file_range(f, 0, 10, SYNC_FILE_RANGE_WRITE));
	SHOW(sync_file_range(f, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
	SHOW(sync_file_range(f, 100, 10, 0));
	sync();
	t_cat("f");

	SECTION("what cannot be synced");
	SHOW(fsync(p[1]));
	SHOW(fdatasync(p[0]));
	SHOW(fsync(MUST(open("/dev/null", O_RDWR))));
	SHOW(fsync(MUST(open("f", O_PATH))));
	SHOW(fsync(-1));
	SHOW(fdatasync(999));
	SHOW(syncfs(-1));
	SHOW(sync_file_range(p[1], 0, 10, 2));
	SHOW(sync_file_range(f, -1, 10, 2));
	SHOW(sync_file_range(f, 0, -1, 2));
	SHOW(sync_file_range(f, 0, 10, 0x100));
	SHOW(sync_file_range(-1, -1, 10, 0x100));

	SECTION("fadvise and readahead");
	SHOW(posix_fadvise(f, 0, 0, POSIX_FADV_SEQUENTIAL));
	SHOW(posix_fadvise(f, 0, 0, POSIX_FADV_DONTNEED));
	SHOW(posix_fadvise(f, 0, 0, 77));
	SHOW(posix_fadvise(p[0], 0, 0, POSIX_FADV_NORMAL));
	SHOW(posix_fadvise(-1, 0, 0, 77));
	SHOW(posix_fadvise(f, 0, -1, POSIX_FADV_NORMAL));
	SHOW(readahead(f, 0, 100));
	SHOW(readahead(-1, 0, 100));
	SHOW(readahead(p[0], 0, 100));
	return 0;
}
