/*
 * overlay_meta.c - the journal of an overlay on disk, read into a tree.
 *
 *	header	"VKOVERLY" u32 version, u32 0
 *	frame	u32 length of the records, u32 checksum of that length,
 *		u32 checksum of the records; records
 *	record	u8 kind; fields as put by om_put_*() and taken by take_*()
 *
 * Replaying is idempotent: a record says what is, not what changes.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vkern/overlay_impl.h"

#define FRAME_MAX	(1u << 30)
#define NAME_BYTES	255u
#define TARGET_MAX	4095u
#define XATTR_MAX	65536u

/* --- CRC-32C, as in RFC 3720 --- */

uint32_t
om_checksum(uint32_t crc, const void *data, size_t n)
{
	static uint32_t table[256];
	const unsigned char *p = data;
	uint32_t i, k, c;

	/* Two threads at once write the same. */
	if (table[1] == 0) {
		for (i = 256; i-- > 0;) {
			for (c = i, k = 0; k < 8; k++)
				c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
			__atomic_store_n(&table[i], c, __ATOMIC_RELEASE);
		}
	}
	for (crc = ~crc; n > 0; n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}

/* --- tables --- */

static size_t
map_slot(const struct om_map *m, uint64_t key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ULL >> 20) & (m->size - 1);

	while (m->keys[i] != 0 && m->keys[i] != key)
		i = (i + 1) & (m->size - 1);
	return i;
}

void *
om_map_get(const struct om_map *m, uint64_t key)
{
	return m->size == 0 ? NULL : m->values[map_slot(m, key)];
}

void
om_map_put(struct om_map *m, uint64_t key, void *value)
{
	struct om_map old = *m;
	size_t i;

	if (m->n * 2 >= m->size) {
		m->size = old.size == 0 ? 64 : old.size * 2;
		m->keys = xcalloc(m->size, sizeof(*m->keys));
		m->values = xcalloc(m->size, sizeof(*m->values));
		for (i = 0; i < old.size; i++) {
			if (old.keys[i] == 0)
				continue;
			m->keys[map_slot(m, old.keys[i])] = old.keys[i];
			m->values[map_slot(m, old.keys[i])] = old.values[i];
		}
		kfree(old.keys);
		kfree(old.values);
	}
	i = map_slot(m, key);
	if (m->keys[i] == 0)
		m->n++;
	m->keys[i] = key;
	m->values[i] = value;
}

void
om_map_free(struct om_map *m)
{
	kfree(m->keys);
	kfree(m->values);
}

static size_t
name_slot(const struct om_tree *t, const struct om_node *dir, const char *name, size_t len)
{
	uint64_t h = dir->a.id * 0x9e3779b97f4a7c15ULL;

	h ^= (uint64_t)om_checksum((uint32_t)(h >> 32), name, len) << 8;
	return (size_t)(h * 0x9e3779b97f4a7c15ULL >> 24) & (t->nhash - 1);
}

static void
names_grow(struct om_tree *t)
{
	struct om_name **old = t->hash, *n, *next, **at;
	size_t size = t->nhash, i;

	t->nhash = size == 0 ? 256 : size * 4;
	t->hash = xcalloc(t->nhash, sizeof(*t->hash));
	for (i = 0; i < size; i++) {
		for (n = old[i]; n != NULL; n = next) {
			next = n->hash_next;
			at = &t->hash[name_slot(t, n->dir, n->name, strlen(n->name))];
			n->hash_next = *at;
			*at = n;
		}
	}
	kfree(old);
}

struct om_node *
om_node_find(const struct om_tree *t, uint64_t id)
{
	return id == 0 ? NULL : om_map_get(&t->nodes, id);
}

struct om_name *
om_name_find(const struct om_tree *t, const struct om_node *dir, const char *name, size_t len)
{
	struct om_name *n;

	if (t->nhash == 0)
		return NULL;
	n = t->hash[name_slot(t, dir, name, len)];
	for (; n != NULL; n = n->hash_next)
		if (n->dir == dir && strncmp(n->name, name, len) == 0 && n->name[len] == '\0')
			return n;
	return NULL;
}

struct om_node *
om_node_next(const struct om_tree *t, size_t *i)
{
	struct om_node *n;

	while (*i < t->nodes.size) {
		n = t->nodes.values[(*i)++];
		if (n != NULL)
			return n;
	}
	return NULL;
}

/* --- reading --- */

struct reader {
	const unsigned char *p, *end;
	const unsigned char *start;	/* of the journal, for messages */
	struct om_tree	*t;
	char		*why;
	size_t		whysize;
	bool		bad;		/* fields go beyond the frame */
};

static int printf_like(2, 3)
broken(struct reader *r, const char *fmt, ...)
{
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->why, r->whysize, fmt, ap);
	va_end(ap);
	n = strlen(r->why);
	snprintf(r->why + n, r->whysize - n, " at byte %zu", (size_t)(r->p - r->start));
	return -EINVAL;
}

static const void *
take(struct reader *r, size_t n)
{
	static const unsigned char zero[64];
	const void *p = r->p;

	if (n > (size_t)(r->end - r->p)) {
		r->bad = true;
		r->p = r->end;
		return n <= sizeof(zero) ? zero : NULL;
	}
	r->p += n;
	return p;
}

#define TAKE(type, name)						\
static type								\
name(struct reader *r)							\
{									\
	type v;								\
									\
	memcpy(&v, take(r, sizeof(v)), sizeof(v));			\
	return v;							\
}
TAKE(uint8_t, take_u8)
TAKE(uint16_t, take_u16)
TAKE(uint32_t, take_u32)
TAKE(uint64_t, take_u64)

static struct timespec
take_time(struct reader *r)
{
	struct timespec ts;

	ts.tv_sec = (time_t)take_u64(r);
	ts.tv_nsec = take_u32(r);
	if (ts.tv_nsec >= NSEC_PER_SEC)
		r->bad = true;
	return ts;
}

static bool
name_ok(const char *s, size_t n)
{
	return s != NULL && n > 0 && n <= NAME_BYTES && memchr(s, '/', n) == NULL &&
	    memchr(s, '\0', n) == NULL && !(n == 1 && s[0] == '.') &&
	    !(n == 2 && s[0] == '.' && s[1] == '.');
}

static bool
id_ok(uint64_t id)
{
	return id != 0 && id < OM_ID_MAX;
}

static bool
type_ok(unsigned mode)
{
	return (mode & ~(unsigned)(S_IFMT | 07777)) == 0 && (S_ISREG(mode) || S_ISDIR(mode) ||
	    S_ISLNK(mode) || S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode));
}

static bool
node_flags_ok(const struct om_attr *a)
{
	unsigned lower = OM_LOWER_ATTR | OM_LOWER_DATA | OM_LOWER_XATTR | OM_SHARED;

	if ((a->flags & ~OM_ALL) != 0 || ((a->flags & lower) != 0 && a->lower == 0))
		return false;
	if ((a->flags & (OM_LOWER_DATA | OM_DATA)) != 0 && !S_ISREG(a->mode))
		return false;
	if ((a->flags & OM_LOWER_DATA) && (a->flags & OM_DATA))
		return false;
	if (S_ISDIR(a->mode))
		return (a->flags & OM_SHARED) == 0;
	return (a->flags & OM_OPAQUE) == 0;
}

struct om_node *
om_node_new(struct om_tree *t, const struct om_attr *a)
{
	struct om_node *n = xcalloc(1, sizeof(*n));

	n->a = *a;
	n->a.target = NULL;
	TAILQ_INIT(&n->names);
	SLIST_INIT(&n->xattrs);
	om_map_put(&t->nodes, a->id, n);
	t->max_id = max_of(t->max_id, a->id);
	return n;
}

static int
read_node(struct reader *r)
{
	struct om_attr a = { .id = take_u64(r) };
	struct om_node *n;
	const char *target;
	uint32_t len;
	char *s = NULL;

	a.mode = take_u32(r);
	a.uid = take_u32(r);
	a.gid = take_u32(r);
	a.nlink = take_u32(r);
	a.flags = take_u32(r);
	a.rdev = take_u64(r);
	a.lower = take_u64(r);
	a.atime = take_time(r);
	a.mtime = take_time(r);
	a.ctime = take_time(r);
	a.data_mtime = take_time(r);
	len = take_u16(r);
	target = take(r, len);
	if (r->bad || !id_ok(a.id) || !type_ok(a.mode) || !node_flags_ok(&a) || len > TARGET_MAX ||
	    (len > 0 && memchr(target, '\0', len) != NULL))
		return broken(r, "a node that cannot be");
	if (S_ISLNK(a.mode) ? len == 0 && a.lower == 0 : len > 0)
		return broken(r, "a link without a target");
	if (a.lower != 0 && om_map_get(&r->t->lowers, a.lower) == NULL)
		return broken(r, "a node with an unknown lower");
	n = om_node_find(r->t, a.id);
	if (n == NULL)
		n = om_node_new(r->t, &a);
	if (((n->a.mode ^ a.mode) & S_IFMT) != 0)
		return broken(r, "a node of two types");
	if (len > 0) {
		s = xcalloc(1, len + 1);
		memcpy(s, target, len);
	}
	kfree((void *)(uintptr_t)n->a.target);
	n->a = a;
	n->a.target = s;
	n->lower = a.lower != 0 ? om_map_get(&r->t->lowers, a.lower) : NULL;
	return 0;
}

void
om_name_unlink(struct om_tree *t, struct om_name *n)
{
	struct om_name **at = &t->hash[name_slot(t, n->dir, n->name, strlen(n->name))];

	while (*at != n)
		at = &(*at)->hash_next;
	*at = n->hash_next;
	TAILQ_REMOVE(&n->dir->names, n, link);
	t->nnames--;
	kfree(n);
}

struct om_name *
om_name_add(struct om_tree *t, struct om_node *dir, const char *s, size_t len)
{
	struct om_name *n, **at;

	if (t->nnames >= t->nhash)
		names_grow(t);
	n = xcalloc(1, sizeof(*n) + len + 1);
	memcpy(n->name, s, len);
	n->dir = dir;
	at = &t->hash[name_slot(t, dir, s, len)];
	n->hash_next = *at;
	*at = n;
	TAILQ_INSERT_TAIL(&dir->names, n, link);
	t->nnames++;
	return n;
}

static int
read_name(struct reader *r)
{
	uint64_t dir = take_u64(r), id = take_u64(r);
	unsigned flags = take_u8(r);
	struct timespec now = take_time(r);
	size_t len = take_u16(r);
	const char *s = take(r, len);
	struct om_node *d, *node;
	struct om_name *n;

	d = om_node_find(r->t, dir);
	node = om_node_find(r->t, id);
	if (r->bad || !name_ok(s, len) || (flags & ~(OM_WHITEOUT | OM_LOWER_NAME)) != 0)
		return broken(r, "a name that cannot be");
	if (d == NULL || !S_ISDIR(d->a.mode) || (id != 0 && node == NULL) || id == OM_ROOT)
		return broken(r, "a name of nothing");
	if (now.tv_sec != 0 || now.tv_nsec != 0)
		d->a.mtime = d->a.ctime = now;
	n = om_name_find(r->t, d, s, len);
	if (n != NULL && n->node != NULL)
		n->node->nnames--;
	if (id == 0 && !(flags & OM_WHITEOUT)) {
		if (n != NULL)
			om_name_unlink(r->t, n);
		return 0;
	}
	if (n == NULL)
		n = om_name_add(r->t, d, s, len);
	n->node = node;
	n->flags = (uint8_t)flags;
	if (node != NULL)
		node->nnames++;
	return 0;
}

static int
read_lower(struct reader *r)
{
	uint64_t id = take_u64(r), parent = take_u64(r);
	size_t len = take_u16(r);
	const char *s = take(r, len);
	struct om_lower *p, *l;

	p = om_map_get(&r->t->lowers, parent);
	if (r->bad || !id_ok(id) || !name_ok(s, len) || p == NULL)
		return broken(r, "a name of the host's that cannot be");
	l = om_map_get(&r->t->lowers, id);
	if (l != NULL) {
		if (l->parent != p || strlen(l->name) != len || memcmp(l->name, s, len) != 0)
			return broken(r, "two names of the host's with one number");
		return 0;
	}
	l = xcalloc(1, sizeof(*l) + len + 1);
	l->id = id;
	l->parent = p;
	memcpy(l->name, s, len);
	om_map_put(&r->t->lowers, id, l);
	r->t->max_lower = max_of(r->t->max_lower, id);
	return 0;
}

static void
xattr_drop(struct om_node *n, struct om_xattr *x)
{
	SLIST_REMOVE(&n->xattrs, x, om_xattr, link);
	n->xattr_bytes -= x->len + strlen(x->name) + 1;
	kfree(x->value);
	kfree(x);
}

static int
read_xattr(struct reader *r, bool set)
{
	struct om_node *n = om_node_find(r->t, take_u64(r));
	size_t len = take_u16(r), vlen = set ? take_u32(r) : 0;
	const char *name = take(r, len), *value = take(r, vlen);
	struct om_xattr *x;

	if (r->bad || n == NULL || len == 0 || len > NAME_BYTES || vlen > XATTR_MAX ||
	    memchr(name, '\0', len) != NULL)
		return broken(r, "an extended attribute that cannot be");
	SLIST_FOREACH(x, &n->xattrs, link)
		if (strlen(x->name) == len && memcmp(x->name, name, len) == 0)
			break;
	if (x != NULL)
		xattr_drop(n, x);
	if (!set)
		return 0;
	n->xattr_bytes += vlen + len + 1;
	if (n->xattr_bytes > OM_XATTRS_MAX + NAME_BYTES)
		return broken(r, "too many extended attributes");
	x = xcalloc(1, sizeof(*x) + len + 1);
	memcpy(x->name, name, len);
	x->value = xcalloc(1, vlen + 1);
	memcpy(x->value, value, vlen);
	x->len = (uint32_t)vlen;
	SLIST_INSERT_HEAD(&n->xattrs, x, link);
	return 0;
}

static int
read_records(struct reader *r)
{
	int err = 0;

	for (; r->p < r->end && err == 0; r->t->records++) {
		switch (take_u8(r)) {
		case REC_NODE: err = read_node(r); break;
		case REC_NAME: err = read_name(r); break;
		case REC_LOWER: err = read_lower(r); break;
		case REC_XATTR: err = read_xattr(r, true); break;
		case REC_NO_XATTR: err = read_xattr(r, false); break;
		default: err = broken(r, "a record of an unknown kind");
		}
	}
	return err;
}

static bool
all_zero(const unsigned char *p, const unsigned char *end)
{
	while (p < end && *p == 0)
		p++;
	return p == end;
}

/* 1: the end, be it in the middle of a frame. */
static int
read_frame(struct reader *r, const unsigned char *end)
{
	uint32_t head[3];
	int err;

	if (end - r->p < FRAME_HEAD || all_zero(r->p, end))
		return 1;
	memcpy(head, r->p, FRAME_HEAD);
	if (head[0] > FRAME_MAX || om_checksum(LENGTH_SEED, &head[0], 4) != head[1])
		return broken(r, "damaged");
	if (head[0] > (size_t)(end - r->p) - FRAME_HEAD)
		return 1;
	if (om_checksum(0, r->p + FRAME_HEAD, head[0]) != head[2]) {
		/* Pages of the last write that did not reach the disk. */
		if (head[0] == (size_t)(end - r->p) - FRAME_HEAD)
			return 1;
		return broken(r, "damaged");
	}
	r->p += FRAME_HEAD;
	r->end = r->p + head[0];
	err = read_records(r);
	r->end = end;
	return err;
}

/* --- the tree as a whole --- */

static void
node_free(struct om_node *n)
{
	struct om_xattr *x;

	while ((x = SLIST_FIRST(&n->xattrs)) != NULL)
		xattr_drop(n, x);
	kfree((void *)(uintptr_t)n->a.target);
	kfree(n);
}

/* Mark what can be reached: a list instead of recursion. */
static int
tree_mark(struct reader *r)
{
	struct om_node **todo = xcalloc(r->t->nodes.n + 1, sizeof(*todo)), *d;
	struct om_name *n;
	size_t count = 0;
	int err = 0;

	r->t->root->live = true;
	todo[count++] = r->t->root;
	while (count > 0 && err == 0) {
		d = todo[--count];
		TAILQ_FOREACH(n, &d->names, link) {
			if (n->node == NULL)
				continue;
			n->node->at = n;
			if (n->node->live && S_ISDIR(n->node->a.mode))
				err = broken(r, "a directory with two names");
			else if (!n->node->live && S_ISDIR(n->node->a.mode))
				todo[count++] = n->node;
			n->node->live = true;
		}
	}
	kfree(todo);
	return err;
}

static void
tree_sweep(struct om_tree *t)
{
	struct om_map old = t->nodes;
	struct om_node *n;
	struct om_name *name;
	size_t i;

	for (i = 0; i < old.size; i++) {
		n = old.values[i];
		if (n == NULL)
			continue;
		if (!n->live && (n->a.flags & OM_SHARED) && n->a.nlink > 0)
			n->live = true;
		while (!n->live && (name = TAILQ_FIRST(&n->names)) != NULL) {
			if (name->node != NULL)
				name->node->nnames--;
			om_name_unlink(t, name);
		}
	}
	t->nodes = (struct om_map){ 0 };
	for (i = 0; i < old.size; i++) {
		n = old.values[i];
		if (n != NULL && n->live)
			om_map_put(&t->nodes, n->a.id, n);
		else if (n != NULL)
			node_free(n);
	}
	om_map_free(&old);
}

struct om_tree *
om_new(void)
{
	struct om_tree *t = xcalloc(1, sizeof(*t));
	const struct om_attr root = { .id = OM_ROOT, .mode = S_IFDIR | 0755, .nlink = 2,
		.flags = OM_LOWER_ATTR | OM_LOWER_XATTR, .lower = OM_ROOT };
	struct om_lower *l = xcalloc(1, sizeof(*l) + 1);

	l->id = OM_ROOT;
	om_map_put(&t->lowers, OM_ROOT, l);
	t->max_lower = OM_ROOT;
	t->root = om_node_new(t, &root);
	t->root->lower = l;
	return t;
}

int
overlay_meta_parse(const void *data, size_t size, struct om_tree **out, char *why, size_t whysize)
{
	const unsigned char *p = data;
	struct reader r = { .p = p, .start = p, .end = p + size, .why = why, .whysize = whysize };
	uint32_t version = 0;
	int err = 0;

	if (size >= OM_HEADER_SIZE)
		memcpy(&version, p + sizeof(om_magic), sizeof(version));
	if (size < OM_HEADER_SIZE || memcmp(p, om_magic, sizeof(om_magic)) != 0)
		return broken(&r, "not the journal of an overlay");
	if (version != OM_VERSION)
		return broken(&r, "version %u, not %u", version, OM_VERSION);
	r.p += OM_HEADER_SIZE;
	r.t = om_new();
	while (err == 0) {
		r.t->end = (size_t)(r.p - r.start);
		err = read_frame(&r, p + size);
	}
	err = err == 1 ? tree_mark(&r) : err;
	if (err != 0) {
		om_free(r.t);
		return err;
	}
	tree_sweep(r.t);
	*out = r.t;
	return 0;
}

void
om_free(struct om_tree *t)
{
	struct om_name *n, *next;
	size_t i;

	for (i = 0; i < t->nhash; i++) {
		for (n = t->hash[i]; n != NULL; n = next) {
			next = n->hash_next;
			kfree(n);
		}
	}
	for (i = 0; i < t->nodes.size; i++)
		if (t->nodes.values[i] != NULL)
			node_free(t->nodes.values[i]);
	for (i = 0; i < t->lowers.size; i++)
		kfree(t->lowers.values[i]);
	om_map_free(&t->nodes);
	om_map_free(&t->lowers);
	kfree(t->hash);
	kfree(t);
}
