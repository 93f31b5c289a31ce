/* tee and vmsplice: copying pipes without emptying them, memory into pipes. */
#include "vktest.h"

int main(void)
{
	char b[64];
	int p[2], q[2];
	MUST(pipe(p));
	MUST(pipe(q));

	SECTION("tee");
	SHOW(write(p[1], "0123456789", 10));
	SHOW(tee(p[0], q[1], 4, 0));
	SHOW(tee(p[0], q[1], 100, 0));
	SHOW(read(p[0], b, sizeof b));
	SHOW(read(q[0], b, sizeof b));
	t_quote("b", b, 14);
	SHOW(tee(p[0], q[1], 5, SPLICE_F_NONBLOCK));
	SHOW(tee(p[0], q[1], 0, 0));

	SECTION("tee errors");
	int f = MUST(open("f", O_RDWR | O_CREAT, 0644));
	SHOW(tee(f, q[1], 5, 0));
	SHOW(tee(p[0], f, 5, 0));
	SHOW(tee(p[0], p[1], 5, 0));
	SHOW(tee(-1, q[1], 5, 0));
	SHOW(tee(p[0], -1, 5, 0));
	SHOW(tee(p[0], q[1], 5, 0x100));
	SHOW(tee(p[1], q[1], 5, 0));
	SHOW(tee(-1, -1, 0, 0));

	SECTION("vmsplice in");
	struct iovec v[] = {{"from ", 5}, {"memory", 6}};
	SHOW(vmsplice(p[1], v, 2, 0));
	SHOW(read(p[0], b, sizeof b));
	t_quote("b", b, 11);
	SHOW(vmsplice(p[1], v, 0, 0));

	SECTION("vmsplice out");
	SHOW(write(p[1], "abcdefgh", 8));
	struct iovec r[] = {{b, 3}, {b + 10, 3}};
	SHOW(vmsplice(p[0], r, 2, 0));
	t_quote("b", b, 3);
	t_quote("b+10", b + 10, 3);
	SHOW(read(p[0], b, sizeof b));

	SECTION("vmsplice errors");
	SHOW(vmsplice(f, v, 1, 0));
	SHOW(vmsplice(-1, v, 1, 0));
	SHOW(vmsplice(p[1], v, 1, 0x100));
	SHOW(vmsplice(p[1], BADP, 1, 0));
	SHOW(vmsplice(p[1], v, 2000, 0));
	SHOW(vmsplice(-1, BADP, 1, 0x100));
	v[0].iov_base = BADP;
	SHOW(vmsplice(p[1], v, 1, 0));
	return 0;
}
