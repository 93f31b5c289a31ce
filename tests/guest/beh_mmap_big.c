/* Big and many mappings: 1 GiB and 64 GiB without reserve, 3,000 mappings, reuse, huge PROT_NONE areas, touched sparsely. */
#include "vkproc.h"

#define GB (1UL << 30)
#define RW (PROT_READ | PROT_WRITE)

int main(void)
{
	char *p = mmap(NULL, GB, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(p != MAP_FAILED);
	long sum = 0;
	for (unsigned long i = 0; i < GB; i += GB / 16) {
		sum += p[i] + p[i + GB / 16 - 1];
		p[i] = p[i + GB / 16 - 1] = 1;
	}
	SHOW(sum);
	IN_CHILD("child") {
		for (unsigned long i = 0; i < GB; i += GB / 16)
			sum += p[i] + p[i + GB / 16 - 1];
		SHOW(sum);
		p[0] = 9;
	}
	SHOW(p[0]);
	SHOW(munmap(p, GB));
	p = mmap(NULL, 64 * GB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(p != MAP_FAILED);
	for (int i = 0; i < 16; i++) {
		MUST(mprotect(p + i * 4 * GB, T_PAGE, RW));
		p[i * 4 * GB] = i;
	}
	for (int i = 0; i < 16; i++)
		sum += p[i * 4 * GB];
	SHOW(sum);
	SHOW(munmap(p, 64 * GB));

	SECTION("many");
	enum { N = 3000 };
	static char *m[N];
	for (int i = 0; i < N; i++) {
		/* Alternating protection, so that neighbours cannot be joined. */
		m[i] = mmap(NULL, T_PAGE, i & 1 ? PROT_READ : RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (m[i] == MAP_FAILED) {
			SHOW(i);
			return 1;
		}
		if (!(i & 1))
			m[i][0] = i;
	}
	int bad = 0;
	for (int i = 0; i < N; i += 2)
		bad += m[i][0] != (char)i;
	SHOW(bad);
	IN_CHILD("child with many") {
		bad = 0;
		for (int i = 0; i < N; i += 2)
			bad += m[i][0] != (char)i;
		SHOW(bad);
	}
	for (int i = 0; i < N; i += 2)
		MUST(munmap(m[i], T_PAGE));
	for (int i = 1; i < N; i += 2)
		MUST(munmap(m[i], T_PAGE));

	SECTION("map, touch, unmap");
	for (int i = 0; i < 500; i++) {
		p = mmap(NULL, 64 << 10, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		sum += p[100];
		p[100] = 1;
		munmap(p, 64 << 10);
	}
	SHOW(sum);
	/* malloc and free of all sizes. */
	static void *a[64];
	unsigned r = 1;
	for (int i = 0; i < 3000; i++) {
		r = r * 1103515245 + 12345;
		int k = r >> 16 & 63;
		free(a[k]);
		size_t n = (r >> 8) % (r & 0x80000 ? 300000 : 300) + 1;
		a[k] = malloc(n);
		memset(a[k], k, n);
	}
	printf("done\n");
	return 0;
}
