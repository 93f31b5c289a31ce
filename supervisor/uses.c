/*
 * uses.c - what files a run used, and their hashes.
 *
 * Hashes are taken through the guest's tree, so of what the guest saw,
 * whatever it is laid over; proc and devices have none.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "uses.h"
#include "vksup/file.h"
#include "vksup/fs.h"
#include "vksup/proc.h"

#define CHUNK	65536

static bool hashes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct used *all;		/* [lock] */

/* --- hashes --- */

static bool
digest_file(struct file *f, EVP_MD_CTX *md)
{
	char *buf = malloc(CHUNK);
	ssize_t n = -1;
	int64_t at;

	for (at = 0; buf != NULL && (n = file_pread(f, buf, CHUNK, at)) > 0; at += n)
		if (EVP_DigestUpdate(md, buf, (size_t)n) != 1)
			n = -1;
	free(buf);
	return n == 0;
}

static void
hash_open(struct file *f, char text[HASH_TEXT])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0, i;
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 && digest_file(f, md) &&
	    EVP_DigestFinal_ex(md, sum, &n) == 1)
		for (i = 0; i < n && 2 * i + 2 < HASH_TEXT; i++)
			snprintf(text + 2 * i, 3, "%02x", sum[i]);
	EVP_MD_CTX_free(md);
}

void
hash_file(const char *path, char text[HASH_TEXT])
{
	struct thread *t = curthread;
	struct inode *ino;
	struct file *f;
	struct path p;

	text[0] = '\0';
	/* As the kernel: no permission is asked, no watcher told.  Names are as walked. */
	curthread = NULL;
	if (path_lookup_kernel(path, 0, &p) == 0) {
		ino = p.dentry->inode;
		if (S_ISREG(ino->mode) && (strcmp(ino->sb->type, "overlay") == 0 ||
		    strcmp(ino->sb->type, "tmpfs") == 0) &&
		    ino->ops->open(ino, &p, O_RDONLY | O_LARGEFILE, &f) == 0) {
			hash_open(f, text);
			file_put(f);
		}
		path_put(p);
	}
	fs_reap();
	curthread = t;
}

/* --- collecting --- */

static bool
has_content(enum watch_use use)
{
	return use == USE_READ || use == USE_EXEC;
}

/* The entry for path; is its hash still to be taken? */
static struct used *
used_note(enum watch_use use, const char *path, bool *fresh)
{
	struct used *u;
	size_t n = strlen(path) + 1;

	pthread_mutex_lock(&lock);
	HASH_FIND_STR(all, path, u);
	if (u == NULL) {
		u = xcalloc(1, sizeof(*u) + n);
		memcpy(u->path, path, n);
		u->first = use;
		HASH_ADD_STR(all, path, u);
	}
	/* Looking at it and not finding it say nothing about what it holds. */
	if (u->first == USE_STAT || u->first == USE_MISSING || u->first == USE_LIST)
		u->first = use;
	*fresh = has_content(use) && !(u->uses & (USE_BIT(USE_READ) | USE_BIT(USE_EXEC) | USE_BIT(USE_WRITE)));
	u->uses |= USE_BIT(use);
	pthread_mutex_unlock(&lock);
	return u;
}

static void
uses_file(struct watcher *w, struct thread *t, enum watch_use use, const char *path, int err)
{
	char text[HASH_TEXT];
	struct used *u;
	bool fresh;

	(void)w;
	(void)t;
	if (err != 0 && use != USE_MISSING)
		return;
	u = used_note(use, path, &fresh);
	if (!fresh || !hashes)
		return;
	hash_file(path, text);
	pthread_mutex_lock(&lock);
	if (u->before[0] == '\0')
		memcpy(u->before, text, sizeof(text));
	pthread_mutex_unlock(&lock);
}

static struct watcher watcher = { .file = uses_file };

void
uses_collect(struct vkern *k, bool with_hashes)
{
	static bool on;

	hashes |= with_hashes;
	if (!on && watch_add(k, &watcher) != 0)
		fail("cannot watch", 0);
	on = true;
}

static int
by_path(const struct used *a, const struct used *b)
{
	return strcmp(a->path, b->path);
}

struct used *
uses_all(struct vkern *k)
{
	static struct used *final;

	if (final != NULL)
		return final;
	watch_remove(k, &watcher);
	pthread_mutex_lock(&lock);
	HASH_SORT(all, by_path);
	/* Events may still be under way: they find an empty table. */
	final = all;
	all = NULL;
	pthread_mutex_unlock(&lock);
	return final;
}
