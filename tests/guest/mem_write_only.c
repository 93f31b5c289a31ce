/*
 * mem_write_only.c - memory that may only be written can be read, by the
 * program and by calls: the processor knows no other way.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int
main(void)
{
	char *a = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *b = mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *c = mmap(NULL, 4096, PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int p[2];

	pipe(p);
	a[0] = 'x';
	mprotect(a, 4096, PROT_WRITE);
	printf("%zd\n", write(p[1], a, 4096));
	mprotect(a + 4096, 4096, PROT_WRITE);
	printf("%zd\n", write(p[1], a + 4096, 4096));
	b[1] = 'y';
	printf("%zd %c\n", write(p[1], b, 4096), *(volatile char *)(b + 1));
	c[1] = 'z';
	printf("%zd %c\n", write(p[1], c, 4096), *(volatile char *)(c + 1));
	return 0;
}
