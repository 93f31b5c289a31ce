/*
 * strace_impl.h - what the strace*.c files share, and nobody else uses.
 *
 * strace.c has the lines, strace_text.c the values, strace_types.c the
 * structures, strace_calls.c the calls that need more than their row says
 * (strace_file.c fcntl and ioctl, strace_net.c sockets and events of those),
 * strace_filter.c what is on a command line.
 */
#ifndef VKSUP_STRACE_IMPL_H
#define VKSUP_STRACE_IMPL_H

#include "vksup/strace.h"

/* strace's default for -s, and for how much of an array it writes. */
#define STR_MAX		32
#define ARRAY_MAX	32

struct text {
	char *buf;
	size_t len;		/* > 0, with the NUL */
	size_t n;
};

struct st {
	struct text *o;
	const struct abi_row *row;
	const uint64_t *raw;
	const struct abi_mem *mem;
	bool exiting;		/* the result is known */
	long ret;
	struct text aux;	/* what follows the result, in brackets */
	char auxbuf[1024];
};

/* The call has filled in what it fills in. */
static inline bool
st_ok(const struct st *s)
{
	return s->exiting && s->ret >= 0;
}

static inline bool
st_read(const struct st *s, void *dst, uint64_t from, size_t n)
{
	return s->mem->copyin(s->mem->ctx, dst, ga(from), n) == 0;
}

/* strace_text.c */
void text_init(struct text *o, char *buf, size_t len);
void text_put(struct text *o, const char *s);
void text_char(struct text *o, char c);
printf_like(2, 3) void text_printf(struct text *o, const char *fmt, ...);
void text_hex(struct text *o, uint64_t v);
void text_addr(struct text *o, uint64_t v);
/* n bytes in quotes; cut: the string goes on, so "..." is written after. */
void text_quote(struct text *o, const char *p, size_t n, bool cut, bool hex);
void text_set(struct text *o, const struct abi_set *set, uint64_t v);
void text_enum(struct text *o, const struct abi_set *set, uint64_t v);
void text_signal(struct text *o, int sig);
void text_sigset(struct text *o, uint64_t mask);
void text_mode(struct text *o, unsigned mode);
void text_mode_named(struct text *o, unsigned mode);
void text_dev(struct text *o, uint64_t dev);
void text_wstatus(struct text *o, int status);
/* " = 3", with the blanks that put it where strace does. */
void text_result(struct text *o, enum abi_ret kind, long ret, const char *aux);

/* strace_types.c: false if there is nothing better than the address. */
bool text_struct(struct text *o, const char *tname, const void *p);
void text_sockaddr(struct text *o, const void *sa, size_t len);
void text_siginfo(struct text *o, const siginfo_t *info);

/* strace.c: arguments of the usual kinds, for strace_calls.c too. */
void st_string(struct st *s, uint64_t addr, size_t max);
void st_buffer(struct st *s, uint64_t addr, uint64_t n, bool hex);
void st_iovec(struct st *s, uint64_t addr, uint64_t cnt, bool limited,
    uint64_t limit);
void st_struct(struct st *s, uint64_t addr, size_t size, const char *tname);

/*
 * strace_calls.c: a line of a row that the kinds alone do not make.  A late
 * argument is not written before the call is over; one with a function is
 * written by it, entry or exit, and must see for itself whether st_ok().
 */
typedef void (*special_fn)(struct st *s, unsigned i, uint64_t v);

struct special {
	uint16_t nr;
	uint8_t arg;
	bool late;
	special_fn put;
};

special_fn special_arg(const struct st *s, unsigned i);
bool special_late(const struct st *s, unsigned i);
/* The call writes its arguments in an order of its own; none is late. */
bool special_whole(const struct abi_row *row);
void special_call(struct st *s);
/* How many arguments are written: open(2) has a mode only with O_CREAT. */
unsigned special_nargs(const struct st *s);
/* The kind of result to write; fills s->aux. */
enum abi_ret special_result(struct st *s);

/* For the functions of the tables. */
void put_array(struct st *s, uint64_t addr, uint64_t n, size_t size,
    void (*put)(struct st *s, const void *element));
void put_number(struct st *s, unsigned i, uint64_t v);
void put_number_late(struct st *s, unsigned i, uint64_t v);
void put_number64(struct st *s, unsigned i, uint64_t v);
void put_timespec_arg(struct st *s, unsigned i, uint64_t v);
void put_decimal(struct st *s, unsigned i, uint64_t v);
void put_hex(struct st *s, unsigned i, uint64_t v);

/* strace_file.c: fcntl, ioctl, prctl, by what their command is. */
void put_fcntl_arg(struct st *s, unsigned i, uint64_t v);
void put_ioctl_cmd(struct st *s, unsigned i, uint64_t v);
void put_ioctl_arg(struct st *s, unsigned i, uint64_t v);
bool fcntl_has_arg(unsigned cmd);
bool ioctl_has_arg(unsigned cmd);
bool ioctl_is_late(unsigned cmd);
enum abi_ret fcntl_result(struct st *s);
void put_prctl_arg(struct st *s, unsigned i, uint64_t v);
unsigned prctl_nargs(unsigned option);

/* strace_net.c: sockets, poll, select, epoll. */
extern const struct special special_net[];
extern const unsigned special_net_count;
void poll_result(struct st *s);
void select_result(struct st *s);

#endif
