/*
 * stack_guest.c - a guest's stack, from outside: registers are those that the
 * kernel has of it, memory is read as copyio does, and what is mapped where is
 * asked of the host about the carrier.
 *
 * The pieces of libunwind-ptrace that look into files are used; the others,
 * which would stop the carrier, are not.
 */
#include <libunwind-ptrace.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "stack.h"
#include "vksup/proc.h"

/* libunwind hands only its own argument on: one guest at a time is looked at. */
static pthread_mutex_t view_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	struct vmspace	*vs;
	const struct vregs *r;
} view;

static int
access_mem(unw_addr_space_t as, unw_word_t addr, unw_word_t *v, int write, void *arg)
{
	(void)as;
	(void)arg;
	if (write || vmspace_pread(view.vs, v, sizeof(*v), ga(addr)) != sizeof(*v))
		return -UNW_EINVAL;
	return 0;
}

static int
access_reg(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *v, int write, void *arg)
{
	const struct vregs *r = view.r;
	const uint64_t regs[] = {
		[UNW_X86_64_RAX] = r->rax, [UNW_X86_64_RDX] = r->rdx, [UNW_X86_64_RCX] = r->rcx,
		[UNW_X86_64_RBX] = r->rbx, [UNW_X86_64_RSI] = r->rsi, [UNW_X86_64_RDI] = r->rdi,
		[UNW_X86_64_RBP] = r->rbp, [UNW_X86_64_RSP] = r->rsp, [UNW_X86_64_R8] = r->r8,
		[UNW_X86_64_R9] = r->r9, [UNW_X86_64_R10] = r->r10, [UNW_X86_64_R11] = r->r11,
		[UNW_X86_64_R12] = r->r12, [UNW_X86_64_R13] = r->r13, [UNW_X86_64_R14] = r->r14,
		[UNW_X86_64_R15] = r->r15, [UNW_X86_64_RIP] = r->rip,
	};

	(void)as;
	(void)arg;
	if (write || reg < 0 || (size_t)reg >= nitems(regs))
		return -UNW_EBADREG;
	*v = regs[reg];
	return 0;
}

static int
access_fpreg(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *v, int write, void *arg)
{
	(void)as;
	(void)reg;
	(void)v;
	(void)write;
	(void)arg;
	return -UNW_EBADREG;
}

static int
no_resume(unw_addr_space_t as, unw_cursor_t *c, void *arg)
{
	(void)as;
	(void)c;
	(void)arg;
	return -UNW_EINVAL;
}

static unw_accessors_t accessors = {
	.find_proc_info = _UPT_find_proc_info,
	.put_unwind_info = _UPT_put_unwind_info,
	.get_dyn_info_list_addr = _UPT_get_dyn_info_list_addr,
	.access_mem = access_mem,
	.access_reg = access_reg,
	.access_fpreg = access_fpreg,
	.resume = no_resume,
	.get_proc_name = _UPT_get_proc_name,
};

/* What the host has mapped at the frames of s. */
static void
objects_find(struct stack *s, int hpid)
{
	char path[40], line[512], *name;
	unsigned long a, b;
	struct frame *f;
	FILE *maps;
	int at;

	snprintf(path, sizeof(path), "/proc/%d/maps", hpid);
	maps = fopen(path, "re");
	if (maps == NULL)
		return;
	while (fgets(line, sizeof(line), maps) != NULL) {
		at = 0;
		if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &a, &b, &at) < 2 || at == 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		name = strrchr(line + at, '/');
		name = name != NULL ? name + 1 : line + at;
		for (f = s->f; f < s->f + s->n; f++)
			if (f->pc >= a && f->pc < b)
				snprintf(f->object, sizeof(f->object), "%.79s", name);
	}
	fclose(maps);
}

/*
 * The nearest symbol is that of the function only if it does not begin before
 * the function does: libraries are stripped of most names.
 */
static void
frame_name(struct frame *f, unw_cursor_t *c)
{
	unw_proc_info_t pi;
	unw_word_t off = 0;

	f->off = 0;
	f->object[0] = '\0';
	if (unw_get_proc_name(c, f->name, sizeof(f->name), &off) < 0 ||
	    (unw_get_proc_info(c, &pi) == 0 && f->pc - off < pi.start_ip))
		f->name[0] = '\0';
	else
		f->off = off;
}

static void
walk(struct stack *s, unw_addr_space_t as, void *upt)
{
	unw_cursor_t c;
	unw_word_t pc;
	struct frame *f;

	if (unw_init_remote(&c, as, upt) < 0)
		return;
	do {
		if (unw_get_reg(&c, UNW_REG_IP, &pc) < 0 || pc == 0)
			return;
		if (s->n == STACK_MAX) {
			s->cut = true;
			return;
		}
		f = &s->f[s->n++];
		f->pc = pc;
		frame_name(f, &c);
	} while (unw_step(&c) > 0);
}

int
stack_guest(struct stack *s, struct vm_map *vm, const struct vregs *r)
{
	unw_addr_space_t as;
	int hpid;
	void *upt;

	s->n = 0;
	s->cut = false;
	hpid = vm != NULL ? vmspace_hpid(vm->space).v : -1;
	if (hpid <= 0)
		return -ESRCH;
	if (pthread_mutex_trylock(&view_lock) != 0)
		return -EBUSY;
	view.vs = vm->space;
	view.r = r;
	as = unw_create_addr_space(&accessors, 0);
	upt = _UPT_create(hpid);
	if (as != NULL && upt != NULL) {
		walk(s, as, upt);
		objects_find(s, hpid);
	}
	if (upt != NULL)
		_UPT_destroy(upt);
	if (as != NULL)
		unw_destroy_addr_space(as);
	pthread_mutex_unlock(&view_lock);
	return 0;
}
