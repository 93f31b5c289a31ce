/*
 * test_overlay.c - the journal of an overlay: what is written is read again,
 * damage is found, hostile records are refused; and a kernel that uses one.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "vksup/overlay_meta.h"

/* --- journals in memory --- */

struct bytes {
	char	p[1 << 20];
	size_t	n;
};
static struct bytes j;
static struct om_buf b;
static char why[200];

static int
add(void *arg, const void *p, size_t n)
{
	struct bytes *to = arg;

	ck_assert_uint_le(to->n + n, sizeof(to->p));
	memcpy(to->p + to->n, p, n);
	to->n += n;
	return 0;
}

static void
journal_start(void)
{
	char head[OM_HEADER_SIZE];

	j.n = 0;
	om_header(head);
	add(&j, head, sizeof(head));
	om_begin(&b);
}

static void
frame(void)
{
	ck_assert(om_end(&b));
	add(&j, b.p, b.n);
	om_begin(&b);
}

static void
node(uint64_t id, unsigned mode, unsigned flags, uint64_t lower, const char *target)
{
	const struct om_attr a = { .id = id, .mode = mode, .uid = 7, .gid = 8, .nlink = 1, .flags = flags,
		.lower = lower, .mtime = { 100, 5 }, .target = target };

	om_put_node(&b, &a);
}

static void
name(uint64_t dir, uint64_t id, unsigned flags, const char *s)
{
	om_put_name(&b, dir, id, flags, s, strlen(s), NULL);
}

static struct om_tree *
parse(void)
{
	struct om_tree *t = NULL;

	why[0] = '\0';
	ck_assert_msg(overlay_meta_parse(j.p, j.n, &t, why, sizeof(why)) == 0, "%s", why);
	return t;
}

/* The frame that was made is refused, and why has `part` in it. */
static void
refused(const char *part)
{
	struct om_tree *t = NULL;

	frame();
	ck_assert_int_eq(overlay_meta_parse(j.p, j.n, &t, why, sizeof(why)), -EINVAL);
	ck_assert_msg(strstr(why, part) != NULL, "%s", why);
	journal_start();
}

static void
sample(void)
{
	journal_start();
	om_put_lower(&b, 2, OM_ROOT, "usr");
	om_put_lower(&b, 3, 2, "lib");
	node(2, S_IFDIR | 0755, OM_LOWER_ATTR | OM_LOWER_XATTR, 2, NULL);
	name(OM_ROOT, 2, OM_LOWER_NAME, "usr");
	node(3, S_IFREG | 0640, OM_DATA, 0, NULL);
	name(2, 3, 0, "file");
	name(2, 3, OM_WHITEOUT, "link");
	om_put_xattr(&b, 3, "user.a", "xyz", 3);
	om_put_xattr(&b, 3, "user.b", "", 0);
	frame();
	node(4, S_IFLNK | 0777, 0, 0, "to/there");
	name(2, 4, 0, "sym");
	name(OM_ROOT, 0, OM_WHITEOUT, "gone");
	node(5, S_IFDIR | 0700, OM_OPAQUE | OM_LOWER_XATTR, 3, NULL);
	name(2, 5, 0, "dir");
	frame();
	om_del_xattr(&b, 3, "user.b");
	name(2, 0, 0, "no such name");
	frame();
}

static void
sample_check(const struct om_tree *t)
{
	struct om_node *usr = om_node_find(t, 2), *n = om_node_find(t, 3);
	struct om_name *m;

	ck_assert(usr != NULL && n != NULL);
	ck_assert_uint_eq(n->a.mode, S_IFREG | 0640);
	ck_assert_uint_eq(n->a.uid, 7);
	ck_assert_int_eq(n->a.mtime.tv_nsec, 5);
	ck_assert_uint_eq(n->nnames, 2);
	m = om_name_find(t, usr, "link", 4);
	ck_assert(m != NULL && m->node == n && m->flags == OM_WHITEOUT);
	ck_assert(om_name_find(t, usr, "linkx", 5) == NULL && om_name_find(t, usr, "lin", 3) == NULL);
	ck_assert_str_eq(SLIST_FIRST(&n->xattrs)->name, "user.a");
	ck_assert(SLIST_NEXT(SLIST_FIRST(&n->xattrs), link) == NULL);
	m = om_name_find(t, t->root, "gone", 4);
	ck_assert(m != NULL && m->node == NULL && m->flags == OM_WHITEOUT);
	ck_assert_str_eq(om_node_find(t, 4)->a.target, "to/there");
	n = om_node_find(t, 5);
	ck_assert(n->lower != NULL && strcmp(n->lower->name, "lib") == 0 && strcmp(n->lower->parent->name, "usr") == 0);
	ck_assert_uint_eq(t->nodes.n, 5);
	ck_assert_uint_eq(t->nnames, 6);
}

START_TEST(round_trip)
{
	struct bytes *again = calloc(1, sizeof(*again));
	struct om_tree *t;

	sample();
	t = parse();
	sample_check(t);
	ck_assert_uint_eq(t->end, j.n);
	expect(om_snapshot(t, add, again), 0);
	om_free(t);
	memcpy(&j, again, sizeof(j));
	free(again);
	t = parse();
	sample_check(t);
	om_free(t);
	om_buf_free(&b);
}
END_TEST

START_TEST(unreachable)
{
	struct om_tree *t;

	journal_start();
	node(2, S_IFDIR | 0755, 0, 0, NULL);
	name(OM_ROOT, 2, 0, "d");
	node(3, S_IFREG | 0644, 0, 0, NULL);
	name(2, 3, 0, "f");
	node(4, S_IFREG | 0644, 0, 0, NULL);
	name(OM_ROOT, 0, 0, "d");
	om_put_lower(&b, 2, OM_ROOT, "x");
	node(5, S_IFREG | 0644, OM_SHARED, 2, NULL);
	/* Two directories in each other, which nothing reaches. */
	node(6, S_IFDIR | 0755, 0, 0, NULL);
	node(7, S_IFDIR | 0755, 0, 0, NULL);
	name(6, 7, 0, "a");
	name(7, 6, 0, "b");
	frame();
	t = parse();
	ck_assert(om_node_find(t, 2) == NULL && om_node_find(t, 3) == NULL && om_node_find(t, 4) == NULL);
	ck_assert(om_node_find(t, 5) != NULL && om_node_find(t, 6) == NULL && om_node_find(t, 7) == NULL);
	ck_assert_uint_eq(t->nnames, 0);
	ck_assert_uint_eq(t->max_id, 7);
	om_free(t);
	om_buf_free(&b);
}
END_TEST

START_TEST(hostile)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/" };
	char longname[300];
	size_t i;

	memset(longname, 'n', sizeof(longname));
	journal_start();
	for (i = 0; i < nitems(names); i++) {
		name(OM_ROOT, 0, OM_WHITEOUT, names[i]);
		refused("a name that cannot be");
		om_put_lower(&b, 2, OM_ROOT, names[i]);
		refused("a name of the host's");
	}
	om_put_name(&b, OM_ROOT, 0, OM_WHITEOUT, "a\0b", 3, NULL);
	refused("a name that cannot be");
	om_put_name(&b, OM_ROOT, 0, OM_WHITEOUT, longname, 256, NULL);
	refused("a name that cannot be");
	om_put_name(&b, OM_ROOT, 0, 128, "a", 1, NULL);
	refused("a name that cannot be");
	name(OM_ROOT, 99, 0, "x");
	refused("a name of nothing");
	name(OM_ROOT, OM_ROOT, 0, "loop");
	refused("a name of nothing");
	name(99, 0, OM_WHITEOUT, "x");
	refused("a name of nothing");
	node(2, S_IFREG, 0, 0, NULL);
	name(2, 0, OM_WHITEOUT, "x");
	refused("a name of nothing");
	om_put_lower(&b, 2, 77, "x");
	refused("a name of the host's");
	om_put_lower(&b, 2, 2, "x");
	refused("a name of the host's");
	om_put_lower(&b, 2, OM_ROOT, "x");
	om_put_lower(&b, 2, OM_ROOT, "y");
	refused("two names");
	node(0, S_IFREG, 0, 0, NULL);
	refused("a node that cannot be");
	node(OM_ID_MAX, S_IFREG, 0, 0, NULL);
	refused("a node that cannot be");
	node(2, 0644, 0, 0, NULL);
	refused("a node that cannot be");
	node(2, S_IFREG | 0x10000, 0, 0, NULL);
	refused("a node that cannot be");
	node(2, S_IFDIR, OM_DATA, 0, NULL);
	refused("a node that cannot be");
	node(2, S_IFREG, OM_DATA | OM_LOWER_DATA, OM_ROOT, NULL);
	refused("a node that cannot be");
	node(2, S_IFREG, OM_LOWER_DATA, 0, NULL);
	refused("a node that cannot be");
	node(2, S_IFREG, 0, 55, NULL);
	refused("unknown lower");
	node(2, S_IFLNK, 0, 0, NULL);
	refused("without a target");
	node(2, S_IFREG, 0, 0, "target");
	refused("without a target");
	node(2, S_IFREG, 0, 0, NULL);
	node(2, S_IFDIR, 0, 0, NULL);
	refused("two types");
	node(OM_ROOT, S_IFREG, 0, 0, NULL);
	refused("two types");
	node(2, S_IFDIR, 0, 0, NULL);
	name(OM_ROOT, 2, 0, "a");
	name(OM_ROOT, 2, 0, "b");
	refused("two names");
	om_put_xattr(&b, 9, "user.x", "", 0);
	refused("an extended attribute");
	om_put_xattr(&b, OM_ROOT, "", "", 0);
	refused("an extended attribute");
	om_put_xattr(&b, OM_ROOT, "user.x", j.p, 65537);
	refused("an extended attribute");
	for (i = 0; i < 4; i++) {
		snprintf(longname, 100, "user.%zu", i);
		om_put_xattr(&b, OM_ROOT, longname, j.p, 65000);
	}
	refused("too many");
	om_buf_free(&b);
}
END_TEST

/* Cut off anywhere: what was whole is there.  Changed anywhere: an error, or less. */
START_TEST(damage)
{
	static char copy[sizeof(j.p)];
	struct om_tree *t;
	uint32_t seed = 1;
	size_t n, whole, i, k;
	int err;

	sample();
	memcpy(copy, j.p, j.n);
	n = j.n;
	for (j.n = OM_HEADER_SIZE, whole = OM_HEADER_SIZE; j.n <= n; j.n++) {
		t = parse();
		ck_assert_uint_ge(t->end, whole);
		ck_assert_uint_le(t->end, j.n);
		whole = t->end;
		om_free(t);
	}
	ck_assert_uint_eq(whole, n);
	for (j.n = 0; j.n < OM_HEADER_SIZE; j.n++)
		expect(overlay_meta_parse(j.p, j.n, &t, why, sizeof(why)), -EINVAL);
	for (i = 0; i < 20000; i++) {
		memcpy(j.p, copy, n);
		j.n = n;
		for (k = unit_random(&seed) % 3 + 1; k-- > 0;)
			j.p[unit_random(&seed) % n] ^= (char)(1 << unit_random(&seed) % 8);
		err = overlay_meta_parse(j.p, j.n, &t, why, sizeof(why));
		if (err == 0)
			om_free(t);
		else
			ck_assert(why[0] != '\0');
	}
	om_buf_free(&b);
}
END_TEST

/* Frames with good checksums and records of any bytes. */
START_TEST(fuzz)
{
	static char frame_bytes[600];
	struct om_tree *t;
	uint32_t seed = 7;
	size_t i, k, n;

	for (i = 0; i < 30000; i++) {
		sample();
		n = j.n;
		/* Some of the sample's own records, changed; behind the sample. */
		om_begin(&b);
		k = 12 + unit_random(&seed) % 200;
		memcpy(frame_bytes, j.p + OM_HEADER_SIZE + 12, sizeof(frame_bytes) < n - 28 ? sizeof(frame_bytes) : n - 28);
		name(OM_ROOT, 0, OM_WHITEOUT, "fill");
		while (b.n < 12 + k)
			name(OM_ROOT, 0, OM_WHITEOUT, "fill");
		memcpy(b.p + 12, frame_bytes, min_of(b.n - 12, sizeof(frame_bytes)));
		for (k = unit_random(&seed) % 4 + 1; k-- > 0;)
			b.p[12 + unit_random(&seed) % (b.n - 12)] = (char)unit_random(&seed);
		frame();
		if (overlay_meta_parse(j.p, j.n, &t, why, sizeof(why)) == 0)
			om_free(t);
	}
	om_buf_free(&b);
}
END_TEST

/* --- a kernel with one --- */

static struct guest *g;
static struct vkern_overlay overlay;
static struct om_tree *tree;

static uint64_t
str(const char *s)
{
	return guest_str(g, s);
}

static void
write_file(const char *path, const char *text)
{
	long fd = must(guest_call(g, SYS_open, str(path), O_WRONLY | O_CREAT | O_TRUNC, 0640));

	expect(guest_call(g, SYS_write, fd, str(text), strlen(text)), strlen(text));
	expect(guest_call(g, SYS_close, fd), 0);
}

static const char *
read_file(const char *path)
{
	static char text[256];
	uint64_t buf = guest_alloc(g, sizeof(text));
	long fd = guest_call(g, SYS_open, str(path), O_RDONLY), n;

	if (fd < 0) {
		snprintf(text, sizeof(text), "error %ld", -fd);
		return text;
	}
	n = must(guest_call(g, SYS_read, fd, buf, sizeof(text) - 1));
	guest_get(g, buf, text, (size_t)n);
	text[n] = '\0';
	expect(guest_call(g, SYS_close, fd), 0);
	return text;
}

static struct stat
look(const char *path)
{
	uint64_t at = guest_alloc(g, sizeof(struct stat));
	struct stat st;

	expect(guest_call(g, SYS_lstat, str(path), at), 0);
	guest_get(g, at, &st, sizeof(st));
	return st;
}

static hfd_t
host_dir(const char *a, const char *c, int flags)
{
	hfd_t root, d, fd;

	expect(host_open_root(&root), 0);
	expect(host_openat(root, a, O_PATH | O_DIRECTORY, &d), 0);
	host_close(root);
	expect(host_openat(d, c, flags, &fd), 0);
	host_close(d);
	return fd;
}

/* A kernel that goes on where the last one ended. */
static void
boot(void)
{
	char head[OM_HEADER_SIZE];
	ssize_t n;

	overlay = (struct vkern_overlay){ .data = host_dir("ovl", "data", O_PATH | O_DIRECTORY),
		.journal = host_dir("ovl", "journal", O_RDWR) };
	n = host_pread(overlay.journal, j.p, sizeof(j.p), 0);
	if (n == 0) {
		om_header(head);
		expect(host_pwrite(overlay.journal, head, sizeof(head), 0), sizeof(head));
		n = host_pread(overlay.journal, j.p, sizeof(j.p), 0);
	}
	j.n = (size_t)n;
	tree = parse();
	overlay.tree = tree;
	overlay.end = (int64_t)tree->end;
	fake_overlay(&overlay);
	g = fake_boot();
	fake_overlay(NULL);
}

static void
end(void)
{
	host_close(overlay.data);
	host_close(overlay.journal);
	om_free(tree);
}

static void
host_tree(void)
{
	fake_host_dir("/ovl/data", 0700);
	fake_host_file("/ovl/journal", "", 0600);
	fake_host_file("/src/a", "aaa", 0644);
	fake_host_file("/src/b", "bbb", 0644);
	fake_host_hardlink("/src/b2", "/src/b");
	fake_host_file("/src/sub/deep/f", "deep", 0600);
	fake_host_file("/src/rm/x", "x", 0644);
	fake_host_symlink("/src/sym", "a");
}

static void
changes(void)
{
	write_file("/src/new", "new text");
	write_file("/src/a", "changed");
	write_file("/src/b", "linked");
	expect(guest_call(g, SYS_rename, str("/src/sub"), str("/src/moved")), 0);
	expect(guest_call(g, SYS_chmod, str("/src/moved/deep/f"), 0444), 0);
	expect(guest_call(g, SYS_unlink, str("/src/rm/x")), 0);
	expect(guest_call(g, SYS_rmdir, str("/src/rm")), 0);
	expect(guest_call(g, SYS_mkdir, str("/src/rm"), 0711), 0);
	expect(guest_call(g, SYS_link, str("/src/new"), str("/src/rm/new2")), 0);
	expect(guest_call(g, SYS_symlink, str("x/y"), str("/src/rm/s")), 0);
	expect(guest_call(g, SYS_mknod, str("/src/fifo"), S_IFIFO | 0600, 0), 0);
	expect(guest_call(g, SYS_chown, str("/src/fifo"), 5, 6), 0);
	expect(guest_call(g, SYS_setxattr, str("/src/a"), str("user.k"), str("v"), 1, 0), 0);
	expect(guest_call(g, SYS_renameat2, AT_FDCWD, str("/src/new"), AT_FDCWD, str("/src/a"), 2), 0);
	expect(guest_call(g, SYS_truncate, str("/src/b"), 3), 0);
	expect(guest_call(g, SYS_unlink, str("/src/sym")), 0);
}

static void
changes_check(void)
{
	uint64_t buf = guest_alloc(g, 64);

	ck_assert_str_eq(read_file("/src/a"), "new text");
	ck_assert_str_eq(read_file("/src/new"), "changed");
	ck_assert_str_eq(read_file("/src/b"), "lin");
	ck_assert_str_eq(read_file("/src/b2"), "lin");
	ck_assert_str_eq(read_file("/src/sub/deep/f"), "error 2");
	ck_assert_str_eq(read_file("/src/moved/deep/f"), "deep");
	ck_assert_uint_eq(look("/src/moved/deep/f").st_mode, S_IFREG | 0444);
	ck_assert_str_eq(read_file("/src/rm/x"), "error 2");
	ck_assert_uint_eq(look("/src/rm").st_mode, S_IFDIR | 0711);
	ck_assert_str_eq(read_file("/src/rm/new2"), "new text");
	ck_assert_uint_eq(look("/src/rm/new2").st_ino, look("/src/a").st_ino);
	ck_assert_uint_eq(look("/src/a").st_nlink, 2);
	expect(guest_call(g, SYS_readlink, str("/src/rm/s"), buf, 64), 3);
	ck_assert_uint_eq(look("/src/fifo").st_mode, S_IFIFO | 0600);
	ck_assert_uint_eq(look("/src/fifo").st_gid, 6);
	expect(guest_call(g, SYS_getxattr, str("/src/new"), str("user.k"), buf, 64), 1);
	expect(guest_call(g, SYS_getxattr, str("/src/a"), str("user.k"), buf, 64), -ENODATA);
	expect(guest_call(g, SYS_access, str("/src/sym"), 0), -ENOENT);
}

START_TEST(kept)
{
	struct stat a, c;

	host_tree();
	boot();
	changes();
	changes_check();
	a = look("/src/a");
	fake_shutdown_kernel();
	end();
	boot();
	changes_check();
	c = look("/src/a");
	ck_assert_uint_eq(a.st_ino, c.st_ino);
	expect(overlay.err, 0);
	fake_shutdown_kernel();
	end();
}
END_TEST

/* Every prefix of the journal is an overlay that a kernel can use. */
START_TEST(killed)
{
	struct stat st;
	int64_t size, at;
	uint32_t seed = 3;
	int i;

	host_tree();
	boot();
	changes();
	expect(host_stat(overlay.journal, "", &st), 0);
	size = st.st_size;
	fake_shutdown_kernel();
	end();
	for (i = 0; i < 25; i++) {
		at = size - (int64_t)(unit_random(&seed) % 200);
		size = max_of(at, (int64_t)OM_HEADER_SIZE);
		hfd_t fd = host_dir("ovl", "journal", O_RDWR);
		expect(host_truncate(fd, size), 0);
		host_close(fd);
		boot();
		ck_assert_str_ne(read_file("/src/b"), "");
		fake_shutdown_kernel();
		end();
	}
}
END_TEST

UNIT_MAIN("overlay", round_trip, unreachable, hostile, damage, fuzz, kept, killed)
