/* select: sets, numbers, time left, errors. */
#include "vktest.h"
#include <sys/select.h>
#include <sys/socket.h>

static void show(const char *name, fd_set *s, const int *fds, int n)
{
	printf("   %s:", name);
	for (int i = 0; i < n; i++)
		if (FD_ISSET(fds[i], s))
			printf(" [%d]", i);
	putchar('\n');
}

int main(void)
{
	int p[2], q[2];
	char b[8];
	fd_set r, w, e;
	MUST(pipe(p));
	MUST(pipe(q));
	t_write_file("f", "x");
	int f = MUST(open("f", O_RDWR));
	int fds[] = {p[0], p[1], q[0], q[1], f};
	int top = f + 1;

	SECTION("all three sets");
	MUST(write(p[1], "x", 1));
	FD_ZERO(&r);
	for (int i = 0; i < 5; i++)
		FD_SET(fds[i], &r);
	w = e = r;
	SHOW(select(top, &r, &w, &e, NULL));
	show("read", &r, fds, 5);
	show("write", &w, fds, 5);
	show("except", &e, fds, 5);

	SECTION("the number says how far to look");
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	FD_SET(f, &r);
	SHOW(select(f, &r, NULL, NULL, NULL));
	show("read", &r, fds, 5);

	SECTION("end of file is readable, a broken pipe writable");
	close(q[1]);
	FD_ZERO(&r);
	FD_SET(q[0], &r);
	SHOW(select(top, &r, NULL, NULL, NULL));
	signal(SIGPIPE, SIG_IGN);
	MUST(read(p[0], b, 8));
	close(p[0]);
	FD_ZERO(&w);
	FD_SET(p[1], &w);
	FD_ZERO(&r);
	FD_SET(p[1], &r);
	SHOW(select(top, &r, &w, NULL, NULL));
	show("read", &r, fds, 5);
	show("write", &w, fds, 5);

	SECTION("timeouts; Linux writes the time left");
	MUST(pipe(p));
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	struct timeval tv = {0, 30000};
	long t0 = t_now_ms();
	SHOW(select(p[0] + 1, &r, NULL, NULL, &tv));
	CHECK(t_now_ms() - t0 >= 29);
	CHECK(tv.tv_sec == 0 && tv.tv_usec == 0);
	CHECK(!FD_ISSET(p[0], &r));
	tv = (struct timeval){5, 0};
	FD_SET(p[1], &r);
	w = r;
	SHOW(select(p[1] + 1, NULL, &w, NULL, &tv));
	CHECK(tv.tv_sec == 5 || tv.tv_sec == 4);
	tv = (struct timeval){0, 0};
	SHOW(select(0, NULL, NULL, NULL, &tv));
	tv = (struct timeval){0, 3000000};
	FD_ZERO(&w);
	FD_SET(p[1], &w);
	SHOW(select(p[1] + 1, NULL, &w, NULL, &tv));

	SECTION("errors");
	FD_ZERO(&r);
	FD_SET(299, &r);
	MUST(dup2(p[0], 300)); /* so that the table reaches that far: beyond it nothing is looked at */
	MUST(close(300));
	SHOW(select(300, &r, NULL, NULL, &(struct timeval){0, 0}));
	SHOW(select(299, &r, NULL, NULL, &(struct timeval){0, 0}));
	SHOW(select(-1, &r, NULL, NULL, &(struct timeval){0, 0}));
	SHOW(syscall(SYS_select, 0, NULL, NULL, NULL, &(struct timeval){-1, 0}));
	SHOW(syscall(SYS_select, 1, BADP, NULL, NULL, &(struct timeval){0, 0}));
	SHOW(syscall(SYS_select, 0, BADP, NULL, NULL, &(struct timeval){0, 0}));
	SHOW(syscall(SYS_select, 0, NULL, NULL, NULL, BADP));
	SHOW(syscall(SYS_select, -1, BADP, NULL, NULL, BADP));
	return 0;
}
