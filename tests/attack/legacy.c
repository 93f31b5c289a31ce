/* legacy.c - the other doors into a kernel: int 0x80, x32 numbers, the vsyscall page,
 * sysenter, compatibility mode, calls from pages made at run time.
 */
#include "attack.h"

static long
int80(long nr, long a)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
}

static long
raw(long nr)
{
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(0), "S"(0), "d"(0) : "rcx", "r11", "memory");
	return r;
}

static void
try_int80(void)
{
	/* i386: getpid 20, getuid 24, open 5, kill 37, exit 1, clone 120, getppid 64 */
	static const int nr[] = { 20, 24, 5, 37, 1, 120, 64, 2, 11, 192, 355, 383 };
	size_t i;
	long r;

	for (i = 0; i < nitems(nr); i++) {
		if (sigsetjmp(fault_to, 1) != 0)
			continue;
		r = int80(nr[i], 0);
		if (r != -ENOSYS)
			broke("int 0x80 with %d: %ld", nr[i], r);
	}
}

static void
try_x32(void)
{
	static const long nr[] = { SYS_getpid, SYS_getppid, SYS_open, SYS_mmap, SYS_clone, 512, 520, 545 };
	size_t i;
	long r;

	for (i = 0; i < nitems(nr); i++) {
		r = raw(nr[i] | 0x40000000);
		if (r != -ENOSYS)
			broke("x32 number %ld: %ld", nr[i], r);
		r = gadget6(nr[i] | 0x40000000, 0, 0, 0, 0, 0, 0);
		if (r != -ENOSYS)
			broke("x32 number %ld at a gadget: %ld", nr[i], r);
	}
}

static void
try_vsyscall(void)
{
	static const unsigned long entry[] = { 0xffffffffff600000, 0xffffffffff600400, 0xffffffffff600800,
		0xffffffffff600002, 0xffffffffff600fff };
	size_t i;

	/* Emulated or a fault; never the host's own answer to something else. */
	for (i = 0; i < nitems(entry); i++)
		if (sigsetjmp(fault_to, 1) == 0)
			((long (*)(long, long))entry[i])(0, 0);
}

static void
try_sysenter(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		faults_catch();
		if (sigsetjmp(fault_to, 1) != 0)
			_exit(3);
		__asm__ volatile("mov $1, %%ebx; mov $20, %%eax; sysenter" : : : "rax", "rbx", "rcx", "rdx", "memory");
		_exit(4);
	}
	child_wait(pid, 10);
}

/* 32-bit code: getpid by int 0x80, then back. */
static void
try_compat(void)
{
	static const uint8_t code[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xcb };	/* mov, int, lret */
	pid_t pid = fork();
	uint8_t *p;
	long r;

	if (pid != 0) {
		child_wait(pid, 10);
		return;
	}
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (p == MAP_FAILED || sigsetjmp(fault_to, 1) != 0)
		_exit(0);
	memcpy(p, code, sizeof(code));
	__asm__ volatile("mov %%rsp, %%r12; lea 4096(%[p]), %%rsp; sub $8, %%rsp\n"
	    "	lea 1f(%%rip), %%rax; movl %%eax, (%%rsp); movl $0x33, 4(%%rsp)\n"
	    "	push $0x23; push %[p]; lretq\n1:	mov %%r12, %%rsp"
	    : "=a"(r) : [p] "r"(p) : "r12", "rcx", "rdx", "memory");
	if ((int)r != -ENOSYS)
		broke("int 0x80 in 32-bit code: %d", (int)r);
	_exit(0);
}

/* Calls from pages made at run time; also where only half of the address is a gadget's. */
static void
try_jit(void)
{
	static const uint8_t code[] = { 0x0f, 0x05, 0xc3 };
	uint64_t low = (uint64_t)gadget_returning() & 0xffffffff;
	uint64_t at[] = { 0, low, low | 0x100000000UL, low | 0x7ffe00000000UL };
	long (*f)(void), r;
	size_t i;
	uint8_t *p;

	for (i = 0; i < nitems(at); i++) {
		p = mmap((void *)(at[i] & ~(PAGE - 1)), 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | (at[i] != 0 ? MAP_FIXED_NOREPLACE : 0), -1, 0);
		if (p == MAP_FAILED)
			continue;
		p += at[i] & (PAGE - 1);
		memcpy(p, code, sizeof(code));
		f = (long (*)(void))p;
		__asm__ volatile("call *%[f]" : "=a"(r) : "a"(SYS_getppid), [f] "r"(f) : "rcx", "r11", "memory");
		if (r != getppid())
			broke("getppid from a page at %p is the host's: %ld", (void *)p, r);
		__asm__ volatile("call *%[f]" : "=a"(r) : "a"(SYS_socket), "D"(-1), "S"(0), "d"(0), [f] "r"(f)
		    : "rcx", "r11", "memory");
		if (r >= 0)
			broke("a socket of no family");
	}
}

int
main(void)
{
	guest_only();
	gadgets_find();
	try_int80();
	if (sigsetjmp(fault_to, 1) != 0) {
		broke("signal %d", fault_signal);
		return 1;
	}
	try_x32();
	try_vsyscall();
	if (sigsetjmp(fault_to, 1) != 0) {
		broke("signal %d", fault_signal);
		return 1;
	}
	try_sysenter();
	try_compat();
	try_jit();
	return attack_bad;
}
