/* munmap: the middle, the ends, across mappings and holes; what is left is whole, what is gone faults. */
#include "vkproc.h"

static sigjmp_buf jb;
static void segv(int s) { siglongjmp(jb, s); }

/* One letter for each page: its first byte, or . when it faults. */
static void map(const char *what, char *p, int n)
{
	char b[64];
	for (volatile int i = 0; i < n; i++)
		b[i] = sigsetjmp(jb, 1) ? '.' : *(volatile char *)(p + i * T_PAGE);
	b[n] = 0;
	printf("%s: %s\n", what, b);
}

#define RW (PROT_READ | PROT_WRITE)
static char *fresh(int n)
{
	static char *area;
	if (area)
		munmap(area, 32 * T_PAGE);
	area = mmap(NULL, 32 * T_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(area, n * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (int i = 0; i < n; i++)
		area[i * T_PAGE] = 'a' + i;
	return area;
}

int main(void)
{
	p_handler(SIGSEGV, segv, 0);
	char *p = fresh(8);
	map("all", p, 10);
	SHOW(munmap(p + 3 * T_PAGE, 2 * T_PAGE));
	map("middle", p, 10);
	SHOW(munmap(p, T_PAGE));
	map("start", p, 10);
	SHOW(munmap(p + 7 * T_PAGE, 1));
	map("end, one byte", p, 10);
	SHOW(munmap(p, 8 * T_PAGE));
	map("across holes", p, 10);
	SHOW(munmap(p, 8 * T_PAGE));

	/* Every second page, then the rest. */
	p = fresh(16);
	for (int i = 0; i < 16; i += 2)
		MUST(munmap(p + i * T_PAGE, T_PAGE));
	map("every second", p, 16);
	for (int i = 0; i < 16; i += 2) {
		CHECK(mmap(p + i * T_PAGE, T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == p + i * T_PAGE);
		p[i * T_PAGE] = 'A' + i;
	}
	map("filled again", p, 16);

	/* A file's mapping cut in two: both parts keep their place in the file. */
	char c[6 * T_PAGE];
	for (int i = 0; i < 6; i++)
		memset(c + i * T_PAGE, '0' + i, T_PAGE);
	t_write_bytes("f", c, sizeof c);
	int fd = MUST(open("f", O_RDWR));
	p = fresh(0);
	mmap(p, 6 * T_PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	munmap(p + 2 * T_PAGE, T_PAGE);
	map("file", p, 6);
	p[4 * T_PAGE] = 'x';
	pread(fd, c, 1, 4 * T_PAGE);
	printf("written through the second part: %c\n", c[0]);
	/* Several mappings of several kinds by one call. */
	p = fresh(3);
	mmap(p + 4 * T_PAGE, 2 * T_PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, T_PAGE);
	mmap(p + 6 * T_PAGE, T_PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	p[6 * T_PAGE] = 's';
	map("mixed", p, 8);
	SHOW(munmap(p + T_PAGE, 5 * T_PAGE));
	map("after", p, 8);
	/* An address that is free now is given again, and its memory is new. */
	p = fresh(2);
	munmap(p, 2 * T_PAGE);
	char *q = mmap(p, T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q == p);
	SHOW(*q);
	SHOW(write(1, p + T_PAGE, 1));
	return 0;
}
