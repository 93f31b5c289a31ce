/* SIGBUS past the end of a mapped file: exact addresses, and as the file shrinks, grows, is truncated to nothing. */
#include "vkproc.h"

static sigjmp_buf jb;
static char *base;
static void handler(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	p_say("  %s %s base%+td, trap %lld, err 0x%llx", t_signame(s), p_code(s, si->si_code), (char *)si->si_addr - base,
	      uc->uc_mcontext.gregs[REG_TRAPNO], uc->uc_mcontext.gregs[REG_ERR] & 2);
	siglongjmp(jb, 1);
}

static void rd(long off)
{
	printf("read %ld\n", off);
	if (sigsetjmp(jb, 1) == 0)
		printf("  %d\n", ((volatile unsigned char *)base)[off]);
}

static void wr(long off)
{
	printf("write %ld\n", off);
	if (sigsetjmp(jb, 1) == 0) {
		((volatile char *)base)[off] = 'w';
		printf("  done\n");
	}
}

int main(void)
{
	p_sigaction(SIGSEGV, handler, 0);
	p_sigaction(SIGBUS, handler, 0);
	t_write_file("f", "ten bytes.");
	int fd = MUST(open("f", O_RDWR));
	for (int i = 0; i < 2; i++) {
		SECTION(i ? "MAP_PRIVATE" : "MAP_SHARED");
		MUST(ftruncate(fd, 10));
		base = mmap(NULL, 4 * T_PAGE, PROT_READ | PROT_WRITE, i ? MAP_PRIVATE : MAP_SHARED, fd, 0);
		rd(0), rd(10), rd(4095), rd(4096), wr(4096), wr(4 * T_PAGE - 1);
		MUST(ftruncate(fd, T_PAGE + 1));
		rd(4096), rd(8191), rd(8192), wr(4097);
		MUST(ftruncate(fd, 5));
		rd(4), rd(5), rd(4096);
		/* The kernel finds it too: EFAULT, or what could be had. */
		SHOW(write(1, base + T_PAGE, 1));
		int p[2];
		MUST(pipe2(p, O_NONBLOCK));
		SHOW(write(p[1], base + T_PAGE - 3, 6));
		SHOW(read(p[0], base + T_PAGE - 2, 2));
		close(p[0]), close(p[1]);
		MUST(ftruncate(fd, 0));
		rd(0);
		munmap(base, 4 * T_PAGE);
		pwrite(fd, "ten bytes.", 10, 0);
	}
	SECTION("memfd, mapped past its end from the start");
	int m = MUST(memfd_create("m", 0));
	MUST(ftruncate(m, T_PAGE));
	base = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, m, T_PAGE);
	rd(0);
	MUST(ftruncate(m, 2 * T_PAGE));
	rd(0), wr(0);
	SECTION("default action");
	IN_CHILD("child") {
		p_no_core();
		signal(SIGBUS, SIG_DFL);
		MUST(ftruncate(m, 0));
		*(volatile char *)base = 1;
	}
	return 0;
}
