/*
 * host_wait.c - host.h: sleeping threads, and watches of descriptors.  Shared
 * with library mode.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vksup/host.h"
#include "vksup/inject.h"

int (*host_fault)(unsigned which);

/* word: 0 nothing, 1 a wake is kept, 2 somebody sleeps. */
int
host_park(struct host_parker *p, ktime_t deadline)
{
	struct timespec ts, *tp = NULL;
	uint32_t zero = 0;
	long r;

	if (__atomic_exchange_n(&p->word, 0, __ATOMIC_SEQ_CST) == 1)
		return 0;
	if (!__atomic_compare_exchange_n(&p->word, &zero, 2, false, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&p->word, 0, __ATOMIC_SEQ_CST);
		return 0;
	}
	if (deadline != NEVER) {
		if (deadline < 0)
			deadline = 0;
		ts.tv_sec = deadline / NSEC_PER_SEC;
		ts.tv_nsec = deadline % NSEC_PER_SEC;
		tp = &ts;
	}
	for (;;) {
		r = syscall(SYS_futex, &p->word, FUTEX_WAIT_BITSET_PRIVATE, 2, tp, NULL,
		    FUTEX_BITSET_MATCH_ANY);
		if (__atomic_load_n(&p->word, __ATOMIC_SEQ_CST) != 2)
			break;
		if (r < 0 && errno == ETIMEDOUT) {
			if (__atomic_exchange_n(&p->word, 0, __ATOMIC_SEQ_CST) == 1)
				return 0;
			return -ETIMEDOUT;
		}
	}
	__atomic_store_n(&p->word, 0, __ATOMIC_SEQ_CST);
	return 0;
}

void
host_unpark(struct host_parker *p)
{
	if (__atomic_exchange_n(&p->word, 1, __ATOMIC_SEQ_CST) == 2)
		syscall(SYS_futex, &p->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* --- watches: one thread, one epoll --- */

struct host_watch {
	int		fd;		/* a duplicate of our own */
	void		(*fn)(void *, int);
	void		*arg;
	bool		running, done, cancelled;
};

static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t watch_idle = PTHREAD_COND_INITIALIZER;
static int watch_ep = -1;

static void
watch_fire(struct host_watch *w, int revents)
{
	bool go;

	pthread_mutex_lock(&watch_lock);
	go = !w->done && !w->cancelled;
	w->running = go;
	w->done = true;
	pthread_mutex_unlock(&watch_lock);
	if (!go)
		return;
	w->fn(w->arg, revents);
	pthread_mutex_lock(&watch_lock);
	w->running = false;
	pthread_cond_broadcast(&watch_idle);
	pthread_mutex_unlock(&watch_lock);
}

/*
 * A watch may be freed only when no event for it can be in our hands: events
 * are taken one at a time, under the lock's order of epoll_ctl(DEL).
 */
static void *
watch_main(void *arg)
{
	struct epoll_event ev;

	pthread_setname_np(pthread_self(), "watch");
	for (;;)
		if (epoll_wait(watch_ep, &ev, 1, -1) == 1)
			watch_fire(ev.data.ptr, (int)ev.events);
	return arg;
}

/* It serves every kernel of the process, so it is no kernel's own thread. */
static int
watch_thread(void)
{
	pthread_t th;
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&th, NULL, watch_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err == 0)
		pthread_detach(th);
	return -err;
}

static int
watch_init(void)
{
	int err = 0;

	pthread_mutex_lock(&watch_lock);
	if (watch_ep < 0) {
		watch_ep = epoll_create1(EPOLL_CLOEXEC);
		err = watch_ep < 0 ? -errno : watch_thread();
	}
	pthread_mutex_unlock(&watch_lock);
	return err;
}

int
host_watch(hfd_t fd, int events, void (*fn)(void *, int), void *arg, struct host_watch **out)
{
	struct host_watch *w;
	struct epoll_event ev = { .events = (uint32_t)events | EPOLLONESHOT };
	int err = watch_init();

	HOST_FAULT(watch);
	if (err)
		return err;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return -ENOMEM;
	w->fn = fn;
	w->arg = arg;
	w->fd = fcntl(fd.v, F_DUPFD_CLOEXEC, 3);
	ev.data.ptr = w;
	*out = w;
	if (w->fd >= 0 && epoll_ctl(watch_ep, EPOLL_CTL_ADD, w->fd, &ev) == 0)
		return 0;
	/* Regular files cannot be watched: they are always ready. */
	if (w->fd >= 0 && errno == EPERM) {
		watch_fire(w, events);
		return 0;
	}
	err = -errno;
	if (w->fd >= 0)
		close(w->fd);
	free(w);
	return err;
}

/* Freed watches are kept a while: epoll may just have handed one out. */
static struct host_watch *graveyard[64];
static unsigned graves;

void
host_watch_cancel(struct host_watch *w)
{
	struct host_watch *old;

	epoll_ctl(watch_ep, EPOLL_CTL_DEL, w->fd, NULL);
	pthread_mutex_lock(&watch_lock);
	w->cancelled = true;
	while (w->running)
		pthread_cond_wait(&watch_idle, &watch_lock);
	old = graveyard[graves % nitems(graveyard)];
	graveyard[graves++ % nitems(graveyard)] = w;
	pthread_mutex_unlock(&watch_lock);
	close(w->fd);
	free(old);
}
