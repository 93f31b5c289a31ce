/* The 128 bytes below the stack pointer, and all registers, survive signals that come at any instruction, and system calls. */
#include "vkproc.h"

static volatile int ticks;
static void tick(int s)
{
	(void)s;
	ticks++;
}

/* What a system call leaves: red zone, then rdi rsi rdx r10 r8 r9 r12 r13 r14 rbx, then rcx and r11. */
long after[16];

/* Uses the red zone and every register for as long as no tick comes; the number of damaged words. */
static long spin(volatile int *flag, int until)
{
	long bad;
	__asm__ volatile("xor %%eax,%%eax\n"
			 "1:\n"
			 "movq $0x11,-8(%%rsp)\n movq $0x22,-64(%%rsp)\n movq $0x33,-128(%%rsp)\n"
			 "mov $0x1234567,%%r8\n mov %%r8,%%r9\n mov %%r8,%%r10\n mov %%r8,%%r11\n mov %%r8,%%r12\n mov %%r8,%%r13\n mov %%r8,%%r14\n mov %%r8,%%r15\n mov %%r8,%%rcx\n"
			 "nop\n nop\n nop\n nop\n"
			 "xor %%edx,%%edx\n"
			 "cmpq $0x11,-8(%%rsp)\n setne %%dl\n add %%rdx,%%rax\n"
			 "cmpq $0x22,-64(%%rsp)\n setne %%dl\n add %%rdx,%%rax\n"
			 "cmpq $0x33,-128(%%rsp)\n setne %%dl\n add %%rdx,%%rax\n"
			 "sub %%r8,%%r9\n or %%r9,%%rax\n sub %%r8,%%r10\n or %%r10,%%rax\n sub %%r8,%%r11\n or %%r11,%%rax\n sub %%r8,%%r12\n or %%r12,%%rax\n"
			 "sub %%r8,%%r13\n or %%r13,%%rax\n sub %%r8,%%r14\n or %%r14,%%rax\n sub %%r8,%%r15\n or %%r15,%%rax\n sub %%r8,%%rcx\n or %%rcx,%%rax\n"
			 "cmp %2,(%1)\n jl 1b\n"
			 : "=&a"(bad)
			 : "D"(flag), "S"(until)
			 : "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	return bad;
}

int main(void)
{
	p_handler(SIGALRM, tick, 0);
	struct itimerval it = {{0, 2000}, {0, 2000}}, off = {0};
	MUST(setitimer(ITIMER_REAL, &it, NULL));
	SHOW(spin(&ticks, ticks + 50));
	setitimer(ITIMER_REAL, &off, NULL);

	/* A system call changes rax, rcx and r11 and nothing else, the red zone included; rcx is the return address, r11 the flags. */
	unsigned long flags, next;
	__asm__ volatile("push %%rbx\n"
			 "movq $0x11,-8(%%rsp)\n movq $0x22,-64(%%rsp)\n movq $0x33,-128(%%rsp)\n"
			 "mov $1,%%edi\n mov $2,%%esi\n mov $3,%%edx\n mov $4,%%r10d\n mov $5,%%r8d\n mov $6,%%r9d\n mov $7,%%r12d\n mov $8,%%r13d\n"
			 "mov $9,%%r14d\n mov $10,%%ebx\n"
			 "mov $39,%%eax\n cmp %%eax,%%eax\n syscall\n 1:\n"
			 "mov %%rdi,3*8+after(%%rip)\n mov %%rsi,4*8+after(%%rip)\n mov %%rdx,5*8+after(%%rip)\n mov %%r10,6*8+after(%%rip)\n"
			 "mov %%r8,7*8+after(%%rip)\n mov %%r9,8*8+after(%%rip)\n mov %%r12,9*8+after(%%rip)\n mov %%r13,10*8+after(%%rip)\n"
			 "mov %%r14,11*8+after(%%rip)\n mov %%rbx,12*8+after(%%rip)\n mov %%rcx,13*8+after(%%rip)\n mov %%r11,14*8+after(%%rip)\n"
			 "mov -8(%%rsp),%%rcx\n mov %%rcx,after(%%rip)\n mov -64(%%rsp),%%rcx\n mov %%rcx,8+after(%%rip)\n"
			 "mov -128(%%rsp),%%rcx\n mov %%rcx,16+after(%%rip)\n"
			 "lea 1b(%%rip),%%rcx\n pop %%rbx\n cmp %%eax,%%eax\n pushf\n pop %%rdx\n"
			 : "=&c"(next), "=&d"(flags)
			 :
			 : "rax", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "memory", "cc");
	printf("red zone %lx %lx %lx, rdi %ld rsi %ld rdx %ld r10 %ld r8 %ld r9 %ld r12 %ld r13 %ld r14 %ld rbx %ld\n", after[0], after[1],
	       after[2], after[3], after[4], after[5], after[6], after[7], after[8], after[9], after[10], after[11], after[12]);
	CHECK((unsigned long)after[13] == next);
	CHECK((unsigned long)after[14] == flags);
	return 0;
}
