/*
 * elf_plan.h - what an ELF file asks for, read from its headers and checked.
 *
 * The file is hostile.  Sizes and sums are checked here, once; what comes out
 * can be mapped without further tests of overflow.  Errors as Linux's
 * load_elf_binary() gives them: -ENOEXEC for what is no program of ours.
 */
#ifndef VKERN_ELF_PLAN_H
#define VKERN_ELF_PLAN_H

#include "vksup/file.h"

#define ELF_SEGS_MAX	64

struct elf_seg {
	uint64_t	vaddr, off;	/* same offset within a page */
	uint64_t	filesz, memsz;
	int		prot;
};

struct elf_plan {
	int		type;		/* ET_EXEC or ET_DYN */
	int		nseg;
	int		phnum;
	struct elf_seg	seg[ELF_SEGS_MAX];
	uint64_t	start, end;	/* of all segments, memory size */
	uint64_t	entry;
	uint64_t	phdr;		/* address of the program headers, or 0 */
	uint64_t	start_code, end_code, start_data, end_data;
	bool		exec_stack;
	bool		bad;		/* cannot be mapped: that is found out too
					 * late for an errno, and kills (as in Linux) */
};

struct elf_file {
	struct file	*file;
	struct elf_plan	plan;
};

/* interp gets the name of the interpreter, or ""; NULL: there must be none
 * that matters. */
int elf_plan_read(struct file *f, struct elf_plan *pl, char *interp, size_t len) must_check;

/* proc_exec.c: a file that may be run.  Errors of execve(2). */
int exec_open(int dirfd, const char *name, unsigned lookup, struct file **out) must_check;

#endif
