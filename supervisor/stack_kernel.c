/*
 * stack_kernel.c - the kernel's own stack, and stacks as text.
 */
#define UNW_LOCAL_ONLY
#include <dlfcn.h>
#include <libunwind.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "abi/abi.h"
#include "stack.h"
#include "vksup/proc.h"
#include "vksup/strace.h"

static int
cursor_init(unw_cursor_t *c, unw_context_t *here, ucontext_t *uc)
{
	if (uc == NULL)
		return unw_init_local(c, here);
	return unw_init_local2(c, uc, UNW_INIT_SIGNAL_FRAME);
}

/* libunwind reads the symbols of static functions too, but takes the nearest
 * one even if it is far off: in libraries, which are stripped, ask dladdr(3). */
static void
frame_name(struct frame *f, unw_cursor_t *c)
{
	unw_word_t off = 0;
	const char *base;
	Dl_info di;

	f->name[0] = f->object[0] = '\0';
	f->off = 0;
	if (dladdr((void *)f->pc, &di) == 0)
		return;
	base = strrchr(di.dli_fname, '/');
	snprintf(f->object, sizeof(f->object), "%s", base != NULL ? base + 1 : di.dli_fname);
	if (strstr(f->object, ".so") == NULL) {
		if (unw_get_proc_name(c, f->name, sizeof(f->name), &off) < 0)
			f->name[0] = '\0';
		f->off = off;
	} else if (di.dli_sname != NULL) {
		snprintf(f->name, sizeof(f->name), "%s", di.dli_sname);
		f->off = f->pc - (uint64_t)di.dli_saddr;
	}
}

void
stack_kernel(struct stack *s, ucontext_t *uc)
{
	unw_context_t here;
	unw_cursor_t c;
	unw_word_t pc;

	s->n = 0;
	s->cut = false;
	unw_getcontext(&here);
	if (cursor_init(&c, &here, uc) < 0)
		return;
	do {
		if (s->n == STACK_MAX) {
			s->cut = true;
			return;
		}
		if (unw_get_reg(&c, UNW_REG_IP, &pc) < 0 || pc == 0)
			return;
		s->f[s->n].pc = pc;
		frame_name(&s->f[s->n++], &c);
	} while (unw_step(&c) > 0);
}

/* --- text --- */

static void
put(char *buf, size_t len, size_t *n, const char *fmt, ...) printf_like(4, 5);
static void
put(char *buf, size_t len, size_t *n, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vsnprintf(*n < len ? buf + *n : NULL, *n < len ? len - *n : 0, fmt, ap);
	va_end(ap);
	*n += r > 0 ? (size_t)r : 0;
}

size_t
stack_text(char *buf, size_t len, const struct stack *s, const char *indent)
{
	const struct frame *f;
	size_t n = 0;
	int i;

	if (len > 0)
		buf[0] = '\0';
	for (i = 0; i < s->n; i++) {
		f = &s->f[i];
		put(buf, len, &n, "%s#%-2d 0x%012lx", indent, i, (unsigned long)f->pc);
		if (f->name[0] != '\0')
			put(buf, len, &n, " %s+0x%lx", f->name, (unsigned long)f->off);
		if (f->object[0] != '\0')
			put(buf, len, &n, " (%s)", f->object);
		put(buf, len, &n, "\n");
	}
	if (s->cut)
		put(buf, len, &n, "%s...\n", indent);
	return n;
}

/* --- calls: memory is read past the kernel's locks and caches --- */

static int
space_in(void *ctx, void *dst, gaddr_t src, size_t n)
{
	return vmspace_pread(ctx, dst, n, src) == (ssize_t)n ? 0 : -EFAULT;
}

static int
space_out(void *ctx, gaddr_t dst, const void *src, size_t n)
{
	(void)ctx;
	(void)dst;
	(void)src;
	(void)n;
	return -EFAULT;
}

static long
space_instr(void *ctx, char *dst, gaddr_t src, size_t max)
{
	size_t at = 0, n;
	char *end;

	while (at < max) {
		n = min_of(max - at, PAGE_SIZE - ((src.v + at) & PAGE_MASK));
		if (space_in(ctx, dst + at, ga_add(src, at), n) != 0)
			return -EFAULT;
		end = memchr(dst + at, '\0', n);
		if (end != NULL)
			return end - dst;
		at += n;
	}
	return -ENAMETOOLONG;
}

/*
 * What the call is to fill in has not been: as after a failure, all arguments
 * are written as they came.  The failure is cut off again.
 */
static size_t
call_whole(char *buf, size_t len, const struct abi_row *row, const uint64_t raw[6],
    const struct abi_mem *mem)
{
	static const char result[] = " = -1 ENXIO ";
	char *end = NULL, *p;
	size_t n;

	strace_format_exit(buf, len, row, raw, mem, -ENXIO);
	for (p = buf; (p = strstr(p, result)) != NULL; p++)
		end = p;
	if (end == NULL)
		return strlen(buf);
	for (n = (size_t)(end - buf); n > 0 && buf[n - 1] == ' '; n--)
		;
	buf[n] = '\0';
	return n;
}

size_t
stack_call_text(char *buf, size_t len, const struct thread *t, struct vm_map *vm)
{
	const struct abi_row *row;
	struct abi_mem mem;

	buf[0] = '\0';
	if (!t->in_syscall || t->nr < 0 || vm == NULL)
		return 0;
	row = abi_row((unsigned)t->nr);
	if (row == NULL)
		return (size_t)snprintf(buf, len, "syscall_%#x(", (unsigned)t->nr);
	mem = (struct abi_mem){ vm->space, space_in, space_out, space_instr };
	return call_whole(buf, len, row, t->args, &mem);
}
