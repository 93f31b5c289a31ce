/*
 * strace_filter.c - which calls to trace (-e), and how often they came (-c).
 */
#define _GNU_SOURCE
#include "strace_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- classes ---------------------------------------------------------------- */

static bool
arg_is_path(const struct abi_arg *arg)
{
	if (arg->kind != ABI_KIND_INSTR && strcmp(arg->name, "pathname") != 0)
		return false;
	return strstr(arg->name, "path") != NULL ||
	    strstr(arg->name, "file") != NULL ||
	    strcmp(arg->name, "target") == 0 ||
	    strcmp(arg->name, "new_root") == 0 ||
	    strcmp(arg->name, "put_old") == 0 ||
	    strcmp(arg->name, "library") == 0 ||
	    strcmp(arg->name, "special") == 0;
}

static bool
class_file(const struct abi_row *row)
{
	if (row->nr == ABI_NR_getcwd)
		return true;
	for (unsigned i = 0; i < row->nargs; i++)
		if (arg_is_path(&row->args[i]))
			return true;
	return false;
}

static bool
class_desc(const struct abi_row *row)
{
	if (row->ret == ABI_RET_FD)
		return true;
	switch (row->nr) {
	case ABI_NR_pipe:
	case ABI_NR_pipe2:
	case ABI_NR_poll:
	case ABI_NR_ppoll:
	case ABI_NR_select:
	case ABI_NR_pselect6:
	case ABI_NR_close_range:
	case ABI_NR_socketpair:
		return true;
	}
	for (unsigned i = 0; i < row->nargs; i++) {
		switch (row->args[i].kind) {
		case ABI_KIND_FD:
		case ABI_KIND_DIRFD:
		case ABI_KIND_FDNUM:
			return true;
		default:
			break;
		}
	}
	return false;
}

/* strace's TRACE_PROCESS: who lives and dies. */
static bool
class_process(const struct abi_row *row)
{
	switch (row->nr) {
	case ABI_NR_clone:
	case ABI_NR_clone3:
	case ABI_NR_fork:
	case ABI_NR_vfork:
	case ABI_NR_execve:
	case ABI_NR_execveat:
	case ABI_NR_exit:
	case ABI_NR_exit_group:
	case ABI_NR_wait4:
	case ABI_NR_waitid:
	case ABI_NR_kill:
	case ABI_NR_tkill:
	case ABI_NR_tgkill:
	case ABI_NR_rt_sigqueueinfo:
	case ABI_NR_rt_tgsigqueueinfo:
	case ABI_NR_pidfd_send_signal:
		return true;
	default:
		return false;
	}
}

static bool
class_signal(const struct abi_row *row)
{
	return row->family == ABI_FAMILY_signal ||
	    row->nr == ABI_NR_signalfd || row->nr == ABI_NR_signalfd4;
}

static bool
class_memory(const struct abi_row *row)
{
	return row->family == ABI_FAMILY_vm || row->nr == ABI_NR_shmat ||
	    row->nr == ABI_NR_shmdt;
}

static bool
class_network(const struct abi_row *row)
{
	return row->family == ABI_FAMILY_net || row->nr == ABI_NR_sendfile;
}

static bool
class_ipc(const struct abi_row *row)
{
	return row->family == ABI_FAMILY_ipc &&
	    strncmp(row->name, "mq_", 3) != 0;
}

static bool
class_creds(const struct abi_row *row)
{
	return row->family == ABI_FAMILY_cred || row->nr == ABI_NR_prctl;
}

static bool
class_clock(const struct abi_row *row)
{
	return row->family == ABI_FAMILY_time &&
	    (strstr(row->name, "time") != NULL ||
	     strcmp(row->name, "clock_getres") == 0) &&
	    strncmp(row->name, "timer", 5) != 0 &&
	    strstr(row->name, "itimer") == NULL &&
	    strcmp(row->name, "times") != 0;
}

static const struct {
	const char *name;
	bool (*has)(const struct abi_row *row);
} classes[] = {
	{ "file", class_file },
	{ "desc", class_desc },
	{ "process", class_process },
	{ "signal", class_signal },
	{ "memory", class_memory },
	{ "network", class_network },
	{ "net", class_network },
	{ "ipc", class_ipc },
	{ "creds", class_creds },
	{ "clock", class_clock },
};

/* ---- parsing ------------------------------------------------------------------ */

static void
filter_set(struct strace_filter *f, unsigned nr)
{
	f->bit[nr / 64] |= 1ULL << nr % 64;
}

bool
strace_filter_match(const struct strace_filter *f, unsigned nr)
{
	return nr < ABI_NR_LIMIT && (f->bit[nr / 64] >> nr % 64 & 1) != 0;
}

static bool
is_word(const char *word, size_t n, const char *name)
{
	return strlen(name) == n && memcmp(word, name, n) == 0;
}

static bool
add_class(struct strace_filter *f, const char *word, size_t n)
{
	for (size_t i = 0; i < nitems(classes); i++) {
		if (!is_word(word, n, classes[i].name))
			continue;
		for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
			const struct abi_row *row = abi_row(nr);

			if (row != NULL && classes[i].has(row))
				filter_set(f, nr);
		}
		return true;
	}
	return false;
}

/* %%family: the handlers of one file. */
static bool
add_family(struct strace_filter *f, const char *word, size_t n)
{
	for (unsigned fam = 0; fam < ABI_FAMILY_COUNT; fam++) {
		if (!is_word(word, n, abi_family_name(fam)))
			continue;
		for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++)
			if (abi_row(nr) != NULL && abi_row(nr)->family == fam)
				filter_set(f, nr);
		return true;
	}
	return false;
}

static bool
add_call(struct strace_filter *f, const char *word, size_t n)
{
	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		const struct abi_row *row = abi_row(nr);

		if (row == NULL || !is_word(word, n, row->name))
			continue;
		filter_set(f, nr);
		return true;
	}
	return false;
}

static void
add_all(struct strace_filter *f)
{
	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++)
		filter_set(f, nr);
}

/* One word of the list.  Plain class names are strace's old way. */
static bool
add_word(struct strace_filter *f, const char *word, size_t n)
{
	bool may_miss = n > 0 && word[0] == '?';

	if (may_miss) {
		word++;
		n--;
	}
	if (is_word(word, n, "all")) {
		add_all(f);
		return true;
	}
	if (is_word(word, n, "none"))
		return true;
	if (n > 2 && memcmp(word, "%%", 2) == 0)
		return add_family(f, word + 2, n - 2) || may_miss;
	if (n > 1 && word[0] == '%')
		return add_class(f, word + 1, n - 1) || may_miss;
	return add_call(f, word, n) || add_class(f, word, n) || may_miss;
}

static const char *
skip_prefix(const char *expr)
{
	if (strncmp(expr, "trace=", 6) == 0)
		return expr + 6;
	if (strncmp(expr, "t=", 2) == 0)
		return expr + 2;
	return expr;
}

int
strace_filter_parse(struct strace_filter *f, const char *expr, char *err,
    size_t errlen)
{
	const char *p = skip_prefix(expr);
	bool invert = *p == '!';

	memset(f, 0, sizeof(*f));
	if (invert)
		p++;
	for (;;) {
		size_t n = strcspn(p, ",");

		if (n == 0 || !add_word(f, p, n)) {
			snprintf(err, errlen, "no system call or class '%.*s'",
			    (int)min_of(n, (size_t)64), p);
			return -EINVAL;
		}
		p += n;
		if (*p == '\0')
			break;
		p++;
	}
	for (size_t i = 0; invert && i < nitems(f->bit); i++)
		f->bit[i] = ~f->bit[i];
	return 0;
}

/* ---- counting ------------------------------------------------------------------ */

void
strace_count_add(struct strace_count *c, unsigned nr, long ret, uint64_t ns)
{
	if (nr >= ABI_NR_LIMIT)
		return;
	c[nr].calls++;
	c[nr].ns += ns;
	if (ret < 0 && ret > -4096)
		c[nr].errors++;
}

static const char count_rule[] =
    "------ ----------- ----------- --------- --------- ----------------\n";

static void
count_line(struct text *o, const struct strace_count *c, double share,
    const char *name)
{
	char errors[24] = "";

	if (c->errors > 0)
		snprintf(errors, sizeof(errors), "%lu",
		    (unsigned long)c->errors);
	text_printf(o, "%6.2f %11.6f %11lu %9lu %9s %s\n", share,
	    (double)c->ns / NSEC_PER_SEC,
	    (unsigned long)(c->calls > 0 ? c->ns / c->calls / 1000 : 0),
	    (unsigned long)c->calls, errors, name);
}

/* The calls that came at all, most time first, then most calls. */
static unsigned
count_sorted(const struct strace_count *c, unsigned short *order)
{
	unsigned n = 0;

	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		unsigned at;

		if (c[nr].calls == 0)
			continue;
		for (at = n; at > 0; at--) {
			const struct strace_count *b = &c[order[at - 1]];

			if (b->ns > c[nr].ns || (b->ns == c[nr].ns &&
			    b->calls >= c[nr].calls))
				break;
			order[at] = order[at - 1];
		}
		order[at] = (unsigned short)nr;
		n++;
	}
	return n;
}

size_t
strace_count_format(char *buf, size_t len, const struct strace_count *c)
{
	unsigned short order[ABI_NR_LIMIT];
	unsigned n = count_sorted(c, order);
	struct strace_count total = { 0, 0, 0 };
	struct text o;

	for (unsigned i = 0; i < n; i++) {
		total.calls += c[order[i]].calls;
		total.errors += c[order[i]].errors;
		total.ns += c[order[i]].ns;
	}
	text_init(&o, buf, len);
	text_printf(&o, "%% time     seconds  usecs/call     calls    errors"
	    " syscall\n%s", count_rule);
	for (unsigned i = 0; i < n; i++) {
		const struct abi_row *row = abi_row(order[i]);
		char number[24];

		snprintf(number, sizeof(number), "syscall_%#x", order[i]);
		count_line(&o, &c[order[i]], total.ns > 0 ?
		    100.0 * (double)c[order[i]].ns / (double)total.ns : 0.0,
		    row != NULL ? row->name : number);
	}
	text_put(&o, count_rule);
	count_line(&o, &total, 100.0, "total");
	return o.n;
}
