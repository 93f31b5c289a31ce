/*
 * overlay_write.c - the journal of an overlay on disk: records and frames as
 * they are written, and changes of a tree.
 */
#include <string.h>

#include "vkern/overlay_impl.h"

/* --- changing --- */

static char *
copy_target(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

struct om_node *
om_add_node(struct om_tree *t, const struct om_attr *a, struct om_lower *lower)
{
	struct om_attr mine = *a;
	struct om_node *n;

	mine.id = t->max_id + 1;
	mine.lower = lower != NULL ? lower->id : 0;
	n = om_node_new(t, &mine);
	n->a.target = copy_target(a->target);
	n->lower = lower;
	n->live = true;
	return n;
}

struct om_name *
om_add_name(struct om_tree *t, struct om_node *dir, const char *name, struct om_node *node,
    unsigned flags)
{
	struct om_name *n = om_name_add(t, dir, name, strlen(name));

	n->node = node;
	n->flags = (uint8_t)flags;
	if (node != NULL) {
		node->nnames++;
		node->at = n;
	}
	return n;
}

void
om_drop_name(struct om_tree *t, struct om_name *n)
{
	if (n->node != NULL) {
		n->node->nnames--;
		n->node->at = n->node->at == n ? NULL : n->node->at;
	}
	om_name_unlink(t, n);
}

struct om_lower *
om_add_lower(struct om_tree *t, struct om_lower *parent, const char *name)
{
	struct om_lower *l = xcalloc(1, sizeof(*l) + strlen(name) + 1);

	l->id = ++t->max_lower;
	l->parent = parent;
	memcpy(l->name, name, strlen(name));
	om_map_put(&t->lowers, l->id, l);
	return l;
}

/* --- writing --- */

static void
put(struct om_buf *b, const void *p, size_t n)
{
	size_t size = max_of(b->size, (size_t)512);
	char *q;

	if (b->n + n > b->size) {
		while (size < b->n + n)
			size *= 2;
		q = xcalloc(1, size);
		if (b->n > 0)
			memcpy(q, b->p, b->n);
		kfree(b->p);
		b->p = q;
		b->size = size;
	}
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void
put_u8(struct om_buf *b, unsigned v)
{
	uint8_t x = (uint8_t)v;

	put(b, &x, sizeof(x));
}

static void
put_u16(struct om_buf *b, size_t v)
{
	uint16_t x = (uint16_t)v;

	put(b, &x, sizeof(x));
}

static void
put_u32(struct om_buf *b, uint32_t v)
{
	put(b, &v, sizeof(v));
}

static void
put_u64(struct om_buf *b, uint64_t v)
{
	put(b, &v, sizeof(v));
}

static void
put_time(struct om_buf *b, const struct timespec *ts)
{
	put_u64(b, (uint64_t)ts->tv_sec);
	put_u32(b, (uint32_t)ts->tv_nsec);
}

void
om_header(char buf[OM_HEADER_SIZE])
{
	uint32_t version = OM_VERSION;

	memset(buf, 0, OM_HEADER_SIZE);
	memcpy(buf, om_magic, sizeof(om_magic));
	memcpy(buf + sizeof(om_magic), &version, sizeof(version));
}

void
om_begin(struct om_buf *b)
{
	static const char head[FRAME_HEAD];

	b->n = 0;
	put(b, head, sizeof(head));
}

bool
om_end(struct om_buf *b)
{
	uint32_t head[3];

	if (b->n == FRAME_HEAD)
		return false;
	head[0] = (uint32_t)(b->n - FRAME_HEAD);
	head[1] = om_checksum(LENGTH_SEED, &head[0], 4);
	head[2] = om_checksum(0, b->p + FRAME_HEAD, head[0]);
	memcpy(b->p, head, sizeof(head));
	return true;
}

void
om_buf_free(struct om_buf *b)
{
	kfree(b->p);
	*b = (struct om_buf){ 0 };
}

void
om_put_node(struct om_buf *b, const struct om_attr *a)
{
	size_t len = a->target != NULL ? strlen(a->target) : 0;

	put_u8(b, REC_NODE);
	put_u64(b, a->id);
	put_u32(b, a->mode);
	put_u32(b, a->uid);
	put_u32(b, a->gid);
	put_u32(b, a->nlink);
	put_u32(b, a->flags);
	put_u64(b, a->rdev);
	put_u64(b, a->lower);
	put_time(b, &a->atime);
	put_time(b, &a->mtime);
	put_time(b, &a->ctime);
	put_time(b, &a->data_mtime);
	put_u16(b, len);
	put(b, a->target, len);
}

void
om_put_name(struct om_buf *b, uint64_t dir, uint64_t node, unsigned flags, const char *name,
    size_t len, const struct timespec *now)
{
	static const struct timespec none;

	put_u8(b, REC_NAME);
	put_u64(b, dir);
	put_u64(b, node);
	put_u8(b, flags);
	put_time(b, now != NULL ? now : &none);
	put_u16(b, len);
	put(b, name, len);
}

void
om_put_lower(struct om_buf *b, uint64_t id, uint64_t parent, const char *name)
{
	size_t len = strlen(name);

	put_u8(b, REC_LOWER);
	put_u64(b, id);
	put_u64(b, parent);
	put_u16(b, len);
	put(b, name, len);
}

void
om_put_xattr(struct om_buf *b, uint64_t node, const char *name, const void *value, size_t n)
{
	size_t len = strlen(name);

	put_u8(b, REC_XATTR);
	put_u64(b, node);
	put_u16(b, len);
	put_u32(b, (uint32_t)n);
	put(b, name, len);
	put(b, value, n);
}

void
om_del_xattr(struct om_buf *b, uint64_t node, const char *name)
{
	size_t len = strlen(name);

	put_u8(b, REC_NO_XATTR);
	put_u64(b, node);
	put_u16(b, len);
	put(b, name, len);
}

struct snapshot {
	struct om_buf	b;
	int		(*write)(void *arg, const void *p, size_t n);
	void		*arg;
	struct om_map	lowers;		/* written already */
};

/* A lower after its parents. */
static void
snapshot_lower(struct snapshot *s, struct om_lower *l)
{
	struct om_lower **chain;
	struct om_lower *i;
	size_t n = 0;

	for (i = l; i != NULL && om_map_get(&s->lowers, i->id) == NULL; i = i->parent)
		n++;
	if (n == 0)
		return;
	chain = xcalloc(n, sizeof(struct om_lower *));
	for (n = 0, i = l; i != NULL && om_map_get(&s->lowers, i->id) == NULL; i = i->parent)
		chain[n++] = i;
	while (n-- > 0) {
		om_map_put(&s->lowers, chain[n]->id, chain[n]);
		if (chain[n]->parent != NULL)
			om_put_lower(&s->b, chain[n]->id, chain[n]->parent->id, chain[n]->name);
	}
	kfree(chain);
}

static int
snapshot_flush(struct snapshot *s)
{
	int err = 0;

	if (om_end(&s->b))
		err = s->write(s->arg, s->b.p, s->b.n);
	om_begin(&s->b);
	return err;
}

int
om_snapshot(const struct om_tree *t, int (*write)(void *arg, const void *p, size_t n), void *arg)
{
	struct snapshot s = { .write = write, .arg = arg };
	char head[OM_HEADER_SIZE];
	struct om_node *n;
	struct om_name *name;
	struct om_xattr *x;
	size_t i;
	int err;

	om_header(head);
	err = write(arg, head, sizeof(head));
	om_begin(&s.b);
	for (i = 0; err == 0 && (n = om_node_next(t, &i)) != NULL;) {
		if (n->lower != NULL)
			snapshot_lower(&s, n->lower);
		om_put_node(&s.b, &n->a);
		SLIST_FOREACH(x, &n->xattrs, link)
			om_put_xattr(&s.b, n->a.id, x->name, x->value, x->len);
		if (s.b.n > 65536)
			err = snapshot_flush(&s);
	}
	for (i = 0; err == 0 && (n = om_node_next(t, &i)) != NULL;) {
		TAILQ_FOREACH(name, &n->names, link)
			om_put_name(&s.b, n->a.id, name->node != NULL ? name->node->a.id : 0, name->flags,
			    name->name, strlen(name->name), NULL);
		if (s.b.n > 65536)
			err = snapshot_flush(&s);
	}
	if (err == 0)
		err = snapshot_flush(&s);
	om_buf_free(&s.b);
	om_map_free(&s.lowers);
	return err;
}
