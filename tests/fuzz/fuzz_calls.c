/*
 * fuzz_calls.c - sequences of system calls by a few guests of a kernel on the
 * fake host.  The table says what kind each argument is; the input chooses a
 * call, and a value for each argument out of those that its kind is likely to
 * do something with (and now and then any).
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "abi/abi.h"
#include "fakehost.h"
#include "fuzz.h"

#define GUESTS		4
#define CALLS_MAX	200
#define BUFS		16
#define BUF_SIZE	256

static const char *const paths[] = {
	"/tmp/a", "/tmp/b", "/tmp/d", "/tmp/d/a", "/tmp/d/../b", ".", "..", "a", "b", "/", "/etc/passwd",
	"/home/user", "/home/user/x", "/proc/self/status", "/proc/self/fd/3", "/proc/self/maps", "/dev/null",
	"/dev/zero", "/dev/ptmx", "/dev/pts/0", "/dev/tty", "/dev/full", "/bin/prog", "/tmp/link", "",
	"/proc/2/cmdline", "/proc/sys/kernel/hostname", "user.x", "/tmp/fifo", "/tmp/sock", "/proc/mounts", "//tmp//",
};

static struct guest *guests[GUESTS];
static uint64_t bufs;			/* the same in all: forked */
static uint64_t strings[nitems(paths)];
static unsigned short rows[ABI_NR_LIMIT];
static unsigned nrows;

static void
rows_init(void)
{
	unsigned nr;

	for (nr = 0; nrows == 0 || nr < ABI_NR_LIMIT; nr++)
		if (abi_row(nr) != NULL && abi_row(nr)->state != ABI_STATE_ENOSYS)
			rows[nrows++] = (unsigned short)nr;
}

/* --- arguments --- */

static uint64_t
any_number(struct input *in)
{
	static const uint64_t numbers[] = { 0, 1, 2, 3, 4, 7, 8, 16, 64, 255, 4095, 4096, 4097, 65536, 1 << 20,
		INT32_MAX, UINT32_MAX, INT64_MAX, (uint64_t)INT64_MIN, ~0UL, ~1UL, 0x100000000 };
	uint8_t b = in_byte(in);

	if (b < 128)
		return numbers[b % nitems(numbers)];
	return b < 250 ? in_byte(in) : in_bytes(in, 8);
}

static uint64_t
any_address(struct input *in)
{
	uint8_t b = in_byte(in);

	if (b < 200)
		return bufs + BUF_SIZE * (uint64_t)(b % BUFS);
	if (b < 220)
		return strings[b % nitems(strings)];
	switch (b) {
	case 220: return 0;
	case 221: return 16;
	case 222: return GUEST_CODE;
	case 223: return bufs + BUFS * BUF_SIZE - 1;
	case 224: return ~0UL;
	case 225: return 0x7ffffffff000;
	case 226: return 0x100000 + 4096UL * in_byte(in);
	default: return bufs + in_byte(in);
	}
}

static uint64_t
any_flag(struct input *in, const struct abi_set *set)
{
	uint64_t v = 0;
	int n = set->width != 0 ? in_byte(in) % 4 : 1;

	if (set->nflags == 0 || n == 3)
		return any_number(in);
	while (n-- > 0)
		v |= set->flag[in_byte(in) % set->nflags].value;
	return v;
}

static uint64_t
any_argument(struct input *in, const struct abi_arg *a)
{
	switch (a->kind) {
	case ABI_KIND_FD:
	case ABI_KIND_FDNUM:
		return in_byte(in) % 12;
	case ABI_KIND_DIRFD:
		return in_byte(in) % 2 ? (uint64_t)-100 : in_byte(in) % 12;
	case ABI_KIND_PID:
		return (uint64_t)(int64_t)(in_byte(in) % 8 - 1);
	case ABI_KIND_SIG:
		return in_byte(in) % 66;
	case ABI_KIND_INSTR:
		return in_byte(in) % 16 == 0 ? any_address(in) : strings[in_byte(in) % nitems(strings)];
	case ABI_KIND_FLAGS:
	case ABI_KIND_BITS:
	case ABI_KIND_ENUM:
		return any_flag(in, a->set);
	case ABI_KIND_SIGSETSIZE:
	case ABI_KIND_SIGSETSIZE_OPT:
		return in_byte(in) % 16 == 0 ? any_number(in) : 8;
	case ABI_KIND_LEN:
		return in_byte(in) % 4 == 0 ? any_number(in) : in_byte(in);
	case ABI_KIND_MODE:
		return in_bytes(in, 2);
	case ABI_KIND_ADDR:
	case ABI_KIND_IN:
	case ABI_KIND_OUT:
	case ABI_KIND_INOUT:
	case ABI_KIND_INBUF:
	case ABI_KIND_OUTBUF:
	case ABI_KIND_INVEC:
	case ABI_KIND_OUTVEC:
	case ABI_KIND_STRV:
	case ABI_KIND_SIGSET_IN:
	case ABI_KIND_SIGSET_OUT:
		return any_address(in);
	case ABI_KIND_RAW:
		return in_byte(in) % 2 ? any_address(in) : any_number(in);
	default:
		return any_number(in);
	}
}

/* --- guests --- */

static void
memory_fill(struct guest *g)
{
	const struct sockaddr_un un = { AF_UNIX, "/tmp/sock" };
	uint64_t iov[4] = { bufs, 16, bufs + 1024, 64 }, ts[4] = { 0, 1000000, 1, 0 }, vec[2] = { 0 };
	size_t i;

	bufs = guest_alloc(g, BUFS * BUF_SIZE);
	iov[0] = bufs;
	iov[2] = bufs + 1024;
	guest_put(g, bufs + BUF_SIZE, iov, sizeof(iov));
	guest_put(g, bufs + 2 * BUF_SIZE, ts, sizeof(ts));
	guest_put(g, bufs + 3 * BUF_SIZE, &un, sizeof(un));
	for (i = 0; i < nitems(paths); i++)
		strings[i] = guest_str(g, paths[i]);
	vec[0] = strings[0];
	guest_put(g, bufs + 4 * BUF_SIZE, vec, sizeof(vec));
}

/* Bytes of the input into a buffer. */
static void
poke(struct input *in, struct guest *g)
{
	uint64_t at = bufs + BUF_SIZE * (uint64_t)(in_byte(in) % BUFS);
	char text[64];
	size_t n = in_copy(in, text, in_byte(in) % sizeof(text));

	if (!guest_gone(g) && guest_may(g, at, sizeof(text), PROT_WRITE))
		guest_put(g, at, text, n);
}

static void
children_take(struct guest *g)
{
	int i;

	for (i = 0; i < GUESTS; i++)
		if (guests[i] == NULL || guest_gone(guests[i])) {
			guests[i] = guest_child(g);
			return;
		}
}

static void
call(struct input *in, int i)
{
	const struct abi_row *row = abi_row(rows[in_bytes(in, 2) % nrows]);
	uint64_t args[6] = { 0 };
	unsigned a;
	long r;

	for (a = 0; a < row->nargs; a++)
		args[a] = any_argument(in, &row->args[a]);
	/* In a child that shares the memory a stack of its own is nobody's business
	 * here, but the parent must not wait for it for ever. */
	if (row->nr == ABI_NR_vfork)
		return;
	if (row->nr == ABI_NR_clone)
		args[0] &= ~(uint64_t)CLONE_VFORK;
	if (row->nr == ABI_NR_clone3)
		return;
	guest_post_v(guests[i], row->nr, args);
	if (guest_waits(guests[i]) || guest_gone(guests[i]))
		return;
	r = guest_result(guests[i]);
	if (r > 0 && (row->nr == ABI_NR_fork || row->nr == ABI_NR_clone))
		children_take(guests[i]);
}

/* A guest that can call, or -1. */
static int
choose(struct input *in)
{
	int i, n = in_byte(in) % GUESTS;

	for (i = 0; i < GUESTS; i++, n = (n + 1) % GUESTS) {
		if (guests[n] == NULL || guest_gone(guests[n]))
			continue;
		/* One that made no call may have been stopped by another. */
		if (!guest_waits(guests[n]) && !guest_gone(guests[n]))
			return n;
	}
	return -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int calls, i;

	if (nrows == 0)
		rows_init();
	memset(guests, 0, sizeof(guests));
	fake_init();
	fake_host_file("/home/user/x", "text of the host\n", 0644);
	guests[0] = fake_boot();
	memory_fill(guests[0]);
	for (calls = 0; calls < CALLS_MAX && in.left > 0; calls++) {
		i = choose(&in);
		if (i < 0)
			fake_clock_advance(NSEC_PER_SEC);
		else if (in_byte(&in) % 4 == 0)
			poke(&in, guests[i]);
		else
			call(&in, i);
	}
	fake_shutdown();
	if (fake_spaces() != 0 || fake_open_fds() != 0) {
		fprintf(stderr, "left over: %d spaces, %d descriptors\n", fake_spaces(), fake_open_fds());
		__builtin_trap();
	}
	return 0;
}
