/*
 * strace_calls.c - the calls that need more than their row says.
 *
 * A table of (call, argument) with the function that writes it; calls whose
 * arguments strace(1) names or orders itself (clone, futex); and how many
 * arguments there are to see (open, fcntl, prctl).
 */
#define _GNU_SOURCE
#include "strace_impl.h"

#include <string.h>

/* ---- small ones ----------------------------------------------------------- */

void
put_decimal(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	text_printf(s->o, "%d", (int)v);
}

void
put_hex(struct st *s, unsigned i, uint64_t v)
{
	uint64_t shown = s->row->args[i].size == sizeof(uint32_t) ?
	    (uint32_t)v : v;

	text_hex(s->o, shown);
}

void
put_number(struct st *s, unsigned i, uint64_t v)
{
	int n;

	(void)i;
	if (v == 0 || !st_read(s, &n, v, sizeof(n)))
		text_addr(s->o, v);
	else
		text_printf(s->o, "[%d]", n);
}

void
put_number_late(struct st *s, unsigned i, uint64_t v)
{
	if (st_ok(s))
		put_number(s, i, v);
	else
		text_addr(s->o, v);
}

void
put_number64(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	st_struct(s, v, sizeof(int64_t), "int64_t");
}

void
put_timespec_arg(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	st_struct(s, v, sizeof(struct timespec), "struct timespec");
}

/* n elements in brackets, of which strace shows the first ones. */
void
put_array(struct st *s, uint64_t addr, uint64_t n, size_t size,
    void (*put)(struct st *s, const void *element))
{
	_Alignas(16) char element[64];

	if (addr == 0 || (n > 0 && !st_read(s, element, addr, size))) {
		text_addr(s->o, addr);
		return;
	}
	text_char(s->o, '[');
	for (uint64_t i = 0; i < n; i++) {
		if (i > 0)
			text_put(s->o, ", ");
		if (i == ARRAY_MAX ||
		    !st_read(s, element, addr + i * size, size)) {
			text_put(s->o, "...");
			break;
		}
		put(s, element);
	}
	text_char(s->o, ']');
}

static void
element_int(struct st *s, const void *e)
{
	text_printf(s->o, "%d", *(const int *)e);
}

static void
element_timespec(struct st *s, const void *e)
{
	text_struct(s->o, "struct timespec", e);
}

static void
element_timeval(struct st *s, const void *e)
{
	text_struct(s->o, "struct timeval", e);
}

static void
put_two_fds(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	if (st_ok(s))
		put_array(s, v, 2, sizeof(int), element_int);
	else
		text_addr(s->o, v);
}

static void
put_two_timespecs(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	put_array(s, v, 2, sizeof(struct timespec), element_timespec);
}

static void
put_two_timevals(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	put_array(s, v, 2, sizeof(struct timeval), element_timeval);
}

/* ---- files ---------------------------------------------------------------- */

static void
put_mode_named(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	text_mode_named(s->o, (unsigned)v);
}

static void
put_device(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	text_dev(s->o, (uint32_t)v);
}

static void
put_cwd(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	if (st_ok(s))
		st_string(s, v, ABI_PATH_MAX - 1);
	else
		text_addr(s->o, v);
}

static void
put_linkname(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	if (st_ok(s))
		st_buffer(s, v, (uint64_t)s->ret, false);
	else
		text_addr(s->o, v);
}

static void
put_path(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	st_string(s, v, ABI_PATH_MAX - 1);
}

static void
put_open_how(struct st *s, unsigned i, uint64_t v)
{
	static const char *const resolve[] = {
		"RESOLVE_NO_XDEV", "RESOLVE_NO_MAGICLINKS",
		"RESOLVE_NO_SYMLINKS", "RESOLVE_BENEATH", "RESOLVE_IN_ROOT",
		"RESOLVE_CACHED",
	};
	struct k_open_how how;
	const char *sep = "";

	(void)i;
	if (v == 0 || s->raw[3] < sizeof(how) ||
	    !st_read(s, &how, v, sizeof(how))) {
		text_addr(s->o, v);
		return;
	}
	text_put(s->o, "{flags=");
	text_set(s->o, &abi_set_open, how.flags);
	if ((how.flags & 0100) != 0) {
		text_put(s->o, ", mode=");
		text_mode(s->o, (unsigned)how.mode);
	}
	text_put(s->o, ", resolve=");
	if (how.resolve == 0 || how.resolve >> nitems(resolve) != 0)
		text_hex(s->o, how.resolve);
	for (unsigned b = 0; how.resolve >> nitems(resolve) == 0 &&
	    b < nitems(resolve); b++) {
		if ((how.resolve >> b & 1) == 0)
			continue;
		text_printf(s->o, "%s%s", sep, resolve[b]);
		sep = "|";
	}
	text_char(s->o, '}');
}

/* Both forms of a directory entry have their length at the same place. */
static void
put_entries(struct st *s, unsigned i, uint64_t v)
{
	struct k_dirent d;
	uint64_t at = 0;
	unsigned n = 0;

	(void)i;
	text_addr(s->o, v);
	if (!st_ok(s))
		return;
	while (at < (uint64_t)s->ret && st_read(s, &d, v + at, sizeof(d)) &&
	    d.reclen >= sizeof(d)) {
		at += d.reclen;
		n++;
	}
	text_printf(s->o, " /* %u entr%s */", n, n == 1 ? "y" : "ies");
}

static void
put_random(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	if (st_ok(s))
		st_buffer(s, v, (uint64_t)s->ret, true);
	else
		text_addr(s->o, v);
}

/* ---- processes ------------------------------------------------------------ */

/* wait4(2) stores nothing when there is nobody to tell of. */
static void
put_wait_status(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	if (st_ok(s) && s->ret > 0)
		st_struct(s, v, sizeof(k_wstatus_t), "k_wstatus_t");
	else
		text_addr(s->o, v);
}

static void
put_wait_rusage(struct st *s, unsigned i, uint64_t v)
{
	if (st_ok(s) && s->ret > 0)
		st_struct(s, v, s->row->args[i].tsize, s->row->args[i].tname);
	else
		text_addr(s->o, v);
}

/* clone's lowest byte is a signal, clone3's is not. */
static void
put_clone_flags(struct text *o, uint64_t flags)
{
	unsigned sig = flags & 0xff;

	if (flags != sig || sig == 0)
		text_set(o, &abi_set_clone, flags & ~0xffULL);
	if (sig != 0) {
		if (flags != sig)
			text_char(o, '|');
		text_signal(o, (int)sig);
	}
}

#define K_CLONE_PIDFD		0x1000
#define K_CLONE_SETTLS		0x80000
#define K_CLONE_PARENT_SETTID	0x100000
#define K_CLONE_CHILD_TID	0x1200000 /* SETTID, CLEARTID */

static void
put_clone(struct st *s)
{
	uint64_t flags = s->raw[0];

	text_put(s->o, "child_stack=");
	text_addr(s->o, s->raw[1]);
	text_put(s->o, ", flags=");
	put_clone_flags(s->o, (uint32_t)flags);
	if ((flags & (K_CLONE_PARENT_SETTID | K_CLONE_PIDFD)) != 0) {
		text_put(s->o, ", parent_tid=");
		text_addr(s->o, s->raw[2]);
	}
	if ((flags & K_CLONE_SETTLS) != 0) {
		text_put(s->o, ", tls=");
		text_hex(s->o, s->raw[4]);
	}
	if ((flags & K_CLONE_CHILD_TID) != 0) {
		text_put(s->o, ", child_tidptr=");
		text_addr(s->o, s->raw[3]);
	}
}

static void
put_clone3(struct st *s, unsigned i, uint64_t v)
{
	struct k_clone3 c;
	size_t n = min_of((size_t)s->raw[1], sizeof(c));

	(void)i;
	memset(&c, 0, sizeof(c));
	if (v == 0 || n < 64 || !st_read(s, &c, v, n)) {
		text_addr(s->o, v);
		return;
	}
	text_put(s->o, "{flags=");
	text_set(s->o, &abi_set_clone, c.flags);
	if ((c.flags & K_CLONE_PIDFD) != 0)
		text_printf(s->o, ", pidfd=%#lx", (unsigned long)c.pidfd);
	if ((c.flags & K_CLONE_CHILD_TID) != 0)
		text_printf(s->o, ", child_tid=%#lx", (unsigned long)c.child_tid);
	if ((c.flags & K_CLONE_PARENT_SETTID) != 0)
		text_printf(s->o, ", parent_tid=%#lx",
		    (unsigned long)c.parent_tid);
	text_put(s->o, ", exit_signal=");
	text_signal(s->o, (int)c.exit_signal);
	text_put(s->o, ", stack=");
	text_addr(s->o, c.stack);
	text_put(s->o, ", stack_size=");
	text_hex(s->o, c.stack_size);
	if ((c.flags & K_CLONE_SETTLS) != 0)
		text_printf(s->o, ", tls=%#lx", (unsigned long)c.tls);
	text_char(s->o, '}');
}

static void
put_affinity(struct st *s, unsigned i, uint64_t v)
{
	bool get = s->row->nr == ABI_NR_sched_getaffinity;
	uint64_t n = get ? (uint64_t)s->ret : (uint32_t)s->raw[1];
	unsigned char mask[128];
	bool any = false;

	(void)i;
	n = min_of(n, (uint64_t)sizeof(mask));
	if ((get && !st_ok(s)) || v == 0 || n == 0 || !st_read(s, mask, v, n)) {
		text_addr(s->o, v);
		return;
	}
	text_char(s->o, '[');
	for (unsigned cpu = 0; cpu < n * 8; cpu++) {
		if ((mask[cpu / 8] >> cpu % 8 & 1) == 0)
			continue;
		text_printf(s->o, "%s%u", any ? " " : "", cpu);
		any = true;
	}
	text_char(s->o, ']');
}

static void
put_groups(struct st *s, unsigned i, uint64_t v)
{
	bool get = s->row->nr == ABI_NR_getgroups;

	(void)i;
	if (get && (!st_ok(s) || s->raw[0] == 0))
		text_addr(s->o, v);
	else
		put_array(s, v, get ? (uint64_t)s->ret : (uint32_t)s->raw[0],
		    sizeof(int), element_int);
}

static void
put_fs_base(struct st *s, unsigned i, uint64_t v)
{
	bool get = s->raw[0] == 0x1003 || s->raw[0] == 0x1004;

	(void)i;
	if (get && st_ok(s))
		st_struct(s, v, sizeof(v), "uint64_t");
	else
		text_hex(s->o, v);
}

/* ---- signals and time ----------------------------------------------------- */

static void
put_pending(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	if (st_ok(s) && s->raw[1] == 8)
		st_struct(s, v, sizeof(uint64_t), "sigset");
	else
		text_addr(s->o, v);
}

/* What is left is stored only if a signal came in between. */
static void
put_remaining(struct st *s, unsigned i, uint64_t v)
{
	if (s->exiting && s->ret < 0 && s->ret != -EFAULT && s->ret != -EINVAL)
		put_timespec_arg(s, i, v);
	else
		text_addr(s->o, v);
}

static void
put_itimerspec_arg(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	st_struct(s, v, sizeof(struct k_itimerspec), "struct k_itimerspec");
}

/* ---- futex(2) -------------------------------------------------------------- */

#define FUTEX_PRIVATE	128
#define FUTEX_CLOCK_RT	256

static void
put_futex_op(struct text *o, unsigned op)
{
	unsigned cmd = op & ~(unsigned)(FUTEX_PRIVATE | FUTEX_CLOCK_RT);

	text_enum(o, &abi_set_futex_op, cmd);
	if ((op & FUTEX_PRIVATE) != 0)
		text_put(o, "_PRIVATE");
	if ((op & FUTEX_CLOCK_RT) != 0)
		text_put(o, "|FUTEX_CLOCK_REALTIME");
}

static void
put_futex_bitset(struct text *o, uint32_t set)
{
	if (set == UINT32_MAX)
		text_put(o, "FUTEX_BITSET_MATCH_ANY");
	else
		text_hex(o, set);
}

/* The operand of FUTEX_WAKE_OP: what to store and what to compare with. */
static void
put_futex_wake_op(struct text *o, uint32_t v)
{
	static const char *const op[] = { "SET", "ADD", "OR", "ANDN", "XOR" };
	static const char *const cmp[] = { "EQ", "NE", "LT", "LE", "GT", "GE" };
	unsigned ops = v >> 28 & 7, cmps = v >> 24 & 15;

	if (v >> 31 != 0)
		text_put(o, "FUTEX_OP_OPARG_SHIFT<<28|");
	if (ops < nitems(op))
		text_printf(o, "FUTEX_OP_%s<<28|", op[ops]);
	else
		text_printf(o, "%#x<<28|", ops);
	text_printf(o, "%#x<<12|", v >> 12 & 0xfff);
	if (cmps < nitems(cmp))
		text_printf(o, "FUTEX_OP_CMP_%s<<24|", cmp[cmps]);
	else
		text_printf(o, "%#x<<24|", cmps);
	text_printf(o, "%#x", v & 0xfff);
}

static void
put_futex_tail(struct st *s, unsigned cmd)
{
	struct text *o = s->o;

	switch (cmd) {
	case 0:			/* WAIT */
	case 6:			/* LOCK_PI */
	case 9:			/* WAIT_BITSET */
	case 11:		/* WAIT_REQUEUE_PI */
	case 13:		/* LOCK_PI2 */
		text_put(o, ", ");
		put_timespec_arg(s, 3, s->raw[3]);
		break;
	case 3:			/* REQUEUE */
	case 4:			/* CMP_REQUEUE */
	case 5:			/* WAKE_OP */
	case 12:		/* CMP_REQUEUE_PI */
		text_printf(o, ", %u, ", (unsigned)s->raw[3]);
		text_addr(o, s->raw[4]);
		break;
	default:
		break;
	}
	if (cmd == 11) {
		text_put(o, ", ");
		text_addr(o, s->raw[4]);
	} else if (cmd == 4 || cmd == 12) {
		text_printf(o, ", %u", (unsigned)s->raw[5]);
	} else if (cmd == 5) {
		text_put(o, ", ");
		put_futex_wake_op(o, (uint32_t)s->raw[5]);
	} else if (cmd == 9 || cmd == 10) {
		text_put(o, ", ");
		put_futex_bitset(o, (uint32_t)s->raw[5]);
	}
}

static void
put_futex(struct st *s)
{
	unsigned op = (unsigned)s->raw[1];
	unsigned cmd = op & ~(unsigned)(FUTEX_PRIVATE | FUTEX_CLOCK_RT);

	text_addr(s->o, s->raw[0]);
	text_put(s->o, ", ");
	put_futex_op(s->o, op);
	if (cmd == 7 || cmd == 8)	/* UNLOCK_PI, TRYLOCK_PI */
		return;
	text_printf(s->o, ", %u", (unsigned)s->raw[2]);
	put_futex_tail(s, cmd);
}

/* ---- the table ------------------------------------------------------------- */

#define P(call, arg, put)	{ ABI_NR_##call, arg, false, put }
#define LATE(call, arg, put)	{ ABI_NR_##call, arg, true, put }
static const struct special specials[] = {
	LATE(pipe, 0, put_two_fds),
	LATE(pipe2, 0, put_two_fds),
	P(mknod, 1, put_mode_named),
	P(mknod, 2, put_device),
	P(mknodat, 2, put_mode_named),
	P(mknodat, 3, put_device),
	LATE(getcwd, 0, put_cwd),
	LATE(readlink, 1, put_linkname),
	LATE(readlinkat, 2, put_linkname),
	P(inotify_add_watch, 1, put_path),
	P(openat2, 1, put_path),
	P(openat2, 2, put_open_how),
	LATE(getdents, 1, put_entries),
	LATE(getdents64, 1, put_entries),
	P(sendfile, 2, put_number64),
	P(splice, 1, put_number64),
	P(splice, 3, put_number64),
	P(copy_file_range, 1, put_number64),
	P(copy_file_range, 3, put_number64),
	P(utimensat, 2, put_two_timespecs),
	P(utimes, 1, put_two_timevals),
	P(futimesat, 2, put_two_timevals),
	P(fcntl, 2, put_fcntl_arg),
	P(ioctl, 1, put_ioctl_cmd),
	P(ioctl, 2, put_ioctl_arg),
	LATE(getrandom, 0, put_random),
	P(mmap, 5, put_hex),
	P(rseq, 1, put_hex),
	P(rseq, 3, put_hex),
	P(personality, 0, put_hex),
	P(prctl, 1, put_prctl_arg),
	P(arch_prctl, 1, put_fs_base),
	LATE(wait4, 1, put_wait_status),
	LATE(wait4, 3, put_wait_rusage),
	P(clone3, 0, put_clone3),
	P(sched_setaffinity, 2, put_affinity),
	LATE(sched_getaffinity, 2, put_affinity),
	P(sched_setparam, 1, put_number),
	LATE(sched_getparam, 1, put_number_late),
	P(sched_setscheduler, 2, put_number),
	P(setgroups, 1, put_groups),
	LATE(getgroups, 1, put_groups),
	LATE(rt_sigpending, 0, put_pending),
	LATE(nanosleep, 1, put_remaining),
	P(clock_nanosleep, 2, put_timespec_arg),
	LATE(clock_nanosleep, 3, put_remaining),
	P(clock_settime, 1, put_timespec_arg),
	P(timer_settime, 2, put_itimerspec_arg),
	LATE(timer_create, 2, put_number_late),
};
#undef P
#undef LATE

static const struct special *
find_in(const struct special *table, size_t n, unsigned nr, unsigned i)
{
	for (size_t k = 0; k < n; k++)
		if (table[k].nr == nr && table[k].arg == i)
			return &table[k];
	return NULL;
}

static const struct special *
find(unsigned nr, unsigned i)
{
	const struct special *p = find_in(specials, nitems(specials), nr, i);

	return p != NULL ? p : find_in(special_net, special_net_count, nr, i);
}

special_fn
special_arg(const struct st *s, unsigned i)
{
	const struct special *p = find(s->row->nr, i);

	return p != NULL ? p->put : NULL;
}

bool
special_late(const struct st *s, unsigned i)
{
	const struct special *p = find(s->row->nr, i);

	if (p == NULL)
		return false;
	switch (s->row->nr) {
	case ABI_NR_fcntl:	/* F_GETLK, F_OFD_GETLK */
		return s->raw[1] == 5 || s->raw[1] == 36;
	case ABI_NR_ioctl:
		return i == 2 && ioctl_is_late((unsigned)s->raw[1]);
	case ABI_NR_prctl:	/* GET_NAME, GET_PDEATHSIG, CHILD_SUBREAPER */
		return s->raw[0] == 16 || s->raw[0] == 2 || s->raw[0] == 37;
	case ABI_NR_arch_prctl:
		return s->raw[0] == 0x1003 || s->raw[0] == 0x1004;
	default:
		return p->late;
	}
}

bool
special_whole(const struct abi_row *row)
{
	return row->nr == ABI_NR_clone || row->nr == ABI_NR_futex;
}

void
special_call(struct st *s)
{
	if (s->row->nr == ABI_NR_clone)
		put_clone(s);
	else
		put_futex(s);
}

/* open(2): O_CREAT or O_TMPFILE, without which the mode is not looked at. */
static bool
has_mode(uint64_t flags)
{
	return (flags & 0100) != 0 || (flags & 020200000) == 020200000;
}

static bool
has_device(uint64_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

unsigned
special_nargs(const struct st *s)
{
	switch (s->row->nr) {
	case ABI_NR_open:
		return has_mode(s->raw[1]) ? 3 : 2;
	case ABI_NR_openat:
		return has_mode(s->raw[2]) ? 4 : 3;
	case ABI_NR_mknod:
		return has_device(s->raw[1]) ? 3 : 2;
	case ABI_NR_mknodat:
		return has_device(s->raw[2]) ? 4 : 3;
	case ABI_NR_mremap:	/* MREMAP_FIXED, DONTUNMAP: it has a target */
		return (s->raw[3] & 6) != 0 ? 5 : 4;
	case ABI_NR_fcntl:
		return fcntl_has_arg((unsigned)s->raw[1]) ? 3 : 2;
	case ABI_NR_ioctl:
		return ioctl_has_arg((unsigned)s->raw[1]) ? 3 : 2;
	case ABI_NR_prctl:
		return prctl_nargs((unsigned)s->raw[0]);
	default:
		return s->row->nargs;
	}
}

enum abi_ret
special_result(struct st *s)
{
	if (!st_ok(s))
		return s->row->ret;
	switch (s->row->nr) {
	case ABI_NR_fcntl:
		return fcntl_result(s);
	case ABI_NR_poll:
	case ABI_NR_ppoll:
		poll_result(s);
		return s->row->ret;
	case ABI_NR_select:
	case ABI_NR_pselect6:
		select_result(s);
		return s->row->ret;
	default:
		return s->row->ret;
	}
}
