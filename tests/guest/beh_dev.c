/* /dev: null, zero, full, random, urandom, tty, fd, stdin, stdout, stderr. */
#include "vktest.h"

static void node(const char *path)
{
	struct stat st;
	char b[64];
	ssize_t n;
	if (lstat(path, &st) < 0)
		printf("%s: %s\n", path, t_errname(errno));
	else if (S_ISLNK(st.st_mode) && (n = readlink(path, b, 63)) >= 0)
		printf("%s -> %.*s\n", path, (int)n, b);
	else
		printf("%s: %s %u:%u\n", path, t_mode(st.st_mode), (unsigned)(st.st_rdev >> 8 & 0xfff), (unsigned)st.st_rdev & 255);
}

int main(void)
{
	static char b[70000], c[70000];
	static const char *const nodes[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
					    "/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/missing"};
	for (size_t i = 0; i < T_COUNT(nodes); i++)
		node(nodes[i]);

	SECTION("null");
	int fd = MUST(open("/dev/null", O_RDWR));
	SHOW(write(fd, b, sizeof b));
	SHOW(read(fd, b, sizeof b));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(write(fd, BADP, 10));
	SHOW(read(fd, BADP, 10));
	SHOW_OK(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0644));
	SHOW_OK(open("/dev/null", O_WRONLY | O_CREAT | O_EXCL, 0644));
	SHOW_OK(open("/dev/null", O_RDONLY | O_DIRECTORY));
	SHOW((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));

	SECTION("zero");
	fd = MUST(open("/dev/zero", O_RDWR));
	memset(b, 'x', sizeof b);
	SHOW(read(fd, b, sizeof b));
	CHECK(memcmp(b, c, sizeof b) == 0);
	SHOW(write(fd, b, 10));
	SHOW(read(fd, BADP, 10));
	SHOW(pread(fd, b, 10, 12345));
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(m != MAP_FAILED && m[0] == 0 && m[8191] == 0);
	m[0] = 1;

	SECTION("full");
	fd = MUST(open("/dev/full", O_RDWR));
	SHOW(read(fd, b, 100));
	SHOW(write(fd, b, 100));
	SHOW(write(fd, b, 0));
	SHOW(system("echo x > /dev/full 2> /dev/null"));

	SECTION("random, urandom");
	fd = MUST(open("/dev/urandom", O_RDONLY));
	SHOW(read(fd, b, sizeof b));
	SHOW(read(fd, c, sizeof c));
	CHECK(memcmp(b, c, sizeof b) != 0);
	SHOW(read(fd, b, 0));
	SHOW(read(fd, BADP, 10));
	int r = MUST(open("/dev/random", O_RDWR));
	SHOW(read(r, b, 100));
	SHOW(write(r, "seed", 4));

	SECTION("tty: no controlling terminal in a new session");
	pid_t p = t_fork();
	if (p == 0) {
		setsid();
		SHOW_OK(open("/dev/tty", O_RDWR));
		t_exit(0);
	}
	t_waitpid(p);

	SECTION("fd, stdin");
	t_write_file("f", "0123456789");
	fd = MUST(open("f", O_RDONLY));
	snprintf(b, 100, "/dev/fd/%d", fd);
	SHOW(read(fd, c, 4));
	int again = SHOW_OK(open(b, O_RDONLY));
	SHOW(read(again, c, 4));
	t_quote("from the start", c, 4);
	SHOW_OK(open("/dev/fd/999", O_RDONLY));
	SHOW_OK(open("/dev/fd/x", O_RDONLY));
	MUST(dup2(fd, 0));
	SHOW_OK(open("/dev/stdin", O_RDONLY));
	int pp[2];
	MUST(pipe(pp));
	snprintf(b, 100, "/dev/fd/%d", pp[0]);
	again = SHOW_OK(open(b, O_RDONLY));
	MUST(write(pp[1], "through", 7));
	SHOW(read(again, c, 100));
	return 0;
}
