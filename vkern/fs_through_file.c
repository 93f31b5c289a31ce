/*
 * fs_through_file.c - --rw: open files, which are the host's.
 *
 * Every open file has a descriptor of the host's of its own, opened for no more
 * than the guest asked for; the host's page cache is the only one.
 */
#include <linux/falloc.h>
#include <sys/mman.h>

#include "vkern/fs_through.h"

/* --- open files --- */

static struct hfile *
file_host(const struct file *f)
{
	return f->priv;
}

static ssize_t
through_read(struct file *f, struct uio *u, int64_t *pos)
{
	ssize_t r;

	if (u->resid == 0)
		return 0;
	r = hfile_read(file_host(f)->fd, u, *pos, u->resid);
	if (r > 0)
		*pos += r;
	return r;
}

/* What the host does not do for us if we are root. */
static void
drop_privs(struct file *f)
{
	struct inode *ino = f->inode;
	unsigned mode = ino->mode;

	if (likely(!(mode & (S_ISUID | S_ISGID))))
		return;
	mode &= ~(unsigned)S_ISUID;
	if (mode & S_IXGRP)
		mode &= ~(unsigned)S_ISGID;
	if (host_chmod(file_host(f)->fd, mode & 07777) == 0)
		ino->mode = mode;
}

static int
host_size(hfd_t fd, int64_t *size)
{
	struct stat st;
	int err = host_stat(fd, "", &st);

	*size = st.st_size;
	return err;
}

static ssize_t
through_write(struct file *f, struct uio *u, int64_t *pos)
{
	hfd_t fd = file_host(f)->fd;
	bool append = file_append(f, u);
	int64_t off = *pos;
	ssize_t r = 0;

	if (u->resid == 0)
		return 0;
	if (append)
		r = host_size(fd, &off);
	if (r == 0)
		r = fs_check_write(off, u->resid);
	if (r <= 0)
		return r;
	drop_privs(f);
	r = hfile_write(fd, u, append ? HFILE_APPEND : off, (size_t)r);
	through_changed(f->inode);
	if (r <= 0)
		return r;
	/* Somebody else may have appended before. */
	if (append && host_size(fd, &off) == 0)
		*pos = off;
	else
		*pos = off + r;
	return r;
}

static int64_t
through_lseek(struct file *f, int64_t off, int whence)
{
	int64_t base = 0, to;
	int err;

	switch (whence) {
	case SEEK_CUR:
		base = f->pos;
		break;
	case SEEK_END:
		err = host_size(file_host(f)->fd, &base);
		if (err != 0)
			return err;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (off < 0)
			return -ENXIO;
		off = host_seek(file_host(f)->fd, off, whence);
		if (off < 0)
			return off;
		break;
	}
	if (__builtin_add_overflow(base, off, &to) || to < 0)
		return -EINVAL;
	f->pos = to;
	return to;
}

static int
through_fsync(struct file *f, bool data_only)
{
	return host_fsync(file_host(f)->fd, data_only);
}

/*
 * The host's file itself: what the guest writes to a shared mapping is there
 * at once.  A descriptor that may write is not given away for less.
 */
static int
through_mmap(struct file *f, int prot, int flags, struct vm_backing *b)
{
	bool ro = !(f->mode & FMODE_WRITE) || !(flags & MAP_SHARED);
	struct hfile *hf = file_host(f);
	int err = 0;

	(void)prot;
	*b = (struct vm_backing){ .ro = ro };
	if (!ro)
		drop_privs(f);
	mutex_lock(&f->inode->lock);
	if (ro && (f->mode & FMODE_WRITE) && !hfd_ok(hf->ro))
		err = host_reopen(hf->fd, O_RDONLY, &hf->ro);
	mutex_unlock(&f->inode->lock);
	if (err == 0)
		b->hf = hfile_ref(hf);
	return err;
}

static int
through_fallocate(struct file *f, int mode, int64_t off, int64_t len)
{
	int err = 0;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if (!(mode & FALLOC_FL_KEEP_SIZE))
		err = fs_check_length(off + len);
	if (err != 0)
		return err;
	drop_privs(f);
	err = host_fallocate(file_host(f)->fd, mode, off, len);
	through_changed(f->inode);
	return err;
}

static void
through_release(struct file *f)
{
	struct inode *ino = f->inode;
	struct mnode *m = mnode_of(ino);
	struct hfile *hf = NULL;

	mutex_lock(&ino->lock);
	if (f->mode & FMODE_WRITE)
		ino->writers--;
	if (--m->lopens == 0) {
		hf = m->lhf;
		m->lhf = NULL;
		tnode_of(ino)->lhf_writes = false;
	}
	mutex_unlock(&ino->lock);
	hfile_unref(hf);
	hfile_unref(f->priv);
}

static const struct file_ops through_file_ops = {
	.name = "file",
	.read = through_read,
	.write = through_write,
	.lseek = through_lseek,
	.fsync = through_fsync,
	.mmap = through_mmap,
	.fallocate = through_fallocate,
	.release = through_release,
};

/* The descriptor that a new open file works with. */
static int
through_open_reg(struct inode *ino, unsigned acc, struct hfile **out)
{
	struct tnode *t = tnode_of(ino);
	struct hfile *hf;
	hfd_t fd;
	int err;

	mutex_lock(&ino->lock);
	hf = t->made;
	t->made = NULL;
	mutex_unlock(&ino->lock);
	if (hf == NULL) {
		err = through_open_host(&t->m, acc == O_ACCMODE ? O_RDWR : (int)acc, &fd);
		if (err != 0)
			return err == -ENOENT && ino->nlink > 0 ? -ESTALE : err;
		hf = hfile_new(fd);
	}
	*out = hf;
	return 0;
}

int
through_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	unsigned acc = flags & O_ACCMODE;
	bool writes = acc == O_WRONLY || acc == O_RDWR;
	struct mnode *m = mnode_of(ino);
	struct hfile *hf, *drop = NULL;
	int err;

	if (!S_ISREG(ino->mode))
		return fs_open_generic(ino, p, flags, out);
	err = through_open_reg(ino, acc, &hf);
	if (err != 0)
		return err;
	mutex_lock(&ino->lock);
	if (writes && ino->execs > 0)
		err = -ETXTBSY;
	if (err == 0) {
		ino->writers += writes;
		m->lopens++;
		if (m->lhf == NULL || (writes && !tnode_of(ino)->lhf_writes)) {
			drop = m->lhf;
			m->lhf = hfile_ref(hf);
			tnode_of(ino)->lhf_writes = writes;
		}
	}
	mutex_unlock(&ino->lock);
	hfile_unref(drop);
	if (err != 0) {
		hfile_unref(hf);
		return err;
	}
	*out = file_alloc(&through_file_ops, p, ino, flags);
	(*out)->priv = hf;
	return 0;
}
