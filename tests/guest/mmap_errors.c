/* mmap, munmap, mprotect, msync, madvise, mincore: arguments that are wrong, alone and in pairs. */
#include "vkproc.h"

static long mm(unsigned long addr, unsigned long len, int prot, int flags, int fd, unsigned long off)
{
	long r = syscall(SYS_mmap, addr, len, prot, flags, fd, off);
	return r == -1 ? -1 : 0;
}

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
	t_write_file("f", "file");
	int rd = MUST(open("f", O_RDONLY)), wr = MUST(open("f", O_WRONLY)), both = MUST(open("f", O_RDWR));
	int app = MUST(open("f", O_RDWR | O_APPEND)), path = MUST(open("f", O_PATH)), dir = MUST(open(".", O_RDONLY));
	int p[2];
	MUST(pipe(p));
	SECTION("mmap");
	SHOW(mm(0, 0, PROT_READ, ANON, -1, 0));
	SHOW(mm(0, -1UL, PROT_READ, ANON, -1, 0));
	SHOW(mm(0, -4096UL, PROT_READ, ANON, -1, 0));
	SHOW(mm(0, 1UL << 47, PROT_READ, ANON, -1, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, 0, both, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, 0xc | MAP_ANONYMOUS, -1, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, ANON, -1, 1));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_PRIVATE, both, 100));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_PRIVATE, both, -4096UL));
	SHOW(mm(0x10001, T_PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
	SHOW(mm(1UL << 63, T_PAGE, PROT_READ, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	SHOW(mm(1UL << 63, T_PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
	SHOW(mm(1UL << 63, T_PAGE, PROT_READ, ANON, -1, 0));
	SHOW(mm(-4096UL, T_PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
	SHOW(mm(0, T_PAGE, 0x10, ANON, -1, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_PRIVATE, -1, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_SHARED, 99, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_PRIVATE, path, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_PRIVATE, dir, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_PRIVATE, p[0], 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_PRIVATE, wr, 0));
	SHOW(mm(0, T_PAGE, PROT_WRITE, MAP_PRIVATE, wr, 0));
	SHOW(mm(0, T_PAGE, PROT_WRITE, MAP_SHARED, wr, 0));
	SHOW(mm(0, T_PAGE, RW, MAP_SHARED, rd, 0));
	SHOW(mm(0, T_PAGE, RW, MAP_PRIVATE, rd, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_SHARED, rd, 0));
	SHOW(mm(0, T_PAGE, RW, MAP_SHARED, app, 0));
	SHOW(mm(0, T_PAGE, PROT_NONE, MAP_PRIVATE, rd, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_SHARED_VALIDATE, rd, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_SHARED_VALIDATE | 0x200, rd, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_SHARED | 0x200, rd, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, rd, 0));
	SHOW(mm(0, 1UL << 62, PROT_READ, MAP_PRIVATE, rd, 0));
	SECTION("mmap, two bad arguments");
	SHOW(mm(0, 0, PROT_READ, MAP_PRIVATE, 99, 0));
	SHOW(mm(0, 0, PROT_READ, 0, 99, 1));
	SHOW(mm(0, T_PAGE, PROT_READ, 0, 99, 0));
	SHOW(mm(0, -1UL, PROT_READ, MAP_PRIVATE, wr, 0));
	SHOW(mm(0x10001, T_PAGE, RW, MAP_SHARED | MAP_FIXED, rd, 0));
	SHOW(mm(0, T_PAGE, PROT_READ, MAP_PRIVATE, 99, 1));

	SECTION("munmap");
	char *m = mmap(NULL, 4 * T_PAGE, RW, ANON, -1, 0);
	SHOW(munmap(m + 1, T_PAGE));
	SHOW(munmap(m, 0));
	SHOW(syscall(SYS_munmap, 0xffff800000000000UL, T_PAGE));
	SHOW(syscall(SYS_munmap, m, -1UL));
	SHOW(munmap(m + 2 * T_PAGE, 10));
	SHOW(munmap(m + 2 * T_PAGE, T_PAGE));
	SECTION("mprotect");
	SHOW(mprotect(m, 0, PROT_READ));
	SHOW(mprotect(m + 1, 1, PROT_READ));
	SHOW(mprotect(m, T_PAGE, 0x10));
	SHOW(mprotect(m, T_PAGE, PROT_READ | PROT_GROWSDOWN));
	SHOW(mprotect(m, T_PAGE, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP));
	SHOW(mprotect(m, 4 * T_PAGE, PROT_READ));
	/* It has done what it could up to the hole. */
	SHOW(read(0, m, 0));
	IN_CHILD("write to the part before the hole") {
		p_no_core();
		*(volatile char *)(m + T_PAGE) = 1;
	}
	SHOW(mprotect((void *)0x1000, T_PAGE, PROT_READ));
	SHOW(syscall(SYS_mprotect, m, -1UL, PROT_READ));
	SHOW(syscall(SYS_mprotect, 0xffff800000000000UL, T_PAGE, PROT_READ));
	void *sh = mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, rd, 0);
	SHOW(mprotect(sh, T_PAGE, RW));
	void *pr = mmap(NULL, T_PAGE, PROT_READ, MAP_PRIVATE, rd, 0);
	SHOW(mprotect(pr, T_PAGE, RW));
	SECTION("msync");
	SHOW(msync(m, T_PAGE, 0));
	SHOW(msync(m, T_PAGE, MS_SYNC | MS_ASYNC));
	SHOW(msync(m, T_PAGE, 8));
	SHOW(msync(m + 1, T_PAGE, MS_SYNC));
	SHOW(msync(m, 4 * T_PAGE, MS_SYNC));
	SHOW(msync(m, T_PAGE, MS_SYNC));
	SHOW(msync(m, 0, MS_SYNC));
	SHOW(syscall(SYS_msync, m, -1UL, MS_SYNC));
	SECTION("mincore");
	unsigned char vec[8];
	SHOW(mincore(m, 2 * T_PAGE, vec));
	SHOW(mincore(m + 1, T_PAGE, vec));
	SHOW(mincore(m, 0, vec));
	SHOW(mincore(m, 4 * T_PAGE, vec));
	SHOW(syscall(SYS_mincore, m, T_PAGE, BADP));
	SHOW(syscall(SYS_mincore, m + 1, T_PAGE, BADP));
	SHOW(syscall(SYS_mincore, -4096L, T_PAGE, vec));
	return 0;
}
