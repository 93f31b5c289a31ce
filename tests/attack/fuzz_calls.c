/* fuzz_calls.c - calls with arguments made up by the table of calls.
 * timeout: 150
 *
 * ATTACK_SECONDS (20) says how long, ATTACK_SEED with what.  Children call until
 * they die or hang; the parent counts, and the kernel must be there at the end.
 */
#include "attack.h"

#include "abi/abi.h"

static char *arena;			/* guest memory that arguments point to */
#define ARENA	(64 * PAGE)

/* What ends or stops the fuzzer itself without telling anything. */
static const char *const left_out[] = { "exit", "exit_group", "rt_sigreturn", "pause", "vfork",
	"rt_sigsuspend", "reboot", "kill", "tkill", "tgkill", NULL };

static uint64_t
number(void)
{
	static const uint64_t some[] = { 0, 1, 2, 3, 4, 7, 8, 16, 64, 255, 4095, 4096, 65536, 0x7fffffff,
		0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, ~0UL, ~0UL - 1 };

	switch (rnd() % 4) {
	case 0: return rnd();
	case 1: return rnd() % 128;
	case 2: return 1UL << rnd() % 64;
	default: return some[rnd() % nitems(some)];
	}
}

static uint64_t
address(void)
{
	switch (rnd() % 16) {
	case 0: return 0;
	case 1: return number();
	case 2: return TRAMP_BASE + rnd() % TRAMP_MAX;
	case 3: return SLOTS_BASE + rnd() % SLOT_SIZE;
	case 4: return (uint64_t)arena + ARENA - rnd() % 64;	/* over the end */
	default: return (uint64_t)arena + rnd() % (ARENA - PAGE);
	}
}

static uint64_t
path(void)
{
	static const char *const paths[] = { ".", "..", "/", "f", "d/e", "/proc/self/maps", "/dev/null",
		"/dev/zero", "/etc/passwd", "", "/tmp/x", "/proc/self/fd/3", "witness", "fifo", "link" };
	char *p = arena + rnd() % (ARENA - PAGE);

	strcpy(p, paths[rnd() % nitems(paths)]);
	return rnd() % 8 == 0 ? address() : (uint64_t)p;
}

static uint64_t
of_set(const struct abi_set *set)
{
	uint64_t v = 0;
	unsigned i, n = (unsigned)(rnd() % 4);

	if (set == NULL || set->nflags == 0 || rnd() % 16 == 0)
		return number();
	for (i = 0; i < n; i++)
		v |= set->flag[rnd() % set->nflags].value;
	return v;
}

static uint64_t
argument(const struct abi_arg *a)
{
	switch (a->kind) {
	case ABI_KIND_FD: case ABI_KIND_FDNUM: return rnd() % 8 == 0 ? number() : 3 + rnd() % 40;
	case ABI_KIND_DIRFD: return rnd() % 2 != 0 ? (uint64_t)AT_FDCWD : 3 + rnd() % 20;
	case ABI_KIND_PID: return rnd() % 2 != 0 ? 0 : rnd() % 2 != 0 ? (uint64_t)getpid() : number();
	case ABI_KIND_SIG: return rnd() % 70;
	case ABI_KIND_LEN: return rnd() % 4 == 0 ? number() : rnd() % 8192;
	case ABI_KIND_FLAGS: case ABI_KIND_BITS: case ABI_KIND_ENUM: return of_set(a->set);
	case ABI_KIND_INSTR: return path();
	case ABI_KIND_SIGSETSIZE: case ABI_KIND_SIGSETSIZE_OPT: return rnd() % 8 == 0 ? number() : 8;
	case ABI_KIND_MODE: return rnd() & 07777;
	case ABI_KIND_IN: case ABI_KIND_OUT: case ABI_KIND_INOUT: case ABI_KIND_INBUF:
	case ABI_KIND_OUTBUF: case ABI_KIND_INVEC: case ABI_KIND_OUTVEC: case ABI_KIND_STRV:
	case ABI_KIND_SIGSET_IN: case ABI_KIND_SIGSET_OUT: case ABI_KIND_ADDR:
		return address();
	default: return number();
	}
}

static bool
usable(const struct abi_row *row)
{
	int i;

	if (row == NULL)
		return false;
	for (i = 0; left_out[i] != NULL; i++)
		if (strcmp(row->name, left_out[i]) == 0)
			return false;
	return true;
}

/* Pointers in structures, iovecs and the like: numbers and addresses of the arena. */
static void
arena_fill(void)
{
	uint64_t *w = (uint64_t *)arena;
	size_t i;

	for (i = 0; i < 64; i++)
		w[rnd() % (ARENA / 8)] = rnd() % 2 != 0 ? number() : address();
}

static _Atomic long *count;

static void __attribute__((noreturn))
fuzz(void)
{
	const struct abi_row *row;
	uint64_t a[6] = { 0 };
	unsigned i;
	long r;

	alarm(3);
	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < 8; i++)
		open(i % 2 != 0 ? "f" : "/tmp", i % 2 != 0 ? O_RDWR | O_CREAT : O_RDONLY, 0600);
	for (;;) {
		row = abi_row((unsigned)(rnd() % ABI_NR_LIMIT));
		if (!usable(row))
			continue;
		if (rnd() % 4 == 0)
			arena_fill();
		for (i = 0; i < 6; i++)
			a[i] = i < row->nargs ? argument(&row->args[i]) : number();
		/* A child of clone would go on as a second fuzzer: it ends. */
		if (strcmp(row->name, "clone") == 0)
			a[0] &= ~0x00000f00UL, a[1] = 0;
		++*count;
		r = syscall((long)row->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (r == 0 && (strcmp(row->name, "fork") == 0 || strncmp(row->name, "clone", 5) == 0))
			_exit(0);
	}
}

int
main(void)
{
	long children = 0, hung = 0, seed = env_number("ATTACK_SEED", time(NULL) & 0xffff);
	double end;
	int status;
	pid_t pid;

	guest_only();
	fprintf(stderr, "ATTACK_SEED=%ld\n", seed);
	count = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	end = now() + (double)env_number("ATTACK_SECONDS", 20);
	while (now() < end) {
		rnd_state = (uint64_t)seed * 1000003 + (uint64_t)children++;
		pid = fork();
		if (pid == 0) {
			setpgid(0, 0);
			fuzz();
		}
		if (pid < 0)
			break;
		status = child_wait(pid, 5);
		hung += status == -1;
		kill(-pid, SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	fprintf(stderr, "%ld calls by %ld children, %ld were killed\n", *count, children, hung);
	if (children < 2 || *count < 1000)
		broke("too little was tried");
	return attack_bad;
}
