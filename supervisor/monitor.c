/*
 * monitor.c - the socket of a run, and who talks on it.
 *
 * Opened before any process is made, so that the warden knows what to remove;
 * served from boot on by a thread for the socket and one for each call.
 */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "confine.h"
#include "feature.h"
#include "vksup/host.h"
#include "vksup/vkern.h"

#define CALLS_MAX	32
#define WORDS_MAX	1024
#define SEND_SECONDS	10		/* a client that does not read is left */

struct monitor_call {
	int		sock, fd;
	bool		gone;		/* [lock] */
	pthread_mutex_t	lock;		/* of what is sent: exec has several threads */
	size_t		len;
	char		words[REQUEST_MAX + 1];
};

static bool off;
static char run_dir[100];
static int listener = -1;
static struct sockaddr_un address;
static LIST_HEAD(, monitor_verb) verbs = LIST_HEAD_INITIALIZER(verbs);
static struct vkern *kernel;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;		/* monotonic */
static int ncalls;			/* [lock] */
static bool ended;			/* [lock] */
static int end_code;			/* [lock] */

/* --- names --- */

/* Ours, and nobody else's to write. */
static int
dir_check(const char *dir)
{
	struct stat st;

	if (lstat(dir, &st) != 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return st.st_uid == geteuid() && (st.st_mode & 077) == 0 ? 0 : -EPERM;
}

int
monitor_dir(char *buf, size_t n, bool make)
{
	const char *run = getenv("XDG_RUNTIME_DIR");

	if (run != NULL && run[0] == '/' && strlen(run) < 80 && access(run, W_OK | X_OK) == 0)
		snprintf(buf, n, "%s/vksup", run);
	else
		snprintf(buf, n, "/tmp/vksup-%u", (unsigned)geteuid());
	if (make && mkdir(buf, 0700) != 0 && errno != EEXIST)
		return -errno;
	return dir_check(buf);
}

int
monitor_address(struct sockaddr_un *sa, const char *dir, const char *id)
{
	sa->sun_family = AF_UNIX;
	if ((size_t)snprintf(sa->sun_path, sizeof(sa->sun_path), "%s/%s", dir, id) >= sizeof(sa->sun_path))
		return -ENAMETOOLONG;
	return 0;
}

void
monitor_unlink(void)
{
	if (address.sun_path[0] != '\0')
		unlink(address.sun_path);
}

/* --- a call --- */

static bool
send_all(int sock, const void *p, size_t n)
{
	const char *at = p;
	ssize_t r;

	while (n > 0) {
		r = send(sock, at, n, MSG_NOSIGNAL);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		at += r;
		n -= (size_t)r;
	}
	return true;
}

static bool
receive_all(int sock, void *p, size_t n)
{
	char *at = p;
	ssize_t r;

	while (n > 0) {
		r = recv(sock, at, n, 0);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		at += r;
		n -= (size_t)r;
	}
	return true;
}

bool
monitor_send(struct monitor_call *c, enum frame_kind kind, const void *p, size_t n)
{
	struct monitor_frame f = { kind, (uint32_t)n };
	bool ok;

	pthread_mutex_lock(&c->lock);
	ok = !c->gone && send_all(c->sock, &f, sizeof(f)) && send_all(c->sock, p, n);
	c->gone = !ok;
	pthread_mutex_unlock(&c->lock);
	return ok;
}

int
monitor_input(struct monitor_call *c)
{
	return fcntl(c->sock, F_DUPFD_CLOEXEC, 3);
}

ssize_t
monitor_receive(int sock, void *buf)
{
	struct monitor_frame f;

	if (!receive_all(sock, &f, sizeof(f)) || f.kind != FRAME_IN || f.len > FRAME_DATA_MAX ||
	    !receive_all(sock, buf, f.len))
		return -1;
	return (ssize_t)f.len;
}

static void
print(struct monitor_call *c, enum frame_kind kind, const char *fmt, va_list ap)
{
	char *s;
	int n = vasprintf(&s, fmt, ap), at;

	if (n < 0)
		return;
	for (at = 0; at < n; at += FRAME_DATA_MAX)
		monitor_send(c, kind, s + at, (size_t)min_of(n - at, FRAME_DATA_MAX));
	free(s);
}

void
monitor_print(struct monitor_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(c, FRAME_OUT, fmt, ap);
	va_end(ap);
}

void
monitor_error(struct monitor_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(c, FRAME_ERR, fmt, ap);
	va_end(ap);
}

int
monitor_take_fd(struct monitor_call *c)
{
	int fd = c->fd;

	c->fd = -1;
	return fd;
}

/* --- verbs --- */

void
monitor_verb_add(struct monitor_verb *v)
{
	pthread_mutex_lock(&lock);
	LIST_INSERT_HEAD(&verbs, v, link);
	pthread_mutex_unlock(&lock);
}

static struct monitor_verb *
verb_find(const char *name)
{
	struct monitor_verb *v;

	pthread_mutex_lock(&lock);
	LIST_FOREACH(v, &verbs, link)
		if (strcmp(v->name, name) == 0)
			break;
	pthread_mutex_unlock(&lock);
	return v;
}

int
monitor_usage(struct monitor_call *c, const char *verb)
{
	struct monitor_verb *v = verb_find(verb);

	monitor_error(c, "vksup: %s: usage: ctl ID %s %s\n", verb, verb, v != NULL ? v->usage : "");
	return EXIT_OURS;
}

static int
run_help(struct monitor_call *c, int argc, char **argv)
{
	struct monitor_verb *v;
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)argc;
	(void)argv;
	if (f == NULL)
		return EXIT_OURS;
	pthread_mutex_lock(&lock);
	LIST_FOREACH(v, &verbs, link)
		fprintf(f, "%s %s\n      %s\n", v->name, v->usage, v->help);
	pthread_mutex_unlock(&lock);
	fclose(f);
	monitor_print(c, "%s", text);
	free(text);
	return 0;
}

static struct monitor_verb help_verb = {
	.name = "help", .usage = "", .help = "the verbs there are", .run = run_help,
};

static int
call_run(struct monitor_call *c)
{
	char *argv[WORDS_MAX + 1], *p;
	struct monitor_verb *v;
	int argc = 0;

	for (p = c->words; p < c->words + c->len && argc < WORDS_MAX; p += strlen(p) + 1)
		argv[argc++] = p;
	argv[argc] = NULL;
	v = argc > 0 ? verb_find(argv[0]) : NULL;
	if (v != NULL)
		return v->run(c, argc, argv);
	monitor_error(c, "vksup: %s: no such verb (ctl ID help lists them)\n", argc > 0 ? argv[0] : "''");
	return EXIT_OURS;
}

static bool
peer_is_ours(int sock)
{
	struct ucred cr;
	socklen_t n = sizeof(cr);

	return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cr, &n) == 0 &&
	    (cr.uid == geteuid() || cr.uid == 0);
}

/* The length comes with a descriptor, or without. */
static bool
request_read(struct monitor_call *c)
{
	union { struct cmsghdr h; char space[CMSG_SPACE(sizeof(int))]; } ctl;
	uint32_t len;
	struct iovec iov = { &len, sizeof(len) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ctl,
		.msg_controllen = sizeof(ctl) };
	struct cmsghdr *h;
	ssize_t r = recvmsg(c->sock, &m, MSG_CMSG_CLOEXEC | MSG_WAITALL);

	h = r > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (h != NULL && h->cmsg_type == SCM_RIGHTS && h->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&c->fd, CMSG_DATA(h), sizeof(c->fd));
	if (r != sizeof(len) || len == 0 || len > REQUEST_MAX || !receive_all(c->sock, c->words, len))
		return false;
	c->len = len;
	return true;
}

static void
call_main(void *arg)
{
	struct monitor_call *c = arg;
	struct timeval tv = { SEND_SECONDS, 0 };
	uint32_t status;

	vk = kernel;
	setsockopt(c->sock, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (peer_is_ours(c->sock) && request_read(c)) {
		status = (uint32_t)call_run(c);
		monitor_send(c, FRAME_STATUS, &status, sizeof(status));
	}
	/* Also for a duplicate that is still read from. */
	shutdown(c->sock, SHUT_RD);
	close(c->sock);
	if (c->fd >= 0)
		close(c->fd);
	pthread_mutex_destroy(&c->lock);
	free(c);
	pthread_mutex_lock(&lock);
	ncalls--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
call_begin(int sock)
{
	struct monitor_call *c;
	bool room;

	pthread_mutex_lock(&lock);
	room = ncalls < CALLS_MAX && !ended;
	ncalls += room;
	pthread_mutex_unlock(&lock);
	c = room ? calloc(1, sizeof(*c)) : NULL;
	if (c != NULL) {
		c->sock = sock;
		c->fd = -1;
		pthread_mutex_init(&c->lock, NULL);
		if (host_thread(call_main, c, "monitor call") == 0)
			return;
		free(c);
	}
	close(sock);
	pthread_mutex_lock(&lock);
	ncalls -= room;
	pthread_mutex_unlock(&lock);
}

static void
monitor_main(void *arg)
{
	int sock;

	(void)arg;
	for (;;) {
		sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (sock >= 0)
			call_begin(sock);
		else if (errno != EINTR && errno != ECONNABORTED && errno != EMFILE && errno != ENFILE)
			return;
		else if (errno != EINTR)
			usleep(10000);
	}
}

/* --- the end --- */

bool
monitor_wait_end(ktime_t deadline, int *code)
{
	struct timespec ts = { deadline / NSEC_PER_SEC, deadline % NSEC_PER_SEC };
	int err = 0;

	pthread_mutex_lock(&lock);
	while (!ended && err == 0)
		err = deadline == NEVER ? pthread_cond_wait(&changed, &lock) :
		    pthread_cond_timedwait(&changed, &lock, &ts);
	*code = end_code;
	err = ended ? 0 : err;
	pthread_mutex_unlock(&lock);
	return err == 0;
}

/* Those who wait hear of it; those who do not take it are not waited for long. */
static void
monitor_end(const struct options *o, struct vkern *k, struct run_end *e)
{
	struct timespec ts;

	(void)o;
	(void)k;
	if (listener < 0)
		return;
	monitor_unlink();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += 5;
	pthread_mutex_lock(&lock);
	ended = true;
	end_code = e->code;
	pthread_cond_broadcast(&changed);
	while (ncalls > 0 && pthread_cond_timedwait(&changed, &lock, &ts) == 0)
		;
	pthread_mutex_unlock(&lock);
}

/* --- the beginning --- */

static void
monitor_option(struct options *o, const char *name, const char *arg)
{
	(void)o;
	(void)name;
	(void)arg;
	off = true;
}

static int
socket_open(void)
{
	char id[16];
	int err = monitor_dir(run_dir, sizeof(run_dir), true);
	mode_t mask;

	snprintf(id, sizeof(id), "%d", getpid());
	if (err == 0)
		err = monitor_address(&address, run_dir, id);
	if (err)
		return err;
	/* Whoever had our pid before has left it. */
	unlink(address.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0)
		return -errno;
	mask = umask(0177);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 8) != 0)
		err = -errno;
	umask(mask);
	return err;
}

/* A run that cannot be talked to is still a run. */
static void
monitor_prepare(struct options *o, struct vkern_config *cfg)
{
	int err;

	(void)cfg;
	if (off)
		return;
	err = socket_open();
	if (err == 0) {
		confine_need_call("accept4");
		confine_need_call("setsockopt");
		/* The socket is to go at the end. */
		confine_need_remove(run_dir);
		return;
	}
	if (o->verbose)
		fprintf(stderr, "vksup: no monitor: %s: %s\n", address.sun_path, strerror(-err));
	address.sun_path[0] = '\0';
	if (listener >= 0)
		close(listener);
	listener = -1;
}

static void
monitor_boot(const struct options *o, struct vkern *k)
{
	pthread_condattr_t attr;

	(void)o;
	kernel = k;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attr);
	monitor_verb_add(&help_verb);
	monitor_exec_add(o);
	monitor_verbs_add();
}

static void
monitor_started(const struct options *o, struct vkern *k, int err)
{
	(void)o;
	(void)k;
	if (listener >= 0 && (err != 0 || host_thread(monitor_main, NULL, "monitor") != 0))
		monitor_unlink();
}

static const struct feature_option monitor_options[] = {
	{ "no-monitor", NULL, "no socket for vksup ls, ctl, exec..." },
	{ NULL, NULL, NULL },
};

const struct feature feature_monitor = {
	.name = "monitor", .options = monitor_options, .option = monitor_option,
	.prepare = monitor_prepare, .boot = monitor_boot, .started = monitor_started,
	.end = monitor_end,
};
