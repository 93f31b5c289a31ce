/* fstatfs: of each kind of descriptor; the type where it is everybody's. */
#include "vktest.h"
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/statfs.h>

int main(void)
{
	struct statfs a, b;
	int p[2], s[2];
	t_write_file("f", "x");
	int f = MUST(open("f", O_RDONLY));
	SHOW(fstatfs(f, &a));
	SHOW(fstatfs(MUST(open(".", O_RDONLY)), &b));
	CHECK(a.f_type == b.f_type && !memcmp(&a.f_fsid, &b.f_fsid, sizeof a.f_fsid) && a.f_bsize == b.f_bsize);
	SHOW(fstatfs(MUST(open("f", O_PATH)), &b));
	CHECK(a.f_type == b.f_type);
	MUST(unlink("f"));
	SHOW(fstatfs(f, &b));
	MUST(pipe(p));
	SHOW(fstatfs(p[1], &b));
	SHOW_X(b.f_type);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	SHOW(fstatfs(s[0], &b));
	SHOW_X(b.f_type);
	SHOW(fstatfs(MUST(eventfd(0, 0)), &b));
	SHOW_X(b.f_type);
	SHOW(fstatfs(MUST(memfd_create("m", 0)), &b));
	SHOW_X(b.f_type);
	SHOW(fstatfs(MUST(open("/proc/self/status", O_RDONLY)), &b));
	SHOW_X(b.f_type);
	SHOW(fstatfs(-1, &b));
	SHOW(fstatfs(999, &b));
	SHOW(fstatfs(f, BADP));
	SHOW(fstatfs(-1, BADP));
	return 0;
}
