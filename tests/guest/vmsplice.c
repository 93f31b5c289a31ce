/* vmsplice: memory into a pipe and out of one, how much fits, what the reader sees. */
#include "vktest.h"

int main(void)
{
	static char page[4 * 4096] __attribute__((aligned(4096))), back[70000];
	int p[2];
	memset(page, 'p', sizeof page);
	MUST(pipe2(p, O_NONBLOCK));

	SECTION("in");
	struct iovec v[] = {{"small,", 6}, {page, 4096}, {"", 0}, {page + 100, 10}};
	SHOW(vmsplice(p[1], v, 4, 0));
	SHOW(read(p[0], back, sizeof back));
	t_quote("back", back, 8);
	SHOW(vmsplice(p[1], v, 1, SPLICE_F_NONBLOCK | SPLICE_F_MOVE | SPLICE_F_MORE));
	SHOW(read(p[0], back, sizeof back));
	v[0] = (struct iovec){page, sizeof page};
	SHOW(vmsplice(p[1], v, 1, 0));
	SHOW(ioctl(p[0], FIONREAD, back) ? -1 : *(int *)back);
	SHOW(read(p[0], back, sizeof back));

	SECTION("a full pipe");
	long total = 0;
	ssize_t n;
	while ((n = vmsplice(p[1], v, 1, SPLICE_F_NONBLOCK)) > 0)
		total += n;
	SHOW(total);
	SHOW(vmsplice(p[1], v, 1, SPLICE_F_NONBLOCK));
	SHOW(read(p[0], back, sizeof back));

	SECTION("out");
	SHOW(write(p[1], "0123456789", 10));
	struct iovec r[] = {{back, 3}, {back + 100, 100}};
	SHOW(vmsplice(p[0], r, 2, 0));
	t_quote("back", back, 3);
	t_quote("back+100", back + 100, 7);
	SHOW(vmsplice(p[0], r, 2, SPLICE_F_NONBLOCK));
	close(p[1]);
	SHOW(vmsplice(p[0], r, 2, 0));

	SECTION("errors");
	signal(SIGPIPE, SIG_IGN);
	MUST(pipe(p));
	int f = MUST(open("f", O_RDWR | O_CREAT, 0600));
	SHOW(vmsplice(f, v, 1, 0));
	SHOW(vmsplice(-1, v, 1, 0));
	SHOW(vmsplice(p[1], v, 1, 0x80));
	SHOW(vmsplice(-1, BADP, 1, 0x80));
	SHOW(vmsplice(p[1], BADP, 1, 0));
	SHOW(vmsplice(p[1], v, 1025, 0));
	SHOW(vmsplice(p[1], v, 0, 0));
	close(p[0]);
	SHOW(vmsplice(p[1], v, 1, 0));
	return 0;
}
