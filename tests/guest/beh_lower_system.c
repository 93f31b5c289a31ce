/* The system's own files, read only: content by every way of reading, and directories copied whole. */
#include "vktest.h"
#include <sys/sendfile.h>

static unsigned long sum(const char *p, size_t n)
{
	unsigned long h = 5381;
	for (size_t i = 0; i < n; i++)
		h = h * 33 + (unsigned char)p[i];
	return h;
}

int main(void)
{
	static char a[1 << 20], b[1 << 20];
	struct stat st;
	ssize_t n = t_read_file("/usr/include/stdio.h", a, sizeof a);
	MUST(stat("/usr/include/stdio.h", &st));
	CHECK(n == st.st_size && n > 10000);
	int fd = MUST(open("/usr/include/stdio.h", O_RDONLY));
	CHECK(pread(fd, b, sizeof b, 0) == n && sum(a, n) == sum(b, n));
	char *m = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(sum(m, n) == sum(a, n));
	m = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(sum(m, n) == sum(a, n));
	char *w = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	w[0] ^= 1;
	CHECK(m[0] == a[0] && w[0] != a[0]);
	SHOW((long)mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	ssize_t at = 0, r;
	while ((r = read(fd, b + at, 777)) > 0)
		at += r;
	CHECK(at == n && sum(a, n) == sum(b, n));
	int p[2];
	MUST(pipe(p));
	off_t off = 100;
	CHECK(sendfile(p[1], fd, &off, 4000) == 4000 && read(p[0], b, 4000) == 4000 && !memcmp(b, a + 100, 4000));
	int out = MUST(open("copy", O_RDWR | O_CREAT, 0644));
	off_t zero = 0;
	ssize_t c = copy_file_range(fd, &zero, out, NULL, n, 0);
	CHECK(c == n || (c == -1 && errno == EXDEV));
	fflush(stdout);

	SECTION("trees");
	SHOW(system("cp -a /usr/include/linux tree && diff -r /usr/include/linux tree"));
	SHOW(system("cp /usr/include/stdio.h copy && cmp /usr/include/stdio.h copy"));
	SHOW(system("tar cf - -C /usr/include asm-generic | tar xf - && diff -r asm-generic /usr/include/asm-generic"));
	SHOW(system("find /usr/include/linux | sort > f1; (cd tree && find . | sed 's|^[.]|/usr/include/linux|' | sort) > f2; "
		    "cmp f1 f2"));
	SHOW(system("rm -r tree asm-generic && ls"));

	SECTION("links of the system");
	char l[256];
	r = readlink("/proc/self/exe", l, sizeof l);
	CHECK(r > 0);
	r = readlink("/bin", l, sizeof l);
	t_quote("/bin", l, r > 0 ? r : 0);
	MUST(stat("/bin/sh", &st));
	CHECK(S_ISREG(st.st_mode) && (st.st_mode & 0111));
	CHECK(t_same_file("/bin/sh", "/usr/bin/sh"));
	SHOW(access("/usr/share/doc", R_OK));
	SHOW(access("/usr/share/missing", R_OK));
	return 0;
}
