/*
 * strace_text.c - single values as strace(1) writes them.
 */
#define _GNU_SOURCE
#include "strace_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

void
text_init(struct text *o, char *buf, size_t len)
{
	o->buf = buf;
	o->len = len;
	o->n = 0;
	buf[0] = '\0';
}

void
text_char(struct text *o, char c)
{
	if (o->n + 1 >= o->len)
		return;
	o->buf[o->n++] = c;
	o->buf[o->n] = '\0';
}

void
text_put(struct text *o, const char *s)
{
	while (*s != '\0')
		text_char(o, *s++);
}

void
text_printf(struct text *o, const char *fmt, ...)
{
	size_t room = o->len - o->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->n, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		o->n += min_of((size_t)n, room - 1);
}

void
text_hex(struct text *o, uint64_t v)
{
	text_printf(o, "%#lx", (unsigned long)v);
}

void
text_addr(struct text *o, uint64_t v)
{
	if (v == 0)
		text_put(o, "NULL");
	else
		text_hex(o, v);
}

/* The shortest octal form that the next character cannot be taken into. */
static void
put_octal(struct text *o, unsigned char c, bool digit_follows)
{
	if (digit_follows)
		text_printf(o, "\\%03o", c);
	else
		text_printf(o, "\\%o", c);
}

static void
put_escaped(struct text *o, unsigned char c, bool digit_follows)
{
	static const char special[] = "\"\\\t\n\v\f\r", letter[] = "\"\\tnvfr";
	const char *p = c != '\0' ? strchr(special, c) : NULL;

	if (p != NULL) {
		text_char(o, '\\');
		text_char(o, letter[p - special]);
	} else if (c >= ' ' && c < 0x7f) {
		text_char(o, (char)c);
	} else {
		put_octal(o, c, digit_follows);
	}
}

void
text_quote(struct text *o, const char *p, size_t n, bool cut, bool hex)
{
	text_char(o, '"');
	for (size_t i = 0; i < n; i++) {
		bool digit = i + 1 < n && p[i + 1] >= '0' && p[i + 1] <= '9';

		if (hex)
			text_printf(o, "\\x%02x", (unsigned char)p[i]);
		else
			put_escaped(o, (unsigned char)p[i], digit);
	}
	text_put(o, cut ? "\"..." : "\"");
}

static void
put_unknown(struct text *o, const struct abi_set *set, uint64_t v)
{
	text_hex(o, v);
	if (set->unknown[0] != '\0')
		text_printf(o, " /* %s */", set->unknown);
}

/*
 * The names of v's bits.  A field of several bits may have a name for zero
 * (O_RDONLY), which must be looked for before any bits are taken away.
 */
void
text_set(struct text *o, const struct abi_set *set, uint64_t v)
{
	uint64_t all, left;
	bool any = false;

	all = left = set->width == 32 ? (uint32_t)v : v;
	for (unsigned i = 0; i < set->nflags; i++) {
		const struct abi_flag *f = &set->flag[i];
		uint64_t of = f->value == 0 ? all : left;

		if (f->mask == 0 || (of & f->mask) != f->value)
			continue;
		if (any)
			text_char(o, '|');
		text_put(o, f->name);
		left &= ~f->value;
		any = true;
	}
	if (left != 0 && any)
		text_printf(o, "|%#lx", (unsigned long)left);
	else if (left != 0)
		put_unknown(o, set, left);
	else if (!any)
		text_char(o, '0');
}

void
text_enum(struct text *o, const struct abi_set *set, uint64_t v)
{
	for (unsigned i = 0; i < set->nflags; i++) {
		if ((uint32_t)set->flag[i].value == (uint32_t)v) {
			text_put(o, set->flag[i].name);
			return;
		}
	}
	if (set->unknown[0] == '\0')
		text_printf(o, "%d", (int)v);
	else
		put_unknown(o, set, (uint32_t)v);
}

/* Signals 32 to 64 have no names in <signal.h>; 32 and 33 are libc's. */
void
text_signal(struct text *o, int sig)
{
	const char *name = abi_set_name(&abi_set_signal, (uint64_t)(int64_t)sig);

	if (name != NULL)
		text_put(o, name);
	else if (sig == 32)
		text_put(o, "SIGRTMIN");
	else if (sig > 32 && sig <= 64)
		text_printf(o, "SIGRT_%d", sig - 32);
	else
		text_printf(o, "%d", sig);
}

/* A set with most signals in it is written as what is not in it. */
void
text_sigset(struct text *o, uint64_t mask)
{
	bool any = false;
	char name[24];

	if (__builtin_popcountll(mask) >= 64 * 2 / 3) {
		text_char(o, '~');
		mask = ~mask;
	}
	text_char(o, '[');
	for (int sig = 1; sig <= 64; sig++) {
		struct text t;

		if ((mask >> (sig - 1) & 1) == 0)
			continue;
		if (any)
			text_char(o, ' ');
		any = true;
		text_init(&t, name, sizeof(name));
		text_signal(&t, sig);
		text_put(o, name + strlen("SIG"));
	}
	text_char(o, ']');
}

void
text_mode(struct text *o, unsigned mode)
{
	text_printf(o, "%#03o", mode);
}

void
text_mode_named(struct text *o, unsigned mode)
{
	const char *type = abi_set_name(&abi_set_filetype, mode & S_IFMT);

	if (type == NULL && (mode & S_IFMT) != 0) {
		text_mode(o, mode);
		return;
	}
	if (type != NULL)
		text_printf(o, "%s|", type);
	if ((mode & 07000) != 0) {
		text_set(o, &abi_set_modebits, mode & 07000);
		text_char(o, '|');
	}
	text_mode(o, mode & 0777);
}

void
text_dev(struct text *o, uint64_t dev)
{
	text_put(o, "makedev(");
	text_hex(o, major(dev));
	text_put(o, ", ");
	text_hex(o, minor(dev));
	text_char(o, ')');
}

void
text_wstatus(struct text *o, int status)
{
	text_put(o, "[{");
	if (WIFEXITED(status)) {
		text_printf(o, "WIFEXITED(s) && WEXITSTATUS(s) == %d",
		    WEXITSTATUS(status));
	} else if (WIFSTOPPED(status)) {
		text_put(o, "WIFSTOPPED(s) && WSTOPSIG(s) == ");
		text_signal(o, WSTOPSIG(status));
	} else if (WIFCONTINUED(status)) {
		text_put(o, "WIFCONTINUED(s)");
	} else {
		text_put(o, "WIFSIGNALED(s) && WTERMSIG(s) == ");
		text_signal(o, WTERMSIG(status));
		if (WCOREDUMP(status))
			text_put(o, " && WCOREDUMP(s)");
	}
	text_put(o, "}]");
}

/* The codes that never reach a guest, but a trace may see (base.h). */
static const char *
restart_text(long error)
{
	switch (error) {
	case ERESTARTSYS:
		return "ERESTARTSYS (To be restarted if SA_RESTART is set)";
	case ERESTARTNOINTR:
		return "ERESTARTNOINTR (To be restarted)";
	case ERESTARTNOHAND:
		return "ERESTARTNOHAND (To be restarted if no handler)";
	case ERESTART_RESTARTBLOCK:
		return "ERESTART_RESTARTBLOCK (Interrupted by signal)";
	default:
		return NULL;
	}
}

static void
put_error(struct text *o, long error)
{
	const char *restart = restart_text(error);
	const char *name = strerrorname_np((int)error);

	if (restart != NULL)
		text_printf(o, "? %s", restart);
	else if (name != NULL)
		text_printf(o, "-1 %s (%s)", name, strerrordesc_np((int)error));
	else
		text_printf(o, "-1 (errno %ld)", error);
}

static void
put_value(struct text *o, enum abi_ret kind, long ret)
{
	switch (kind) {
	case ABI_RET_NORETURN:
		text_char(o, '?');
		break;
	case ABI_RET_ADDR:
		text_hex(o, (uint64_t)ret);
		break;
	case ABI_RET_MODE:
		text_mode(o, (unsigned)ret);
		break;
	default:
		text_printf(o, "%ld", ret);
		break;
	}
}

/* strace's -a: the result stands at column 40, or one blank further on. */
#define RESULT_COLUMN	40

void
text_result(struct text *o, enum abi_ret kind, long ret, const char *aux)
{
	do {
		text_char(o, ' ');
	} while (o->n < RESULT_COLUMN && o->n + 1 < o->len);
	text_put(o, "= ");
	if (ret < 0 && ret > -4096)
		put_error(o, -ret);
	else
		put_value(o, kind, ret);
	if (aux[0] != '\0')
		text_printf(o, " (%s)", aux);
}
