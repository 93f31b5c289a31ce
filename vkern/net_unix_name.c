/*
 * net_unix_name.c - names of AF_UNIX: paths, abstract names, autobind.
 *
 * A path is an inode of a file system: inode.sock points at the socket (no
 * reference; inode.lock covers it), the socket holds the inode.  An abstract
 * name is any string of bytes, in a table of its own for each type of socket.
 * A name is given once and stays until the socket is released.
 */
#include "vkern/net_impl.h"

#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "vkern/fs_impl.h"

#define PATH_AT		offsetof(struct sockaddr_un, sun_path)

int
unix_check_addr(const struct sockaddr_storage *a, int len)
{
	if (len <= (int)PATH_AT || len > (int)sizeof(struct sockaddr_un))
		return -EINVAL;
	return a->ss_family == AF_UNIX ? 0 : -EINVAL;
}

static struct unix_addr *
addr_new(const void *sun, int len)
{
	struct unix_addr *ua = xcalloc(1, sizeof(*ua));

	ua->refs = 1;
	ua->len = len;
	memcpy(&ua->sun, sun, (size_t)len);
	return ua;
}

void
unix_addr_put(struct unix_addr *ua)
{
	if (--ua->refs == 0)
		kfree(ua);
}

/* The path of a, which has no NUL when it fills sun_path. */
static void
addr_path(const struct sockaddr_storage *a, int len, char path[sizeof(struct sockaddr_un) + 1])
{
	memset(path, 0, sizeof(struct sockaddr_un) + 1);
	memcpy(path, (const char *)a + PATH_AT, (size_t)len - PATH_AT);
}

/* --- abstract names --- */

static unsigned
name_hash(const struct unix_addr *ua, int type)
{
	const uint8_t *p = (const uint8_t *)&ua->sun;
	uint32_t h = 2166136261u + (uint32_t)type;
	int i;

	for (i = 0; i < ua->len; i++)
		h = (h ^ p[i]) * 16777619u;
	return (h ^ h >> 16) % UNIX_HASH;
}

static struct socket *
abstract_find(const struct unix_addr *ua, int type)
	REQUIRES(vk->net->lock)
{
	struct socket *s;

	LIST_FOREACH(s, &vk->net->abstract[name_hash(ua, type)], un.hash)
		if (s->type == type && s->un.addr->len == ua->len &&
		    memcmp(&s->un.addr->sun, &ua->sun, (size_t)ua->len) == 0)
			return s;
	return NULL;
}

/* s gets the name ua (takes over the reference): -EADDRINUSE. */
static int
abstract_bind(struct socket *s, struct unix_addr *ua)
	REQUIRES(s->lock)
{
	struct net_state *ns = net_state();
	int err = 0;

	mutex_lock(&vk->net->lock);
	if (abstract_find(ua, s->type) != NULL)
		err = -EADDRINUSE;
	else {
		s->un.addr = ua;
		s->un.hashed = true;
		LIST_INSERT_HEAD(&ns->abstract[name_hash(ua, s->type)], s, un.hash);
	}
	mutex_unlock(&vk->net->lock);
	return err;
}

static int
bind_abstract(struct socket *s, const struct sockaddr_storage *a, int len)
{
	struct unix_addr *ua = addr_new(a, len);
	int err;

	mutex_lock(&s->lock);
	err = s->un.addr != NULL ? -EINVAL : abstract_bind(s, ua);
	mutex_unlock(&s->lock);
	if (err)
		unix_addr_put(ua);
	return err;
}

/* A free name of five hexadecimal digits. */
int
unix_autobind(struct socket *s)
{
	struct net_state *ns = net_state();
	struct unix_addr *ua = xcalloc(1, sizeof(*ua));
	char name[8];
	int tries, err = 0;

	ua->refs = 1;
	ua->len = PATH_AT + 6;
	ua->sun.sun_family = AF_UNIX;
	mutex_lock(&s->lock);
	for (tries = 0; s->un.addr == NULL && tries < 0x100000; tries++) {
		snprintf(name, sizeof(name), "%05x",
		    __atomic_add_fetch(&ns->autobind, 1, __ATOMIC_RELAXED) & 0xfffff);
		memcpy(ua->sun.sun_path + 1, name, 5);
		err = abstract_bind(s, ua);
		if (err == 0) {
			ua = NULL;
			break;
		}
	}
	mutex_unlock(&s->lock);
	if (ua != NULL)
		unix_addr_put(ua);
	return err ? -ENOSPC : 0;
}

/* --- paths --- */

/* A new inode of type socket at path, with a reference. */
static int
socket_mknod(struct walk *w, struct note *note, struct inode **out)
	REQUIRES(vk->ns_lock)
{
	struct inode *dir;
	struct dentry *d;
	int err;

	err = walk_parent(w);
	if (err)
		return err;
	if (w->last != LAST_NORM)
		return -EEXIST;
	err = walk_child(w, &d);
	if (err)
		return err;
	if (d->inode != NULL)
		return -EEXIST;
	if (w->slash)
		return -ENOENT;
	dir = w->cur.dentry->inode;
	err = walk_read_only(w) ? -EROFS : may_create(dir);
	if (err == 0 && dir->ops->mknod == NULL)
		err = -EPERM;
	if (err == 0)
		err = dir->ops->mknod(dir, d, create_mode(dir, S_IFSOCK | 0777), 0);
	if (err)
		return err;
	note_take(note, d);
	walk_used(USE_WRITE, w->cur.mnt, d);
	*out = inode_ref(d->inode);
	return 0;
}

static int
bind_path(struct socket *s, const struct sockaddr_storage *a, int len)
{
	char path[sizeof(struct sockaddr_un) + 1];
	struct note note = { .dir = NULL };
	struct unix_addr *ua;
	struct inode *ino;
	struct walk w;
	bool bound;
	int err;

	/* Once bound it cannot be again, but a name in the way comes first. */
	addr_path(a, len, path);
	mutex_lock(&s->lock);
	bound = s->un.addr != NULL;
	mutex_unlock(&s->lock);
	if (bound) {
		struct path p;

		err = path_lookup(AT_FDCWD, path, 0, &p);
		if (err == 0)
			path_put(p);
		return err == 0 ? -EADDRINUSE : err == -ENOENT ? -EINVAL : err;
	}
	err = walk_begin(&w, AT_FDCWD, path, 0);
	if (err == 0)
		err = socket_mknod(&w, &note, &ino);
	walk_end(&w);
	note_send(&note, IN_CREATE, 0);
	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	ua = addr_new(a, len);
	ua->len = (int)(PATH_AT + strlen(path) + 1);
	mutex_lock(&ino->lock);
	mutex_lock(&s->lock);
	bound = s->un.addr != NULL;
	if (!bound) {
		s->un.addr = ua;
		s->un.ino = ino;
		ino->sock = s;
	}
	mutex_unlock(&s->lock);
	mutex_unlock(&ino->lock);
	if (!bound)
		return 0;
	/* Two binds at once: one of them leaves a name that nobody listens on. */
	unix_addr_put(ua);
	inode_put(ino);
	return -EINVAL;
}

int
unix_bind(struct socket *s, const struct sockaddr_storage *a, int len)
{
	int err;

	if (len == (int)PATH_AT && a->ss_family == AF_UNIX)
		return unix_autobind(s);
	err = unix_check_addr(a, len);
	if (err)
		return err;
	net_state();
	if (((const struct sockaddr_un *)a)->sun_path[0] != '\0')
		return bind_path(s, a, len);
	return bind_abstract(s, a, len);
}

void
unix_unbind(struct socket *s)
{
	struct inode *ino;

	net_state();
	mutex_lock(&s->lock);
	ino = s->un.ino;
	s->un.ino = NULL;
	mutex_lock(&vk->net->lock);
	if (s->un.hashed) {
		s->un.hashed = false;
		LIST_REMOVE(s, un.hash);
	}
	mutex_unlock(&vk->net->lock);
	mutex_unlock(&s->lock);
	if (ino == NULL)
		return;
	mutex_lock(&ino->lock);
	if (ino->sock == s)
		ino->sock = NULL;
	mutex_unlock(&ino->lock);
	inode_put(ino);
}

/* --- finding --- */

static int
find_path(const struct sockaddr_storage *a, int len, int type, struct socket **out)
{
	char path[sizeof(struct sockaddr_un) + 1];
	struct socket *s = NULL;
	struct inode *ino;
	struct path p;
	int err;

	addr_path(a, len, path);
	err = path_lookup(AT_FDCWD, path, LOOKUP_FOLLOW, &p);
	if (err)
		return err;
	ino = p.dentry->inode;
	err = inode_permission(ino, MAY_WRITE);
	if (err == 0 && !S_ISSOCK(ino->mode))
		err = -ECONNREFUSED;
	if (err == 0) {
		mutex_lock(&ino->lock);
		if (ino->sock != NULL)
			s = sock_ref(ino->sock);
		mutex_unlock(&ino->lock);
		err = s == NULL ? -ECONNREFUSED : s->type != type ? -EPROTOTYPE : 0;
	}
	path_put(p);
	if (err == 0)
		*out = s;
	else if (s != NULL)
		sock_unref(s);
	return err;
}

int
unix_find(const struct sockaddr_storage *a, int len, int type, struct socket **out)
{
	struct unix_addr *ua;
	struct socket *s;

	if (((const struct sockaddr_un *)a)->sun_path[0] != '\0')
		return find_path(a, len, type, out);
	net_state();
	ua = addr_new(a, len);
	mutex_lock(&vk->net->lock);
	s = abstract_find(ua, type);
	if (s != NULL)
		sock_ref(s);
	mutex_unlock(&vk->net->lock);
	unix_addr_put(ua);
	*out = s;
	return s == NULL ? -ECONNREFUSED : 0;
}

/* --- telling --- */

int
unix_getname(struct socket *s, struct sockaddr_storage *a, bool peer)
{
	struct unix_addr *ua = NULL;
	struct socket *of = s;
	int len = sizeof(sa_family_t);

	mutex_lock(&s->lock);
	if (peer)
		of = s->peer;
	if (of != NULL)
		sock_ref(of);
	mutex_unlock(&s->lock);
	if (of == NULL)
		return -ENOTCONN;
	mutex_lock(&of->lock);
	ua = of->un.addr;
	if (ua != NULL)
		ua->refs++;
	mutex_unlock(&of->lock);
	sock_unref(of);
	memset(a, 0, sizeof(*a));
	a->ss_family = AF_UNIX;
	if (ua != NULL) {
		len = ua->len;
		memcpy(a, &ua->sun, (size_t)min_of((size_t)len, sizeof(ua->sun) + 1));
		unix_addr_put(ua);
	}
	return len;
}

void
unix_put_name(struct socket *s, struct msgio *io, struct nmsg *m)
{
	struct unix_addr *ua;

	(void)s;
	if (m->owner != NULL) {
		ua = __atomic_load_n(&m->owner->un.addr, __ATOMIC_ACQUIRE);
		if (ua != NULL) {
			io->namelen = ua->len;
			memcpy(&io->name, &ua->sun, (size_t)min_of((size_t)ua->len, sizeof(ua->sun) + 1));
		}
	}
}
