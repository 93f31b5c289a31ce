/* mremap: grow in place, move, fixed, shrink, DONTUNMAP, duplicate of shared memory, files; contents; errors. */
#include "vkproc.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define RW (PROT_READ | PROT_WRITE)

static sigjmp_buf jb;
static void segv(int s) { siglongjmp(jb, s); }
static void map(const char *what, char *p, int n)
{
	char b[64];
	for (volatile int i = 0; i < n; i++) {
		volatile char c = '.';
		if (sigsetjmp(jb, 1) == 0) {
			c = *(volatile char *)(p + i * T_PAGE);
			c = c ? c : '0';
		}
		b[i] = c;
	}
	b[n] = 0;
	printf("%s: %s\n", what, b);
}

/* An area of 32 reserved pages, of which the first n are ours. */
static char *fresh(int n)
{
	char *area = mmap(NULL, 64 * T_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(area, n * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (int i = 0; i < n; i++)
		area[i * T_PAGE] = 'a' + i;
	return area;
}

static long mr(char *old, unsigned long osz, unsigned long nsz, int flags, void *new)
{
	return syscall(SYS_mremap, old, osz, nsz, flags, new);
}

int main(void)
{
	p_handler(SIGSEGV, segv, 0);
	p_handler(SIGBUS, segv, 0);
	SECTION("in place");
	char *p = fresh(4);
	CHECK(mr(p, 4 * T_PAGE, 4 * T_PAGE, 0, NULL) == (long)p);
	/* The next page is taken: no room. */
	SHOW(mr(p, 4 * T_PAGE, 5 * T_PAGE, 0, NULL));
	munmap(p + 4 * T_PAGE, 4 * T_PAGE);
	CHECK(mr(p, 4 * T_PAGE, 6 * T_PAGE, 0, NULL) == (long)p);
	map("grown", p, 8);
	CHECK(mr(p, 6 * T_PAGE, 2 * T_PAGE, 0, NULL) == (long)p);
	map("shrunk", p, 8);
	CHECK(mr(p, 2 * T_PAGE, 1, 0, NULL) == (long)p);
	map("shrunk to a byte", p, 8);

	SECTION("moved");
	p = fresh(4);
	char *q = (char *)mr(p, 4 * T_PAGE, 8 * T_PAGE, MREMAP_MAYMOVE, NULL);
	CHECK(q != p && q != MAP_FAILED);
	map("new", q, 8);
	map("old", p, 4);
	/* A part of a mapping. */
	p = fresh(6);
	q = (char *)mr(p + 2 * T_PAGE, 2 * T_PAGE, 4 * T_PAGE, MREMAP_MAYMOVE, NULL);
	map("part, new", q, 4);
	map("part, old", p, 6);

	SECTION("fixed");
	p = fresh(4);
	q = fresh(8);
	CHECK(mr(p, 4 * T_PAGE, 4 * T_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + 2 * T_PAGE) == (long)q + 2 * (long)T_PAGE);
	map("target", q, 8);
	map("source", p, 4);
	p = fresh(4);
	CHECK(mr(p, 4 * T_PAGE, 2 * T_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q) == (long)q);
	map("target, smaller", q, 8);

	SECTION("DONTUNMAP");
	p = fresh(4);
	q = (char *)mr(p, 4 * T_PAGE, 4 * T_PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	CHECK(q != MAP_FAILED && q != p);
	map("new", q, 4);
	map("old: there, but empty", p, 4);

	SECTION("shared memory with old size 0: a second view");
	char *s = t_shared(4 * T_PAGE);
	s[0] = 's', s[T_PAGE] = 't';
	q = (char *)mr(s, 0, 2 * T_PAGE, MREMAP_MAYMOVE, NULL);
	map("view", q, 2);
	q[0] = 'S';
	printf("%c\n", s[0]);
	SHOW(mr(fresh(2), 0, T_PAGE, MREMAP_MAYMOVE, NULL));

	SECTION("files");
	char c[4 * T_PAGE];
	for (int i = 0; i < 4; i++)
		memset(c + i * T_PAGE, '0' + i, T_PAGE);
	t_write_bytes("f", c, sizeof c);
	int fd = MUST(open("f", O_RDWR));
	p = mmap(NULL, 2 * T_PAGE, RW, MAP_SHARED, fd, T_PAGE);
	p = (char *)mr(p, 2 * T_PAGE, 4 * T_PAGE, MREMAP_MAYMOVE, NULL);
	map("shared file, grown past its end", p, 4);
	p = mmap(NULL, 2 * T_PAGE, RW, MAP_PRIVATE, fd, 0);
	p[0] = 'p';
	p = (char *)mr(p, 2 * T_PAGE, 3 * T_PAGE, MREMAP_MAYMOVE, NULL);
	map("private file", p, 3);

	SECTION("errors");
	p = fresh(4);
	SHOW(mr(p + 1, T_PAGE, 2 * T_PAGE, MREMAP_MAYMOVE, NULL));
	SHOW(mr(p, T_PAGE, 0, MREMAP_MAYMOVE, NULL));
	SHOW(mr(p, T_PAGE, T_PAGE, 8, NULL));
	SHOW(mr(p, T_PAGE, T_PAGE, MREMAP_FIXED, p + 8 * T_PAGE));
	SHOW(mr(p, T_PAGE, T_PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + 1));
	SHOW(mr(p, 2 * T_PAGE, 2 * T_PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + T_PAGE));
	SHOW(mr(p, 2 * T_PAGE, 2 * T_PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, (void *)(1UL << 63)));
	SHOW(mr(p, T_PAGE, 2 * T_PAGE, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, NULL));
	SHOW(mr(p, T_PAGE, T_PAGE, MREMAP_DONTUNMAP, NULL));
	SHOW(mr((char *)0x10000, T_PAGE, 2 * T_PAGE, MREMAP_MAYMOVE, NULL));
	SHOW(mr(p, T_PAGE, 1UL << 50, MREMAP_MAYMOVE, NULL));
	SHOW(mr(p, -1UL, T_PAGE, MREMAP_MAYMOVE, NULL));
	SHOW(mr(p + 1, T_PAGE, 0, 16, NULL));
	map("unharmed", p, 4);
	return 0;
}
