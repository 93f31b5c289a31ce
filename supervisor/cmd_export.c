/*
 * cmd_export.c - vksup export: an overlay as an archive.
 *
 * Paths are relative to "/".  What was deleted is an empty file ".wh.NAME", and
 * a directory that hides what the host has there has a ".wh..wh..opq" in it, as
 * in the layers of container images.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_overlay.h"
#include "command.h"
#include "options.h"
#include "overlay.h"
#include "vksup/vkern.h"

struct format {
	const char	*suffix;
	int		(*format)(struct archive *);
	int		(*filter)(struct archive *);
};

static const struct format formats[] = {
	{ ".tar", archive_write_set_format_pax_restricted, archive_write_add_filter_none },
	{ ".tar.zst", archive_write_set_format_pax_restricted, archive_write_add_filter_zstd },
	{ ".tar.gz", archive_write_set_format_pax_restricted, archive_write_add_filter_gzip },
	{ ".tgz", archive_write_set_format_pax_restricted, archive_write_add_filter_gzip },
	{ ".tar.xz", archive_write_set_format_pax_restricted, archive_write_add_filter_xz },
	{ ".tar.bz2", archive_write_set_format_pax_restricted, archive_write_add_filter_bzip2 },
	{ ".cpio", archive_write_set_format_cpio_newc, archive_write_add_filter_none },
	{ ".zip", archive_write_set_format_zip, archive_write_add_filter_none },
};

struct export {
	struct overlay	*o;
	struct archive	*a;
	const char	*out;
};

static void no_return
export_fail(struct export *x)
{
	fprintf(stderr, "vksup: %s: %s\n", x->out, archive_error_string(x->a));
	unlink(x->out);
	exit(EXIT_OURS);
}

static void
put_data(struct export *x, const struct difference *d, int fd)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (archive_write_data(x->a, buf, (size_t)n) < 0)
			export_fail(x);
	if (n < 0)
		fprintf(stderr, "vksup: %s: %s\n", d->path, strerror(errno));
	close(fd);
}

/* False: the format has no such things, which is said.  A warning is a name or
 * number that it cannot hold exactly. */
static bool
put_entry(struct export *x, struct archive_entry *e)
{
	int r = archive_write_header(x->a, e);

	if (r == ARCHIVE_FATAL)
		export_fail(x);
	if (r == ARCHIVE_FAILED)
		fprintf(stderr, "vksup: %s\n", archive_error_string(x->a));
	return r != ARCHIVE_FAILED;
}

/* `path`/NAME or `path`/../NAME, an empty file. */
static void
put_mark(struct export *x, const char *path, const char *fmt, const char *name)
{
	struct archive_entry *e = archive_entry_new();
	char *full = NULL, *mark = NULL;
	const char *slash = strrchr(path, '/');

	if (asprintf(&mark, fmt, name) < 0 || asprintf(&full, "%.*s%s", (int)(slash + 1 - path), path, mark) < 0)
		fail("out of memory", 0);
	archive_entry_set_pathname(e, full + 1);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, 0);
	(void)put_entry(x, e);
	archive_entry_free(e);
	free(mark);
	free(full);
}

static void
put_xattrs(struct archive_entry *e, const struct om_node *n)
{
	struct om_xattr *xa;

	SLIST_FOREACH(xa, &n->xattrs, link)
		archive_entry_xattr_add_entry(e, xa->name, xa->value, xa->len);
}

static void
put_node(struct export *x, const struct difference *d, const struct stat *st)
{
	struct archive_entry *e = archive_entry_new();
	char *target;
	int fd = -1;

	archive_entry_copy_stat(e, st);
	archive_entry_set_pathname(e, d->path + 1);
	put_xattrs(e, d->node);
	if (S_ISLNK(st->st_mode) && (target = node_target(d->node)) != NULL) {
		archive_entry_copy_symlink(e, target);
		archive_entry_set_size(e, 0);
		kfree(target);
	}
	if (d->node->user != NULL) {
		archive_entry_set_hardlink(e, (const char *)d->node->user + 1);
		archive_entry_set_size(e, 0);
	} else if (S_ISREG(st->st_mode)) {
		fd = node_open(x->o, d->node);
		if (fd < 0)
			fprintf(stderr, "vksup: %s: %s\n", d->path, strerror(errno));
		else if (d->node->nnames > 1)
			d->node->user = xstrdup(d->path);
	}
	if (put_entry(x, e) && fd >= 0)
		put_data(x, d, fd);
	else if (fd >= 0)
		close(fd);
	archive_entry_free(e);
}

static int
put_one(void *arg, const struct difference *d)
{
	struct export *x = arg;
	char *below = NULL;
	struct stat st;

	if (d->change == CHANGE_DELETED) {
		put_mark(x, d->path, ".wh.%s", d->name);
		return 0;
	}
	if (!node_stat(x->o, d->node, &st) || S_ISSOCK(st.st_mode))
		return 0;
	put_node(x, d, &st);
	if (S_ISDIR(st.st_mode) && (d->change == CHANGE_TYPE || ((d->node->lower == NULL || (d->node->a.flags & OM_OPAQUE)) && d->host.st_mode != 0))) {
		if (asprintf(&below, "%s/", d->path) < 0)
			fail("out of memory", 0);
		put_mark(x, below, "%s", ".wh..wh..opq");
		free(below);
	}
	return 0;
}

static const struct format *
format_of(const char *name)
{
	size_t n = strlen(name), s, i;

	for (i = 0; i < nitems(formats); i++) {
		s = strlen(formats[i].suffix);
		if (n > s && strcmp(name + n - s, formats[i].suffix) == 0)
			return &formats[i];
	}
	return NULL;
}

int
cmd_export(int argc, char **argv)
{
	const struct format *f;
	struct export x = { 0 };
	struct om_node *n;
	struct overlay o;
	char *temp = NULL;
	size_t i = 0;

	if (argc != 3)
		return command_usage(argv[0], "a directory and a file are needed");
	f = format_of(argv[2]);
	if (f == NULL) {
		fprintf(stderr, "vksup: %s: no format has this suffix (.tar .tar.zst .tar.gz .tgz .tar.xz .tar.bz2 .cpio .zip)\n",
		    argv[2]);
		return EXIT_OURS;
	}
	overlay_open(&o, argv[1], false);
	if (asprintf(&temp, "%s.vksup-new", argv[2]) < 0)
		fail("out of memory", 0);
	x = (struct export){ .o = &o, .a = archive_write_new(), .out = temp };
	if (f->format(x.a) < ARCHIVE_WARN || f->filter(x.a) < ARCHIVE_WARN ||
	    archive_write_open_filename(x.a, temp) != ARCHIVE_OK)
		export_fail(&x);
	overlay_diff(&o, NULL, false, put_one, &x);
	if (archive_write_close(x.a) != ARCHIVE_OK)
		export_fail(&x);
	archive_write_free(x.a);
	if (rename(temp, argv[2]) != 0)
		fail(argv[2], -errno);
	while ((n = om_node_next(o.tree, &i)) != NULL) {
		kfree(n->user);
		n->user = NULL;
	}
	overlay_close(&o);
	free(temp);
	return 0;
}
