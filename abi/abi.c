/*
 * abi.c - rows and flag sets from the .def files, and their interpreter.
 *
 * Linked into the kernel, the tools and the tests alike, so it knows nothing
 * of threads or of the kernel's memory: the caller says how guest memory is
 * reached (struct abi_mem).
 */

/*
 * The check of our numbers against the system's headers.  The names are made
 * enumerators with our numbers first; then come the headers, whose macros
 * hide those that they know.  What they do not know compares with itself.
 * So this must stand before anything that may include <asm/unistd.h>.
 */
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) __NR_##name = nr,
#define NOTE(name, text)
enum abi_system_numbers {
#include "syscalls.def"
};
#undef SYSCALL
#include <asm/unistd.h>
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) \
	_Static_assert(__NR_##name == nr, #name " has the number of the header");
#include "syscalls.def"
#undef SYSCALL
#undef NOTE

#include "abi.h"

#include <fcntl.h>
#include <string.h>

/* ---- flag sets --------------------------------------------------------- */

#define V(x)		{ #x, (uint64_t)(x), (uint64_t)(x) },
#define N(x, v)		{ #x, (uint64_t)(v), (uint64_t)(v) },
#define M(x, v, m)	{ #x, (uint64_t)(v), (uint64_t)(m) },
#define FLAGSET(name, width, unknown, ...) \
	static const struct abi_flag flags_##name[] = { __VA_ARGS__ };
#define ENUMSET(name, unknown, ...) \
	static const struct abi_flag flags_##name[] = { __VA_ARGS__ };
#include "flags.def"
#undef FLAGSET
#undef ENUMSET
#undef V
#undef N
#undef M

#define V(x)		| (uint64_t)(x)
#define N(x, v)		| (uint64_t)(v)
#define M(x, v, m)	| (uint64_t)(m)
#define FLAGSET(name, width, unknown, ...) \
	const struct abi_set abi_set_##name = { #name, unknown, flags_##name, \
	    nitems(flags_##name), width, 0 __VA_ARGS__ };
#define ENUMSET(name, unknown, ...) \
	const struct abi_set abi_set_##name = { #name, unknown, flags_##name, \
	    nitems(flags_##name), 0, UINT32_MAX };
#include "flags.def"
#undef FLAGSET
#undef ENUMSET
#undef V
#undef N
#undef M

static const struct abi_set *const all_sets[] = {
#define FLAGSET(name, ...)	&abi_set_##name,
#define ENUMSET(name, ...)	&abi_set_##name,
#include "flags.def"
#undef FLAGSET
#undef ENUMSET
};

const char *
abi_set_name(const struct abi_set *set, uint64_t value)
{
	for (unsigned i = 0; i < set->nflags; i++)
		if (set->flag[i].value == value)
			return set->flag[i].name;
	return NULL;
}

const struct abi_set *
abi_set_by_name(const char *name)
{
	for (size_t i = 0; i < nitems(all_sets); i++)
		if (strcmp(all_sets[i]->name, name) == 0)
			return all_sets[i];
	return NULL;
}

const struct abi_set *
abi_set_at(unsigned i)
{
	return i < nitems(all_sets) ? all_sets[i] : NULL;
}

/* ---- rows -------------------------------------------------------------- */

#define NOTE(name, text)	static const char note_##name[] = text;
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E)
#include "syscalls.def"
#undef NOTE
#undef SYSCALL

/*
 * A kind does not know which call it belongs to, but offsetof() must.  So a
 * kind becomes a tuple with a comma before it, and MAP puts the type in front
 * and hands it to each of the up to six tuples.
 */
#define ARG(T, t)	ARG_(T, ARG_UNPACK t)
#define ARG_UNPACK(...)	__VA_ARGS__
#define ARG_(...)	ARG__(__VA_ARGS__)
#define ARG__(T, k, n, s, ct, ts, tn, st, ln, o) \
	{ .kind = ABI_KIND_##k, .optional = (o) & 1, .late = (o) >> 1, .offset = offsetof(T, n), \
	  .size = sizeof(ct), .tsize = ts, .len_offset = offsetof(T, ln), \
	  .name = s, .tname = tn, .set = st },
#define MAP0(T)
#define MAP1(T, a)		ARG(T, a)
#define MAP2(T, a, ...)		ARG(T, a) MAP1(T, __VA_ARGS__)
#define MAP3(T, a, ...)		ARG(T, a) MAP2(T, __VA_ARGS__)
#define MAP4(T, a, ...)		ARG(T, a) MAP3(T, __VA_ARGS__)
#define MAP5(T, a, ...)		ARG(T, a) MAP4(T, __VA_ARGS__)
#define MAP6(T, a, ...)		ARG(T, a) MAP5(T, __VA_ARGS__)
#define MAP_PICK(T, a, b, c, d, e, f, map, ...) map
#define MAP(...)	MAP_(__VA_ARGS__)
#define MAP_(...)	MAP_PICK(__VA_ARGS__, MAP6, MAP5, MAP4, MAP3, MAP2, \
	    MAP1, MAP0, )(__VA_ARGS__)

/* tuple: kind, field, its name, ctype, tsize, tname, set, len, optional */
#define ABI_K(k, n, ct, ts, tn, st, ln, o) \
	, (k, n, #n, ct, ts, tn, st, ln, o)
#include "kinds.h"
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) \
	static const struct abi_arg args_##name[] = { \
		MAP(struct name##_args ARGS) \
	};
#define NOTE(name, text)
#include "syscalls.def"
#undef SYSCALL
#undef NOTE
#include "kinds.h"

/* Every call must fit into the scratch buffer and the argument buffer. */
#define SCRATCH_OF(ts)	(((ts) + 15) / 16 * 16)
#define ABI_K(k, n, ct, ts, tn, st, ln, o) \
	+ (ABI_KIND_##k == ABI_KIND_INSTR ? ABI_PATH_MAX : SCRATCH_OF(ts))
#include "kinds.h"
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) \
	_Static_assert((0 ARGS) + 16 <= ABI_SCRATCH_SIZE, #name " fits"); \
	_Static_assert(sizeof(struct name##_args) <= ABI_ARGS_MAX, #name " fits");
#define NOTE(name, text)
#include "syscalls.def"
#undef SYSCALL
#undef NOTE
#include "kinds.h"

#define NOTE_FULL(name)		NULL
#define NOTE_PART(name)		note_##name
#define NOTE_ENOSYS(name)	note_##name
#define E(...)			__VA_ARGS__
#define SYSCALL(name_, nr_, family_, state_, ret_, waits_, ARGS, errs) \
	[nr_] = { .name = #name_, .nr = nr_, .family = ABI_FAMILY_##family_, \
	    .state = ABI_STATE_##state_, .ret = ABI_RET_##ret_, \
	    .waits = ABI_##waits_, .nargs = nitems(args_##name_), \
	    .args_size = sizeof(struct name_##_args), .args = args_##name_, \
	    .note = NOTE_##state_(name_), .errors = { errs } },
#define NOTE(name, text)
static const struct abi_row rows[ABI_NR_LIMIT] = {
#include "syscalls.def"
};
#undef SYSCALL
#undef NOTE
#undef E

const struct abi_row *
abi_row(unsigned nr)
{
	if (nr >= nitems(rows) || rows[nr].name == NULL)
		return NULL;
	return &rows[nr];
}

const struct abi_row *
abi_row_by_name(const char *name)
{
	for (unsigned nr = 0; nr < nitems(rows); nr++)
		if (rows[nr].name != NULL && strcmp(rows[nr].name, name) == 0)
			return &rows[nr];
	return NULL;
}

#define STRING_OF(x)	#x,
static const char *const kind_names[] = { ABI_KINDS(STRING_OF) };
static const char *const family_names[] = { ABI_FAMILIES(STRING_OF) };
static const char *const state_names[] = { ABI_STATES(STRING_OF) };
static const char *const ret_names[] = { ABI_RETS(STRING_OF) };

const char *
abi_kind_name(enum abi_kind kind)
{
	return kind_names[kind];
}

const char *
abi_family_name(enum abi_family family)
{
	return family_names[family];
}

const char *
abi_state_name(enum abi_state state)
{
	return state_names[state];
}

const char *
abi_ret_name(enum abi_ret ret)
{
	return ret_names[ret];
}

int
abi_arg_len_index(const struct abi_row *row, unsigned i)
{
	const struct abi_arg *arg = &row->args[i];

	if (arg->len_offset == arg->offset)
		return -1;
	for (unsigned j = 0; j < row->nargs; j++)
		if (row->args[j].offset == arg->len_offset)
			return (int)j;
	return -1;
}

/* ---- decoding ---------------------------------------------------------- */

struct scratch {
	char *p;
	size_t left;
};

/* The first phase: what Linux refuses before it looks at anything else. */
static int
check_arg(const struct abi_row *row, unsigned i, const uint64_t raw[6])
{
	const struct abi_arg *arg = &row->args[i];
	uint64_t v = raw[i];

	switch (arg->kind) {
	case ABI_KIND_FLAGS:
		if (arg->set->width == 32)
			v = (uint32_t)v;
		return (v & ~arg->set->mask) != 0 ? -EINVAL : 0;
	case ABI_KIND_SIGSETSIZE:
		return v != 8 ? -EINVAL : 0;
	case ABI_KIND_SIGSETSIZE_OPT:
		if (raw[abi_arg_len_index(row, i)] == 0)
			return 0;
		return v != 8 ? -EINVAL : 0;
	default:
		return 0;
	}
}

static void *
scratch_take(struct scratch *s, size_t n)
{
	void *p = s->p;

	n = SCRATCH_OF(n);
	if (n > s->left)
		return NULL;
	s->p += n;
	s->left -= n;
	return p;
}

static int
fetch_string(gaddr_t from, struct scratch *s, const struct abi_mem *mem,
    void **ret)
{
	long n;

	/* So much must be left, whatever the string takes in the end. */
	if (s->left < ABI_PATH_MAX)
		return -ENOMEM;
	n = mem->copyinstr(mem->ctx, s->p, from, ABI_PATH_MAX);
	if (n < 0)
		return (int)n;
	if (n >= ABI_PATH_MAX)
		return -ENAMETOOLONG;
	*ret = scratch_take(s, (size_t)n + 1);
	return 0;
}

/* The second phase for one argument: *ret is what its field will point to. */
static int
fetch_arg(const struct abi_arg *arg, uint64_t raw, struct scratch *s,
    const struct abi_mem *mem, void **ret)
{
	*ret = NULL;
	if (raw == 0 && arg->optional)
		return 0;
	if (arg->kind == ABI_KIND_INSTR)
		return fetch_string(ga(raw), s, mem, ret);
	*ret = scratch_take(s, arg->tsize);
	if (*ret == NULL)
		return -ENOMEM;
	if (arg->kind == ABI_KIND_OUT || arg->kind == ABI_KIND_SIGSET_OUT) {
		memset(*ret, 0, arg->tsize);
		return 0;
	}
	return mem->copyin(mem->ctx, *ret, ga(raw), arg->tsize);
}

static bool
is_pointer(enum abi_kind kind)
{
	switch (kind) {
	case ABI_KIND_INSTR:
	case ABI_KIND_IN:
	case ABI_KIND_OUT:
	case ABI_KIND_INOUT:
	case ABI_KIND_SIGSET_IN:
	case ABI_KIND_SIGSET_OUT:
		return true;
	default:
		return false;
	}
}

static void
store_scalar(const struct abi_arg *arg, uint64_t v, void *field)
{
	uint32_t low = (uint32_t)v;

	if (arg->size == sizeof(low)) {
		memcpy(field, &low, sizeof(low));
		return;
	}
	if (arg->set != NULL && arg->set->width == 32)
		v = low;
	memcpy(field, &v, sizeof(v));
}

int
abi_decode(const struct abi_row *row, const uint64_t raw[6], void *args,
    void *scratch, size_t scratch_len, const struct abi_mem *mem)
{
	size_t pad = -(uintptr_t)scratch & 15;
	struct scratch s = { (char *)scratch + pad, scratch_len - pad };
	int error;

	if (scratch_len < pad)
		return -ENOMEM;
	for (unsigned i = 0; i < row->nargs; i++) {
		error = check_arg(row, i, raw);
		if (error != 0)
			return error;
	}
	for (unsigned i = 0; i < row->nargs; i++) {
		const struct abi_arg *arg = &row->args[i];
		void *field = (char *)args + arg->offset, *p;

		if (!is_pointer(arg->kind)) {
			store_scalar(arg, raw[i], field);
			continue;
		}
		error = fetch_arg(arg, raw[i], &s, mem, &p);
		if (error != 0 && !arg->late)
			return error;
		if (error != 0)
			p = (void *)(intptr_t)error;
		memcpy(field, &p, sizeof(p));
	}
	return 0;
}

static bool
is_stored(enum abi_kind kind)
{
	return kind == ABI_KIND_OUT || kind == ABI_KIND_INOUT ||
	    kind == ABI_KIND_SIGSET_OUT;
}

int
abi_copyout(const struct abi_row *row, const uint64_t raw[6], void *args,
    const struct abi_mem *mem)
{
	for (unsigned i = 0; i < row->nargs; i++) {
		const struct abi_arg *arg = &row->args[i];
		const void *p;
		int error;

		if (!is_stored(arg->kind))
			continue;
		memcpy(&p, (char *)args + arg->offset, sizeof(p));
		if (p == NULL)
			continue;
		error = mem->copyout(mem->ctx, ga(raw[i]), p, arg->tsize);
		if (error != 0)
			return error;
	}
	return 0;
}
