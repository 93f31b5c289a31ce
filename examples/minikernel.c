/*
 * minikernel.c - a kernel of a page: it runs a static program that wants no
 * more than to write and to end.
 *
 *	minikernel ./hello
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vksup/vms.h"

#define STACK_TOP	0x7fff00000000UL
#define STACK_SIZE	(1UL << 20)
#define BRK		0x10000000UL
#define RW		(PROT_READ | PROT_WRITE)
#define MEMORY		(MAP_PRIVATE | MAP_ANONYMOUS)

static char image[16 << 20];
static uint64_t brk_now = BRK;

static void
check(long r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "minikernel: %s: %s\n", what, strerror((int)-r));
	exit(125);
}

/* Segments, and a stack with argv[0], no environment, and what libc asks for. */
static void
load(void *id, char *name, struct vregs *r)
{
	const Elf64_Ehdr *eh = (void *)image;
	const Elf64_Phdr *ph = (void *)(image + sizeof(*eh));
	int fd = open(name, O_RDONLY), i;
	ssize_t n = fd >= 0 ? read(fd, image, sizeof(image)) : -1;
	uint64_t start, end, sp = STACK_TOP - 256;

	if (n < (ssize_t)sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh->e_type != ET_EXEC || eh->e_phoff != sizeof(*eh))
		check(-ENOEXEC, name);
	for (i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD)
			continue;
		start = page_down(ph[i].p_vaddr);
		end = page_up(ph[i].p_vaddr + ph[i].p_memsz);
		check(vms_mmap(id, start, end - start, RW | PROT_EXEC, MEMORY, -1, 0), "segment");
		check(vms_pwrite(id, image + ph[i].p_offset, ph[i].p_filesz, ph[i].p_vaddr), "segment");
	}
	uint64_t stack[] = { 1, sp, 0, 0, AT_PAGESZ, PAGE_SIZE, AT_PHENT, sizeof(*ph), AT_PHNUM,
		eh->e_phnum, AT_PHDR, ph[0].p_vaddr - ph[0].p_offset + eh->e_phoff,
		AT_RANDOM, sp, AT_NULL, 0 };
	check(vms_mmap(id, STACK_TOP - STACK_SIZE, STACK_SIZE, RW, MEMORY, -1, 0), "stack");
	check(vms_pwrite(id, name, strnlen(name, 200) + 1, sp), "name");
	check(vms_pwrite(id, stack, sizeof(stack), sp - sizeof(stack)), "arguments");
	*r = (struct vregs){ .rip = eh->e_entry, .rsp = sp - sizeof(stack), .eflags = 0x202,
		.csgsfs = 0x33UL | 0x2bUL << 48 };
}

static long
sys_write(void *id, uint64_t fd, uint64_t buf, uint64_t n)
{
	char text[4096];
	ssize_t got = vms_pread(id, text, n < sizeof(text) ? n : sizeof(text), buf);

	if (fd != 1 && fd != 2)
		return -EBADF;
	return got > 0 || n == 0 ? write((int)fd, text, (size_t)got) : -EFAULT;
}

static long
sys_brk(void *id, uint64_t to)
{
	if (to > brk_now && to < BRK + (64 << 20) &&
	    vms_mmap(id, page_up(brk_now), page_up(to) - page_up(brk_now) + PAGE_SIZE, RW, MEMORY, -1, 0) == 0)
		brk_now = page_up(to);
	return (long)brk_now;
}

static long
syscall_serve(void *id, struct vregs *r)
{
	switch (r->rax) {
	case SYS_write:
		return sys_write(id, r->rdi, r->rsi, r->rdx);
	case SYS_brk:
		return sys_brk(id, r->rdi);
	case SYS_arch_prctl:
		if (r->rdi != 0x1002)	/* ARCH_SET_FS */
			return -EINVAL;
		r->fs_base = r->rsi;
		return 0;
	case SYS_mprotect:
		return vms_mprotect(id, r->rdi, page_up(r->rsi), (int)r->rdx);
	case SYS_set_tid_address:
	case SYS_getpid:
		return 1;
	case SYS_exit:
	case SYS_exit_group:
		vms_finish();
		exit((int)r->rdi & 255);
	default:
		return -ENOSYS;
	}
}

int
main(int argc, char **argv)
{
	struct vregs r;
	struct vmevent ev;
	static int id;

	if (argc != 2)
		check(-EINVAL, "usage: minikernel PROGRAM");
	check(vms_start(), "no guest processes here");
	check(vms_create(&id), "no address space");
	load(&id, argv[1], &r);
	for (;;) {
		check(vms_run(&id, &r, &ev, NEVER), "run");
		if (ev.cause == VMC_SYSCALL)
			r.rax = (uint64_t)syscall_serve(&id, &r);
		else if (ev.cause != VMC_KICK)
			break;
	}
	fprintf(stderr, "minikernel: signal %d at %#lx, address %#lx\n", ev.signo, r.rip, ev.addr);
	vms_finish();
	return 1;
}
