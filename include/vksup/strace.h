/*
 * strace.h - system calls as text, in the form of strace(1).
 *
 * Everything here is a pure function of its arguments: no allocation, no
 * lock, no state, no clock.  Text is cut when the buffer is full, always ends
 * with a NUL (len must be > 0), and the result is its length without it.
 * Guest memory is only read, through the same struct abi_mem as for decoding;
 * what cannot be read is written as an address.
 */
#ifndef VKSUP_STRACE_H
#define VKSUP_STRACE_H

#include "abi/abi.h"

/* Longer than the line of any call; a path takes up to four times PATH_MAX. */
#define STRACE_LINE_MAX	(9 * ABI_PATH_MAX)

/*
 * The beginning of the line: name, bracket, and the arguments up to the first
 * that the call has yet to fill in.  `read(3, `; `close(3`.
 */
size_t strace_format_enter(char *buf, size_t len, const struct abi_row *row,
    const uint64_t raw[6], const struct abi_mem *mem);

/*
 * The rest of the line, without a newline: buf has the n bytes that
 * strace_format_enter() wrote, and gets `"root:x:0"..., 832) = 832` behind
 * them.  So what the call overwrites (a select's sets, all of memory for an
 * execve) is shown as it was.  Also right after ` <unfinished ...>` has been
 * written elsewhere: then buf begins with `<... read resumed>`.
 */
size_t strace_format_resume(char *buf, size_t len, size_t n,
    const struct abi_row *row, const uint64_t raw[6],
    const struct abi_mem *mem, long ret);

/*
 * Both at once, for when nothing was formatted at entry: the arguments are
 * as memory has them now.  `close(3)        = 0`.
 */
size_t strace_format_exit(char *buf, size_t len, const struct abi_row *row,
    const uint64_t raw[6], const struct abi_mem *mem, long ret);

/* For a number without a row: `syscall_0x3e7(0x1, ...) = -1 ENOSYS (...)`. */
size_t strace_format_unknown(char *buf, size_t len, unsigned nr,
    const uint64_t raw[6], long ret);

/* A signal's arrival, as `--- SIGCHLD {si_signo=SIGCHLD, ...} ---`. */
size_t strace_format_signal(char *buf, size_t len, const siginfo_t *info);

/* One value, for crash reports and the like: `O_RDWR|O_CLOEXEC`. */
size_t strace_format_set(char *buf, size_t len, const struct abi_set *set,
    uint64_t value);

/* ---- -e trace= --------------------------------------------------------- */

struct strace_filter {
	uint64_t bit[(ABI_NR_LIMIT + 63) / 64];
};

/*
 * expr as for strace -e: "trace=openat,read", "openat", "%file,%process",
 * "!read,write", "all", "none"; a name after ? may be unknown.  Classes:
 * file desc process signal memory network ipc creds clock, and with %% each
 * family of the table.  0, or -EINVAL with a sentence in err.
 */
must_check int strace_filter_parse(struct strace_filter *f, const char *expr,
    char *err, size_t errlen);
bool strace_filter_match(const struct strace_filter *f, unsigned nr);

/* ---- -c ---------------------------------------------------------------- */

/* An array of ABI_NR_LIMIT of these, indexed by number. */
struct strace_count {
	uint64_t calls;
	uint64_t errors;
	uint64_t ns;
};

void strace_count_add(struct strace_count *c, unsigned nr, long ret,
    uint64_t ns);
/* The table of strace -c, most time first. */
#define STRACE_COUNT_MAX (ABI_NR_LIMIT * 80)
size_t strace_count_format(char *buf, size_t len, const struct strace_count *c);

#endif
