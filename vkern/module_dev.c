/*
 * module_dev.c - devices of modules: nodes in /dev with numbers of their own.
 *
 * The major number is one of those for local use.  A minor number stands for a
 * name as long as the kernel lives, whatever module serves it.
 */
#include "module_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "fs_impl.h"

struct mod_node_dev {
	char		*name;		/* [I] */
	struct mod	*mod;		/* [a] NULL: nobody serves it now */
	struct mod_item	*item;		/* [m] dev_lock, as mod */
	struct mutex	lock;
};

/* An open file; it stays with the module that opened it. */
struct dev_file {
	struct mod_file	f;
	struct mod	*mod;		/* reference */
	const struct mod_dev *dev;
};

/* --- files --- */

static ssize_t
dev_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct dev_file *df = f->priv;
	size_t n = min_of(u->resid, (size_t)MOD_IO_MAX);
	ssize_t r;
	char *buf;

	(void)pos;
	if (df->dev->read == NULL)
		return -EINVAL;
	buf = kalloc(n);
	if (buf == NULL)
		return -ENOMEM;
	r = df->dev->read(&df->f, buf, n);
	if (r > 0)
		r = uio_put(u, buf, min_of((size_t)r, n));
	kfree(buf);
	return r;
}

static ssize_t
dev_write(struct file *f, struct uio *u, int64_t *pos)
{
	struct dev_file *df = f->priv;
	size_t n = min_of(u->resid, (size_t)MOD_IO_MAX);
	ssize_t r;
	char *buf;

	(void)pos;
	if (df->dev->write == NULL)
		return -EINVAL;
	buf = kalloc(n);
	if (buf == NULL)
		return -ENOMEM;
	r = uio_get(u, buf, n);
	if (r >= 0)
		r = df->dev->write(&df->f, buf, (size_t)r);
	kfree(buf);
	return r;
}

static long
dev_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct dev_file *df = f->priv;

	return df->dev->ioctl != NULL ? df->dev->ioctl(&df->f, cmd, arg) : -ENOTTY;
}

static void
dev_release(struct file *f)
{
	struct dev_file *df = f->priv;

	if (df->dev->release != NULL)
		df->dev->release(&df->f);
	mod_put(df->mod);
	kfree(df);
}

static const struct file_ops dev_file_ops = {
	.name = "module", .read = dev_read, .write = dev_write, .ioctl = dev_ioctl,
	.release = dev_release,
};

/* A file of whoever serves the device now, or NULL. */
static struct dev_file *
dev_file_new(struct mod_node_dev *nd, unsigned flags)
{
	struct dev_file *df = xcalloc(1, sizeof(*df));

	mutex_lock(&nd->lock);
	if (nd->mod != NULL) {
		df->mod = mod_ref(nd->mod);
		df->dev = nd->item->dev;
		df->f.arg = nd->item->arg;
		df->f.flags = flags;
	}
	mutex_unlock(&nd->lock);
	if (df->mod != NULL)
		return df;
	kfree(df);
	return NULL;
}

int
mod_dev_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	unsigned i = minor(ino->rdev);
	struct module_state *ms = vk->modules;
	struct dev_file *df;
	int err = 0;

	if (ms == NULL || i >= nitems(ms->devs) || ms->devs[i] == NULL)
		return -ENXIO;
	df = dev_file_new(ms->devs[i], flags);
	if (df == NULL)
		return -ENXIO;
	if (df->dev->open != NULL)
		err = df->dev->open(&df->f);
	if (err != 0) {
		mod_put(df->mod);
		kfree(df);
		return err;
	}
	*out = file_alloc(&dev_file_ops, p, ino, flags);
	(*out)->priv = df;
	return 0;
}

/* --- nodes --- */

static void
dev_serve(struct mod_node_dev *nd, struct mod *m, struct mod_item *it)
{
	mutex_lock(&nd->lock);
	nd->mod = m;
	nd->item = it;
	mutex_unlock(&nd->lock);
}

static int
dev_add(struct module_state *ms, unsigned i, struct mod *m, struct mod_item *it)
{
	struct mod_node_dev *nd = xcalloc(1, sizeof(*nd));
	int err;

	mutex_init(&nd->lock, RANK_LEAF);
	nd->name = xstrdup(it->name);
	dev_serve(nd, m, it);
	ms->devs[i] = nd;
	err = devfs_add_node(it->name, S_IFCHR | it->mode, makedev(MAJOR_MODULE, i));
	if (err == 0)
		return 0;
	ms->devs[i] = NULL;
	mutex_destroy(&nd->lock);
	kfree(nd->name);
	kfree(nd);
	return err;
}

int
mod_dev_apply(struct mod *m, struct mod_item *it)
{
	struct module_state *ms = vk->modules;
	unsigned i;

	for (i = 0; i < nitems(ms->devs) && ms->devs[i] != NULL; i++)
		if (strcmp(ms->devs[i]->name, it->name) == 0) {
			dev_serve(ms->devs[i], m, it);
			return 0;
		}
	return i < nitems(ms->devs) ? dev_add(ms, i, m, it) : -ENOSPC;
}

void
mod_dev_remove(struct mod *m, struct mod_item *it)
{
	struct module_state *ms = vk->modules;
	unsigned i;

	for (i = 0; i < nitems(ms->devs) && ms->devs[i] != NULL; i++) {
		mutex_lock(&ms->devs[i]->lock);
		if (ms->devs[i]->mod == m && ms->devs[i]->item == it)
			ms->devs[i]->mod = NULL;
		mutex_unlock(&ms->devs[i]->lock);
	}
}

void
mod_devs_free(struct module_state *ms)
{
	unsigned i;

	for (i = 0; i < nitems(ms->devs) && ms->devs[i] != NULL; i++) {
		mutex_destroy(&ms->devs[i]->lock);
		kfree(ms->devs[i]->name);
		kfree(ms->devs[i]);
	}
}
