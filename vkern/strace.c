/*
 * strace.c - one system call as a line in the form of strace(1).
 *
 * The row says what each argument is, so most calls need nothing more;
 * strace_calls.c has the exceptions.  At entry the arguments are written up
 * to the first that the call has yet to fill in, at exit the others.
 */
#define _GNU_SOURCE
#include "strace_impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Room for the largest structure of the table. */
#define STRUCT_MAX	512

/* ---- arguments of the usual kinds --------------------------------------- */

/* A string of the guest, of which at most max bytes are written. */
void
st_string(struct st *s, uint64_t addr, size_t max)
{
	char tmp[ABI_PATH_MAX] = "";
	long n;

	if (addr == 0) {
		text_put(s->o, "NULL");
		return;
	}
	max = min_of(max, sizeof(tmp) - 1);
	n = s->mem->copyinstr(s->mem->ctx, tmp, ga(addr), max + 1);
	if (n == -ENAMETOOLONG)
		n = (long)max + 1;
	if (n < 0) {
		text_addr(s->o, addr);
		return;
	}
	text_quote(s->o, tmp, strnlen(tmp, max), (size_t)n > max, false);
}

/* n bytes of the guest; hex is for what is random anyway. */
void
st_buffer(struct st *s, uint64_t addr, uint64_t n, bool hex)
{
	char tmp[STR_MAX];
	size_t part = min_of(n, (uint64_t)sizeof(tmp));

	if (addr == 0 || (part > 0 && !st_read(s, tmp, addr, part)))
		text_addr(s->o, addr);
	else
		text_quote(s->o, tmp, part, n > part, hex);
}

/* An iovec; with limited, only so many bytes of it have been filled. */
void
st_iovec(struct st *s, uint64_t addr, uint64_t cnt, bool limited,
    uint64_t limit)
{
	struct k_iovec v;

	if (addr == 0 || cnt > 1024 ||
	    (cnt > 0 && !st_read(s, &v, addr, sizeof(v)))) {
		text_addr(s->o, addr);
		return;
	}
	text_char(s->o, '[');
	for (uint64_t i = 0; i < cnt; i++) {
		uint64_t n;

		if (i > 0)
			text_put(s->o, ", ");
		if (i == ARRAY_MAX ||
		    !st_read(s, &v, addr + i * sizeof(v), sizeof(v))) {
			text_put(s->o, "...");
			break;
		}
		n = limited ? min_of(v.len, limit) : v.len;
		limit -= limited ? n : 0;
		text_put(s->o, "{iov_base=");
		st_buffer(s, v.base, n, false);
		text_printf(s->o, ", iov_len=%lu}", (unsigned long)v.len);
	}
	text_char(s->o, ']');
}

void
st_struct(struct st *s, uint64_t addr, size_t size, const char *tname)
{
	_Alignas(16) char tmp[STRUCT_MAX];

	if (addr == 0 || size > sizeof(tmp) || !st_read(s, tmp, addr, size) ||
	    !text_struct(s->o, tname, tmp))
		text_addr(s->o, addr);
}

/* argv: the strings.  envp: how many there are, as strace does. */
static void
put_argv(struct st *s, uint64_t addr)
{
	uint64_t p;

	if (addr == 0 || !st_read(s, &p, addr, sizeof(p))) {
		text_addr(s->o, addr);
		return;
	}
	text_char(s->o, '[');
	for (unsigned i = 0; p != 0; i++) {
		if (i > 0)
			text_put(s->o, ", ");
		if (i == ARRAY_MAX) {
			text_put(s->o, "...");
			break;
		}
		st_string(s, p, STR_MAX);
		if (!st_read(s, &p, addr + (i + 1) * sizeof(p), sizeof(p))) {
			text_put(s->o, ", ...");
			break;
		}
	}
	text_char(s->o, ']');
}

static void
put_envp(struct st *s, uint64_t addr)
{
	uint64_t p;
	unsigned n;

	text_addr(s->o, addr);
	if (addr == 0)
		return;
	for (n = 0; n < 65536; n++) {
		if (!st_read(s, &p, addr + n * sizeof(p), sizeof(p)))
			return;
		if (p == 0)
			break;
	}
	text_printf(s->o, " /* %u var%s */", n, n == 1 ? "" : "s");
}

static void
put_strv(struct st *s, const struct abi_arg *arg, uint64_t v)
{
	if (strcmp(arg->name, "envp") == 0)
		put_envp(s, v);
	else
		put_argv(s, v);
}

static void
put_instr(struct st *s, const struct abi_arg *arg, uint64_t v)
{
	/* strace writes paths in full, and names as strings */
	if (strcmp(arg->name, "name") == 0)
		st_string(s, v, STR_MAX);
	else
		st_string(s, v, ABI_PATH_MAX - 1);
}

static uint64_t
len_of(const struct st *s, unsigned i)
{
	int j = abi_arg_len_index(s->row, i);
	uint64_t v = j < 0 ? 0 : s->raw[j];

	/* int bufsiz: what is negative never gets here with a result */
	if (j >= 0 && s->row->args[j].size == sizeof(uint32_t))
		v = (uint32_t)v;
	return v;
}

static void
put_outbuf(struct st *s, unsigned i, uint64_t v)
{
	if (st_ok(s))
		st_buffer(s, v, min_of((uint64_t)s->ret, len_of(s, i)), false);
	else
		text_addr(s->o, v);
}

/* Owners and groups: all ones means "leave it". */
static void
put_uint(struct st *s, const struct abi_arg *arg, uint64_t v)
{
	bool id = s->row->family == ABI_FAMILY_cred ||
	    strcmp(arg->name, "owner") == 0 || strcmp(arg->name, "group") == 0;

	if (id && (uint32_t)v == UINT32_MAX)
		text_put(s->o, "-1");
	else
		text_printf(s->o, "%u", (unsigned)v);
}

static void
put_dirfd(struct st *s, uint64_t v)
{
	if ((int)v == AT_FDCWD)
		text_put(s->o, "AT_FDCWD");
	else
		text_printf(s->o, "%d", (int)v);
}

static void
put_memory(struct st *s, unsigned i, uint64_t v)
{
	const struct abi_arg *arg = &s->row->args[i];

	switch (arg->kind) {
	case ABI_KIND_INSTR:
		put_instr(s, arg, v);
		break;
	case ABI_KIND_OUT:
	case ABI_KIND_SIGSET_OUT:
		if (!st_ok(s)) {
			text_addr(s->o, v);
			break;
		}
		/* FALLTHROUGH */
	case ABI_KIND_IN:
	case ABI_KIND_INOUT:
	case ABI_KIND_SIGSET_IN:
		st_struct(s, v, arg->tsize, arg->tname);
		break;
	case ABI_KIND_INBUF:
		st_buffer(s, v, len_of(s, i), false);
		break;
	case ABI_KIND_OUTBUF:
		put_outbuf(s, i, v);
		break;
	case ABI_KIND_INVEC:
		st_iovec(s, v, len_of(s, i), false, 0);
		break;
	case ABI_KIND_OUTVEC:
		if (st_ok(s))
			st_iovec(s, v, len_of(s, i), true, (uint64_t)s->ret);
		else
			text_addr(s->o, v);
		break;
	case ABI_KIND_STRV:
		put_strv(s, arg, v);
		break;
	default:
		text_addr(s->o, v);
		break;
	}
}

static void
put_usual(struct st *s, unsigned i, uint64_t v)
{
	const struct abi_arg *arg = &s->row->args[i];

	switch (arg->kind) {
	case ABI_KIND_FD:
	case ABI_KIND_FDNUM:
	case ABI_KIND_PID:
	case ABI_KIND_INT:
		text_printf(s->o, "%d", (int)v);
		break;
	case ABI_KIND_DIRFD:
		put_dirfd(s, v);
		break;
	case ABI_KIND_SIG:
		text_signal(s->o, (int)v);
		break;
	case ABI_KIND_UINT:
		put_uint(s, arg, v);
		break;
	case ABI_KIND_LONG:
	case ABI_KIND_OFF:
		text_printf(s->o, "%ld", (long)v);
		break;
	case ABI_KIND_ULONG:
	case ABI_KIND_LEN:
	case ABI_KIND_SIGSETSIZE:
	case ABI_KIND_SIGSETSIZE_OPT:
		text_printf(s->o, "%lu", (unsigned long)v);
		break;
	case ABI_KIND_MODE:
		text_mode(s->o, (unsigned)v);
		break;
	case ABI_KIND_RAW:
		text_hex(s->o, v);
		break;
	case ABI_KIND_FLAGS:
	case ABI_KIND_BITS:
		text_set(s->o, arg->set, v);
		break;
	case ABI_KIND_ENUM:
		text_enum(s->o, arg->set, v);
		break;
	default:
		put_memory(s, i, v);
		break;
	}
}

/* ---- lines --------------------------------------------------------------- */

static bool
is_late(const struct st *s, unsigned i)
{
	switch (s->row->args[i].kind) {
	case ABI_KIND_OUT:
	case ABI_KIND_OUTBUF:
	case ABI_KIND_OUTVEC:
	case ABI_KIND_SIGSET_OUT:
		return true;
	default:
		return special_late(s, i);
	}
}

/* The first argument that cannot be written at entry, or how many there are. */
static unsigned
first_late(const struct st *s, unsigned nargs)
{
	unsigned i = 0;

	while (i < nargs && !is_late(s, i))
		i++;
	return i;
}

static void
put_args(struct st *s, unsigned from, unsigned to, unsigned nargs)
{
	for (unsigned i = from; i < to; i++) {
		special_fn put = special_arg(s, i);

		if (put != NULL)
			put(s, i, s->raw[i]);
		else
			put_usual(s, i, s->raw[i]);
		if (i + 1 < nargs)
			text_put(s->o, ", ");
	}
}

static void
put_enter(struct st *s)
{
	unsigned nargs = special_nargs(s);

	text_printf(s->o, "%s(", s->row->name);
	if (special_whole(s->row))
		special_call(s);
	else
		put_args(s, 0, first_late(s, nargs), nargs);
}

static void
put_resume(struct st *s)
{
	unsigned nargs = special_nargs(s);
	enum abi_ret kind;

	if (!special_whole(s->row))
		put_args(s, first_late(s, nargs), nargs, nargs);
	text_char(s->o, ')');
	kind = special_result(s);
	text_result(s->o, kind, s->ret, s->aux.buf);
}

static void
st_init(struct st *s, struct text *o, const struct abi_row *row,
    const uint64_t raw[6], const struct abi_mem *mem)
{
	s->o = o;
	s->row = row;
	s->raw = raw;
	s->mem = mem;
	s->exiting = false;
	s->ret = 0;
	text_init(&s->aux, s->auxbuf, sizeof(s->auxbuf));
}

size_t
strace_format_enter(char *buf, size_t len, const struct abi_row *row,
    const uint64_t raw[6], const struct abi_mem *mem)
{
	struct text o;
	struct st s;

	text_init(&o, buf, len);
	st_init(&s, &o, row, raw, mem);
	put_enter(&s);
	return o.n;
}

size_t
strace_format_resume(char *buf, size_t len, size_t n,
    const struct abi_row *row, const uint64_t raw[6],
    const struct abi_mem *mem, long ret)
{
	struct text o = { buf, len, n };
	struct st s;

	st_init(&s, &o, row, raw, mem);
	s.exiting = true;
	s.ret = ret;
	put_resume(&s);
	return o.n;
}

size_t
strace_format_exit(char *buf, size_t len, const struct abi_row *row,
    const uint64_t raw[6], const struct abi_mem *mem, long ret)
{
	size_t n = strace_format_enter(buf, len, row, raw, mem);

	return strace_format_resume(buf, len, n, row, raw, mem, ret);
}

size_t
strace_format_unknown(char *buf, size_t len, unsigned nr,
    const uint64_t raw[6], long ret)
{
	struct text o;

	text_init(&o, buf, len);
	text_printf(&o, "syscall_%#x(", nr);
	for (unsigned i = 0; i < 6; i++) {
		text_hex(&o, raw[i]);
		text_put(&o, i < 5 ? ", " : ")");
	}
	text_result(&o, ABI_RET_INT, ret, "");
	return o.n;
}

size_t
strace_format_signal(char *buf, size_t len, const siginfo_t *info)
{
	struct text o;

	text_init(&o, buf, len);
	text_put(&o, "--- ");
	text_signal(&o, info->si_signo);
	text_char(&o, ' ');
	text_siginfo(&o, info);
	text_put(&o, " ---");
	return o.n;
}

size_t
strace_format_set(char *buf, size_t len, const struct abi_set *set,
    uint64_t value)
{
	struct text o;

	text_init(&o, buf, len);
	if (set->width == 0)
		text_enum(&o, set, value);
	else
		text_set(&o, set, value);
	return o.n;
}
