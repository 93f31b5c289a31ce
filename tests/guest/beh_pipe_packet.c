/* O_DIRECT pipes: packet mode. A read gets one write; what does not fit is dropped; long writes are cut at PIPE_BUF. */
#include "vktest.h"

int main(void)
{
	static char big[10000], b[20000];
	int p[2], n;
	memset(big, 'x', sizeof big);
	MUST(pipe2(p, O_DIRECT | O_NONBLOCK));
	SHOW(write(p[1], "one", 3));
	SHOW(write(p[1], "second", 6));
	SHOW(write(p[1], "3", 1));
	SHOW(ioctl(p[0], FIONREAD, &n) ? -1 : n);
	ssize_t r = SHOW(read(p[0], b, sizeof b));
	t_quote("b", b, r);
	r = SHOW(read(p[0], b, 3));
	t_quote("b", b, r);
	r = SHOW(read(p[0], b, sizeof b));
	t_quote("b", b, r);
	SHOW(read(p[0], b, sizeof b));

	SECTION("longer than PIPE_BUF");
	SHOW(write(p[1], big, sizeof big));
	SHOW(read(p[0], b, sizeof b));
	SHOW(read(p[0], b, sizeof b));
	SHOW(read(p[0], b, sizeof b));
	SHOW(read(p[0], b, sizeof b));

	SECTION("one packet per page: sixteen");
	n = 0;
	while (write(p[1], "p", 1) == 1)
		n++;
	SHOW(n);
	n = 0;
	while (read(p[0], b, sizeof b) == 1)
		n++;
	SHOW(n);
	return 0;
}
