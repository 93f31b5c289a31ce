/* madvise: DONTNEED on each kind of memory, FREE, DONTFORK, WIPEONFORK, REMOVE, POPULATE, hints; errors. */
#include "vkproc.h"

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
	char c[2 * T_PAGE];
	memset(c, 'f', sizeof c);
	t_write_bytes("f", c, sizeof c);
	int fd = MUST(open("f", O_RDWR));

	SECTION("DONTNEED");
	volatile char *p = mmap(NULL, 4 * T_PAGE, RW, ANON, -1, 0);
	memset((char *)p, 'x', 4 * T_PAGE);
	SHOW(madvise((char *)p + T_PAGE, 2 * T_PAGE, MADV_DONTNEED));
	printf("anonymous: %d %d %d %d\n", p[0], p[T_PAGE], p[2 * T_PAGE], p[3 * T_PAGE]);
	p = mmap(NULL, 2 * T_PAGE, RW, MAP_PRIVATE, fd, 0);
	p[0] = 'p', p[T_PAGE] = 'q';
	SHOW(madvise((char *)p, T_PAGE, MADV_DONTNEED));
	printf("private file: %c %c\n", p[0], p[T_PAGE]);
	pwrite(fd, "g", 1, 0);
	printf("and it follows the file again: %c\n", p[0]);
	p = mmap(NULL, 2 * T_PAGE, RW, MAP_SHARED, fd, 0);
	p[0] = 's';
	SHOW(madvise((char *)p, T_PAGE, MADV_DONTNEED));
	printf("shared file: %c\n", p[0]);
	p = t_shared(T_PAGE);
	p[0] = 's';
	SHOW(madvise((char *)p, T_PAGE, MADV_DONTNEED));
	printf("shared anonymous: %c\n", p[0]);

	SECTION("other advice");
	p = mmap(NULL, 4 * T_PAGE, RW, ANON, -1, 0);
	memset((char *)p, 'x', 4 * T_PAGE);
	SHOW(madvise((char *)p, T_PAGE, MADV_NORMAL));
	SHOW(madvise((char *)p, T_PAGE, MADV_RANDOM));
	SHOW(madvise((char *)p, T_PAGE, MADV_SEQUENTIAL));
	SHOW(madvise((char *)p, T_PAGE, MADV_WILLNEED));
	SHOW(madvise((char *)p, T_PAGE, MADV_DODUMP));
	SHOW(madvise((char *)p, T_PAGE, MADV_DONTDUMP));
	SHOW(madvise((char *)p, T_PAGE, MADV_HUGEPAGE));
	SHOW(madvise((char *)p, T_PAGE, MADV_NOHUGEPAGE));
	SHOW(madvise((char *)p, T_PAGE, MADV_COLD));
	SHOW(madvise((char *)p, T_PAGE, MADV_PAGEOUT));
	SHOW(p[0]);
	SHOW(madvise((char *)p, T_PAGE, 22 /* POPULATE_READ */));
	SHOW(madvise((char *)p, T_PAGE, 23 /* POPULATE_WRITE */));
	SHOW(madvise((char *)p, 4 * T_PAGE, MADV_FREE));
	CHECK(p[0] == 'x' || p[0] == 0);
	p[0] = 'y';
	SHOW(p[0]);

	SECTION("fork");
	p = mmap(NULL, 3 * T_PAGE, RW, ANON, -1, 0);
	memset((char *)p, 'x', 3 * T_PAGE);
	SHOW(madvise((char *)p, T_PAGE, MADV_WIPEONFORK));
	SHOW(madvise((char *)p + T_PAGE, T_PAGE, MADV_DONTFORK));
	IN_CHILD("child") {
		printf("wiped: %d, kept: %d\n", p[0], p[2 * T_PAGE]);
		SHOW(write(1, (char *)p + T_PAGE, 1));
		IN_CHILD("grandchild") {
			p[0] = 'z';
			IN_CHILD("great-grandchild")
				printf("still wiped: %d\n", p[0]);
		}
	}
	printf("here: %c %c %c\n", p[0], p[T_PAGE], p[2 * T_PAGE]);
	SHOW(madvise((char *)p, T_PAGE, MADV_KEEPONFORK));
	SHOW(madvise((char *)p + T_PAGE, T_PAGE, MADV_DOFORK));
	IN_CHILD("child")
		printf("%c %c\n", p[0], p[T_PAGE]);

	SECTION("errors");
	SHOW(madvise((char *)p + 1, T_PAGE, MADV_DONTNEED));
	SHOW(madvise((char *)p, T_PAGE, 5555));
	SHOW(madvise((char *)p, T_PAGE, -1));
	SHOW(madvise((char *)p, 0, MADV_DONTNEED));
	SHOW(madvise((char *)p, 0, 5555));
	SHOW(madvise((char *)p, -1UL, MADV_DONTNEED));
	munmap((char *)p + T_PAGE, T_PAGE);
	SHOW(madvise((char *)p, 3 * T_PAGE, MADV_DONTNEED));
	printf("done all the same: %d %d\n", p[0], p[2 * T_PAGE]);
	p = mmap(NULL, T_PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	SHOW(madvise((char *)p, T_PAGE, MADV_FREE));
	SHOW(madvise((char *)p, T_PAGE, MADV_WIPEONFORK));
	SHOW(madvise((char *)p, T_PAGE, MADV_REMOVE));
	SHOW(madvise((char *)p + T_PAGE, 8 * T_PAGE, 77777));
	return 0;
}
