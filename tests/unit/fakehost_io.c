/*
 * fakehost_io.c - the run's descriptors 0, 1, 2 as pipes whose other ends the
 * test holds, watches on them, and the host's /proc texts.
 *
 * All under files.lock.  A watch whose condition holds is handed to a thread
 * of its own, because its function may take any lock of the kernel.
 */
#include "fakehost_fs.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_MAX	65536
#define PROC_MAX	8

struct stream {
	struct fnode	*node;		/* reference; NULL: closed */
	char		buf[STREAM_MAX];
	size_t		len;
	bool		eof, blocked;
};

struct host_watch {
	struct host_watch *next;	/* those that wait */
	struct stream	*s;
	int		events;
	void		(*fn)(void *, int);
	void		*arg;
	bool		waiting, running, cancelled;
};

static struct stream streams[3];
static struct host_watch *watches;
static pthread_cond_t watch_done = PTHREAD_COND_INITIALIZER;
static struct { char name[32]; char *text; } procs[PROC_MAX];
static char taken[STREAM_MAX + 1];

void
fake_streams_init(void)
{
	int i;

	for (i = 0; i < 3; i++) {
		streams[i].node = NULL;
		fake_stdio(i, S_IFIFO | 0600, 0);
	}
}

void
fake_streams_fini(void)
{
	int i;

	FAKE_ASSERT(watches == NULL || fk.ending);
	while (watches != NULL) {
		struct host_watch *w = watches;

		watches = w->next;
		free(w);
	}
	for (i = 0; i < 3; i++)
		fake_stdio(i, 0, 0);
	for (i = 0; i < PROC_MAX; i++) {
		free(procs[i].text);
		procs[i].text = NULL;
	}
}

void
fake_stdio(int n, unsigned mode, uint64_t rdev)
{
	struct stream *s = &streams[n];

	pthread_mutex_lock(&files.lock);
	if (s->node != NULL)
		fnode_put(s->node);
	memset(s, 0, sizeof(*s));
	if (mode != 0) {
		s->node = fnode_new(mode);
		s->node->rdev = rdev;
		s->node->stream = s;
	}
	pthread_mutex_unlock(&files.lock);
}

int
host_stdio_stat(int n, struct stat *st)
{
	int err = 0;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	if (streams[n].node == NULL)
		err = -EBADF;
	else
		fnode_stat(streams[n].node, st);
	pthread_mutex_unlock(&files.lock);
	return err;
}

unsigned
host_stdio_flags(int n)
{
	return n == 0 ? O_RDONLY : O_WRONLY;
}

int
host_stdio(int n, hfd_t *fd)
{
	struct fnode *f;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	f = streams[n].node;
	if (f != NULL) {
		f->refs++;
		fd_new(f, n == 0 ? O_RDONLY : O_WRONLY, fd);
	}
	pthread_mutex_unlock(&files.lock);
	return f != NULL ? 0 : -EBADF;
}

static int
stream_ready(const struct stream *s, int events)
{
	int r = 0;

	if (s == &streams[0])
		r = (s->len > 0 ? POLLIN : 0) | (s->eof ? POLLHUP : 0);
	else if (!s->blocked && s->len < STREAM_MAX)
		r = POLLOUT;
	return r & (events | POLLHUP | POLLERR);
}

static struct stream *
fd_stream(hfd_t fd)
{
	struct stream *s = fd_get(fd)->node->stream;

	FAKE_ASSERT(s != NULL);
	return s;
}

int
host_poll(hfd_t fd, int events)
{
	int r;

	pthread_mutex_lock(&files.lock);
	r = stream_ready(fd_stream(fd), events);
	pthread_mutex_unlock(&files.lock);
	return r;
}

ssize_t
host_read_nb(hfd_t fd, void *buf, size_t n)
{
	struct stream *s;
	ssize_t r;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	s = fd_stream(fd);
	if (stream_ready(s, POLLIN) == 0) {
		r = -EAGAIN;
	} else {
		r = (ssize_t)min_of(n, s->len);
		memcpy(buf, s->buf, (size_t)r);
		s->len -= (size_t)r;
		memmove(s->buf, s->buf + r, s->len);
	}
	pthread_mutex_unlock(&files.lock);
	return r;
}

ssize_t
host_write_nb(hfd_t fd, const void *buf, size_t n)
{
	struct stream *s;
	ssize_t r;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	s = fd_stream(fd);
	if (stream_ready(s, POLLOUT) == 0) {
		r = -EAGAIN;
	} else {
		r = (ssize_t)min_of(n, STREAM_MAX - s->len);
		memcpy(s->buf + s->len, buf, (size_t)r);
		s->len += (size_t)r;
	}
	pthread_mutex_unlock(&files.lock);
	return r;
}

/* --- watches --- */

static void
watch_main(void *arg)
{
	struct host_watch *w = arg;
	int revents;

	pthread_mutex_lock(&files.lock);
	revents = stream_ready(w->s, w->events);
	pthread_mutex_unlock(&files.lock);
	w->fn(w->arg, revents);
	pthread_mutex_lock(&files.lock);
	w->running = false;
	pthread_cond_broadcast(&watch_done);
	pthread_mutex_unlock(&files.lock);
}

static void
watches_check(void)
{
	struct host_watch **p = &watches, *w;

	while ((w = *p) != NULL) {
		if (stream_ready(w->s, w->events) == 0) {
			p = &w->next;
			continue;
		}
		*p = w->next;
		w->waiting = false;
		w->running = true;
		fake_thread(watch_main, w, "watch");
	}
}

int
host_watch(hfd_t fd, int events, void (*fn)(void *, int), void *arg, struct host_watch **out)
{
	struct host_watch *w;

	FAIL_POINT();
	w = calloc(1, sizeof(*w));
	FAKE_ASSERT(w != NULL);
	pthread_mutex_lock(&files.lock);
	*w = (struct host_watch){ .s = fd_stream(fd), .events = events, .fn = fn,
		.arg = arg, .waiting = true, .next = watches };
	watches = w;
	*out = w;
	watches_check();
	pthread_mutex_unlock(&files.lock);
	return 0;
}

void
host_watch_cancel(struct host_watch *w)
{
	struct host_watch **p;

	pthread_mutex_lock(&files.lock);
	for (p = &watches; w->waiting && *p != w; p = &(*p)->next)
		;
	if (w->waiting)
		*p = w->next;
	while (w->running)
		pthread_cond_wait(&watch_done, &files.lock);
	pthread_mutex_unlock(&files.lock);
	free(w);
}

/* --- the test's ends --- */

void
fake_stdin(const char *text)
{
	struct stream *s = &streams[0];

	pthread_mutex_lock(&files.lock);
	FAKE_ASSERT(s->len + strlen(text) <= STREAM_MAX);
	memcpy(s->buf + s->len, text, strlen(text));
	s->len += strlen(text);
	watches_check();
	pthread_mutex_unlock(&files.lock);
}

void
fake_stdin_eof(void)
{
	pthread_mutex_lock(&files.lock);
	streams[0].eof = true;
	watches_check();
	pthread_mutex_unlock(&files.lock);
}

const char *
fake_stdout(int n)
{
	struct stream *s = &streams[n];

	fake_settle();
	pthread_mutex_lock(&files.lock);
	memcpy(taken, s->buf, s->len);
	taken[s->len] = '\0';
	s->len = 0;
	watches_check();
	pthread_mutex_unlock(&files.lock);
	return taken;
}

void
fake_stdout_block(bool block)
{
	pthread_mutex_lock(&files.lock);
	streams[1].blocked = streams[2].blocked = block;
	watches_check();
	pthread_mutex_unlock(&files.lock);
}

/* --- the host's /proc --- */

void
fake_host_proc(const char *name, const char *text)
{
	int i;

	for (i = 0; i < PROC_MAX - 1 && procs[i].text != NULL; i++)
		;
	FAKE_ASSERT(procs[i].text == NULL && strlen(name) < sizeof(procs[i].name));
	strcpy(procs[i].name, name);
	procs[i].text = strdup(text);
}

ssize_t
host_proc_text(const char *name, char *buf, size_t n)
{
	size_t len;
	int i;

	FAIL_POINT();
	for (i = 0; i < PROC_MAX; i++) {
		if (procs[i].text == NULL || strcmp(procs[i].name, name) != 0)
			continue;
		len = min_of(n, strlen(procs[i].text));
		memcpy(buf, procs[i].text, len);
		return (ssize_t)len;
	}
	return -ENOENT;
}
