/* RLIMIT_FSIZE: SIGXFSZ, EFBIG, the part that fits, truncate, fallocate; other things than files have no limit. */
#include "vkproc.h"

static volatile int n;
static void handler(int s, siginfo_t *si, void *uc)
{
	(void)uc, (void)si;
	n += s == SIGXFSZ;
}

int main(void)
{
	/* Our own output may go to a file: the limit is well above it, and for less nothing is printed until it is lifted. */
	enum { L = 1000000 };
	struct rlimit rl;
	getrlimit(RLIMIT_FSIZE, &rl);
	rlim_t all = rl.rlim_cur;
	rl.rlim_cur = L;
	MUST(setrlimit(RLIMIT_FSIZE, &rl));
	static char b[2 * L];
	memset(b, 'x', sizeof b);
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));
	p_sigaction(SIGXFSZ, handler, 0);
	SHOW(write(fd, b, L - 400));
	SHOW(write(fd, b, 600));
	SHOW(n);
	SHOW(write(fd, b, 1));
	SHOW(n);
	SHOW(write(fd, b, 0));
	SHOW(pwrite(fd, b, 100, L - 50));
	SHOW(pwrite(fd, b, 100, L));
	SHOW(pwrite(fd, b, 100, 5 * L));
	SHOW(n);
	SHOW(ftruncate(fd, L + 1));
	SHOW(n);
	SHOW(ftruncate(fd, L));
	SHOW(truncate("f", 2 * L));
	SHOW(fallocate(fd, 0, 0, 2 * L));
	SHOW(n);
	struct stat st;
	fstat(fd, &st);
	SHOW(st.st_size);
	/* Ignored: the error alone. Blocked: the error, and the signal waits. */
	signal(SIGXFSZ, SIG_IGN);
	SHOW(pwrite(fd, b, 1, L));
	signal(SIGXFSZ, SIG_DFL);
	p_block(SIGXFSZ);
	SHOW(pwrite(fd, b, 1, L));
	p_showpending("pending");
	signal(SIGXFSZ, SIG_IGN);
	p_unblock(SIGXFSZ);
	IN_CHILD("default") {
		p_no_core();
		signal(SIGXFSZ, SIG_DFL);
		pwrite(fd, b, 1, L) < 0 ? puts("?") : puts("!");
	}
	/* A file that is bigger already can be written in its first part. */
	rl.rlim_cur = L / 2;
	MUST(setrlimit(RLIMIT_FSIZE, &rl));
	SHOW(pwrite(fd, b, 200, L / 2 - 100));
	SHOW(pwrite(fd, b, 10, L / 2 + 100));
	SHOW(ftruncate(fd, L - 100));
	SHOW(ftruncate(fd, L - 50));
	int p[2];
	MUST(pipe(p));
	rl.rlim_cur = 0;
	MUST(setrlimit(RLIMIT_FSIZE, &rl));
	int e = open("empty", O_RDWR | O_CREAT, 0644);
	long r1 = write(e, b, 1), r2 = mkdir("d", 0755), r3 = write(p[1], b, 2000);
	rl.rlim_cur = all;
	MUST(setrlimit(RLIMIT_FSIZE, &rl));
	CHECK(e >= 0);
	printf("limit 0: write to a file %ld, mkdir %ld, write to a pipe %ld\n", r1, r2, r3);
	return 0;
}
