/* statx: the mask, the fields that must agree with stat, flags and errors. */
#include "vktest.h"
#include <linux/stat.h>

#define STATX(d, p, f, m, b) syscall(SYS_statx, d, p, f, m, b)

static void agree(const char *name)
{
	struct statx x;
	struct stat s;
	memset(&x, 0xff, sizeof x);
	MUST(STATX(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &x));
	MUST(lstat(name, &s));
	bool same = x.stx_mode == s.st_mode && x.stx_nlink == s.st_nlink && x.stx_uid == s.st_uid && x.stx_gid == s.st_gid &&
		    x.stx_ino == s.st_ino && x.stx_size == (uint64_t)s.st_size && x.stx_mtime.tv_sec == s.st_mtim.tv_sec &&
		    x.stx_mtime.tv_nsec == s.st_mtim.tv_nsec && x.stx_ctime.tv_sec == s.st_ctim.tv_sec &&
		    x.stx_blocks == (uint64_t)s.st_blocks && x.stx_blksize == (uint32_t)s.st_blksize;
	printf("%s: mask has basic %d, agrees with stat %d, size %llu, mode %s\n", name,
	       (x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS, same,
	       S_ISDIR(x.stx_mode) ? 0ULL : (unsigned long long)x.stx_size, t_mode(x.stx_mode));
}

int main(void)
{
	struct statx x;
	MUST(mkdir("dir", 0755));
	t_write_file("file", "12345");
	MUST(symlink("file", "link"));
	MUST(mkfifo("fifo", 0600));
	int f = MUST(open("file", O_RDONLY));

	SECTION("agrees with stat");
	agree("file");
	agree("dir");
	agree("link");
	agree("fifo");

	SECTION("birth time");
	MUST(STATX(AT_FDCWD, "file", 0, STATX_BTIME, &x));
	if (x.stx_mask & STATX_BTIME)
		CHECK(x.stx_btime.tv_sec > 1600000000 && x.stx_btime.tv_sec <= time(NULL));
	else
		puts("no btime");

	SECTION("flags");
	SHOW(STATX(f, "", AT_EMPTY_PATH, STATX_SIZE, &x));
	SHOW(x.stx_size);
	SHOW(STATX(f, "", 0, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, "link", 0, STATX_SIZE | STATX_TYPE, &x));
	SHOW(x.stx_size);
	SHOW(STATX(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_SIZE, &x));
	SHOW(x.stx_size);
	SHOW(STATX(AT_FDCWD, "file", AT_STATX_FORCE_SYNC, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, "file", AT_STATX_DONT_SYNC, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, "file", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, "file", 0, 0, &x));
	SHOW(STATX(AT_FDCWD, "file", 0, STATX_ALL, &x));
	SHOW(STATX(AT_FDCWD, "file", AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &x));

	SECTION("errors");
	SHOW(STATX(AT_FDCWD, "file", 0, STATX__RESERVED, &x));
	SHOW(STATX(AT_FDCWD, "file", 0x10000, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, "file", AT_REMOVEDIR, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, "missing", 0, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, "", 0, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, "file/x", 0, STATX_SIZE, &x));
	SHOW(STATX(-1, "file", 0, STATX_SIZE, &x));
	SHOW(STATX(-1, "", AT_EMPTY_PATH, STATX_SIZE, &x));
	SHOW(STATX(f, "x", 0, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, BADP, 0, STATX_SIZE, &x));
	SHOW(STATX(AT_FDCWD, "file", 0, STATX_SIZE, BADP));
	SHOW(STATX(AT_FDCWD, "missing", 0, STATX_SIZE, BADP));
	SHOW(STATX(AT_FDCWD, BADP, 0x10000, STATX_SIZE, &x));
	SHOW(STATX(-1, BADP, 0, STATX__RESERVED, BADP));
	return 0;
}
