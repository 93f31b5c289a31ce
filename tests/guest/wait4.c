// build: static
/* wait4: whom it chooses, options, status words, rusage, and its errors. */
#include "vkproc.h"

static pid_t child(int code)
{
	pid_t p = t_fork();
	if (p == 0)
		t_exit(code);
	return p;
}

static long w4(pid_t p, int *st, int opt, struct rusage *ru)
{
	return syscall(SYS_wait4, p, st, opt, ru);
}

int main(void)
{
	int st = 0x55;
	struct rusage ru;
	SECTION("no children");
	SHOW(w4(-1, &st, 0, NULL));
	SHOW(w4(-1, &st, WNOHANG, NULL));
	SHOW(w4(getpid(), &st, 0, NULL));
	SHOW(w4(getppid(), &st, 0, NULL));
	SHOW(w4(0, &st, 0, NULL));
	SHOW(w4(1, &st, WNOHANG, NULL));
	printf("status untouched: 0x%x\n", st);
	SHOW(w4(-1, &st, 0x1000, NULL));
	SHOW(w4(-1, &st, WNOWAIT, NULL));
	SHOW(w4(-1, &st, WEXITED, NULL));
	SHOW(w4(INT_MIN, &st, 0, NULL));

	SECTION("status");
	pid_t p = child(3);
	CHECK(w4(p, &st, 0, NULL) == p);
	printf("0x%x %s\n", st, t_status(st));
	p = child(4);
	CHECK(w4(-1, NULL, 0, NULL) == p);
	p = child(5);
	memset(&ru, 0xff, sizeof ru);
	CHECK(w4(0, &st, 0, &ru) == p);
	CHECK(ru.ru_utime.tv_sec == 0 && ru.ru_utime.tv_usec >= 0 && ru.ru_utime.tv_usec < 1000000);
	CHECK(ru.ru_maxrss >= 0);
	SHOW(w4(p, &st, 0, NULL));
	p = child(6);
	CHECK(w4(-getpgrp(), &st, 0, NULL) == p);
	printf("by group: %s\n", t_status(st));

	SECTION("WNOHANG");
	struct t_gate g = t_gate();
	p = t_fork();
	if (p == 0) {
		t_gate_pass(&g);
		t_exit(8);
	}
	st = 0x77;
	SHOW(w4(p, &st, WNOHANG, &ru));
	SHOW(w4(-1, &st, WNOHANG, NULL));
	SHOW(w4(-1, &st, WNOHANG | WUNTRACED | WCONTINUED, NULL));
	printf("status 0x%x\n", st);
	t_gate_open(&g);
	long r;
	while ((r = w4(p, &st, WNOHANG, NULL)) == 0)
		t_sleep_ms(1);
	CHECK(r == p);
	printf("%s\n", t_status(st));

	SECTION("another group");
	p = t_fork();
	if (p == 0) {
		setpgid(0, 0);
		t_gate_pass(&g);
		t_exit(9);
	}
	setpgid(p, p);
	SHOW(w4(0, &st, 0, NULL));
	SHOW(w4(-getpgrp(), &st, 0, NULL));
	t_gate_open(&g);
	CHECK(w4(-p, &st, 0, NULL) == p);
	printf("%s\n", t_status(st));

	SECTION("bad addresses");
	p = child(10);
	SHOW(w4(p, BADP, 0, NULL));
	SHOW(w4(p, &st, 0, NULL));
	p = child(11);
	SHOW(w4(p, NULL, 0, BADP));
	SHOW(w4(p, &st, 0, NULL));
	SHOW(w4(-1, BADP, 0, BADP));
	SHOW(w4(-1, BADP, 0x1000, BADP));
	p = child(12);
	int *edge = t_edge(sizeof(int));
	CHECK(w4(p, edge, 0, NULL) == p);
	printf("%s\n", t_status(*edge));

	SECTION("not one's own");
	p = child(0);
	pid_t q = t_fork();
	if (q == 0) {
		SHOW(w4(p, &st, 0, NULL));
		t_exit(0);
	}
	p_wait("brother", q);
	p_wait("first", p);
	return 0;
}
