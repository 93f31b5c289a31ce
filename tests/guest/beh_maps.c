/* /proc/self/maps tells the truth: extent, protection, sharing, offset and name of what was mapped, changed and unmapped. */
#include "vkproc.h"

#define RW (PROT_READ | PROT_WRITE)
static char *base;
enum { N = 16 };

/* The lines within our area, as page ranges; in order, not overlapping. */
static void show(const char *what)
{
	static char b[1 << 18];
	MUST(t_read_file("/proc/self/maps", b, sizeof b));
	printf("%s:\n", what);
	unsigned long last = 0, pos = 0;
	bool covered = false;
	for (char *line = strtok(b, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned long s, e, off, ino;
		char prot[8], dev[16], name[300] = "";
		if (sscanf(line, "%lx-%lx %7s %lx %15s %lu %299[^\n]", &s, &e, prot, &off, dev, &ino, name) < 6) {
			printf("  cannot be read: %s\n", line);
			continue;
		}
		if (s < last || s >= e || s % T_PAGE || e % T_PAGE)
			printf("  out of order: %s\n", line);
		last = e;
		unsigned long a = (unsigned long)base, z = a + N * T_PAGE;
		if (e <= a || s >= z)
			continue;
		covered = true;
		/* Neighbours may have been joined by the kernel or not: what is not ours is cut off. */
		s = s < a ? a : s;
		e = e > z ? z : e;
		pos = (s - a) / T_PAGE;
		char *n = strrchr(name, '/');
		printf("  %2lu-%2lu %s %lx %s%s\n", pos, (e - a) / T_PAGE, prot, name[0] ? off / T_PAGE : 0, n ? n : name, ino ? " inode" : "");
	}
	if (!covered)
		printf("  nothing\n");
}

int main(void)
{
	t_write_bytes("file", (char[8 * T_PAGE]){1}, 8 * T_PAGE);
	int fd = MUST(open("file", O_RDWR));
	base = mmap(NULL, (N + 2) * T_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(base, (N + 2) * T_PAGE);
	base += T_PAGE;
	show("nothing");
	mmap(base, 8 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	show("8 pages");
	mprotect(base + 2 * T_PAGE, 2 * T_PAGE, PROT_READ);
	show("two read-only");
	mprotect(base + 3 * T_PAGE, 3 * T_PAGE, PROT_NONE);
	show("three more none");
	mprotect(base, 8 * T_PAGE, RW | PROT_EXEC);
	show("all rwx, in one piece");
	munmap(base + 5 * T_PAGE, T_PAGE);
	show("a hole");
	mmap(base + 8 * T_PAGE, 4 * T_PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 2 * T_PAGE);
	mmap(base + 12 * T_PAGE, 2 * T_PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
	show("files");
	munmap(base + 9 * T_PAGE, T_PAGE);
	mprotect(base + 13 * T_PAGE, T_PAGE, PROT_READ | PROT_EXEC);
	show("files, cut");
	unlink("file");
	show("file unlinked");
	munmap(base, N * T_PAGE);
	mmap(base, 2 * T_PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	int m = memfd_create("mine", 0);
	ftruncate(m, 4 * T_PAGE) ? abort() : (void)0;
	mmap(base + 4 * T_PAGE, 2 * T_PAGE, RW, MAP_SHARED | MAP_FIXED, m, T_PAGE);
	show("shared anonymous and memfd");
	munmap(base, N * T_PAGE);
	char *p = mmap(base, 2 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	p[0] = 1;
	mremap(p, 2 * T_PAGE, 4 * T_PAGE, 0);
	show("grown by mremap");
	mremap(p, 4 * T_PAGE, 4 * T_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, base + 10 * T_PAGE);
	show("moved by mremap");
	IN_CHILD("child") {
		show("in a child");
		munmap(base + 10 * T_PAGE, T_PAGE);
		show("changed there");
	}
	show("unchanged here");
	return 0;
}
