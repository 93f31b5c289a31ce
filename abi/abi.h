/*
 * abi.h - the table of system calls, expanded.
 *
 * syscalls.def has one row per call; this header makes of it, for each NAME,
 * struct NAME_args and, unless the row is ENOSYS, the prototype of the
 * handler, and it declares the rows themselves for whoever interprets them:
 * the dispatcher, the trace, the tools, the tests.  Nothing here allocates,
 * locks or has a state: rows are constant, and the functions touch only what
 * they are given.  The kinds of arguments are explained in kinds.h.
 */
#ifndef VKSUP_ABI_ABI_H
#define VKSUP_ABI_ABI_H

#include "types.h"

struct thread;

/* ---- arguments and handlers ------------------------------------------- */

#define ABI_K(k, n, ct, ...)	ct n;
#include "kinds.h"
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) \
	struct name##_args { ARGS };
#define NOTE(name, text)
#include "syscalls.def"
#undef SYSCALL
#undef NOTE
#include "kinds.h"

/*
 * A handler gives a result, or -errno.  Its arguments have been decoded; what
 * it stores in OUT and INOUT fields reaches the guest if the result is >= 0.
 */
#define ABI_PROTO_FULL(name) \
	long sys_##name(struct thread *t, struct name##_args *a);
#define ABI_PROTO_PART(name)	ABI_PROTO_FULL(name)
#define ABI_PROTO_ENOSYS(name)
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) \
	ABI_PROTO_##state(name)
#define NOTE(name, text)
#include "syscalls.def"
#undef SYSCALL
#undef NOTE

/* SYS_NAME constants of the guest, for kernel code that needs a number. */
enum abi_nr {
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) ABI_NR_##name = nr,
#define NOTE(name, text)
#include "syscalls.def"
#undef SYSCALL
#undef NOTE
	ABI_NR_LIMIT		/* one more than the last */
};

/* ---- flag sets --------------------------------------------------------- */

struct abi_flag {
	const char *name;
	uint64_t value;
	uint64_t mask;		/* the bits that value is all of */
};

struct abi_set {
	const char *name;
	const char *unknown;	/* what strace writes beside a nameless value */
	const struct abi_flag *flag;
	unsigned nflags;
	unsigned width;		/* 32 or 64; 0: an enum */
	uint64_t mask;		/* all bits that are known */
};

#define FLAGSET(name, ...)	extern const struct abi_set abi_set_##name;
#define ENUMSET(name, ...)	extern const struct abi_set abi_set_##name;
#include "flags.def"
#undef FLAGSET
#undef ENUMSET

/* The name of an enum's value or of one flag, NULL if it has none. */
const char *abi_set_name(const struct abi_set *set, uint64_t value);
/* A set by its name in flags.def, NULL if there is none. */
const struct abi_set *abi_set_by_name(const char *name);
/* All of them, by index from 0; NULL after the last. */
const struct abi_set *abi_set_at(unsigned i);

/* The error that an INSTR_LATE field stands for, or 0. */
static inline int
abi_string_error(const char *s)
{
	return (intptr_t)s < 0 && (intptr_t)s >= -4095 ? (int)(intptr_t)s : 0;
}

/* ---- rows -------------------------------------------------------------- */

/* The closed list; an _OPT kind is the kind with optional set. */
#define ABI_KINDS(X) \
	X(FD) X(DIRFD) X(FDNUM) X(PID) X(SIG) X(INT) X(UINT) X(LONG) X(ULONG) \
	X(LEN) X(OFF) X(ADDR) X(MODE) X(FLAGS) X(BITS) X(ENUM) X(INSTR) X(IN) \
	X(OUT) X(INOUT) X(INBUF) X(OUTBUF) X(INVEC) X(OUTVEC) X(STRV) \
	X(SIGSET_IN) X(SIGSET_OUT) X(SIGSETSIZE) X(SIGSETSIZE_OPT) X(RAW)
#define ABI_FAMILIES(X) \
	X(proc) X(cred) X(signal) X(vm) X(file) X(path) X(event) X(time) \
	X(futex) X(sched) X(net) X(ipc) X(sys)
#define ABI_STATES(X)	X(FULL) X(PART) X(ENOSYS)
#define ABI_RETS(X) \
	X(INT) X(FD) X(SIZE) X(OFF) X(ADDR) X(PID) X(MODE) X(NORETURN)

#define ABI_ENUM_KIND(x)	ABI_KIND_##x,
#define ABI_ENUM_FAMILY(x)	ABI_FAMILY_##x,
#define ABI_ENUM_STATE(x)	ABI_STATE_##x,
#define ABI_ENUM_RET(x)		ABI_RET_##x,
enum abi_kind { ABI_KINDS(ABI_ENUM_KIND) ABI_KIND_COUNT };
enum abi_family { ABI_FAMILIES(ABI_ENUM_FAMILY) ABI_FAMILY_COUNT };
enum abi_state { ABI_STATES(ABI_ENUM_STATE) ABI_STATE_COUNT };
enum abi_ret { ABI_RETS(ABI_ENUM_RET) ABI_RET_COUNT };
enum abi_waits { ABI_NOWAIT, ABI_WAITS };

struct abi_arg {
	enum abi_kind kind;
	bool optional;		/* NULL is allowed */
	bool late;		/* INSTR_LATE */
	uint16_t offset;	/* of the field in struct NAME_args */
	uint16_t size;		/* of the field: 4 or 8 */
	uint16_t tsize;		/* IN, OUT, INOUT: of what it points to */
	uint16_t len_offset;	/* buffers: of the field with the length */
	const char *name;
	const char *tname;	/* IN, OUT, INOUT: "struct stat"; else "" */
	const struct abi_set *set; /* FLAGS, BITS, ENUM; else NULL */
};

#define ABI_MAX_ERRORS	32

struct abi_row {
	const char *name;
	unsigned nr;
	enum abi_family family;
	enum abi_state state;
	enum abi_ret ret;
	enum abi_waits waits;
	unsigned nargs;
	unsigned args_size;	/* sizeof(struct NAME_args) */
	const struct abi_arg *args;
	const char *note;	/* NULL if FULL */
	short errors[ABI_MAX_ERRORS]; /* ends with 0 */
};

/* Both give NULL if there is no such call. */
const struct abi_row *abi_row(unsigned nr);
const struct abi_row *abi_row_by_name(const char *name);

const char *abi_kind_name(enum abi_kind kind);
const char *abi_family_name(enum abi_family family);
const char *abi_state_name(enum abi_state state);
const char *abi_ret_name(enum abi_ret ret);

/* The argument that says how long a buffer or a vector is, or -1. */
int abi_arg_len_index(const struct abi_row *row, unsigned i);

/* ---- decoding ---------------------------------------------------------- */

/*
 * How to reach the guest's memory.  copyin and copyout give 0 or -EFAULT.
 * copyinstr copies at most max bytes and gives the length without the NUL,
 * or max (or -ENAMETOOLONG) if there is no NUL among them, or -EFAULT.
 */
struct abi_mem {
	void *ctx;
	int (*copyin)(void *ctx, void *dst, gaddr_t src, size_t n);
	int (*copyout)(void *ctx, gaddr_t dst, const void *src, size_t n);
	long (*copyinstr)(void *ctx, char *dst, gaddr_t src, size_t max);
};

/* As <linux/limits.h>: a path with its NUL. */
#define ABI_PATH_MAX	4096
/* Three paths and the structures of any call; abi.c asserts it per row. */
#define ABI_SCRATCH_SIZE (3 * ABI_PATH_MAX + 1024)
/* Room for the arguments of any call. */
#define ABI_ARGS_MAX	48

/*
 * Turn the six registers into a struct NAME_args.  Strings and structures go
 * to scratch, which the fields then point into, so it must live as long as
 * args.  In this order, which is part of the ABI: strict flags and the size
 * of signal sets; strings and structures in, left to right; scalars, those
 * that are int in Linux cut to 32 bits.  Gives 0, -EINVAL for the first
 * phase, -EFAULT or -ENAMETOOLONG for the second.
 */
must_check int abi_decode(const struct abi_row *row, const uint64_t raw[6],
    void *args, void *scratch, size_t scratch_len, const struct abi_mem *mem);

/*
 * Store what the handler left in OUT, INOUT and SIGSET_OUT fields; for a
 * result >= 0 only.  A field that the handler set to NULL is passed over.
 */
must_check int abi_copyout(const struct abi_row *row, const uint64_t raw[6],
    void *args, const struct abi_mem *mem);

#endif
