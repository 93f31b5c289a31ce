/*
 * lib_vm.c - address spaces as tables: regions, and pages of their own.  For
 * machines without carriers: library mode, and the fake machine of the tests.
 *
 * A private page is a block of memory, shared copy-on-write after a fork; it
 * is made when it is first written.  What a private mapping of a file has not
 * written, and all of a shared mapping, is read from the memory file.
 *
 * All under mem_lock.
 */
#include "lib_vm.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct block {
	int		refs;
	uint8_t		data[PAGE_SIZE];
};

struct page {
	struct page	*next;
	uint64_t	vpn;
	struct block	*block;
};

static pthread_mutex_t mem_lock = PTHREAD_MUTEX_INITIALIZER;
static int nspaces;

#define FAIL_POINT() do {				\
	int fail_ = lib_fail_point();			\
	if (fail_ != 0)					\
		return fail_;				\
} while (0)

/* --- pages --- */

static struct page **
page_slot(struct vmspace *vs, uint64_t vpn)
{
	struct page **p = &vs->pages[vpn % PAGE_BUCKETS];

	while (*p != NULL && (*p)->vpn != vpn)
		p = &(*p)->next;
	return p;
}

static void
block_put(struct block *b)
{
	if (--b->refs == 0)
		free(b);
}

static void
page_add(struct vmspace *vs, uint64_t vpn, struct block *b)
{
	struct page *pg = calloc(1, sizeof(*pg)), **slot = page_slot(vs, vpn);

	LIB_ASSERT(pg != NULL && *slot == NULL);
	pg->vpn = vpn;
	pg->block = b;
	*slot = pg;
	vs->npages++;
	vs->npages_max = max_of(vs->npages, vs->npages_max);
}

static void
page_drop(struct vmspace *vs, struct page **slot)
{
	struct page *pg = *slot;

	*slot = pg->next;
	block_put(pg->block);
	free(pg);
	vs->npages--;
}

/* All private pages of a range, which may be far larger than what there is. */
static void
pages_drop(struct vmspace *vs, uint64_t start, uint64_t end)
{
	struct page **p;
	int i;

	for (i = 0; i < PAGE_BUCKETS; i++)
		for (p = &vs->pages[i]; *p != NULL;)
			if ((*p)->vpn >= start / PAGE_SIZE && (*p)->vpn < end / PAGE_SIZE)
				page_drop(vs, p);
			else
				p = &(*p)->next;
}

static void
pages_move(struct vmspace *vs, uint64_t from, uint64_t len, uint64_t to)
{
	struct page **slot;
	struct block *b;
	uint64_t i;

	for (i = 0; i < len / PAGE_SIZE; i++) {
		slot = page_slot(vs, from / PAGE_SIZE + i);
		if (*slot == NULL)
			continue;
		b = (*slot)->block;
		b->refs++;
		page_drop(vs, slot);
		page_add(vs, to / PAGE_SIZE + i, b);
	}
}

/* --- regions --- */

/* The index of the region that holds addr, or of the next one. */
static int
region_at(const struct vmspace *vs, uint64_t addr)
{
	int i;

	for (i = 0; i < vs->nr && vs->r[i].end <= addr; i++)
		;
	return i;
}

static void
region_insert(struct vmspace *vs, int i, struct region r)
{
	if (vs->nr == vs->room) {
		vs->room = vs->room * 2 + 16;
		vs->r = realloc(vs->r, (size_t)vs->room * sizeof(*vs->r));
		LIB_ASSERT(vs->r != NULL);
	}
	memmove(vs->r + i + 1, vs->r + i, (size_t)(vs->nr - i) * sizeof(*vs->r));
	vs->r[i] = r;
	vs->nr++;
}

static void
region_delete(struct vmspace *vs, int i)
{
	if (vs->r[i].memfd >= 0)
		close(vs->r[i].memfd);
	vs->nr--;
	memmove(vs->r + i, vs->r + i + 1, (size_t)(vs->nr - i) * sizeof(*vs->r));
}

static void
region_split(struct vmspace *vs, uint64_t addr)
{
	int i = region_at(vs, addr);
	struct region hi;

	if (i == vs->nr || vs->r[i].start >= addr)
		return;
	hi = vs->r[i];
	hi.start = addr;
	hi.off += addr - vs->r[i].start;
	if (hi.memfd >= 0)
		hi.memfd = dup(hi.memfd);
	vs->r[i].end = addr;
	region_insert(vs, i + 1, hi);
}

static void
range_split(struct vmspace *vs, uint64_t start, uint64_t end)
{
	region_split(vs, start);
	region_split(vs, end);
}

static void
range_unmap(struct vmspace *vs, uint64_t start, uint64_t end)
{
	int i;

	range_split(vs, start, end);
	i = region_at(vs, start);
	while (i < vs->nr && vs->r[i].start < end)
		region_delete(vs, i);
	pages_drop(vs, start, end);
}

static bool
range_whole(const struct vmspace *vs, uint64_t start, uint64_t end)
{
	int i;

	for (i = region_at(vs, start); i < vs->nr && vs->r[i].start <= start && start < end; i++)
		start = vs->r[i].end;
	return start >= end;
}

/* --- orders --- */

static int
order_mmap(struct vmspace *vs, const struct vmorder *o)
{
	struct region r = { .start = o->addr, .end = o->addr + o->len, .prot = (int)o->prot,
		.shared = (o->flags & MAP_SHARED) != 0, .memfd = -1, .off = o->off };
	int err, memfd;

	LIB_ASSERT((o->flags & MAP_FIXED) != 0 && (o->off & PAGE_MASK) == 0);
	if (hfd_ok(o->fd)) {
		err = lib_fd_memory(o->fd, r.shared && (r.prot & PROT_WRITE) != 0, &memfd);
		if (err != 0)
			return err;
		r.memfd = dup(memfd);
	} else {
		LIB_ASSERT((o->flags & MAP_ANONYMOUS) != 0 && !r.shared);
	}
	range_unmap(vs, r.start, r.end);
	region_insert(vs, region_at(vs, r.start), r);
	return 0;
}

static int
order_mprotect(struct vmspace *vs, const struct vmorder *o)
{
	uint64_t end = o->addr + o->len;
	int i;

	if (!range_whole(vs, o->addr, end))
		return -ENOMEM;
	range_split(vs, o->addr, end);
	for (i = region_at(vs, o->addr); i < vs->nr && vs->r[i].start < end; i++)
		vs->r[i].prot = (int)o->prot;
	return 0;
}

static void
advise_region(struct vmspace *vs, struct region *r, uint64_t advice)
{
	int err = 0;

	if (advice == MADV_DONTFORK || advice == MADV_DOFORK)
		r->dontfork = advice == MADV_DONTFORK;
	else if (advice == MADV_WIPEONFORK || advice == MADV_KEEPONFORK)
		r->wipeonfork = advice == MADV_WIPEONFORK;
	else if (advice == MADV_DONTNEED && !r->shared)
		pages_drop(vs, r->start, r->end);
	else if (advice == MADV_REMOVE && r->memfd >= 0)
		err = fallocate(r->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		    (off_t)r->off, (off_t)(r->end - r->start));
	LIB_ASSERT(err == 0);
}

static int
order_madvise(struct vmspace *vs, const struct vmorder *o)
{
	uint64_t end = o->addr + o->len;
	int i, err = range_whole(vs, o->addr, end) ? 0 : -ENOMEM;

	range_split(vs, o->addr, end);
	for (i = region_at(vs, o->addr); i < vs->nr && vs->r[i].start < end; i++)
		advise_region(vs, &vs->r[i], o->flags);
	return err;
}

static int
order_mremap(struct vmspace *vs, const struct vmorder *o)
{
	uint64_t end = o->addr + o->len;
	bool moves = (o->flags & MREMAP_FIXED) != 0;
	struct region r;
	int i = region_at(vs, o->addr);

	/* Length 0: a second mapping of shared memory. */
	if (i == vs->nr || vs->r[i].start > o->addr || vs->r[i].end < end)
		return -EFAULT;
	if (!moves && o->len2 > o->len && (vs->r[i].end != end ||
	    (i + 1 < vs->nr && vs->r[i + 1].start < o->addr + o->len2)))
		return -ENOMEM;
	if (moves)
		range_unmap(vs, o->addr2, o->addr2 + o->len2);
	range_split(vs, o->addr, end);
	r = vs->r[region_at(vs, o->addr)];
	r.off += o->addr - r.start;
	r.start = moves ? o->addr2 : o->addr;
	r.end = r.start + o->len2;
	if (r.memfd >= 0)
		r.memfd = dup(r.memfd);
	if (moves)
		pages_move(vs, o->addr, min_of(o->len, o->len2), o->addr2);
	if (o->len2 < o->len)
		pages_drop(vs, o->addr + o->len2, end);
	if (o->len > 0 && (o->flags & MREMAP_DONTUNMAP) == 0)
		region_delete(vs, region_at(vs, o->addr));
	region_insert(vs, region_at(vs, r.start), r);
	return 0;
}

static int
order_one(struct vmspace *vs, const struct vmorder *o)
{
	LIB_ASSERT((o->addr & PAGE_MASK) == 0 && (o->len & PAGE_MASK) == 0);
	LIB_ASSERT(o->addr <= GUEST_TOP && o->len <= GUEST_TOP - o->addr);
	LIB_ASSERT(o->len > 0 || o->op == VMO_MREMAP);
	switch (o->op) {
	case VMO_MMAP:
		return order_mmap(vs, o);
	case VMO_MUNMAP:
		range_unmap(vs, o->addr, o->addr + o->len);
		return 0;
	case VMO_MPROTECT:
		return order_mprotect(vs, o);
	case VMO_MREMAP:
		LIB_ASSERT((o->addr2 & PAGE_MASK) == 0 && (o->len2 & PAGE_MASK) == 0);
		LIB_ASSERT(o->len2 > 0 && o->addr2 <= GUEST_TOP - o->len2);
		return order_mremap(vs, o);
	case VMO_MADVISE:
		return order_madvise(vs, o);
	}
	lib_die("order %d", (int)o->op);
}

int
vmthread_order_late(struct vmthread *by, const struct vmorder *o)
{
	return vmthread_orders(by, o, 1, NULL);
}

int
vmthread_orders(struct vmthread *by, const struct vmorder *o, int n, int *failed)
{
	int i, err = 0;

	LIB_ASSERT(n >= 0 && n <= VMORDERS_MAX);
	FAIL_POINT();
	pthread_mutex_lock(&mem_lock);
	for (i = 0; i < n && err == 0; i++)
		err = order_one(vmthread_space(by), &o[i]);
	pthread_mutex_unlock(&mem_lock);
	if (err != 0 && failed != NULL)
		*failed = i - 1;
	return err;
}

/* --- access --- */

/* A private page to write to. */
static uint8_t *
page_own(struct vmspace *vs, const struct region *r, uint64_t addr)
{
	struct page **slot = page_slot(vs, addr / PAGE_SIZE);
	struct block *b;
	ssize_t got;

	if (*slot != NULL && (*slot)->block->refs == 1)
		return (*slot)->block->data;
	b = calloc(1, sizeof(*b));
	LIB_ASSERT(b != NULL);
	b->refs = 1;
	if (*slot != NULL) {
		memcpy(b->data, (*slot)->block->data, PAGE_SIZE);
		page_drop(vs, slot);
	} else if (r->memfd >= 0) {
		got = pread(r->memfd, b->data, PAGE_SIZE,
		    (off_t)(r->off + page_down(addr) - r->start));
		LIB_ASSERT(got > 0);
	}
	page_add(vs, addr / PAGE_SIZE, b);
	return b->data;
}

/* A page of a file beyond its end is not there (SIGBUS). */
static bool
file_has(const struct region *r, uint64_t addr)
{
	struct stat st;

	LIB_ASSERT(fstat(r->memfd, &st) == 0);
	return r->off + (page_down(addr) - r->start) < (uint64_t)st.st_size;
}

/* Within one page.  False: not accessible. */
static bool
access_page(struct vmspace *vs, uint64_t addr, void *buf, size_t n, int prot)
{
	struct region *r = &vs->r[region_at(vs, addr)];
	struct page *pg;
	off_t off;
	bool write = (prot & PROT_WRITE) != 0;

	if (r == vs->r + vs->nr || r->start > addr || (r->prot & prot) != prot)
		return false;
	pg = r->shared ? NULL : *page_slot(vs, addr / PAGE_SIZE);
	if (r->memfd >= 0 && pg == NULL && !file_has(r, addr))
		return false;
	if (buf == NULL)
		return true;
	off = (off_t)(r->off + addr - r->start);
	if (write && !r->shared) {
		memcpy(page_own(vs, r, addr) + (addr & PAGE_MASK), buf, n);
	} else if (write) {
		LIB_ASSERT(pwrite(r->memfd, buf, n, off) == (ssize_t)n);
	} else if (pg != NULL) {
		memcpy(buf, pg->block->data + (addr & PAGE_MASK), n);
	} else {
		memset(buf, 0, n);
		if (r->memfd >= 0)
			LIB_ASSERT(pread(r->memfd, buf, n, off) >= 0);
	}
	return true;
}

static size_t
access_range(struct vmspace *vs, uint64_t addr, void *buf, size_t n, int prot)
{
	size_t done, part;

	for (done = 0; done < n; done += part) {
		part = min_of(n - done, PAGE_SIZE - ((addr + done) & PAGE_MASK));
		if (!access_page(vs, addr + done, buf != NULL ? (char *)buf + done : NULL,
		    part, prot))
			break;
	}
	return done;
}

size_t
space_access(struct vmspace *vs, uint64_t addr, void *buf, size_t n, int prot)
{
	size_t done;

	pthread_mutex_lock(&mem_lock);
	done = access_range(vs, addr, buf, n, prot);
	pthread_mutex_unlock(&mem_lock);
	return done;
}

ssize_t
vmspace_pread(struct vmspace *vs, void *buf, size_t n, gaddr_t addr)
{
	LIB_ASSERT(n == 0 || addr.v + n <= GUEST_TOP);
	return (ssize_t)space_access(vs, addr.v, buf, n, PROT_READ);
}

ssize_t
vmspace_pwrite(struct vmspace *vs, const void *buf, size_t n, gaddr_t addr)
{
	LIB_ASSERT(n == 0 || addr.v + n <= GUEST_TOP);
	return (ssize_t)space_access(vs, addr.v, (void *)(uintptr_t)buf, n, PROT_WRITE);
}

static uint32_t
atomic_result(enum vmatomic op, uint32_t old, uint32_t arg, uint32_t cmp)
{
	switch (op) {
	case VMA_SET:
		return arg;
	case VMA_ADD:
		return old + arg;
	case VMA_OR:
		return old | arg;
	case VMA_ANDN:
		return old & ~arg;
	case VMA_XOR:
		return old ^ arg;
	case VMA_CMPXCHG:
		return old == cmp ? arg : old;
	}
	lib_die("atomic operation %d", (int)op);
}

int
vmthread_atomic(struct vmthread *by, enum vmatomic op, gaddr_t addr, uint32_t arg,
    uint32_t cmp, uint32_t *old)
{
	uint32_t v;
	int err = -EFAULT;

	LIB_ASSERT((addr.v & 3) == 0 && addr.v < GUEST_TOP);
	pthread_mutex_lock(&mem_lock);
	if (access_range(vmthread_space(by), addr.v, old, 4, PROT_READ) == 4) {
		v = atomic_result(op, *old, arg, cmp);
		if (access_range(vmthread_space(by), addr.v, &v, 4, PROT_WRITE) == 4)
			err = 0;
	}
	pthread_mutex_unlock(&mem_lock);
	return err;
}

int
vmspace_mincore(struct vmspace *vs, gaddr_t addr, size_t pages, uint8_t *vec)
{
	size_t i;
	int k;

	FAIL_POINT();
	pthread_mutex_lock(&mem_lock);
	for (i = 0; i < pages; i++) {
		k = region_at(vs, addr.v + i * PAGE_SIZE);
		vec[i] = *page_slot(vs, addr.v / PAGE_SIZE + i) != NULL ||
		    (k < vs->nr && vs->r[k].start <= addr.v + i * PAGE_SIZE && vs->r[k].memfd >= 0);
	}
	pthread_mutex_unlock(&mem_lock);
	return 0;
}

void
vmspace_usage(struct vmspace *vs, struct vmusage *u)
{
	pthread_mutex_lock(&mem_lock);
	*u = (struct vmusage){ vs->npages * PAGE_SIZE, vs->npages_max * PAGE_SIZE,
		vs->npages_max, 0, vs->npages * PAGE_SIZE, 0 };
	pthread_mutex_unlock(&mem_lock);
}

/* --- life --- */

struct vmspace *
space_new(void)
{
	struct vmspace *vs = calloc(1, sizeof(*vs));

	LIB_ASSERT(vs != NULL);
	vs->refs = vs->users = 1;
	pthread_mutex_lock(&mem_lock);
	nspaces++;
	pthread_mutex_unlock(&mem_lock);
	return vs;
}

static void
region_copy(struct vmspace *to, struct vmspace *from, const struct region *r)
{
	struct region n = *r;
	struct page *pg;
	int i;

	if (n.memfd >= 0)
		n.memfd = dup(n.memfd);
	region_insert(to, to->nr, n);
	if (n.wipeonfork)
		return;
	for (i = 0; i < PAGE_BUCKETS; i++)
		for (pg = from->pages[i]; pg != NULL; pg = pg->next)
			if (pg->vpn >= r->start / PAGE_SIZE && pg->vpn < r->end / PAGE_SIZE) {
				pg->block->refs++;
				page_add(to, pg->vpn, pg->block);
			}
}

struct vmspace *
space_copy(struct vmspace *from)
{
	struct vmspace *to = space_new();
	int i;

	pthread_mutex_lock(&mem_lock);
	for (i = 0; i < from->nr; i++)
		if (!from->r[i].dontfork)
			region_copy(to, from, &from->r[i]);
	pthread_mutex_unlock(&mem_lock);
	return to;
}

void
space_get(struct vmspace *vs)
{
	pthread_mutex_lock(&mem_lock);
	vs->refs++;
	pthread_mutex_unlock(&mem_lock);
}

void
space_put(struct vmspace *vs)
{
	int left;

	pthread_mutex_lock(&mem_lock);
	left = --vs->refs;
	if (left == 0) {
		range_unmap(vs, 0, GUEST_TOP);
		free(vs->r);
		nspaces--;
	}
	pthread_mutex_unlock(&mem_lock);
	if (left == 0)
		free(vs);
}

void
vmspace_ref(struct vmspace *vs)
{
	pthread_mutex_lock(&mem_lock);
	LIB_ASSERT(vs->users > 0);
	vs->users++;
	vs->refs++;
	pthread_mutex_unlock(&mem_lock);
}

void
vmspace_unref(struct vmspace *vs)
{
	bool last;

	pthread_mutex_lock(&mem_lock);
	LIB_ASSERT(vs->users > 0);
	last = --vs->users == 0;
	pthread_mutex_unlock(&mem_lock);
	if (last)
		vmspace_kill(vs);
	space_put(vs);
}

int
space_count(void)
{
	int n;

	pthread_mutex_lock(&mem_lock);
	n = nspaces;
	pthread_mutex_unlock(&mem_lock);
	return n;
}

hpid_t
vmspace_hpid(struct vmspace *vs)
{
	(void)vs;
	return (hpid_t){ -1 };
}

void
vmspace_vdso(uint64_t *start, uint64_t *vdso, uint64_t *end)
{
	*start = *vdso = *end = 0;
}

/* --- no carrier answers calls, and nothing travels along with them --- */

struct vmserve *
vmthread_serve(struct vmthread *vt)
{
	(void)vt;
	return NULL;
}

const void *
vmthread_window(struct vmthread *vt, gaddr_t addr, size_t *n)
{
	(void)vt;
	(void)addr;
	(void)n;
	return NULL;
}

void
vmthread_window_drop(struct vmthread *vt)
{
	(void)vt;
}

bool
vmthread_reply(struct vmthread *vt, gaddr_t dst, const void *src, size_t n)
{
	(void)vt;
	(void)dst;
	(void)src;
	(void)n;
	return false;
}

int
vmthread_reply_now(struct vmthread *vt)
{
	(void)vt;
	return 0;
}
