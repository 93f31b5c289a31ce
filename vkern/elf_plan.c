/*
 * elf_plan.c - read and check ELF headers (elf_plan.h).
 */
#include <elf.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "elf_plan.h"
#include "vksup/vmspace.h"

#define PH_BYTES_MAX	65536

static int
read_all(struct file *f, void *buf, size_t n, uint64_t off)
{
	ssize_t r;

	if (off > INT64_MAX - n)
		return -EINVAL;
	r = file_pread(f, buf, n, (int64_t)off);
	if (r < 0)
		return (int)r;
	return (size_t)r == n ? 0 : -EIO;
}

static int
header_check(const Elf64_Ehdr *eh)
{
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	if (eh->e_machine != EM_X86_64)
		return -ENOEXEC;
	if (eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phnum == 0 ||
	    (size_t)eh->e_phnum * sizeof(Elf64_Phdr) > PH_BYTES_MAX)
		return -ENOEXEC;
	return 0;
}

static int
prot_of(uint32_t flags)
{
	return ((flags & PF_R) ? PROT_READ : 0) | ((flags & PF_W) ? PROT_WRITE : 0) |
	    ((flags & PF_X) ? PROT_EXEC : 0);
}

static int
segment_add(struct elf_plan *pl, const Elf64_Phdr *ph)
{
	struct elf_seg *s = &pl->seg[pl->nseg];
	uint64_t end;

	if (pl->nseg == ELF_SEGS_MAX)
		return -ENOMEM;
	if (ph->p_filesz > ph->p_memsz || ph->p_memsz > GUEST_TOP || ph->p_vaddr > GUEST_TOP - ph->p_memsz)
		return -EINVAL;
	if (((ph->p_vaddr ^ ph->p_offset) & PAGE_MASK) != 0 && ph->p_filesz != 0)
		return -EINVAL;
	if (ph->p_offset > INT64_MAX - ph->p_filesz - PAGE_SIZE)
		return -EINVAL;
	*s = (struct elf_seg){ ph->p_vaddr, ph->p_offset, ph->p_filesz, ph->p_memsz, prot_of(ph->p_flags) };
	pl->nseg++;
	end = ph->p_vaddr + ph->p_memsz;
	pl->start = min_of(pl->start, ph->p_vaddr);
	pl->end = max_of(pl->end, end);
	if ((ph->p_flags & PF_X) != 0) {
		pl->start_code = pl->end_code == 0 ? ph->p_vaddr : min_of(pl->start_code, ph->p_vaddr);
		pl->end_code = max_of(pl->end_code, ph->p_vaddr + ph->p_filesz);
	}
	if (ph->p_vaddr >= pl->start_data) {
		pl->start_data = ph->p_vaddr;
		pl->end_data = max_of(pl->end_data, ph->p_vaddr + ph->p_filesz);
	}
	return 0;
}

static int
interp_read(struct file *f, const Elf64_Phdr *ph, char *interp, size_t len)
{
	int err;

	if (ph->p_filesz > PATH_MAX || ph->p_filesz < 2 || ph->p_filesz > len)
		return -ENOEXEC;
	err = read_all(f, interp, ph->p_filesz, ph->p_offset);
	if (err)
		return err;
	return interp[ph->p_filesz - 1] == '\0' ? 0 : -ENOEXEC;
}

/* Where the program headers are in memory: inside the segment that has them. */
static void
phdr_place(struct elf_plan *pl, const Elf64_Ehdr *eh)
{
	int i;

	for (i = 0; i < pl->nseg; i++)
		if (pl->seg[i].off <= eh->e_phoff && eh->e_phoff < pl->seg[i].off + pl->seg[i].filesz)
			pl->phdr = eh->e_phoff - pl->seg[i].off + pl->seg[i].vaddr;
}

static int
headers_walk(struct file *f, struct elf_plan *pl, const Elf64_Phdr *ph, int n, char *interp, size_t len)
{
	int i, err = 0;
	bool seen = false;

	for (i = 0; i < n && err == 0; i++) {
		if (ph[i].p_type == PT_INTERP && interp != NULL && !seen) {
			seen = true;
			err = interp_read(f, &ph[i], interp, len);
		} else if (ph[i].p_type == PT_GNU_STACK) {
			pl->exec_stack = (ph[i].p_flags & PF_X) != 0;
		}
	}
	for (i = 0; i < n && err == 0; i++)
		if (ph[i].p_type == PT_LOAD && segment_add(pl, &ph[i]) != 0)
			pl->bad = true;
	return err;
}

int
elf_plan_read(struct file *f, struct elf_plan *pl, char *interp, size_t len)
{
	Elf64_Ehdr eh;
	Elf64_Phdr *ph;
	ssize_t n = file_pread(f, &eh, sizeof(eh), 0);
	size_t bytes;
	int err;

	if (n < 0)
		return (int)n;
	memset(pl, 0, sizeof(*pl));
	pl->start = UINT64_MAX;
	if (interp != NULL)
		interp[0] = '\0';
	if ((size_t)n < sizeof(eh))
		return interp != NULL ? -ENOEXEC : -EIO;
	err = header_check(&eh);
	pl->bad = eh.e_type != ET_EXEC && eh.e_type != ET_DYN;
	if (err == 0 && pl->bad && interp != NULL)
		err = -ENOEXEC;		/* of an interpreter it shows too late */
	if (err)
		return err;
	bytes = (size_t)eh.e_phnum * sizeof(*ph);
	ph = kalloc(bytes);
	if (ph == NULL)
		return -ENOMEM;
	err = read_all(f, ph, bytes, eh.e_phoff) != 0 ? -ENOEXEC : 0;
	if (err == 0)
		err = headers_walk(f, pl, ph, eh.e_phnum, interp, len);
	kfree(ph);
	if (err)
		return err;
	if (pl->nseg == 0)
		pl->bad = true;
	pl->type = eh.e_type;
	pl->entry = eh.e_entry;
	pl->phnum = eh.e_phnum;
	phdr_place(pl, &eh);
	return 0;
}
