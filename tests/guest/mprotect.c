/* mprotect: each protection at work, splitting and joining, over several mappings, the kernel obeying it too, execution. */
#include "vkproc.h"

static sigjmp_buf jb;
static void segv(int s) { siglongjmp(jb, s); }

/* For each page: r, w, x, or - when it faults. */
static void probe(const char *what, char *p, int n)
{
	printf("%s:", what);
	for (volatile int i = 0; i < n; i++) {
		volatile char r = '-', w = '-', x = '-';
		char *volatile q = p + i * T_PAGE;
		if (sigsetjmp(jb, 1) == 0) {
			char c = *(volatile char *)q;
			r = 'r';
			if (sigsetjmp(jb, 1) == 0) {
				*(volatile char *)q = c;
				w = 'w';
			}
		}
		if (sigsetjmp(jb, 1) == 0) {
			((void (*)(void))q)();
			x = 'x';
		}
		printf(" %c%c%c", r, w, x);
	}
	printf("\n");
}

#define RW (PROT_READ | PROT_WRITE)

int main(void)
{
	p_handler(SIGSEGV, segv, 0);
	char *p = mmap(NULL, 8 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(p, 0xc3, 8 * T_PAGE);
	probe("fresh", p, 8);
	static const int prots[] = {PROT_NONE, PROT_READ, PROT_WRITE, RW, PROT_EXEC | PROT_READ, RW | PROT_EXEC};
	for (size_t i = 0; i < T_COUNT(prots); i++)
		MUST(mprotect(p + i * T_PAGE, T_PAGE, prots[i]));
	probe("none r w rw rx rwx", p, 8);
	MUST(mprotect(p, 8 * T_PAGE, PROT_READ));
	probe("all r", p, 8);
	MUST(mprotect(p + 3 * T_PAGE, 2 * T_PAGE, RW));
	probe("middle rw", p, 8);
	MUST(mprotect(p + 4 * T_PAGE, 3 * T_PAGE, PROT_NONE));
	probe("overlapping none", p, 8);
	MUST(mprotect(p, 8 * T_PAGE, RW));
	probe("all rw", p, 8);
	int sum = 0;
	for (unsigned i = 0; i < 8 * T_PAGE; i++)
		sum += (unsigned char)p[i] == 0xc3;
	CHECK(sum == 8 * (int)T_PAGE);

	SECTION("the kernel obeys");
	int fd[2];
	MUST(pipe2(fd, O_NONBLOCK));
	MUST(mprotect(p, T_PAGE, PROT_NONE));
	MUST(mprotect(p + T_PAGE, T_PAGE, PROT_READ));
	SHOW(write(fd[1], p, 1));
	SHOW(write(fd[1], p + T_PAGE, 1));
	SHOW(read(fd[0], p + T_PAGE, 1));
	SHOW(read(fd[0], p + 2 * T_PAGE, 1));
	/* A write that runs from good into bad memory does what it can. */
	SHOW(write(fd[1], p + T_PAGE - 1, 2));
	MUST(mprotect(p + 2 * T_PAGE, T_PAGE, PROT_NONE));
	t_write_bytes("f", p + 3 * T_PAGE, 100);
	int f = open("f", O_RDWR);
	SHOW(read(f, p + 2 * T_PAGE - 10, 100));
	SHOW(write(f, p + 2 * T_PAGE - 10, 100));

	SECTION("private file: writable whatever the file was opened for; copied on write");
	f = open("f", O_RDONLY);
	char *m = mmap(NULL, T_PAGE, PROT_READ, MAP_PRIVATE, f, 0);
	SHOW(mprotect(m, T_PAGE, RW));
	m[0] = 'm';
	char c;
	pread(f, &c, 1, 0);
	CHECK(c != 'm');

	SECTION("code that is changed and run again");
	unsigned char *x = mmap(NULL, T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 5; i++) {
		MUST(mprotect(x, T_PAGE, RW));
		memcpy(x, (unsigned char[]){0xb8, i * 11, 0, 0, 0, 0xc3}, 6);
		MUST(mprotect(x, T_PAGE, PROT_READ | PROT_EXEC));
		printf(" %d", ((int (*)(void))x)());
	}
	printf("\n");

	SECTION("in threads and after fork");
	IN_CHILD("child") {
		MUST(mprotect(p + 4 * T_PAGE, T_PAGE, PROT_READ));
		probe("child", p + 4 * T_PAGE, 1);
	}
	probe("parent", p + 4 * T_PAGE, 1);
	/* Own stack and program text. */
	CHECK(mprotect((void *)((unsigned long)main & -T_PAGE), T_PAGE, RW | PROT_EXEC) == 0);
	printf("done\n");
	return 0;
}
