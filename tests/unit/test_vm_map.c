/*
 * test_vm_map.c - address spaces: the map alone against a map of pages, and
 * the calls of a guest against what its memory then is.
 */
#include "unit.h"

#include <sys/mman.h>

#include "vksup/proc.h"
#include "vkern/vm_impl.h"

#define BASE	0x10000000UL
#define PAGES	64
#define AT(page) (BASE + (uint64_t)(page) * PAGE_SIZE)

/* --- the map alone --- */

/* A page as the map should have it; 0 is unmapped. */
struct cell { int prot; int id; uint64_t off; };

static struct cell cells[PAGES];

static struct vm_entry *
entry(uint64_t start, uint64_t end, int prot)
{
	struct vm_entry *e = xcalloc(1, sizeof(*e));

	e->start = start;
	e->end = end;
	e->prot = prot;
	e->flags = MAP_PRIVATE | MAP_ANONYMOUS;
	e->maywrite = true;
	return e;
}

static void
map_compare(struct vm_map *vm)
{
	struct vm_entry *e, *prev = NULL;
	uint64_t mapped = 0, data = 0, hole;
	int i, n = 0;

	for (i = 0; i < PAGES; i++) {
		e = vm_map_find(vm, AT(i));
		if (cells[i].prot == 0) {
			ck_assert(e == NULL || e->start > AT(i));
			continue;
		}
		ck_assert(e != NULL && e->start <= AT(i) && AT(i + 1) <= e->end);
		ck_assert_int_eq(e->prot, cells[i].prot);
		mapped += PAGE_SIZE;
		if ((e->prot & PROT_WRITE) != 0)
			data += PAGE_SIZE;
	}
	for (e = vm_map_find(vm, 0); e != NULL; prev = e, e = vm_map_next(vm, e), n++) {
		ck_assert(e->start < e->end && (e->start & PAGE_MASK) == 0);
		/* Neighbours that are alike have been joined. */
		if (prev != NULL)
			ck_assert(prev->end < e->start ||
			    (prev->end == e->start && prev->prot != e->prot));
	}
	ck_assert_int_eq(n, vm->nentries);
	ck_assert_uint_eq(vm->total, mapped);
	ck_assert_uint_eq(vm->data_bytes, data);
	ck_assert_uint_eq(vm_map_mapped(vm, BASE, AT(PAGES)), mapped);
	for (i = 0; i < PAGES && cells[i].prot != 0; i++)
		;
	ck_assert(vm_map_is_whole(vm, BASE, AT(PAGES), &hole) == (i == PAGES));
	ck_assert_uint_eq(min_of(hole, AT(PAGES)), AT(i));
}

static void
map_step(struct vm_map *vm, uint32_t *seed)
{
	static const int prots[] = { PROT_READ, PROT_READ | PROT_WRITE, PROT_EXEC };
	int from = (int)(unit_random(seed) % PAGES), to = from + 1 + (int)(unit_random(seed) % 12);
	int prot = prots[unit_random(seed) % nitems(prots)], i;
	bool insert = unit_random(seed) % 3 != 0;

	to = min_of(to, PAGES);
	vm_map_remove_range(vm, AT(from), AT(to));
	ck_assert(vm_map_is_free(vm, AT(from), AT(to) - AT(from)));
	if (insert) {
		vm_entry_insert(vm, entry(AT(from), AT(to), prot));
		vm_map_join(vm, AT(from), AT(to));
	}
	for (i = from; i < to; i++)
		cells[i].prot = insert ? prot : 0;
}

START_TEST(random_map)
{
	struct vkern none = { 0 };	/* what is mapped is counted in it */
	struct vm_map *vm = vm_map_new(NULL);
	uint32_t seed = 1;
	int i;

	vk = &none;
	memset(cells, 0, sizeof(cells));
	mutex_lock(&vm->lock);
	for (i = 0; i < 3000; i++) {
		map_step(vm, &seed);
		map_compare(vm);
	}
	mutex_unlock(&vm->lock);
	vm_map_unref(vm);
	vk = NULL;
}
END_TEST

START_TEST(gaps)
{
	struct vkern none = { 0 };
	struct vm_map *vm = vm_map_new(NULL);

	vk = &none;
	mutex_lock(&vm->lock);
	ck_assert_uint_eq(vm_map_gap(vm, PAGE_SIZE, BASE), BASE - PAGE_SIZE);
	vm_entry_insert(vm, entry(BASE - PAGE_SIZE, BASE, PROT_READ));
	ck_assert_uint_eq(vm_map_gap(vm, PAGE_SIZE, BASE), BASE - 2 * PAGE_SIZE);
	vm_entry_insert(vm, entry(BASE - 8 * PAGE_SIZE, BASE - 3 * PAGE_SIZE, PROT_READ));
	/* A hole that fits exactly, one that is too small. */
	ck_assert_uint_eq(vm_map_gap(vm, 2 * PAGE_SIZE, BASE), BASE - 3 * PAGE_SIZE);
	ck_assert_uint_eq(vm_map_gap(vm, 3 * PAGE_SIZE, BASE), BASE - 11 * PAGE_SIZE);
	/* What lies above top does not matter; nothing below the bottom. */
	ck_assert_uint_eq(vm_map_gap(vm, PAGE_SIZE, BASE - 8 * PAGE_SIZE), BASE - 9 * PAGE_SIZE);
	ck_assert_uint_eq(vm_map_gap(vm, BASE, BASE), 0);
	ck_assert_uint_eq(vm_map_gap(vm, PAGE_SIZE, BASE - 4 * PAGE_SIZE), BASE - 9 * PAGE_SIZE);
	mutex_unlock(&vm->lock);
	vm_map_unref(vm);
	vk = NULL;
}
END_TEST

/* --- a guest's calls --- */

#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

static uint64_t
map(struct guest *g, uint64_t at, uint64_t len, int prot, int flags)
{
	return (uint64_t)must(guest_call(g, SYS_mmap, at, len, prot, flags, -1, 0));
}

/* What a page of the guest is: protection and first byte (when readable). */
struct gpage { bool mapped; int prot; uint8_t byte; };
static struct gpage gp[PAGES];

static void
guest_compare(struct guest *g)
{
	uint8_t byte;
	int i;

	for (i = 0; i < PAGES; i++) {
		ck_assert_msg(guest_may(g, AT(i), 1, PROT_READ) ==
		    (gp[i].mapped && (gp[i].prot & (PROT_READ | PROT_WRITE)) != 0), "page %d read", i);
		ck_assert_msg(guest_may(g, AT(i), 1, PROT_WRITE) ==
		    (gp[i].mapped && (gp[i].prot & PROT_WRITE) != 0), "page %d write", i);
		if (gp[i].mapped && (gp[i].prot & PROT_READ) != 0) {
			guest_get(g, AT(i), &byte, 1);
			ck_assert_msg(byte == gp[i].byte, "page %d: %d, not %d", i, byte, gp[i].byte);
		}
	}
}

static bool
all_mapped(int from, int to)
{
	for (; from < to; from++)
		if (!gp[from].mapped)
			return false;
	return true;
}

/* Protection changes up to the first hole, then it is ENOMEM. */
static void
step_protect(struct guest *g, int from, int to, int prot)
{
	long want = all_mapped(from, to) ? 0 : -ENOMEM;

	expect(guest_call(g, SYS_mprotect, AT(from), AT(to) - AT(from), prot), want);
	for (; from < to && gp[from].mapped; from++)
		gp[from].prot = prot;
}

static void
step_write(struct guest *g, int from, int to, uint8_t byte)
{
	for (; from < to; from++)
		if (gp[from].mapped && (gp[from].prot & PROT_WRITE) != 0) {
			guest_put(g, AT(from), &byte, 1);
			gp[from].byte = byte;
		}
}

/* Cut to the first half, which always works when the whole is mapped alike. */
static void
step_remap(struct guest *g, int from, int to)
{
	int half = from + (to - from + 1) / 2, i;

	if (!all_mapped(from, to) || to - from < 2)
		return;
	expect(guest_call(g, SYS_mremap, AT(from), AT(to) - AT(from), AT(half) - AT(from), 0), AT(from));
	for (i = half; i < to; i++)
		gp[i] = (struct gpage){ 0 };
}

static void
guest_step(struct guest *g, uint32_t *seed)
{
	int from = (int)(unit_random(seed) % (PAGES - 1)), to = from + 1 + (int)(unit_random(seed) % 10);
	int prot = (int)(unit_random(seed) % 4), i;

	to = min_of(to, PAGES);
	switch (unit_random(seed) % 6) {
	case 0:
	case 1:
		expect(map(g, AT(from), AT(to) - AT(from), prot, ANON | MAP_FIXED), AT(from));
		for (i = from; i < to; i++)
			gp[i] = (struct gpage){ true, prot, 0 };
		break;
	case 2:
		expect(guest_call(g, SYS_munmap, AT(from), AT(to) - AT(from)), 0);
		memset(gp + from, 0, (size_t)(to - from) * sizeof(gp[0]));
		break;
	case 3:
		step_protect(g, from, to, prot);
		break;
	case 4:
		step_write(g, from, to, (uint8_t)unit_random(seed));
		break;
	default:
		step_remap(g, from, from + 2);
	}
}

START_TEST(random_calls)
{
	struct guest *g = fake_boot();
	uint32_t seed = 7;
	int i;

	memset(gp, 0, sizeof(gp));
	for (i = 0; i < 1500; i++) {
		guest_step(g, &seed);
		if (i % 10 == 0)
			guest_compare(g);
	}
	guest_compare(g);
}
END_TEST

START_TEST(mmap_errors)
{
	static const struct { uint64_t at, len; int prot, flags; long want; } t[] = {
		{ 0, 0, 0, ANON, -EINVAL },
		{ 0, UINT64_MAX, 0, ANON, -ENOMEM },
		{ 0, 1UL << 47, 0, ANON, -ENOMEM },
		{ 0, PAGE_SIZE, 0, MAP_ANONYMOUS, -EINVAL },
		{ BASE + 1, PAGE_SIZE, 0, ANON | MAP_FIXED, -EINVAL },
		{ GUEST_TOP, PAGE_SIZE, 0, ANON | MAP_FIXED, -ENOMEM },
		{ GUEST_TOP - PAGE_SIZE, 2 * PAGE_SIZE, 0, ANON | MAP_FIXED, -ENOMEM },
		{ GUEST_CODE, PAGE_SIZE, 0, ANON | MAP_FIXED_NOREPLACE, -EEXIST },
		{ 0, PAGE_SIZE, 0, MAP_PRIVATE, -EBADF },
	};
	struct guest *g = fake_boot();
	size_t i;

	for (i = 0; i < nitems(t); i++)
		ck_assert_msg(guest_call(g, SYS_mmap, t[i].at, t[i].len, t[i].prot, t[i].flags,
		    -1, 0) == t[i].want, "row %zu", i);
	expect(guest_call(g, SYS_munmap, BASE + 1, PAGE_SIZE), -EINVAL);
	expect(guest_call(g, SYS_munmap, BASE, 0), -EINVAL);
	expect(guest_call(g, SYS_munmap, BASE, UINT64_MAX), -EINVAL);
	expect(guest_call(g, SYS_munmap, BASE, PAGE_SIZE), 0);
	expect(guest_call(g, SYS_mprotect, BASE + 1, PAGE_SIZE, 0), -EINVAL);
	expect(guest_call(g, SYS_mprotect, BASE, 0, 0), 0);
	expect(guest_call(g, SYS_mprotect, BASE, PAGE_SIZE, 0), -ENOMEM);
	expect(guest_call(g, SYS_mprotect, GUEST_CODE, PAGE_SIZE, 0x100), -EINVAL);
}
END_TEST

START_TEST(mmap_hint)
{
	struct guest *g = fake_boot();
	uint64_t a, b;

	expect(map(g, BASE, PAGE_SIZE, PROT_READ, ANON), BASE);
	a = map(g, BASE, PAGE_SIZE, PROT_READ, ANON);
	ck_assert_uint_ne(a, BASE);
	b = map(g, 0, PAGE_SIZE, PROT_READ, ANON);
	ck_assert_uint_eq(b, a - PAGE_SIZE);
	ck_assert_uint_lt(map(g, 0, PAGE_SIZE, PROT_READ, ANON | MAP_32BIT), 1UL << 31);
}
END_TEST

START_TEST(mremap_moves)
{
	struct guest *g = fake_boot();
	uint64_t a = map(g, BASE, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, ANON), b;

	guest_put_u32(g, a, 11);
	guest_put_u32(g, a + PAGE_SIZE, 22);
	/* In place, then against a neighbour. */
	expect(guest_call(g, SYS_mremap, a, 2 * PAGE_SIZE, 3 * PAGE_SIZE, 0), a);
	map(g, a + 3 * PAGE_SIZE, PAGE_SIZE, PROT_READ, ANON | MAP_FIXED);
	expect(guest_call(g, SYS_mremap, a, 3 * PAGE_SIZE, 4 * PAGE_SIZE, 0), -ENOMEM);
	b = (uint64_t)must(guest_call(g, SYS_mremap, a, 3 * PAGE_SIZE, 4 * PAGE_SIZE, MREMAP_MAYMOVE));
	ck_assert_uint_ne(a, b);
	ck_assert_uint_eq(guest_u32(g, b), 11);
	ck_assert_uint_eq(guest_u32(g, b + PAGE_SIZE), 22);
	ck_assert(!guest_may(g, a, 1, PROT_READ));
	ck_assert(guest_may(g, b + 3 * PAGE_SIZE, 1, PROT_WRITE));
	/* To a place of the guest's choice, over what is there. */
	expect(guest_call(g, SYS_mremap, b, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
	    a + 3 * PAGE_SIZE), a + 3 * PAGE_SIZE);
	ck_assert_uint_eq(guest_u32(g, a + 3 * PAGE_SIZE), 11);
	ck_assert(!guest_may(g, b, 1, PROT_READ));
	expect(guest_call(g, SYS_mremap, b, PAGE_SIZE, PAGE_SIZE, 0), -EFAULT);
	expect(guest_call(g, SYS_mremap, a + 1, PAGE_SIZE, PAGE_SIZE, 0), -EINVAL);
	expect(guest_call(g, SYS_mremap, a, PAGE_SIZE, 0, 0), -EINVAL);
	expect(guest_call(g, SYS_mremap, a, PAGE_SIZE, PAGE_SIZE, MREMAP_FIXED, b), -EINVAL);
}
END_TEST

START_TEST(mremap_dontunmap)
{
	struct guest *g = fake_boot();
	uint64_t a = map(g, BASE, PAGE_SIZE, PROT_READ | PROT_WRITE, ANON), b;

	guest_put_u32(g, a, 5);
	b = (uint64_t)must(guest_call(g, SYS_mremap, a, PAGE_SIZE, PAGE_SIZE,
	    MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0));
	ck_assert_uint_eq(guest_u32(g, b), 5);
	ck_assert_uint_eq(guest_u32(g, a), 0);
}
END_TEST

START_TEST(brk_moves)
{
	struct guest *g = fake_boot();
	uint64_t start = (uint64_t)guest_call(g, SYS_brk, 0);

	expect(guest_call(g, SYS_brk, start + 100), start + 100);
	guest_put_u32(g, start, 77);
	expect(guest_call(g, SYS_brk, start + 3 * PAGE_SIZE), start + 3 * PAGE_SIZE);
	ck_assert_uint_eq(guest_u32(g, start), 77);
	ck_assert(guest_may(g, start + 3 * PAGE_SIZE - 1, 1, PROT_WRITE));
	expect(guest_call(g, SYS_brk, start + 10), start + 10);
	ck_assert(!guest_may(g, page_up(start + 10), 1, PROT_READ));
	/* Below the start and over another mapping: it stays. */
	expect(guest_call(g, SYS_brk, start - 1), start + 10);
	map(g, page_up(start) + 4 * PAGE_SIZE, PAGE_SIZE, PROT_READ, ANON | MAP_FIXED);
	expect(guest_call(g, SYS_brk, start + 8 * PAGE_SIZE), start + 10);
	/* Fresh pages are zero again. */
	expect(guest_call(g, SYS_brk, start), start);
	expect(guest_call(g, SYS_brk, start + 4), start + 4);
	ck_assert_uint_eq(guest_u32(g, start), 0);
}
END_TEST

static void
set_limit(struct guest *g, int what, uint64_t value)
{
	uint64_t lim[2] = { value, RLIM_INFINITY };

	expect(guest_call(g, SYS_prlimit64, 0, what, guest_buf(g, lim, sizeof(lim)), 0), 0);
}

START_TEST(limits)
{
	struct guest *g = fake_boot();
	uint64_t brk = (uint64_t)guest_call(g, SYS_brk, 0);

	set_limit(g, RLIMIT_AS, 64UL << 20);
	expect(guest_call(g, SYS_mmap, 0, 64UL << 20, PROT_READ, ANON, -1, 0), -ENOMEM);
	must(guest_call(g, SYS_mmap, 0, 16UL << 20, PROT_READ, ANON, -1, 0));
	set_limit(g, RLIMIT_AS, RLIM_INFINITY);
	set_limit(g, RLIMIT_DATA, PAGE_SIZE);
	expect(guest_call(g, SYS_brk, brk + (64UL << 20)), brk);
	expect(guest_call(g, SYS_mmap, 0, 64UL << 20, PROT_READ | PROT_WRITE, ANON, -1, 0), -ENOMEM);
	must(guest_call(g, SYS_mmap, 0, 64UL << 20, PROT_READ, ANON, -1, 0));
}
END_TEST

START_TEST(shared_after_fork)
{
	struct guest *g = fake_boot(), *c;
	uint64_t s = map(g, BASE, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
	uint64_t p = map(g, AT(4), PAGE_SIZE, PROT_READ | PROT_WRITE, ANON);

	guest_put_u32(g, p, 1);
	c = guest_fork(g, NULL);
	guest_put_u32(c, s, 42);
	guest_put_u32(c, p, 2);
	ck_assert_uint_eq(guest_u32(g, s), 42);
	ck_assert_uint_eq(guest_u32(g, p), 1);
	ck_assert_uint_eq(guest_u32(c, p), 2);
}
END_TEST

START_TEST(advice)
{
	struct guest *g = fake_boot(), *c;
	uint64_t a = map(g, BASE, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE, ANON);

	guest_put_u32(g, a, 1);
	guest_put_u32(g, a + PAGE_SIZE, 2);
	guest_put_u32(g, a + 2 * PAGE_SIZE, 3);
	expect(guest_call(g, SYS_madvise, a, PAGE_SIZE, MADV_DONTNEED), 0);
	ck_assert_uint_eq(guest_u32(g, a), 0);
	expect(guest_call(g, SYS_madvise, a + PAGE_SIZE, PAGE_SIZE, MADV_WIPEONFORK), 0);
	expect(guest_call(g, SYS_madvise, a + 2 * PAGE_SIZE, PAGE_SIZE, MADV_DONTFORK), 0);
	c = guest_fork(g, NULL);
	ck_assert_uint_eq(guest_u32(c, a + PAGE_SIZE), 0);
	ck_assert(!guest_may(c, a + 2 * PAGE_SIZE, 1, PROT_READ));
	expect(guest_call(c, SYS_mprotect, a, 3 * PAGE_SIZE, PROT_READ), -ENOMEM);
	ck_assert_uint_eq(guest_u32(g, a + PAGE_SIZE), 2);
	expect(guest_call(g, SYS_madvise, a, PAGE_SIZE, 12345), -EINVAL);
	expect(guest_call(g, SYS_madvise, a + 1, PAGE_SIZE, MADV_DONTNEED), -EINVAL);
	expect(guest_call(g, SYS_madvise, AT(40), PAGE_SIZE, MADV_DONTNEED), -ENOMEM);
}
END_TEST

START_TEST(file_mapping)
{
	struct guest *g;
	uint64_t a;
	int fd;

	fake_host_file("/data", "hello", 0644);
	g = fake_boot();
	fd = (int)must(guest_call(g, SYS_open, guest_str(g, "/data"), O_RDONLY));
	a = (uint64_t)must(guest_call(g, SYS_mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
	ck_assert_uint_eq(guest_u32(g, a), 0x6c6c6568);
	guest_put_u32(g, a, 0);
	expect(guest_call(g, SYS_mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), -EACCES);
	expect(guest_call(g, SYS_close, fd), 0);
	ck_assert_uint_eq(guest_u32(g, a), 0);
	/* Beyond the end there is nothing. */
	fd = (int)must(guest_call(g, SYS_open, guest_str(g, "/data"), O_RDWR));
	a = (uint64_t)must(guest_call(g, SYS_mmap, 0, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	ck_assert_uint_eq(guest_u32(g, a), 0x6c6c6568);
	ck_assert(!guest_may(g, a + PAGE_SIZE, 1, PROT_READ));
	guest_put(g, a, "J", 1);
	expect(guest_call(g, SYS_pread64, fd, a + 1, 1, 0), 1);
	ck_assert_uint_eq(guest_u32(g, a), 0x6c6c4a4a);
}
END_TEST

START_TEST(host_refuses)
{
	struct guest *g = fake_boot();
	uint64_t a = map(g, BASE, PAGE_SIZE, PROT_READ | PROT_WRITE, ANON);

	/* Neither the map nor the memory has changed then. */
	fake_fail_nth(1, ENOMEM);
	expect(guest_call(g, SYS_munmap, a, PAGE_SIZE), -ENOMEM);
	ck_assert(fake_fail_happened());
	fake_fail_nth(1, ENOMEM);
	expect(guest_call(g, SYS_mprotect, a, PAGE_SIZE, PROT_READ), -ENOMEM);
	fake_fail_nth(1, ENOMEM);
	expect(guest_call(g, SYS_mmap, AT(2), PAGE_SIZE, PROT_READ, ANON | MAP_FIXED, -1, 0), -ENOMEM);
	fake_fail_nth(1, ENOMEM);
	expect(guest_call(g, SYS_mremap, a, PAGE_SIZE, 2 * PAGE_SIZE, 0), -ENOMEM);
	ck_assert(guest_may(g, a, 1, PROT_WRITE));
	expect(map(g, AT(2), PAGE_SIZE, PROT_READ, ANON | MAP_FIXED_NOREPLACE), AT(2));
	expect(guest_call(g, SYS_munmap, a, PAGE_SIZE), 0);
}
END_TEST

UNIT_MAIN("vm_map", random_map, gaps, random_calls, mmap_errors, mmap_hint, mremap_moves,
    mremap_dontunmap, brk_moves, limits, shared_after_fork, advice, file_mapping, host_refuses)
