/* strays.c - processes and threads cloned behind the kernel's back.
 * timeout: 120
 * status: 0
 */
#include "attack.h"

struct shared {
	_Atomic long	beat[64];
};

/* The stray has no slot: any call would kill it.  It only counts. */
static void __attribute__((noreturn))
stray_main(struct shared *s, int i)
{
	for (;;)
		s->beat[i]++;
}

/* Do they all stand still, within so many seconds? */
static bool
silent(struct shared *s, int n, double seconds)
{
	double end = now() + seconds;
	long before[64];
	int i, same;

	while (now() < end) {
		for (i = 0; i < n; i++)
			before[i] = s->beat[i];
		usleep(300000);
		for (same = i = 0; i < n; i++)
			same += before[i] == s->beat[i];
		if (same == n)
			return true;
	}
	return false;
}

static void
processes(struct shared *s, int n)
{
	int i, up;

	for (i = 0; i < n; i++)
		if (gadget6(SYS_clone, CLONE_CARRIER, 0, 0, 0, 0, 0) == 0)
			stray_main(s, i);
	usleep(100000);
	for (up = i = 0; i < n; i++)
		up += s->beat[i] != 0;
	if (!silent(s, n, 60))
		broke("processes behind the kernel's back live on");
	fprintf(stderr, "%d of %d strays ran, all are gone\n", up, n);
}

static uint8_t stacks[8][16384] __attribute__((aligned(16)));

/* A host thread without a slot, made by the gadget's own code on a stack of ours. */
static void
thread_stray(struct shared *s, int i)
{
	long *sp = (long *)(stacks[i] + sizeof(stacks[i])) - 4;
	long r;

	/* The child returns from the gadget through this stack. */
	__asm__ volatile(
	    "lea 1f(%%rip), %%rax; mov %%rax, (%[sp])\n"
	    "	mov %[nr], %%eax; call *%[g]\n"
	    "	jmp 2f\n"
	    "1:	lock incq (%[beat]); jmp 1b\n"
	    "2:" : "=&a"(r)
	    : [nr] "i"(SYS_clone), [g] "r"(gadget_returning()), "D"((long)CLONE_HTHREAD),
	      [sp] "S"(sp), "d"(0L), [beat] "r"(&s->beat[i])
	    : "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
	(void)r;
}

static void
threads(struct shared *s, int n)
{
	pid_t pid = fork();
	int i, status, up;

	if (pid == 0) {
		for (i = 0; i < n; i++)
			thread_stray(s, i);
		for (;;)
			pause();
	}
	status = child_wait(pid, 60);
	if (status == -1 || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		broke("a process with unknown threads lives on (status %x)", status);
	if (!silent(s, n, 5))
		broke("threads behind the kernel's back live on");
	for (up = i = 0; i < n; i++)
		up += s->beat[i] != 0;
	if (up == 0)
		broke("no stray thread ran: the test tests nothing");
	fprintf(stderr, "%d of %d stray threads ran\n", up, n);
}

int
main(int argc, char **argv)
{
	struct shared *s;
	int i;

	guest_only();
	gadgets_find();
	if (sigsetjmp(fault_to, 1) != 0) {
		broke("signal %d", fault_signal);
		return 1;
	}
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc > 1 && strcmp(argv[1], "bomb") == 0) {
		/* They sleep, so that only the host's table of processes suffers. */
		for (i = 0; i < 1500; i++)
			if (gadget6(SYS_clone, CLONE_CARRIER, 0, 0, 0, 0, 0) == 0)
				for (;;)
					gadget6(SYS_futex, (long)&s->beat[0], 0, 0, 0, 0, 0);
		for (;;)
			pause();
	}
	if (argc > 1 && strcmp(argv[1], "doubling") == 0)
		for (;;)
			gadget6(SYS_clone, CLONE_CARRIER, 0, 0, 0, 0, 0);
	processes(s, 8);
	memset(s, 0, sizeof(*s));
	threads(s, 4);
	return attack_bad;
}
