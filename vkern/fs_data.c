/*
 * fs_data.c - the contents of files, in memory or on disk.
 *
 * Up to SMALL_MAX bytes are in a heap buffer, with a bit per page that says
 * which are not holes.  Larger files, and all that are mapped, are in a memory
 * file of the host, whose size is always inode.size, so that mappings, reads
 * and writes agree and faults beyond the end are the host's SIGBUS.  Memory
 * files cost descriptors, of which the host may give few: when there are many,
 * a small one that nobody has open or mapped goes back to the heap.
 *
 * Those of a file system with a store (fs_store.c) are in files of the store's
 * directory instead, which serve as memory files do while they are open, take
 * no memory, and outlive us.  They are opened when needed and closed with the
 * last open file.
 *
 * What the files of one kernel use in all is limited: the memory is ours, and
 * a guest that fills its disk gets ENOSPC.
 *
 * Locks: everything here runs under inode.lock.
 */
#include "vkern/fs_impl.h"

#define SMALL_MAX	(1u << 20)
#define BOUNCE_SIZE	65536u
#define SYNC_EVERY	(1u << 20)
#define MEMFDS_MANY	4000
_Static_assert(SMALL_MAX / PAGE_SIZE == MDATA_PAGES, "a bit per page");

/* --- buffers between guest and host --- */

static char *
bounce_get(void)
{
	struct fs_state *fs = vk->fs;
	size_t i;
	char *b;

	for (i = 0; i < nitems(fs->bounce); i++) {
		if (fs->bounce[i] == NULL)
			continue;
		b = atomic_exchange(&fs->bounce[i], NULL);
		if (b != NULL)
			return b;
	}
	return kalloc(BOUNCE_SIZE);
}

static void
bounce_put(char *b)
{
	struct fs_state *fs = vk->fs;
	char *none;
	size_t i;

	for (i = 0; i < nitems(fs->bounce); i++) {
		none = NULL;
		if (atomic_compare_exchange_strong(&fs->bounce[i], &none, b))
			return;
	}
	kfree(b);
}

void
mdata_fini(void)
{
	size_t i;

	for (i = 0; i < nitems(vk->fs->bounce); i++)
		kfree(vk->fs->bounce[i]);
}

/* --- the limit --- */

/* No room for n bytes more, in all or in the file system. */
static bool
mem_full(const struct mdata *d, int64_t n)
{
	const struct fs_state *fs = vk->fs;

	if (limit_memory(n, ENOSPC))
		return true;
	return n > fs->mem_limit - fs->mem_used ||
	    (d->sb != NULL && n > d->sb->limit - d->sb->used);
}

static void
mem_count(struct mdata *d, int64_t n)
{
	vk->fs->mem_used += n;
	if (d->sb != NULL)
		d->sb->used += n;
}

static int
mem_charge(struct mdata *d, int64_t n)
{
	if (n > 0 && mem_full(d, n))
		return -ENOSPC;
	mem_count(d, n);
	d->charged = (uint64_t)((int64_t)d->charged + n);
	return 0;
}

/* Is it the disk that has the contents, or will have them? */
static bool
data_stored(const struct mnode *m)
{
	return m->ondisk || (m->sid != 0 && m->i.sb->store != NULL);
}

static uint64_t
memfd_blocks(struct mdata *d)
{
	struct stat st;

	return host_stat(d->hf->fd, "", &st) == 0 ? (uint64_t)st.st_blocks : 0;
}

/* What the memory file really takes. */
static void
mem_sync(struct mdata *d)
{
	int64_t used;

	if (d->stored)
		return;
	used = (int64_t)memfd_blocks(d) * 512;
	mem_count(d, used - (int64_t)d->charged);
	d->charged = (uint64_t)used;
	d->unsynced = 0;
}

static int
mem_grow_check(struct mdata *d, uint64_t n)
{
	if (d->stored)
		return 0;
	d->unsynced += n;
	/* In a file system of a few megabytes, a megabyte is not nothing. */
	if (d->unsynced >= SYNC_EVERY || d->sb != NULL)
		mem_sync(d);
	return n > (uint64_t)vk->fs->mem_limit || mem_full(d, (int64_t)n) ? -ENOSPC : 0;
}

/* --- small files --- */

static struct mdata *
mdata_get(struct mnode *m)
{
	if (m->data == NULL) {
		m->data = xcalloc(1, sizeof(*m->data));
		if (m->i.sb != NULL && m->i.sb->limit != 0)
			m->data->sb = m->i.sb;
	}
	return m->data;
}

static bool
page_present(const struct mdata *d, uint64_t page)
{
	return page < MDATA_PAGES && (d->present[page / 64] >> (page % 64) & 1);
}

/* For the pages from first up to, not including, end. */
static void
pages_mark(struct mdata *d, uint64_t first, uint64_t end, bool present)
{
	for (; first < end && first < MDATA_PAGES; first++) {
		if (present)
			d->present[first / 64] |= 1ULL << (first % 64);
		else
			d->present[first / 64] &= ~(1ULL << (first % 64));
	}
}

/* All pages that [off, off + len) touches. */
static void
pages_fill(struct mdata *d, uint64_t off, uint64_t len)
{
	if (len > 0)
		pages_mark(d, off / PAGE_SIZE, page_up(off + len) / PAGE_SIZE, true);
}

static int
small_reserve(struct mdata *d, uint32_t need)
{
	uint32_t cap = d->cap;
	char *buf;

	if (need <= cap)
		return 0;
	cap = max_of(need, min_of(cap * 2, SMALL_MAX));
	cap = (cap + 63) & ~63u;
	if (mem_charge(d, (int64_t)cap - d->cap) != 0)
		return -ENOSPC;
	buf = kalloc(cap);
	if (buf == NULL) {
		(void)mem_charge(d, -((int64_t)cap - d->cap));
		return -ENOSPC;
	}
	if (d->buf != NULL)
		memcpy(buf, d->buf, d->cap);
	kfree(d->buf);
	d->buf = buf;
	d->cap = cap;
	return 0;
}

static void
small_free(struct mdata *d)
{
	(void)mem_charge(d, -(int64_t)d->cap);
	kfree(d->buf);
	d->buf = NULL;
	d->cap = 0;
	memset(d->present, 0, sizeof(d->present));
}

/* Zero what of [off, off + len) there is. */
static void
small_clear(struct mdata *d, uint64_t off, uint64_t len)
{
	if (off < d->cap)
		memset(d->buf + off, 0, min_of(len, d->cap - off));
}

/* --- memory files --- */

/* Write the pages that are not holes to the memory file. */
static int
small_spill(struct mdata *d, hfd_t fd, uint64_t size)
{
	uint64_t off, n;
	ssize_t r;

	for (off = 0; off < d->cap && off < size; off += n) {
		n = min_of(min_of(PAGE_SIZE, d->cap - off), size - off);
		if (!page_present(d, off / PAGE_SIZE))
			continue;
		r = host_pwrite(fd, d->buf + off, n, (int64_t)off);
		if (r != (ssize_t)n)
			return r < 0 ? (int)r : -ENOSPC;
	}
	return 0;
}

/* The data file, opened or made. */
static int
stored_open(struct mnode *m, struct mdata *d)
{
	bool fresh = !m->ondisk;
	hfd_t fd;
	int err;

	err = store_open(m, fresh, &fd);
	if (err == 0 && fresh && m->i.size > 0)
		err = host_truncate(fd, m->i.size);
	if (err == 0 && fresh && d->cap > 0)
		err = small_spill(d, fd, (uint64_t)m->i.size);
	if (err != 0)
		return err;
	small_free(d);
	d->hf = hfile_new(fd);
	d->stored = true;
	m->ondisk = true;
	if (fresh)
		m->unsaved = UNSAVED_NOW;
	return 0;
}

/* What there is on disk is open; what is in memory stays there. */
static int
mdata_ready(struct mnode *m)
{
	if (!m->ondisk || (m->data != NULL && m->data->hf != NULL))
		return 0;
	return stored_open(m, mdata_get(m));
}

int
mdata_to_memfd(struct mnode *m)
{
	struct mdata *d = mdata_get(m);
	hfd_t fd;
	int err;

	if (d->hf != NULL)
		return 0;
	if (data_stored(m))
		return stored_open(m, d);
	err = host_memfd("vksup-file", &fd);
	if (err != 0)
		return err;
	err = host_truncate(fd, m->i.size);
	if (err == 0)
		err = small_spill(d, fd, (uint64_t)m->i.size);
	if (err != 0) {
		host_close(fd);
		return err;
	}
	small_free(d);
	d->hf = hfile_new(fd);
	vk->fs->nmemfds++;
	mem_sync(d);
	return 0;
}

static void
memfd_drop(struct mdata *d)
{
	hfile_unref(d->hf);
	if (!d->stored)
		vk->fs->nmemfds--;
	d->hf = NULL;
	d->mapped = false;
	(void)mem_charge(d, -(int64_t)d->charged);
	d->unsynced = 0;
}

/* Back to the heap; what goes wrong leaves things as they are. */
static void
memfd_to_small(struct mnode *m, struct mdata *d)
{
	struct mdata small = { .sb = d->sb };
	int64_t at = 0, size = m->i.size, end;

	if (size == 0 || small_reserve(&small, (uint32_t)size) != 0)
		return;
	while (at < size && (at = host_seek(d->hf->fd, at, SEEK_DATA)) >= 0) {
		end = host_seek(d->hf->fd, at, SEEK_HOLE);
		if (end <= at || host_pread(d->hf->fd, small.buf + at, (size_t)(end - at), at) != end - at) {
			small_free(&small);
			return;
		}
		pages_fill(&small, (uint64_t)at, (uint64_t)(end - at));
		at = end;
	}
	memfd_drop(d);
	*d = small;
}

void
mdata_closed(struct mnode *m)
{
	struct mdata *d = m->data;

	if (d != NULL && d->stored) {
		/* Mappings have their own reference, and the file is the same. */
		if (d->hf != NULL)
			hfile_unref(d->hf);
		d->hf = NULL;
		if (!d->mapped) {
			kfree(d);
			m->data = NULL;
		}
		return;
	}
	if (d != NULL && d->hf != NULL && vk->fs->nmemfds > MEMFDS_MANY &&
	    d->hf->refs == 1 && m->i.size <= SMALL_MAX)
		memfd_to_small(m, d);
}

void
mdata_free(struct mnode *m)
{
	struct mdata *d = m->data;

	/* Nobody will ever ask for it again. */
	if (m->ondisk && (m->lowdata || m->i.nlink == 0)) {
		store_unlink(m);
		m->ondisk = false;
	}
	if (d == NULL)
		return;
	if (d->hf != NULL)
		memfd_drop(d);
	else
		small_free(d);
	kfree(d);
	m->data = NULL;
}

uint64_t
mdata_blocks(struct mnode *m)
{
	struct mdata *d = m->data;
	uint64_t n = 0;
	size_t i;

	if (m->ondisk && (d == NULL || d->hf == NULL))
		return store_blocks(m);
	if (d == NULL)
		return 0;
	if (d->hf != NULL)
		return memfd_blocks(d);
	for (i = 0; i < nitems(d->present); i++)
		n += (uint64_t)__builtin_popcountll(d->present[i]);
	return n * (PAGE_SIZE / 512);
}

/* --- reading and writing --- */

/* From a host file to a uio, through a buffer. */
ssize_t
hfile_read(hfd_t fd, struct uio *u, int64_t off, size_t n)
{
	char small[4096], *buf = small;
	size_t done = 0, size = sizeof(small);
	ssize_t r = 0, k;

	if (n > sizeof(small)) {
		size = BOUNCE_SIZE;
		buf = bounce_get();
		if (buf == NULL)
			return -ENOMEM;
	}
	while (done < n) {
		r = host_pread(fd, buf, min_of(n - done, size), off + (int64_t)done);
		if (r <= 0)
			break;
		k = uio_put(u, buf, (size_t)r);
		if (k > 0)
			done += (size_t)k;
		if (k < r) {
			r = k;
			break;
		}
	}
	if (buf != small)
		bounce_put(buf);
	return done > 0 ? (ssize_t)done : r;
}

ssize_t
mdata_read(struct mnode *m, struct uio *u, int64_t off, size_t n)
{
	struct mdata *d;
	size_t k = 0;
	ssize_t r = 0, z;
	int err = mdata_ready(m);

	if (err != 0)
		return err;
	d = m->data;
	if (d != NULL && d->hf != NULL)
		return hfile_read(d->hf->fd, u, off, n);
	if (d != NULL && off < d->cap) {
		k = min_of(n, (size_t)(d->cap - off));
		r = uio_put(u, d->buf + off, k);
		if (r < (ssize_t)k)
			return r;
	}
	if (k == n)
		return r;
	z = uio_put_zero(u, n - k);
	return z >= 0 ? r + z : r > 0 ? r : z;
}

static ssize_t
small_write(struct mdata *d, struct uio *u, int64_t off, size_t n)
{
	ssize_t r;
	int err;

	err = small_reserve(d, (uint32_t)off + (uint32_t)n);
	if (err != 0)
		return err;
	r = uio_get(u, d->buf + off, n);
	if (r > 0)
		pages_fill(d, (uint64_t)off, (uint64_t)r);
	return r;
}

static ssize_t
pwrite_all(hfd_t fd, const char *buf, size_t n, int64_t off)
{
	size_t done;
	ssize_t r;

	for (done = 0; done < n; done += (size_t)r) {
		r = off == HFILE_APPEND ? host_append(fd, buf + done, n - done) :
		    host_pwrite(fd, buf + done, n - done, off + (int64_t)done);
		if (r <= 0)
			return done > 0 ? (ssize_t)done : r < 0 ? r : -ENOSPC;
	}
	return (ssize_t)done;
}

ssize_t
hfile_write(hfd_t fd, struct uio *u, int64_t off, size_t n)
{
	char small[4096], *buf = small;
	size_t done = 0, size = sizeof(small), want;
	ssize_t r, k = 0;

	if (n > sizeof(small)) {
		size = BOUNCE_SIZE;
		buf = bounce_get();
		if (buf == NULL)
			return -ENOMEM;
	}
	while (done < n) {
		want = min_of(n - done, size);
		r = uio_get(u, buf, want);
		k = r > 0 ? pwrite_all(fd, buf, (size_t)r,
		    off == HFILE_APPEND ? off : off + (int64_t)done) : r;
		if (k > 0)
			done += (size_t)k;
		if (k < (ssize_t)want)
			break;
	}
	if (buf != small)
		bounce_put(buf);
	return done > 0 ? (ssize_t)done : k;
}

/*
 * The file grows to reach `to`.  A mapping may have been written behind the
 * old end, in the last page: that was never part of the file.
 */
static void
memfd_grow(struct mnode *m, struct mdata *d, int64_t to)
{
	int64_t end = (int64_t)page_up((uint64_t)m->i.size);

	if (d->mapped && to > m->i.size && end != m->i.size)
		(void)!host_fallocate(d->hf->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		    m->i.size, end - m->i.size);
}

ssize_t
mdata_write(struct mnode *m, struct uio *u, int64_t off, size_t n)
{
	struct mdata *d = mdata_get(m);
	ssize_t r;
	int err;

	if (d->hf == NULL && (data_stored(m) || off + (int64_t)n > SMALL_MAX)) {
		err = mdata_to_memfd(m);
		if (err != 0)
			return err;
	}
	if (d->hf == NULL) {
		r = small_write(d, u, off, n);
	} else {
		err = mem_grow_check(d, n);
		if (err != 0 && off + (int64_t)n > m->i.size)
			return err;
		memfd_grow(m, d, off);
		r = hfile_write(d->hf->fd, u, off, n);
	}
	if (r > 0 && off + r > m->i.size)
		m->i.size = off + r;
	return r;
}

/* --- size and holes --- */

static void
small_truncate(struct mnode *m, struct mdata *d, int64_t size)
{
	if (size < m->i.size) {
		small_clear(d, (uint64_t)size, SMALL_MAX);
		pages_mark(d, page_up((uint64_t)size) / PAGE_SIZE, MDATA_PAGES, false);
	}
	if (size == 0)
		small_free(d);
	m->i.size = size;
}

int
mdata_truncate(struct mnode *m, int64_t size)
{
	struct mdata *d = mdata_get(m);
	int err;

	err = mdata_ready(m);
	if (err != 0)
		return err;
	/* Nobody has it mapped: start anew. */
	if (size == 0 && d->hf != NULL && d->hf->refs == 1 && !d->stored)
		memfd_drop(d);
	if (d->hf == NULL && (size > SMALL_MAX || (size > 0 && data_stored(m)))) {
		err = mdata_to_memfd(m);
		if (err != 0)
			return err;
	}
	if (d->hf == NULL) {
		small_truncate(m, d, size);
		return 0;
	}
	memfd_grow(m, d, size);
	err = host_truncate(d->hf->fd, size);
	if (err != 0)
		return err;
	if (size < m->i.size)
		mem_sync(d);
	m->i.size = size;
	return 0;
}

int64_t
mdata_seek(struct mnode *m, int64_t off, int whence)
{
	struct mdata *d;
	int64_t at, size = m->i.size;
	bool there;
	int err = mdata_ready(m);

	if (err != 0)
		return err;
	d = m->data;
	if (off < 0 || off >= size)
		return -ENXIO;
	if (d != NULL && d->hf != NULL)
		return host_seek(d->hf->fd, off, whence);
	for (at = off; at < size; at = (int64_t)page_down((uint64_t)at) + (int64_t)PAGE_SIZE) {
		there = d != NULL && page_present(d, (uint64_t)at / PAGE_SIZE);
		if (there == (whence == SEEK_DATA))
			return at;
	}
	return whence == SEEK_DATA ? -ENXIO : size;
}

static int
small_fallocate(struct mnode *m, struct mdata *d, int mode, uint64_t off, uint64_t len)
{
	int err;

	if (mode & FALLOC_FL_PUNCH_HOLE) {
		small_clear(d, off, len);
		pages_mark(d, page_up(off) / PAGE_SIZE, page_down(off + len) / PAGE_SIZE, false);
		return 0;
	}
	err = small_reserve(d, (uint32_t)(off + len));
	if (err != 0)
		return err;
	if (mode & FALLOC_FL_ZERO_RANGE)
		small_clear(d, off, len);
	pages_fill(d, off, len);
	if (!(mode & FALLOC_FL_KEEP_SIZE) && (int64_t)(off + len) > m->i.size)
		m->i.size = (int64_t)(off + len);
	return 0;
}

static int
memfd_fallocate(struct mnode *m, struct mdata *d, int mode, int64_t off, int64_t len)
{
	int err = 0;

	if (!(mode & FALLOC_FL_PUNCH_HOLE)) {
		err = mem_grow_check(d, (uint64_t)len);
		if (err != 0)
			return err;
	}
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		err = host_fallocate(d->hf->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		    off, len);
	if (!(mode & FALLOC_FL_KEEP_SIZE))
		memfd_grow(m, d, off + len);
	if (err == 0 && !(mode & FALLOC_FL_PUNCH_HOLE))
		err = host_fallocate(d->hf->fd, mode & FALLOC_FL_KEEP_SIZE, off, len);
	mem_sync(d);
	if (err == 0 && !(mode & FALLOC_FL_KEEP_SIZE) && off + len > m->i.size)
		m->i.size = off + len;
	return err;
}

int
mdata_fallocate(struct mnode *m, int mode, int64_t off, int64_t len)
{
	struct mdata *d = mdata_get(m);
	int err;

	err = mdata_ready(m);
	if (err != 0)
		return err;
	if (d->hf == NULL && (data_stored(m) || off + len > SMALL_MAX) && !(mode & FALLOC_FL_PUNCH_HOLE)) {
		if (!data_stored(m) && mem_full(d, len))
			return -ENOSPC;
		err = mdata_to_memfd(m);
		if (err != 0)
			return err;
	}
	if (d->hf == NULL)
		return small_fallocate(m, d, mode, (uint64_t)off, (uint64_t)len);
	return memfd_fallocate(m, d, mode, off, len);
}
