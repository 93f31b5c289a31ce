/*
 * fs_file.c - what can be done with an open regular file or directory.
 *
 * A regular file reads from memory or, while untouched, from the host's file.
 * It is never written while its contents are the host's: opening for writing
 * copies them up (fs_tmp.c, mem_open).
 *
 * A directory that is being read keeps a snapshot of its names, taken when it
 * is read from the start: offsets are places in the snapshot, so names neither
 * move nor come twice whatever happens meanwhile.
 *
 * Locks: read, write, lseek and getdents are called under file.pos_lock.
 */
#include <dirent.h>
#include <linux/capability.h>
#include <linux/falloc.h>
#include <sys/mman.h>

#include "vkern/fs_impl.h"

/* The largest size of a file, as on tmpfs. */
#define FILE_SIZE_MAX	INT64_MAX

/* --- regular files --- */

/* Once a day, or when the contents are newer: the kernel's relatime. */
static void
file_accessed(struct file *f, struct inode *ino)
{
	struct timespec now;

	if ((f->flags & O_NOATIME) || !mnode_of(ino)->upper)
		return;
	if (ino->atime.tv_sec > ino->mtime.tv_sec && ino->atime.tv_sec > ino->ctime.tv_sec)
		return;
	now = fs_now();
	ino->atime = now;
}

/* While the contents are the host's: read there, with no lock held. */
static ssize_t
reg_read_lower(struct mnode *m, struct uio *u, int64_t pos, int64_t size)
    RELEASE(m->i.lock)
{
	struct hfile *hf = m->lhf != NULL ? hfile_ref(m->lhf) : NULL;
	size_t n = u->resid;
	ssize_t r;

	mutex_unlock(&m->i.lock);
	if (hf == NULL)
		return -EIO;
	/* It may have grown since we asked; but do not make room for nothing. */
	n = min_of(n, pos < size ? (size_t)(size - pos) : (size_t)PAGE_SIZE);
	r = hfile_read(hf->fd, u, pos, n);
	hfile_unref(hf);
	return r;
}

static ssize_t
reg_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct mnode *m = mnode_of(f->inode);
	ssize_t r = 0;
	size_t n;

	if (u->resid == 0)
		return 0;
	mutex_lock(&m->i.lock);
	if (m->lowdata) {
		r = reg_read_lower(m, u, *pos, m->i.size);
	} else {
		if (*pos < m->i.size) {
			n = (size_t)min_of((int64_t)u->resid, m->i.size - *pos);
			r = mdata_read(m, u, *pos, n);
			if (r > 0)
				file_accessed(f, &m->i);
		}
		mutex_unlock(&m->i.lock);
	}
	if (r > 0)
		*pos += r;
	return r;
}

/* A program that may not make files setuid does not leave them so. */
void
inode_drop_privs(struct inode *ino)
{
	if (!(ino->mode & (S_ISUID | S_ISGID)) || fs_capable(CAP_FSETID))
		return;
	ino->mode &= ~(unsigned)S_ISUID;
	if (ino->mode & S_IXGRP)
		ino->mode &= ~(unsigned)S_ISGID;
}

static void
send_sigxfsz(void)
{
	siginfo_t si;

	limit_rlimit_cross(RLIMIT_FSIZE, EFBIG);
	siginfo_user(&si, SIGXFSZ, SI_USER);
	mutex_lock(&vk->proc_lock);
	(void)!signal_thread(curthread, SIGXFSZ, &si);
	mutex_unlock(&vk->proc_lock);
}

ssize_t
fs_check_write(int64_t off, size_t n)
{
	uint64_t limit = curthread != NULL ? rlimit_cur(RLIMIT_FSIZE) : RLIM_INFINITY;

	if (limit != RLIM_INFINITY) {
		if ((uint64_t)off >= limit) {
			send_sigxfsz();
			return -EFBIG;
		}
		n = min_of((uint64_t)n, limit - (uint64_t)off);
	}
	if (off == FILE_SIZE_MAX)
		return -EFBIG;
	return (ssize_t)min_of((int64_t)n, FILE_SIZE_MAX - off);
}

static ssize_t
reg_write(struct file *f, struct uio *u, int64_t *pos)
{
	struct mnode *m = mnode_of(f->inode);
	int64_t off;
	ssize_t r;

	if (u->resid == 0)
		return 0;
	mutex_lock(&m->i.lock);
	off = file_append(f, u) ? m->i.size : *pos;
	r = fs_check_write(off, u->resid);
	if (r > 0) {
		r = (ssize_t)limit_write((size_t)r);
		if (r == 0)
			r = -EDQUOT;
	}
	if (r > 0) {
		inode_drop_privs(&m->i);
		m->i.mtime = m->i.ctime = fs_now();
		r = mdata_write(m, u, off, (size_t)r);
		mnode_dirty(m);
	}
	mutex_unlock(&m->i.lock);
	store_settle(m);
	if (r > 0) {
		limit_written((size_t)r);
		*pos = off + r;
	}
	return r;
}

static int64_t
reg_seek_data(struct mnode *m, int64_t off, int whence)
{
	int64_t r;

	mutex_lock(&m->i.lock);
	if (off < 0 || off >= m->i.size)
		r = -ENXIO;
	else if (m->lowdata)
		r = m->lhf != NULL ? host_seek(m->lhf->fd, off, whence) : -EIO;
	else
		r = mdata_seek(m, off, whence);
	mutex_unlock(&m->i.lock);
	return r;
}

static int64_t
reg_lseek(struct file *f, int64_t off, int whence)
{
	struct mnode *m = mnode_of(f->inode);
	int64_t base = 0, to;

	switch (whence) {
	case SEEK_CUR:
		base = f->pos;
		break;
	case SEEK_END:
		(void)ovl_refresh(f->inode);
		mutex_lock(&m->i.lock);
		base = m->i.size;
		mutex_unlock(&m->i.lock);
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		off = reg_seek_data(m, off, whence);
		if (off < 0)
			return off;
		break;
	}
	if (__builtin_add_overflow(base, off, &to) || to < 0)
		return -EINVAL;
	f->pos = to;
	return to;
}

int
fs_check_length(int64_t size)
{
	if (curthread == NULL || (uint64_t)size <= rlimit_cur(RLIMIT_FSIZE))
		return 0;
	send_sigxfsz();
	return -EFBIG;
}

static int
reg_fallocate(struct file *f, int mode, int64_t off, int64_t len)
{
	struct mnode *m = mnode_of(f->inode);
	int err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if (!(mode & FALLOC_FL_KEEP_SIZE)) {
		err = fs_check_length(off + len);
		if (err != 0)
			return err;
	}
	mutex_lock(&m->i.lock);
	err = mdata_fallocate(m, mode, off, len);
	if (err == 0) {
		inode_drop_privs(&m->i);
		m->i.mtime = m->i.ctime = fs_now();
		mnode_dirty(m);
	}
	mutex_unlock(&m->i.lock);
	store_settle(m);
	return err;
}

static int
reg_mmap(struct file *f, int prot, int flags, struct vm_backing *b)
{
	struct mnode *m = mnode_of(f->inode);
	struct hfile *hf;
	int err = 0;

	(void)prot;
	*b = (struct vm_backing){ .ro = !(f->mode & FMODE_WRITE) || !(flags & MAP_SHARED) };
	mutex_lock(&m->i.lock);
	if (m->lowdata) {
		b->ro = true;
		hf = m->lhf;
		err = hf == NULL ? -EIO : 0;
	} else {
		err = mdata_to_memfd(m);
		hf = err == 0 ? m->data->hf : NULL;
		if (err == 0 && !hfd_ok(hf->ro))
			err = host_reopen_ro(hf->fd, &hf->ro);
		if (err == 0 && !b->ro) {
			m->data->mapped = true;
			mnode_dirty(m);
		}
	}
	if (err == 0)
		b->hf = hfile_ref(hf);
	mutex_unlock(&m->i.lock);
	store_settle(m);
	return err;
}

static void
reg_release(struct file *f)
{
	struct inode *ino = f->inode;

	if (f->mode & FMODE_WRITE)
		ino->writers--;
	ovl_close_lower(mnode_of(ino));
}

static int
fs_fsync(struct file *f, bool data_only)
{
	struct mnode *m = mnode_of(f->inode);

	(void)data_only;
	if (f->inode->ops == &mem_ops && m->unsaved != 0)
		store_save(m, false);
	return 0;
}

const struct file_ops reg_file_ops = {
	.name = "file",
	.read = reg_read,
	.write = reg_write,
	.lseek = reg_lseek,
	.fsync = fs_fsync,
	.mmap = reg_mmap,
	.fallocate = reg_fallocate,
	.release = reg_release,
};

/* --- directories --- */

struct dir_ent {
	uint64_t	ino;
	uint32_t	name;		/* offset in names */
	uint16_t	len;
	uint8_t		type;
};

struct dir_snap {
	struct dir_ent	*ents;
	size_t		n, size;
	char		*names;
	size_t		names_len, names_size;
};

static void
snap_free(struct dir_snap *s)
{
	if (s == NULL)
		return;
	kfree(s->ents);
	kfree(s->names);
	kfree(s);
}

static void *
snap_grow(void *old, size_t used, size_t *size, size_t need)
{
	size_t n = max_of(need, *size * 2);
	void *p;

	p = kalloc(n);
	if (p == NULL)
		return NULL;
	if (used > 0)
		memcpy(p, old, used);
	kfree(old);
	*size = n;
	return p;
}

static int
snap_add(void *arg, const char *name, size_t len, uint64_t ino, unsigned char type)
{
	struct dir_snap *s = arg;
	size_t used = s->n * sizeof(*s->ents);
	void *p;

	if (used + sizeof(*s->ents) > s->size) {
		p = snap_grow(s->ents, used, &s->size, 64 * sizeof(*s->ents));
		if (p == NULL)
			return -ENOMEM;
		s->ents = p;
	}
	if (s->names_len + len > s->names_size) {
		p = snap_grow(s->names, s->names_len, &s->names_size, 1024 + len);
		if (p == NULL)
			return -ENOMEM;
		s->names = p;
	}
	memcpy(s->names + s->names_len, name, len);
	s->ents[s->n++] = (struct dir_ent){
		.ino = ino, .name = (uint32_t)s->names_len, .len = (uint16_t)len, .type = type,
	};
	s->names_len += len;
	return 0;
}

static unsigned char
mode_to_dt(unsigned mode)
{
	return (unsigned char)((mode & S_IFMT) >> 12);
}

/* The names in memory that are not the lower's. */
static int
snap_memory(struct dir_snap *s, struct dentry *d)
{
	struct dentry *c;
	int err = 0;
	uint32_t i;

	mutex_lock(&vk->ns_lock);
	DENTRY_FOREACH(d, i, c) {
		if (c->inode == NULL || c->lower)
			continue;
		err = snap_add(s, c->name, strlen(c->name), c->inode->ino,
		    mode_to_dt(c->inode->mode));
		if (err != 0)
			goto out;
	}
out:
	mutex_unlock(&vk->ns_lock);
	return err;
}

static int
dir_snapshot(struct file *f)
{
	struct dentry *d = f->path.dentry;
	struct dir_snap *s;
	uint64_t parent;
	int err;

	snap_free(f->priv);
	f->priv = NULL;
	s = xcalloc(1, sizeof(*s));
	mutex_lock(&vk->ns_lock);
	parent = d->parent->inode->ino;
	mutex_unlock(&vk->ns_lock);
	err = snap_add(s, ".", 1, f->inode->ino, DT_DIR);
	if (err == 0)
		err = snap_add(s, "..", 2, parent, DT_DIR);
	if (err == 0 && f->inode->ops == &mem_ops)
		err = ovl_list(d, &(struct dirent_emit){ snap_add, s });
	else if (err == 0 && f->inode->ops == &through_ops)
		err = through_list(d, &(struct dirent_emit){ snap_add, s });
	if (err == 0)
		err = snap_memory(s, d);
	if (err != 0) {
		snap_free(s);
		return err;
	}
	f->priv = s;
	return 0;
}

static int
dir_getdents(struct file *f, struct dir_ctx *c)
{
	struct dir_snap *s;
	struct dir_ent *e;
	int err;

	if (f->inode->nlink == 0)
		return -ENOENT;
	if (f->pos == 0 || f->priv == NULL) {
		err = dir_snapshot(f);
		if (err != 0)
			return err;
	}
	s = f->priv;
	for (; f->pos >= 0 && (size_t)f->pos < s->n; f->pos++) {
		e = &s->ents[f->pos];
		if (!c->emit(c, s->names + e->name, e->len, e->ino, e->type, f->pos + 1))
			break;
	}
	return 0;
}

static int64_t
dir_lseek(struct file *f, int64_t off, int whence)
{
	int64_t to;

	if (whence == SEEK_CUR) {
		if (__builtin_add_overflow(f->pos, off, &to))
			return -EINVAL;
	} else if (whence == SEEK_SET) {
		to = off;
	} else if (whence == SEEK_END) {
		to = __builtin_add_overflow(off, INT32_MAX, &to) ? -1 : to;
	} else {
		return -EINVAL;
	}
	if (to < 0)
		return -EINVAL;
	f->pos = to;
	return to;
}

static void
dir_release(struct file *f)
{
	snap_free(f->priv);
}

const struct file_ops dir_file_ops = {
	.name = "dir",
	.lseek = dir_lseek,
	.getdents = dir_getdents,
	.fsync = fs_fsync,
	.release = dir_release,
};

int
fs_open_generic(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	switch (ino->mode & S_IFMT) {
	case S_IFDIR:
		*out = file_alloc(&dir_file_ops, p, ino, flags);
		return 0;
	case S_IFIFO:
		return fifo_open(ino, p, flags, out);
	case S_IFCHR:
		return chrdev_open(ino, p, flags, out);
	default:
		return -ENXIO;
	}
}
