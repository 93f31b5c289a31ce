/*
 * lib_vm.h - guest memory as data structures, for machines whose guests are
 * not processes: library mode (lib_*.c) and the unit tests' fake machine.
 *
 * lib_vm.c implements the part of vksup/vmspace.h that is about memory; the
 * machine it is linked into provides threads, and the functions at the end.
 * One lock inside covers all spaces of the process; nothing is called with it
 * held but lib_fd_memory().
 */
#ifndef VKSUP_LIB_VM_H
#define VKSUP_LIB_VM_H

#include "vksup/vmspace.h"

#define PAGE_BUCKETS	256

struct page;
struct region {
	uint64_t	start, end;
	int		prot;
	bool		shared, dontfork, wipeonfork;
	int		memfd;		/* a duplicate of our own, or -1 */
	uint64_t	off;		/* of start */
};

struct vmspace {
	int		refs, users;	/* [mem_lock] vmthreads and users; users */
	bool		dead;		/* the machine's */
	void		*machine;	/* the machine's */
	struct region	*r;		/* [mem_lock] sorted, no overlaps */
	int		nr, room;
	struct page	*pages[PAGE_BUCKETS]; /* [mem_lock] private ones */
	uint64_t	npages, npages_max;
};

struct vmspace *space_new(void);
struct vmspace *space_copy(struct vmspace *from);
void space_get(struct vmspace *vs);
void space_put(struct vmspace *vs);
/* The guest's own access: bytes until the first it may not touch.  buf NULL:
 * nothing is moved. */
size_t space_access(struct vmspace *vs, uint64_t addr, void *buf, size_t n, int prot);
/* Spaces that exist in this process. */
int space_count(void);

/* --- provided by the machine --- */

/* 0, or the -errno with which this host call has to fail. */
int lib_fail_point(void);
/* The host's descriptor behind a descriptor to be mapped, which stays the
 * owner's; -errno (EACCES: not open for that). */
int lib_fd_memory(hfd_t fd, bool write, int *memfd);
void lib_die(const char *fmt, ...) printf_like(1, 2) no_return;
#define LIB_ASSERT(x) \
	((x) ? (void)0 : lib_die("%s:%d: %s", __FILE__, __LINE__, #x))

#endif
