/* gadgets.c - every gadget entered with chosen and with random registers.
 * timeout: 120
 *
 * Each child makes tries until it dies of one; what counts is that the kernel
 * lives and that nothing is let through that names anything outside.
 */
#include "attack.h"

static const long numbers[] = { SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise,
	SYS_futex, SYS_rt_sigreturn, SYS_exit, SYS_exit_group, SYS_recvmsg, SYS_close, SYS_dup2,
	SYS_prctl, SYS_clone };

/* What must never come back as done, with arguments that would show. */
struct forbidden {
	const char	*what;
	long		nr;
	long		a[6];
};

static long
value(void)
{
	static const long some[] = { 0, 1, -1, 2, 3, 64, 4096, 0x7fffffff, 0x80000000L, 0xffffffffL,
		TRAMP_BASE, SLOTS_BASE, USER_TOP, 0x400000, INT64_MIN, INT64_MAX, 100, 101 };

	switch (rnd() % 4) {
	case 0: return (long)rnd();
	case 1: return (long)(rnd() % 4096);
	case 2: return (long)(SLOTS_BASE + rnd() % SLOT_SIZE);
	default: return some[rnd() % nitems(some)];
	}
}

static _Atomic long *tried;

/* Half of the children leave out what ends a carrier at once. */
static bool
deadly(long nr, long a)
{
	switch (nr) {
	case SYS_exit: case SYS_exit_group: case SYS_rt_sigreturn:
		return true;
	case SYS_munmap: case SYS_mremap: case SYS_mprotect: case SYS_madvise: case SYS_mmap:
		return rnd() % 64 != 0;
	case SYS_close:
		return a == 0;
	default:
		return false;
	}
}

static void
tries(int n, bool careful)
{
	const void *g, *back = gadget_returning();
	long a[6], nr;
	int i, j;

	for (i = 0; i < n; i++) {
		nr = rnd() % 3 == 0 ? (long)(rnd() % 512) : numbers[rnd() % nitems(numbers)];
		for (j = 0; j < 6; j++)
			a[j] = value();
		/* Clones have a test of their own: the run would end of them. */
		if (nr == SYS_clone && (a[0] == CLONE_CARRIER || a[0] == CLONE_HTHREAD))
			continue;
		if (careful && deadly(nr, a[0]))
			continue;
		/* A sleep would only take time. */
		if (nr == SYS_futex && a[3] == 0)
			a[1] = 1;
		if (nr == SYS_recvmsg)
			a[2] |= 0x40;		/* MSG_DONTWAIT */
		g = careful && rnd() % 256 != 0 ? back : gadgets[rnd() % (unsigned)ngadgets];
		++*tried;
		if (sigsetjmp(fault_to, 1) == 0)
			gadget_call(g, nr, a);
	}
}

static void
random_tries(double seconds)
{
	double end = now() + seconds;
	long children = 0, died = 0, hung = 0;
	int status;
	pid_t pid;

	tried = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	while (now() < end) {
		rnd_state = (uint64_t)env_number("ATTACK_SEED", 1) + (uint64_t)children * 7919;
		pid = fork();
		if (pid == 0) {
			tries(2000, children % 2 != 0);
			_exit(0);
		}
		if (pid < 0)
			break;
		children++;
		status = child_wait(pid, 3);
		died += status != 0;
		hung += status == -1;
	}
	if (children < 3)
		broke("only %ld children could be made", children);
	fprintf(stderr, "%ld tries in %ld children, %ld died of it, %ld were killed\n", *tried,
	    children, died, hung);
}

/* Calls that the filter must answer by a trap: then the kernel answers, for the guest. */
static void
chosen_tries(void)
{
	static char path[] = "/", name[] = "escaped";
	const struct forbidden f[] = {
		{ "getppid of the host", SYS_getppid, { 0 } },
		{ "getpid of the host", SYS_getpid, { 0 } },
		{ "a descriptor", SYS_open, { (long)path, O_RDONLY } },
		{ "a socket", SYS_socket, { 1, 1, 0 } },
		{ "a descriptor", SYS_openat, { AT_FDCWD, (long)path, O_RDONLY } },
		{ "a directory", SYS_mkdir, { (long)name, 0777 } },
	};
	long r;
	size_t i;

	if (sigsetjmp(fault_to, 1) != 0) {
		broke("a chosen try ended in signal %d", fault_signal);
		return;
	}
	for (i = 0; i < nitems(f); i++) {
		r = gadget6(f[i].nr, f[i].a[0], f[i].a[1], f[i].a[2], 0, 0, 0);
		if (f[i].nr == SYS_getpid && r != getpid())
			broke("%s: %ld", f[i].what, r);
		if (f[i].nr == SYS_getppid && r != getppid())
			broke("%s: %ld", f[i].what, r);
	}
	/* Of the listed calls only the listed forms.  A trap gives the kernel's answer. */
	if (gadget6(SYS_prctl, 38 /* SET_NO_NEW_PRIVS */, 0, 0, 0, 0, 0) == 0)
		broke("prctl");
	if (gadget6(SYS_madvise, (long)path & ~4095L, 4096, 100 /* HWPOISON */, 0, 0, 0) == 0)
		broke("madvise(MADV_HWPOISON)");
	r = gadget6(SYS_dup2, 0, 63, 0, 0, 0, 0);
	if (r == 63 && fcntl(63, F_GETFD) < 0)
		broke("dup2 to a descriptor other than 0 was the host's");
}

int
main(void)
{
	guest_only();
	gadgets_find();
	chosen_tries();
	random_tries((double)env_number("ATTACK_SECONDS", 8));
	return attack_bad;
}
