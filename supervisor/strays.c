/*
 * strays.c - what guests make on the host behind the kernel's back.
 *
 * The filter lets a gadget clone, so guest code can have carriers and threads
 * that the kernel knows nothing of.  They can do no more than a carrier can,
 * but they are processes of the host: a watchman looks for them while guests
 * run, kills what he finds, and ends the run when it is many.  He sleeps while
 * every guest thread is blocked, after one more look.
 *
 * A child of ours that no vmspace is registered for may be one that is just
 * being made.  Every clone that we ask for is noted (a flight, with a number
 * that grows); a suspect is a stray when all flights that were under way when
 * it was first seen have ended and it is still nobody's.
 *
 * A sweep through /proc is dear, and under a bomb slow: thousands compete with
 * us for the CPU.  Between sweeps he looks often at how far the host has
 * counted its pids.  When that jumps and the newest are unknown children of
 * ours, all carriers are stopped for the sweep.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "carrier.h"
#include "supervisor.h"
#include "vksup/host.h"

#define STRAYS_MAX	64		/* more of them end the run */
#define SUSPECTS_MAX	256
#define EXITING_MAX	256		/* threads that may take their time to go */
#define THREAD_SWEEPS	3		/* too many threads so often: too many */
#define PERIOD_MIN	(NSEC_PER_SEC / 2)
#define PERIOD_COST	300		/* a sweep may take 1/300 of a CPU */
#define TICK		(NSEC_PER_SEC / 10)
#define TICK_PIDS	200		/* so many new ones in a tick are looked at */
#define TICK_SAMPLE	32
#define FLIGHT_MAX	(60 * NSEC_PER_SEC)

struct suspect {
	pid_t		pid;
	unsigned long long start;	/* field 22 of its stat: it is the same one */
	uint64_t	seen;		/* number of the last flight then */
	bool		here;		/* in this sweep too */
};

struct stat_line {
	char			state;
	pid_t			ppid;
	int			threads;
	unsigned long long	start;
};

static pthread_mutex_t flight_lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, flight) flights = LIST_HEAD_INITIALIZER(flights);	/* [flight_lock] */
static uint64_t flight_last;						/* [flight_lock] */

/* The watchman's own. */
static struct suspect suspects[SUSPECTS_MAX];
static int nsuspects, nknown;
static struct suspect known[16];	/* children from before the first guest */
static unsigned killed;

static _Atomic int awake;		/* guest threads that are not blocked */
static _Atomic uint32_t parked;		/* the watchman sleeps on it */

/* --- what the rest tells --- */

void
flight_begin(struct flight *f, struct vmspace *by)
{
	f->by = by;
	f->since = host_clock(CLOCK_MONOTONIC);
	pthread_mutex_lock(&flight_lock);
	f->number = ++flight_last;
	LIST_INSERT_HEAD(&flights, f, link);
	pthread_mutex_unlock(&flight_lock);
}

void
flight_end(struct flight *f)
{
	pthread_mutex_lock(&flight_lock);
	LIST_REMOVE(f, link);
	pthread_mutex_unlock(&flight_lock);
}

static void
watchman_wake(void)
{
	if (parked == 0)
		return;
	parked = 0;
	syscall(SYS_futex, &parked, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void
strays_awake(bool more)
{
	if (!more) {
		awake--;
		return;
	}
	awake++;
	watchman_wake();
}

/* --- looking --- */

static bool
stat_read(pid_t pid, struct stat_line *s)
{
	char path[40], buf[1024], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	p = strrchr(buf, ')');
	return p != NULL && sscanf(p + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d "
	    "%*d %*d %*d %d %*d %llu", &s->state, &s->ppid, &s->threads, &s->start) == 4;
}

static struct suspect *
suspect_find(struct suspect *list, int n, pid_t pid, unsigned long long start)
{
	int i;

	for (i = 0; i < n; i++)
		if (list[i].pid == pid && list[i].start == start)
			return &list[i];
	return NULL;
}

static void
suspect_see(pid_t pid, const struct stat_line *s)
{
	struct suspect *u = suspect_find(suspects, nsuspects, pid, s->start);

	if (u == NULL && nsuspects < SUSPECTS_MAX) {
		u = &suspects[nsuspects++];
		u->pid = pid;
		u->start = s->start;
		pthread_mutex_lock(&flight_lock);
		u->seen = flight_last;
		pthread_mutex_unlock(&flight_lock);
	}
	if (u != NULL)
		u->here = true;
}

/* Host threads that the carrier may have: the registry's, and some on their way out. */
static int
threads_allowed(struct vmspace *vs)
{
	int i, n = 0, going = 0;

	pthread_mutex_lock(&vs->lock);
	for (i = 0; i < vs->nslots; i++) {
		if (vs->slots[i].used)
			n++;
		else if (vs->slots[i].exiting != 0 && vs->pid > 0 &&
		    syscall(SYS_tgkill, vs->pid, vs->slots[i].exiting, 0) == 0)
			going++;
	}
	pthread_mutex_unlock(&vs->lock);
	return n + min_of(going, EXITING_MAX);
}

static void
stray_found(const char *what)
{
	if (killed++ == 0)
		host_log("%s that the kernel did not make was killed", what);
	if (killed > STRAYS_MAX)
		supervisor_stop("guest code makes processes behind the kernel's back");
}

static void
carrier_check(struct vmspace *vs, pid_t pid)
{
	struct stat_line s;
	int allowed = threads_allowed(vs);

	if (!stat_read(pid, &s) || s.threads <= allowed || s.threads <= threads_allowed(vs)) {
		vs->crowded = 0;
		return;
	}
	if (++vs->crowded < THREAD_SWEEPS)
		return;
	vs->crowded = 0;
	vmspace_kill(vs);
	stray_found("a guest process with threads");
}

static void
process_look(pid_t pid)
{
	struct stat_line s;
	struct vmspace *vs;

	if (!stat_read(pid, &s) || s.ppid != getpid() || s.state == 'Z' || s.state == 'X')
		return;
	vs = vmspace_find(pid);
	if (vs != NULL) {
		if (vs != template_thread->vs && s.threads > 1)
			carrier_check(vs, pid);
		vmspace_put(vs);
	} else if (suspect_find(known, nknown, pid, s.start) == NULL) {
		suspect_see(pid, &s);
	}
}

static void
processes_look(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (isdigit((unsigned char)e->d_name[0]))
			process_look((pid_t)atoi(e->d_name));
	closedir(d);
}

/*
 * The oldest clone under way, or else the next: whoever is seen after this may
 * be of one that has begun meanwhile.  One that takes for ever is a carrier that does
 * not answer, perhaps to hide strays behind it.
 */
static uint64_t
flight_oldest(int *n)
{
	int64_t now = host_clock(CLOCK_MONOTONIC);
	struct flight *f;
	uint64_t oldest;

	*n = 0;
	pthread_mutex_lock(&flight_lock);
	oldest = flight_last + 1;
	LIST_FOREACH(f, &flights, link) {
		(*n)++;
		oldest = min_of(oldest, f->number);
		/* Its clone() holds a reference as long as the flight is listed. */
		if (now - f->since > FLIGHT_MAX && f->by != template_thread->vs)
			vmspace_kill(f->by);
	}
	pthread_mutex_unlock(&flight_lock);
	return oldest;
}

/* Our child, and unless it was reaped meanwhile still this one. */
static void
stray_kill(const struct suspect *u)
{
	struct stat_line s;
	int fd = (int)syscall(SYS_pidfd_open, u->pid, 0);

	if (stat_read(u->pid, &s) && s.ppid == getpid() && s.start == u->start) {
		if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) != 0)
			kill(u->pid, SIGKILL);
		stray_found("a process");
	}
	if (fd >= 0)
		close(fd);
}

/* True when there was nothing that should not be. */
static bool
sweep(void)
{
	uint64_t oldest;
	int i, left = 0, nflights;

	for (i = 0; i < nsuspects; i++)
		suspects[i].here = false;
	oldest = flight_oldest(&nflights);
	processes_look();
	for (i = 0; i < nsuspects; i++) {
		if (!suspects[i].here)
			continue;
		if (suspects[i].seen < oldest && !vmspace_known(suspects[i].pid))
			stray_kill(&suspects[i]);
		else
			suspects[left++] = suspects[i];
	}
	nsuspects = left;
	if (nsuspects > nflights + STRAYS_MAX)
		supervisor_stop("guest code makes processes behind the kernel's back");
	return nsuspects == 0;
}

/* The last pid that the host gave out (the fifth word of loadavg); 0: unknown. */
static pid_t
last_pid(void)
{
	char buf[128];
	ssize_t n;
	int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC), pid = 0;

	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return sscanf(buf, "%*s %*s %*s %*s %d", &pid) == 1 ? pid : 0;
}

/* Are many of the newest processes children of ours that nobody asked for? */
static bool
newest_are_strays(pid_t last)
{
	struct stat_line s;
	int i, n = 0, under_way;

	flight_oldest(&under_way);
	for (i = 0; i < TICK_SAMPLE && last - i > 1; i++)
		n += stat_read(last - i, &s) && s.ppid == getpid() && !vmspace_known(last - i);
	return n > under_way && n >= TICK_SAMPLE / 4;
}

static void
bomb_stop(void)
{
	pid_t group = warden_pid();

	if (group <= 1)
		return;
	killpg(group, SIGSTOP);
	/* The second time all clones that were under way are known, or strays. */
	(void)!sweep();
	(void)!sweep();
	killpg(group, SIGCONT);
}

static void
nap(int64_t ns)
{
	struct timespec ts = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	nanosleep(&ts, NULL);
}

/* Sleep so long, with an eye on the host's pids. */
static void
nap_watching(int64_t ns)
{
	static pid_t seen;
	pid_t last;

	for (; ns > 0; ns -= TICK) {
		nap(min_of(ns, (int64_t)TICK));
		last = last_pid();
		if ((last < seen || last - seen > TICK_PIDS) && newest_are_strays(last))
			bomb_stop();
		seen = last;
	}
}

/* --- the watchman --- */

static void
park(void)
{
	parked = 1;
	while (parked != 0 && awake == 0)
		syscall(SYS_futex, &parked, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
	parked = 0;
}

static int64_t
cpu_used(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* Until all has been quiet for a whole sweep; the sleeps keep him cheap. */
static void
watch_while_busy(void)
{
	int64_t t, period;
	bool busy, clean;

	do {
		t = cpu_used();
		busy = awake > 0;
		clean = sweep();
		period = max_of((cpu_used() - t) * PERIOD_COST, PERIOD_MIN);
		nap_watching(period);
	} while (busy || !clean);
}

static void
watchman(void *arg)
{
	(void)arg;
	for (;;) {
		park();
		watch_while_busy();
	}
}

int
strays_start(void)
{
	/* Who is there now was made by ourselves. */
	processes_look();
	while (nsuspects > 0 && nknown < (int)nitems(known))
		known[nknown++] = suspects[--nsuspects];
	nsuspects = 0;
	return host_thread(watchman, NULL, "watchman");
}
