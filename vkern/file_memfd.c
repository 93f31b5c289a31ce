/*
 * file_memfd.c - memfd_create(2) and seals.
 *
 * A memfd is a regular file without a name over one memory file of the host,
 * which guests map directly; its size is the host's as well as inode.size,
 * changed together under inode.lock.  Seals are kept here; a writable shared
 * mapping is found by looking through the maps of all processes, which only
 * F_SEAL_WRITE pays for.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <linux/falloc.h>

#include "vkern/file_impl.h"

#define MEMFD_CHUNK	65536U
#define MEMFD_NAME_MAX	249		/* NAME_MAX - strlen("memfd:") */
#define MEMFD_SIZE_MAX	INT64_MAX

#define K_MFD_ALLOW_SEALING	2u
#define K_MFD_HUGETLB		4u
#define K_MFD_NOEXEC_SEAL	8u
#define K_MFD_EXEC		16u
#define K_MFD_HUGE_MASK		0xfc000000u
#define K_F_SEAL_EXEC		0x20u
#define SEALS_ALL	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | \
	F_SEAL_FUTURE_WRITE | K_F_SEAL_EXEC)
#define SEALS_WRITE	(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

struct memfd {
	struct hfile	*hf;		/* [I] reference */
	unsigned	seals;		/* [i] */
};

static const struct file_ops memfd_ops;

static struct memfd *
inode_memfd(struct inode *ino)
{
	return anon_priv(ino)->obj;
}

/* --- data --- */

static ssize_t
memfd_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct memfd *m = inode_memfd(f->inode);
	size_t n, done = 0;
	ssize_t r = 0, put;
	char *buf;

	buf = kalloc(min_of(u->resid, (size_t)MEMFD_CHUNK));
	if (buf == NULL)
		return -ENOMEM;
	while (u->resid > 0) {
		n = min_of(u->resid, (size_t)MEMFD_CHUNK);
		r = host_pread(m->hf->fd, buf, n, *pos);
		if (r <= 0)
			break;
		put = uio_put(u, buf, (size_t)r);
		if (put > 0) {
			*pos += put;
			done += (size_t)put;
		}
		if (put < r) {
			r = put;
			break;
		}
	}
	kfree(buf);
	return done > 0 ? (ssize_t)done : r;
}

/* One piece, at pos or at the end; inode.lock makes size and seals hold. */
static ssize_t
memfd_write_chunk(struct inode *ino, const char *buf, size_t n, int64_t *pos, bool append)
{
	struct memfd *m = inode_memfd(ino);
	ssize_t r;

	mutex_lock(&ino->lock);
	if (append)
		*pos = ino->size;
	/* Linux writes page by page; the one that would end behind the end is refused. */
	if ((m->seals & F_SEAL_GROW) && *pos + (int64_t)n > ino->size)
		n = (size_t)max_of((int64_t)page_down((uint64_t)ino->size) - *pos, (int64_t)0);
	if ((m->seals & SEALS_WRITE) || n == 0)
		r = -EPERM;
	else
		r = host_pwrite(m->hf->fd, buf, n, *pos);
	if (r > 0) {
		*pos += r;
		ino->size = max_of(ino->size, *pos);
		ino->blocks = (uint64_t)page_up((uint64_t)ino->size) / 512;
		ino->mtime = ino->ctime = fs_now();
	}
	mutex_unlock(&ino->lock);
	return r;
}

static ssize_t
memfd_write(struct file *f, struct uio *u, int64_t *pos)
{
	size_t done = 0;
	ssize_t r, got;
	char *buf;

	r = file_check_fsize(f, u, *pos);
	if (r != 0)
		return r;
	buf = kalloc(min_of(u->resid, (size_t)MEMFD_CHUNK));
	if (buf == NULL)
		return -ENOMEM;
	while (u->resid > 0) {
		got = r = uio_get(u, buf, min_of(u->resid, (size_t)MEMFD_CHUNK));
		if (r > 0)
			r = memfd_write_chunk(f->inode, buf, (size_t)got, pos, file_append(f, u));
		if (r > 0)
			done += (size_t)r;
		if (r < got)
			break;
	}
	kfree(buf);
	return done > 0 ? (ssize_t)done : r;
}

static int64_t
memfd_lseek(struct file *f, int64_t off, int whence)
{
	int64_t r;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return file_lseek_size(f, off, whence);
	r = host_seek(inode_memfd(f->inode)->hf->fd, off, whence);
	if (r >= 0)
		f->pos = r;
	return r;
}

/*
 * What must not become writable, whatever the guest does to its carrier, is
 * mapped through a read-only descriptor of its own.
 */
static int
memfd_mmap(struct file *f, int prot, int flags, struct vm_backing *b)
{
	struct memfd *m = inode_memfd(f->inode);
	int err = 0;

	mutex_lock(&f->inode->lock);
	b->ro = (m->seals & SEALS_WRITE) != 0 || !(f->mode & FMODE_WRITE);
	if ((flags & MAP_SHARED) && (prot & PROT_WRITE) && (m->seals & SEALS_WRITE))
		err = -EPERM;
	else if (b->ro && !hfd_ok(m->hf->ro))
		err = host_reopen_ro(m->hf->fd, &m->hf->ro);
	mutex_unlock(&f->inode->lock);
	if (err == 0)
		b->hf = hfile_ref(m->hf);
	return err;
}

static int
memfd_fsync(struct file *f, bool data_only)
{
	(void)f;
	(void)data_only;
	return 0;
}

static int
memfd_fallocate(struct file *f, int mode, int64_t off, int64_t len)
{
	struct inode *ino = f->inode;
	struct memfd *m = inode_memfd(ino);
	int err = 0;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	mutex_lock(&ino->lock);
	if ((mode & FALLOC_FL_PUNCH_HOLE) && (m->seals & SEALS_WRITE))
		err = -EPERM;
	else if (!(mode & FALLOC_FL_KEEP_SIZE) && (m->seals & F_SEAL_GROW) && off + len > ino->size)
		err = -EPERM;
	if (err == 0)
		err = host_fallocate(m->hf->fd, mode, off, len);
	if (err == 0 && !(mode & FALLOC_FL_KEEP_SIZE))
		ino->size = max_of(ino->size, off + len);
	mutex_unlock(&ino->lock);
	return err;
}

static const struct file_ops memfd_ops = {
	.name = "memfd",
	.read = memfd_read,
	.write = memfd_write,
	.lseek = memfd_lseek,
	.fsync = memfd_fsync,
	.mmap = memfd_mmap,
	.fallocate = memfd_fallocate,
};

/* --- the inode --- */

static int
memfd_setattr(struct inode *ino, const struct iattr *a)
{
	struct memfd *m = inode_memfd(ino);
	int err = 0;

	mutex_lock(&ino->lock);
	if ((a->valid & ATTR_MODE) && (m->seals & K_F_SEAL_EXEC) &&
	    ((a->mode ^ ino->mode) & 0111))
		err = -EPERM;
	if (err == 0 && (a->valid & ATTR_SIZE)) {
		if ((a->size < ino->size && (m->seals & F_SEAL_SHRINK)) ||
		    (a->size > ino->size && (m->seals & F_SEAL_GROW)))
			err = -EPERM;
		else
			err = host_truncate(m->hf->fd, a->size);
		if (err == 0) {
			ino->size = a->size;
			ino->blocks = min_of(ino->blocks,
			    (uint64_t)page_up((uint64_t)a->size) / 512);
		}
	}
	mutex_unlock(&ino->lock);
	return err;
}

static void
memfd_evict(struct inode *ino)
{
	struct memfd *m = inode_memfd(ino);

	hfile_unref(m->hf);
	kfree(m);
}

/* Through /proc/PID/fd: the same data, an offset of its own. */
static int
memfd_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	struct iattr ia = { .valid = ATTR_SIZE };
	int err;

	(void)p;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	if ((flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY) {
		err = inode_setattr(ino, &ia);
		if (err != 0)
			return err;
	}
	*out = file_alloc(&memfd_ops, NULL, ino, flags | K_O_LARGEFILE);
	return 0;
}

static unsigned
memfd_first_seals(unsigned flags)
{
	unsigned seals = flags & K_MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL;

	/* Seals what it says, and lets the rest be sealed. */
	if (flags & K_MFD_NOEXEC_SEAL)
		seals = K_F_SEAL_EXEC;
	return seals;
}

static struct inode *
memfd_inode(const char *name, unsigned flags, struct hfile *hf)
{
	char buf[MEMFD_NAME_MAX + 32];
	struct anon_priv *ap;
	struct inode *ino;
	struct memfd *m;

	snprintf(buf, sizeof(buf), "/memfd:%s (deleted)", name);
	ino = anon_inode_on(&file_state()->memfd,
	    S_IFREG | (flags & K_MFD_NOEXEC_SEAL ? 0666 : 0777), buf);
	ino->nlink = 0;
	m = xcalloc(1, sizeof(*m));
	m->hf = hf;
	m->seals = memfd_first_seals(flags);
	ap = anon_priv(ino);
	ap->obj = m;
	ap->evict = memfd_evict;
	ap->open = memfd_open;
	ap->setattr = memfd_setattr;
	return ino;
}

int
memfd_create_file(const char *name, unsigned flags, struct file **out)
{
	struct inode *ino;
	hfd_t fd;
	int err;

	if ((flags & K_MFD_EXEC) && (flags & K_MFD_NOEXEC_SEAL))
		return -EINVAL;
	if ((flags & K_MFD_HUGE_MASK) && !(flags & K_MFD_HUGETLB))
		return -EINVAL;
	if (strlen(name) > MEMFD_NAME_MAX)
		return -EINVAL;
	/* No huge pages in here: as on a host that has none of that size. */
	if (flags & K_MFD_HUGETLB)
		return -ENODEV;
	err = host_memfd("vk-memfd", &fd);
	if (err != 0)
		return err;
	ino = memfd_inode(name, flags, hfile_new(fd));
	*out = file_alloc(&memfd_ops, NULL, ino, O_RDWR | K_O_LARGEFILE);
	inode_put(ino);
	return 0;
}

/* --- seals --- */

static bool
map_writes(struct vm_map *vm, struct inode *ino)
{
	struct vm_entry *e;
	bool found = false;

	mutex_lock(&vm->lock);
	for (e = vm_map_find(vm, 0); e != NULL; e = vm_map_next(vm, e)) {
		if (e->file != NULL && e->file->inode == ino && (e->flags & MAP_SHARED) &&
		    (e->prot & PROT_WRITE || e->maywrite)) {
			found = true;
			break;
		}
	}
	mutex_unlock(&vm->lock);
	return found;
}

/* The map of the nth process, with a reference; *more: there is one. */
static struct vm_map *
nth_map(int n, bool *more)
{
	struct vm_map *vm = NULL;
	struct proc *p;

	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(p, &vk->procs, all)
		if (n-- == 0)
			break;
	*more = p != NULL;
	if (p != NULL && p->vm != NULL)
		vm = vm_map_ref(p->vm);
	mutex_unlock(&vk->proc_lock);
	return vm;
}

static bool
mapped_for_writing(struct inode *ino)
{
	bool more = true, found = false;
	struct vm_map *vm;
	int n;

	for (n = 0; !found; n++) {
		vm = nth_map(n, &more);
		if (!more)
			break;
		if (vm == NULL)
			continue;
		found = map_writes(vm, ino);
		vm_map_unref(vm);
	}
	return found;
}

int
memfd_add_seals(struct file *f, unsigned seals)
{
	struct inode *ino = f->inode;
	struct memfd *m;
	int err = 0;

	if (!(f->mode & FMODE_WRITE))
		return -EPERM;
	if (seals & ~(unsigned)SEALS_ALL)
		return -EINVAL;
	if (f->ops != &memfd_ops)
		return -EINVAL;
	m = inode_memfd(ino);
	mutex_lock(&ino->lock);
	if (m->seals & F_SEAL_SEAL)
		err = -EPERM;
	mutex_unlock(&ino->lock);
	if (err == 0 && (seals & F_SEAL_WRITE) && mapped_for_writing(ino))
		err = -EBUSY;
	if (err != 0)
		return err;
	mutex_lock(&ino->lock);
	/* A file that can be executed and must stay as it is: all of it must. */
	if ((seals & K_F_SEAL_EXEC) && (ino->mode & 0111))
		seals |= F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
	m->seals |= seals;
	mutex_unlock(&ino->lock);
	return 0;
}

int
memfd_get_seals(struct file *f)
{
	int seals;

	if (f->ops != &memfd_ops)
		return -EINVAL;
	mutex_lock(&f->inode->lock);
	seals = (int)inode_memfd(f->inode)->seals;
	mutex_unlock(&f->inode->lock);
	return seals;
}
