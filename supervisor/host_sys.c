/*
 * host_sys.c - host.h: time, chance, threads, the machine, messages.
 */
#include <errno.h>
#include <linux/capability.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "carrier.h"
#include "crash.h"
#include "supervisor.h"
#include "vksup/host.h"
#include "vksup/inject.h"

#define KSTACK_SIZE	(256 * 1024 + CRASH_STACK)

int64_t
host_clock(int clockid)
{
	struct timespec ts;

	if (clock_gettime(clockid, &ts) != 0)
		return 0;
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void
host_random(void *buf, size_t n)
{
	ssize_t r;
	char *p = buf;

	while (n > 0) {
		r = getrandom(p, n, 0);
		if (r > 0) {
			p += r;
			n -= (size_t)r;
		}
	}
}

/* --- threads --- */

/* Those made here, each on its own stack. */
struct ours {
	LIST_ENTRY(ours) link;
	pid_t	tid;
};
static LIST_HEAD(, ours) all_ours = LIST_HEAD_INITIALIZER(all_ours);
static pthread_mutex_t ours_lock = PTHREAD_MUTEX_INITIALIZER;

void
host_threads_signal(int sig)
{
	struct ours *o;

	pthread_mutex_lock(&ours_lock);
	LIST_FOREACH(o, &all_ours, link)
		syscall(SYS_tgkill, getpid(), o->tid, sig);
	pthread_mutex_unlock(&ours_lock);
}

/* A thread, and what it does now.  Some that have nothing to do are kept. */
struct worker {
	SLIST_ENTRY(worker) link;	/* [idle_lock] */
	void		(*fn)(void *);	/* handed over by unparking it */
	void		*arg;
	char		name[16];
	struct host_parker parker;
};

#define IDLE_MAX	16

static pthread_mutex_t idle_lock = PTHREAD_MUTEX_INITIALIZER;
static SLIST_HEAD(, worker) idle = SLIST_HEAD_INITIALIZER(idle);	/* [idle_lock] */
static int nidle;							/* [idle_lock] */

/* False: there are enough that wait. */
static bool
worker_rest(struct worker *w)
{
	bool rest;

	w->fn = NULL;
	pthread_mutex_lock(&idle_lock);
	rest = nidle < IDLE_MAX;
	if (rest) {
		nidle++;
		SLIST_INSERT_HEAD(&idle, w, link);
	}
	pthread_mutex_unlock(&idle_lock);
	while (rest && __atomic_load_n(&w->fn, __ATOMIC_ACQUIRE) == NULL)
		host_park(&w->parker, NEVER);
	return rest;
}

static void *
thread_main(void *p)
{
	struct worker *w = p;
	struct ours o = { .tid = gettid() };
	char crash_stack[CRASH_STACK];

	crash_thread(crash_stack);
	pthread_mutex_lock(&ours_lock);
	LIST_INSERT_HEAD(&all_ours, &o, link);
	pthread_mutex_unlock(&ours_lock);
	do {
		pthread_setname_np(pthread_self(), w->name);
		w->fn(w->arg);
	} while (worker_rest(w));
	pthread_mutex_lock(&ours_lock);
	LIST_REMOVE(&o, link);
	pthread_mutex_unlock(&ours_lock);
	free(w);
	return NULL;
}

/* One that waits goes to work; false: none does. */
static bool
worker_wake(void (*fn)(void *), void *arg, const char *name)
{
	struct worker *w;

	pthread_mutex_lock(&idle_lock);
	w = SLIST_FIRST(&idle);
	if (w != NULL) {
		SLIST_REMOVE_HEAD(&idle, link);
		nidle--;
	}
	pthread_mutex_unlock(&idle_lock);
	if (w == NULL)
		return false;
	snprintf(w->name, sizeof(w->name), "%s", name);
	w->arg = arg;
	__atomic_store_n(&w->fn, fn, __ATOMIC_RELEASE);
	host_unpark(&w->parker);
	return true;
}

int
host_thread(void (*fn)(void *), void *arg, const char *name)
{
	struct worker *s;
	pthread_attr_t attr;
	pthread_t th;
	int err;

	HOST_FAULT(thread);
	if (worker_wake(fn, arg, name))
		return 0;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->fn = fn;
	s->arg = arg;
	snprintf(s->name, sizeof(s->name), "%s", name);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, KSTACK_SIZE);
	err = pthread_create(&th, &attr, thread_main, s);
	pthread_attr_destroy(&attr);
	if (err)
		free(s);
	return -err;
}

/* --- the machine --- */

static struct host_info info;

/* Before anything here changes them. */
static void
info_inherited(void)
{
	struct sigaction sa;
	sigset_t blocked;
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct cap[2] = { { 0 } };
	int i;

	for (i = 0; i < (int)nitems(info.rlim); i++)
		getrlimit(i, &info.rlim[i]);
	for (i = 1; i <= 64; i++)
		if (sigaction(i, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			info.sig_ignored |= 1UL << (i - 1);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	memcpy(&info.sig_blocked, &blocked, sizeof(info.sig_blocked));
	info.umask = umask(0);
	umask((mode_t)info.umask);
	info.nice = getpriority(PRIO_PROCESS, 0);
	if (syscall(SYS_capget, &hdr, cap) == 0)
		info.caps = cap[0].permitted | (uint64_t)cap[1].permitted << 32;
	for (i = 0; i < 64; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			info.caps_bset |= 1UL << i;
}

static void
info_memory(void)
{
	struct sysinfo si;

	if (sysinfo(&si) == 0) {
		info.mem_total = (uint64_t)si.totalram * si.mem_unit;
		info.mem_free = (uint64_t)si.freeram * si.mem_unit;
		info.mem_avail = info.mem_free + (uint64_t)si.bufferram * si.mem_unit;
	}
}

void
host_info_init(void)
{
	struct utsname u;
	gid_t groups[nitems(info.groups)];
	int i, n;

	uname(&u);
	info.ncpu = place_ncpu();
	info.ncpu_online = (int)sysconf(_SC_NPROCESSORS_ONLN);
	info.hwcap = getauxval(AT_HWCAP);
	info.hwcap2 = getauxval(AT_HWCAP2);
	info.clktck = getauxval(AT_CLKTCK);
	info.minsigstksz = getauxval(AT_MINSIGSTKSZ);
	snprintf(info.platform, sizeof(info.platform), "%s", (const char *)getauxval(AT_PLATFORM));
	memcpy(info.release, u.release, sizeof(info.release));
	memcpy(info.version, u.version, sizeof(info.version));
	memcpy(info.machine, u.machine, sizeof(info.machine));
	memcpy(info.nodename, u.nodename, sizeof(info.nodename));
	info.uid = geteuid();
	info.gid = getegid();
	n = getgroups((int)nitems(groups), groups);
	for (i = 0; i < n; i++)
		info.groups[i] = groups[i];
	info.ngroups = n > 0 ? (uint32_t)n : 0;
	info.boot_ns = host_clock(CLOCK_REALTIME) - host_clock(CLOCK_BOOTTIME);
	info.vsyscall = template_vsyscall();
	info_memory();
	info_inherited();
}

const struct host_info *
host_info(void)
{
	return &info;
}

/* --- messages --- */

void
host_log(const char *fmt, ...)
{
	char buf[1024];
	va_list ap;
	int n;

	n = snprintf(buf, sizeof(buf), "vksup: ");
	va_start(ap, fmt);
	n += vsnprintf(buf + n, sizeof(buf) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(buf) - 2)
		n = (int)sizeof(buf) - 2;
	buf[n++] = '\n';
	if (write(2, buf, (size_t)n) < 0)
		return;
}

void
host_panic(const char *fmt, ...)
{
	char buf[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	crash(buf);
}
