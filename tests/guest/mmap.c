// build: musl-static
/* mmap: anonymous, private and shared files, hints, FIXED, NOREPLACE, offsets, flags without effect; contents. */
#include "vkproc.h"

static int byte(const char *p, long off)
{
	return ((const volatile unsigned char *)p)[off];
}

int main(void)
{
	SECTION("anonymous");
	char *p = mmap(NULL, 3 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED && (unsigned long)p % T_PAGE == 0);
	long sum = 0;
	for (unsigned i = 0; i < 3 * T_PAGE; i++)
		sum += byte(p, i);
	SHOW(sum);
	memset(p, 7, 3 * T_PAGE);
	/* A length that is no multiple of the page is rounded up. */
	char *q = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	q[4095] = 1;
	CHECK(q != p);
	/* The descriptor and offset of an anonymous mapping: any descriptor, an aligned offset. */
	char *r = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 99, 0);
	CHECK(r != MAP_FAILED);

	SECTION("addresses");
	/* A free hint is taken; one that is not free is not. */
	MUST(munmap(p + T_PAGE, T_PAGE));
	CHECK(mmap(p + T_PAGE, T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == p + T_PAGE);
	r = mmap(p, T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(r != MAP_FAILED && r != p);
	SHOW(byte(p, 0));
	SHOW(byte(p, T_PAGE));
	/* FIXED replaces, and only what it covers. */
	CHECK(mmap(p, T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
	printf("%d %d\n", byte(p, 0), byte(p, 2 * T_PAGE));
	/* FIXED_NOREPLACE does not. */
	SHOW((long)mmap(p, T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	SHOW((long)mmap(p - T_PAGE + T_PAGE, 8 * T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	MUST(munmap(p + 2 * T_PAGE, T_PAGE));
	CHECK(mmap(p + 2 * T_PAGE, T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == p + 2 * T_PAGE);
	/* An unaligned hint is rounded. */
	MUST(munmap(p + 2 * T_PAGE, T_PAGE));
	CHECK(mmap(p + 2 * T_PAGE + 5, T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);

	SECTION("files");
	char content[3 * T_PAGE];
	for (unsigned i = 0; i < sizeof content; i++)
		content[i] = i / 100;
	t_write_bytes("f", content, sizeof content);
	int fd = MUST(open("f", O_RDWR));
	p = mmap(NULL, sizeof content, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(memcmp(p, content, sizeof content) == 0);
	q = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, T_PAGE);
	CHECK(memcmp(q, content + T_PAGE, T_PAGE) == 0);
	r = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, T_PAGE);
	q[0] = 'q';
	r[1] = 'r';
	char b[3];
	pread(fd, b, 2, T_PAGE);
	printf("private write %s, shared write %s\n", b[0] == 'q' ? "in the file" : "not in the file", b[1] == 'r' ? "in the file" : "not in the file");
	printf("seen in the other mappings: %d %d\n", byte(p, T_PAGE + 1) == 'r', byte(q, 1) == 'r');
	/* A write to the file is seen in mappings that were not written to. */
	pwrite(fd, "XY", 2, 2 * T_PAGE);
	SHOW(byte(p, 2 * T_PAGE));
	/* The mapping outlives descriptor and name. */
	close(fd);
	unlink("f");
	CHECK(byte(p, T_PAGE + 1) == 'r');

	SECTION("flags");
	r = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE | MAP_POPULATE, -1, 0);
	CHECK(r != MAP_FAILED && byte(r, 0) == 0);
	r = mmap(NULL, T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NONBLOCK | MAP_DENYWRITE | MAP_EXECUTABLE, -1, 0);
	CHECK(r != MAP_FAILED);
	r = mmap(NULL, T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	CHECK(r != MAP_FAILED && (unsigned long)r < 1UL << 31);
	r = mmap(NULL, 2 * T_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(r != MAP_FAILED);
	fd = MUST(open("/dev/zero", O_RDWR));
	r = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(r != MAP_FAILED && byte(r, 0) == 0);
	r[0] = 1;
	r = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(r != MAP_FAILED && byte(r, 0) == 0);
	return 0;
}
