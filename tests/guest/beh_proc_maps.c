/* /proc/self/maps tells the truth: form, order, our own mappings with their rights, offsets and names. */
#include "vktest.h"

static char maps[1 << 20];
static char cwd[4096];
/* The line that holds an address; NULL if none. */
static const char *line_of(const void *addr)
{
	static char l[4096];
	t_read_file("/proc/self/maps", maps, sizeof maps);
	for (char *c = maps; *c;) {
		size_t n = strcspn(c, "\n");
		unsigned long a, b;
		if (sscanf(c, "%lx-%lx", &a, &b) == 2 && a <= (unsigned long)addr && (unsigned long)addr < b) {
			snprintf(l, sizeof l, "%.*s", (int)n, c);
			return l;
		}
		c += n + (c[n] == '\n');
	}
	return NULL;
}
static const char *line_or_none(const void *addr)
{
	const char *l = line_of(addr);
	return l ? l : "not mapped";
}
static void show(const char *what, const void *addr)
{
	const char *l = line_of(addr);
	unsigned long a, b, off, ino;
	unsigned maj, min;
	char perm[8], name[4096] = "";
	if (!l || sscanf(l, "%lx-%lx %7s %lx %x:%x %lu %4095[^\n]", &a, &b, perm, &off, &maj, &min, &ino, name) < 7) {
		printf("%s: %s\n", what, l ? "malformed" : "not mapped");
		return;
	}
	char *n = strncmp(name, cwd, strlen(cwd)) ? name : name + strlen(cwd);
	printf("%s: %s offset %lx inode %s name %s%s\n", what, perm, off, ino ? "yes" : "0", n == name ? "" : "CWD", n);
}

int main(void)
{
	MUST((long)getcwd(cwd, sizeof cwd));
	SECTION("form: ascending, page-aligned, no overlap");
	line_of(NULL);
	unsigned long last = 0;
	int lines = 0, bad = 0;
	for (char *c = maps; *c; lines++) {
		size_t n = strcspn(c, "\n");
		unsigned long a, b, off, ino;
		unsigned maj, min;
		char perm[8];
		if (sscanf(c, "%lx-%lx %4s %lx %x:%x %lu", &a, &b, perm, &off, &maj, &min, &ino) != 7 || a < last || b <= a ||
		    a % T_PAGE || b % T_PAGE || strlen(perm) != 4)
			bad++;
		last = b;
		c += n + (c[n] == '\n');
	}
	CHECK(lines > 10);
	SHOW(bad);
	CHECK(strstr(maps, "[stack]\n") != NULL);
	CHECK(strstr(maps, "[vdso]\n") != NULL);
	CHECK(strstr(maps, "/libc.so.6\n") != NULL);
	void *h = malloc(100);
	sbrk(4096);
	line_of(NULL);
	CHECK(strstr(maps, "[heap]\n") != NULL);
	free(h);

	SECTION("anonymous memory");
	char *m = mmap(NULL, 5 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(mprotect(m, T_PAGE, PROT_NONE));
	MUST(mprotect(m + T_PAGE, T_PAGE, PROT_READ));
	MUST(mprotect(m + 2 * T_PAGE, T_PAGE, PROT_READ | PROT_EXEC));
	for (int i = 0; i < 4; i++) {
		char what[16];
		snprintf(what, sizeof what, "page %d", i);
		show(what, m + i * T_PAGE);
	}
	MUST(munmap(m + 3 * T_PAGE, T_PAGE));
	show("unmapped", m + 3 * T_PAGE);

	SECTION("files");
	int fd = MUST(open("mapped file", O_RDWR | O_CREAT, 0644));
	MUST(ftruncate(fd, 3 * T_PAGE));
	char *p = mmap(NULL, 2 * T_PAGE, PROT_READ, MAP_PRIVATE, fd, T_PAGE);
	char *s = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	show("private", p);
	show("shared", s);
	s[0] = 'x';
	struct stat st;
	MUST(fstat(fd, &st));
	unsigned long ino = 0;
	sscanf(line_or_none(s), "%*s %*s %*s %*s %lu", &ino);
	CHECK(ino == st.st_ino);
	MUST(rename("mapped file", "renamed"));
	show("renamed", s);
	MUST(unlink("renamed"));
	show("unlinked", s);

	SECTION("memfd, shared anonymous, stack, code");
	int mf = MUST(memfd_create("nm", 0));
	MUST(ftruncate(mf, T_PAGE));
	show("memfd", mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, mf, 0));
	show("shared anonymous", mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	int local = 0;
	show("stack", &local);
	unsigned long a = 0, b = 0, off;
	char perm[8] = "none";
	sscanf(line_or_none((void *)(uintptr_t)&show), "%lx-%lx %7s %lx", &a, &b, perm, &off);
	printf("code: %s\n", perm);

	SECTION("neighbours with equal rights are one line");
	char *n = mmap(NULL, 4 * T_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(mprotect(n + T_PAGE, T_PAGE, PROT_READ));
	MUST(mprotect(n + 2 * T_PAGE, T_PAGE, PROT_READ));
	sscanf(line_or_none(n + T_PAGE), "%lx-%lx", &a, &b);
	CHECK(a == (unsigned long)n + T_PAGE && b == (unsigned long)n + 3 * T_PAGE);
	return 0;
}
