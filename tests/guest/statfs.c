/* statfs and fstatfs: the fields that must agree with each other, and the errors. */
#include "vktest.h"
#include <sys/statfs.h>
#include <sys/statvfs.h>

static void sane(const char *name)
{
	struct statfs s;
	if (statfs(name, &s) < 0) {
		printf("%s: %s\n", name, t_errname(errno));
		return;
	}
	printf("%s: bsize>0 %d free<=blocks %d avail<=free %d ffree<=files %d namelen %ld\n", name, s.f_bsize > 0,
	       s.f_bfree <= s.f_blocks, s.f_bavail <= s.f_bfree, s.f_ffree <= s.f_files, (long)s.f_namelen);
}

int main(void)
{
	struct statfs a, b;
	int p[2];
	t_write_file("f", "x");
	MUST(symlink("f", "link"));
	MUST(symlink("nowhere", "dangling"));
	sane(".");
	sane("f");
	sane("/");
	sane("/proc");
	sane("/dev/null");
	int f = MUST(open("f", O_RDONLY));
	SHOW(statfs("f", &a));
	SHOW(fstatfs(f, &b));
	CHECK(a.f_type == b.f_type && a.f_bsize == b.f_bsize && a.f_blocks == b.f_blocks && a.f_namelen == b.f_namelen);
	SHOW(statfs("link", &b));
	CHECK(a.f_type == b.f_type && memcmp(&a.f_fsid, &b.f_fsid, sizeof a.f_fsid) == 0);
	CHECK(statfs("/proc", &b) == 0 && b.f_type == 0x9fa0);
	CHECK(a.f_type != 0x9fa0);
	MUST(pipe(p));
	SHOW(fstatfs(p[0], &b));
	SHOW_X(b.f_type);
	SHOW(fstatfs(MUST(open("f", O_PATH)), &b));
	struct statvfs v;
	SHOW(statvfs("f", &v));
	CHECK(v.f_bsize == (unsigned long)a.f_bsize && v.f_namemax == 255);

	SECTION("errors");
	SHOW(statfs("missing", &a));
	SHOW(statfs("dangling", &a));
	SHOW(statfs("", &a));
	SHOW(statfs("f/x", &a));
	SHOW(statfs(BADP, &a));
	SHOW(statfs("f", BADP));
	SHOW(statfs("missing", BADP));
	SHOW(fstatfs(-1, &a));
	SHOW(fstatfs(f, BADP));
	SHOW(fstatfs(-1, BADP));
	return 0;
}
