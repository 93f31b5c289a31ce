/*
 * overlay.c - the directory of an overlay on disk: opened, locked, read, tidied.
 *
 * One process at a time uses it.  It is made in an order that can be killed at
 * any moment: without a journal it is empty, and a journal is renamed into place.
 */
#include "overlay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "vksup/vkern.h"

/* A journal of more than this, and more than three times what is needed, is
 * written anew. */
#define JOURNAL_LONG	(1 << 20)

void
overlay_fail(const struct overlay *o, const char *what, const char *why)
{
	fprintf(stderr, "vksup: %s%s%s: %s\n", o->name, *what != '\0' ? "/" : "", what, why);
	exit(EXIT_OURS);
}

static void no_return
fail_errno(const struct overlay *o, const char *what)
{
	overlay_fail(o, what, strerror(errno));
}

/* A regular file of the directory's. */
static int
file_open(const struct overlay *o, int dir, const char *name, int flags)
{
	struct stat st;
	int fd;

	fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0)
		fail_errno(o, name);
	if (!S_ISREG(st.st_mode))
		overlay_fail(o, name, "not a regular file");
	return fd;
}

static bool
dir_is_empty(const struct overlay *o)
{
	int fd = openat(o->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	bool empty = true;

	if (d == NULL)
		fail_errno(o, "");
	/* "data" and "lock" alone: whoever made them was killed. */
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    strcmp(e->d_name, "lock") != 0 && strcmp(e->d_name, "data") != 0 &&
		    strcmp(e->d_name, "journal.new") != 0)
			empty = false;
	closedir(d);
	return empty;
}

/* The last moments of a run that was killed are not another run. */
static int
lock_wait(int fd)
{
	const struct timespec ms20 = { 0, 20000000 };
	int i;

	for (i = 0; i < 100; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return -1;
		nanosleep(&ms20, NULL);
	}
	return -1;
}

static void
dir_open(struct overlay *o, bool make)
{
	if (strcmp(o->name, "") == 0)
		overlay_fail(o, "", "a directory is needed");
	if (make && mkdir(o->name, 0700) != 0 && errno != EEXIST)
		fail_errno(o, "");
	o->dir = open(o->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dir < 0)
		fail_errno(o, "");
	if (faccessat(o->dir, "journal", F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
		if (!make)
			overlay_fail(o, "", "not an overlay");
		if (!dir_is_empty(o))
			overlay_fail(o, "", "not an overlay, and not empty");
	}
	o->lock = file_open(o, o->dir, "lock", O_RDWR | O_CREAT);
	if (o->lock < 0)
		fail_errno(o, "lock");
	if (lock_wait(o->lock) != 0) {
		if (errno == EWOULDBLOCK)
			overlay_fail(o, "", "in use by another vksup");
		fail_errno(o, "lock");
	}
	if (mkdirat(o->dir, "data", 0700) != 0 && errno != EEXIST)
		fail_errno(o, "data");
	o->data = openat(o->dir, "data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (o->data < 0)
		fail_errno(o, "data");
}

/* --- the journal --- */

static int
write_all(void *arg, const void *p, size_t n)
{
	const char *s = p;
	int fd = *(int *)arg;
	ssize_t r;

	for (; n > 0; s += r, n -= (size_t)r) {
		r = write(fd, s, n);
		if (r < 0 && errno != EINTR)
			return -errno;
		r = max_of(r, (ssize_t)0);
	}
	return 0;
}

static void
journal_open(struct overlay *o)
{
	o->journal = file_open(o, o->dir, "journal", O_RDWR);
	if (o->journal < 0)
		fail_errno(o, "journal");
}

/* Of no tree: an empty one. */
static void
journal_write(struct overlay *o)
{
	char head[OM_HEADER_SIZE];
	int fd, err;

	unlinkat(o->dir, "journal.new", 0);
	fd = file_open(o, o->dir, "journal.new", O_RDWR | O_CREAT | O_EXCL);
	if (fd < 0)
		fail_errno(o, "journal.new");
	om_header(head);
	err = o->tree != NULL ? om_snapshot(o->tree, write_all, &fd) : write_all(&fd, head, sizeof(head));
	if (err == 0 && fsync(fd) != 0)
		err = -errno;
	if (err == 0 && renameat(o->dir, "journal.new", o->dir, "journal") != 0)
		err = -errno;
	if (err != 0)
		overlay_fail(o, "journal.new", strerror(-err));
	fsync(o->dir);
	if (o->journal >= 0)
		close(o->journal);
	o->journal = fd;
	o->end = lseek(fd, 0, SEEK_END);
}

static void
journal_read(struct overlay *o)
{
	char why[200];
	struct stat st;
	size_t size;
	void *p;

	if (fstat(o->journal, &st) != 0)
		fail_errno(o, "journal");
	/* A private copy: what is checked must not change afterwards. */
	size = (size_t)st.st_size;
	p = mmap(NULL, size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		fail_errno(o, "journal");
	for (o->end = 0; o->end < st.st_size;) {
		ssize_t n = pread(o->journal, (char *)p + o->end, size - (size_t)o->end, o->end);

		if (n < 0)
			fail_errno(o, "journal");
		if (n == 0)
			break;
		o->end += n;
	}
	if (overlay_meta_parse(p, (size_t)o->end, &o->tree, why, sizeof(why)) != 0)
		overlay_fail(o, "journal", why);
	o->end = (int64_t)o->tree->end;
	munmap(p, size + 1);
}

void
overlay_open(struct overlay *o, const char *name, bool make)
{
	*o = (struct overlay){ .name = name, .dir = -1, .data = -1, .lock = -1, .journal = -1 };
	dir_open(o, make);
	if (faccessat(o->dir, "journal", F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		journal_write(o);
	else
		journal_open(o);
	journal_read(o);
}

void
overlay_open_damaged(struct overlay *o, const char *name)
{
	*o = (struct overlay){ .name = name, .dir = -1, .data = -1, .lock = -1, .journal = -1 };
	dir_open(o, false);
}

void
overlay_again(struct overlay *again, const struct overlay *o)
{
	*again = *o;
	again->tree = NULL;
	journal_read(again);
}

void
overlay_rewrite(struct overlay *o)
{
	journal_write(o);
}

/* --- tidying --- */

static bool
data_needed(const struct overlay *o, const char *name)
{
	const struct om_node *n;
	char *end;

	n = om_node_find(o->tree, strtoull(name, &end, 16));
	return *end == '\0' && n != NULL && (n->a.flags & OM_DATA);
}

/* Made, but not written down, when a run was killed. */
static void
data_tidy(struct overlay *o)
{
	int fd = openat(o->data, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (d == NULL)
		fail_errno(o, "data");
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && !data_needed(o, e->d_name))
			unlinkat(o->data, e->d_name, 0);
	closedir(d);
}

void
overlay_tidy(struct overlay *o)
{
	size_t live = (o->tree->nodes.n * 150 + o->tree->nnames * 60) + 4096;

	data_tidy(o);
	if (o->end > JOURNAL_LONG && (size_t)o->end > 3 * live)
		journal_write(o);
	else if (ftruncate(o->journal, o->end) != 0)
		fail_errno(o, "journal");
}

int
overlay_data(const struct overlay *o, const struct om_node *n)
{
	char name[20];

	snprintf(name, sizeof(name), "%llx", (unsigned long long)n->a.id);
	return file_open(o, o->data, name, O_RDONLY);
}

void
overlay_remove(struct overlay *o)
{
	int fd = openat(o->data, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (d == NULL)
		fail_errno(o, "data");
	/* The journal first: without one the rest means nothing. */
	if (unlinkat(o->dir, "journal", 0) != 0)
		fail_errno(o, "journal");
	unlinkat(o->dir, "journal.new", 0);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(o->data, e->d_name, 0);
	closedir(d);
	if (unlinkat(o->dir, "data", AT_REMOVEDIR) != 0)
		fail_errno(o, "data");
	unlinkat(o->dir, "lock", 0);
	if (rmdir(o->name) != 0 && errno != ENOTEMPTY && errno != EEXIST && errno != EBUSY)
		fail_errno(o, "");
}

void
overlay_close(struct overlay *o)
{
	om_free(o->tree);
	close(o->journal);
	close(o->data);
	close(o->lock);
	close(o->dir);
}
