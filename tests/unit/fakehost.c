/*
 * fakehost.c - the fake machine: time, chance, threads, sleeping, messages,
 * and its beginning and end.
 *
 * Kernel threads are pthreads.  The machine counts those that may do
 * something: one that parks, or runs guest code, is not counted, and whoever
 * wakes it counts it at once, so that the count is 0 only when nothing moves.
 */
#include "fakehost_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLOCK_START	(1000 * NSEC_PER_SEC)
#define REAL_START	(1700000000LL * NSEC_PER_SEC)
#define STUCK_SECONDS	30
#define KERNELS_MAX	4096

struct fake_thread {
	TAILQ_ENTRY(fake_thread) link;
	pthread_t	th;
	void		(*fn)(void *);
	void		*arg;
	char		name[16];
	bool		ended;
};

struct sleeper {
	TAILQ_ENTRY(sleeper) link;
	struct host_parker *p;
	ktime_t		deadline;
	pthread_cond_t	cond;
	bool		kernel, woken;
	int		result;
};

struct fake_machine fk = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static TAILQ_HEAD(, fake_thread) threads = TAILQ_HEAD_INITIALIZER(threads);
static TAILQ_HEAD(, sleeper) sleepers = TAILQ_HEAD_INITIALIZER(sleepers);
static __thread struct fake_thread *me;
static bool clock_is_real;
static int64_t clock_now;		/* [fk.lock] */
static uint64_t chance;			/* [fk.lock] */
static char log_text[16384];		/* [fk.lock] */
static struct vkern *kernel;
static int exit_status;			/* [fk.lock] */

/* Every kernel ever booted: what is still reachable from one is no leak. */
static struct vkern *kernels[KERNELS_MAX];
static int nkernels;

void
fake_die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "fakehost: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	abort();
}

/* --- faults on demand --- */

static pthread_mutex_t fail_lock = PTHREAD_MUTEX_INITIALIZER;
static int fail_in, fail_err;
static bool fail_done;

int
fake_fail_point(void)
{
	int err = 0;

	pthread_mutex_lock(&fail_lock);
	if (fail_in > 0 && --fail_in == 0) {
		fail_done = true;
		err = -fail_err;
	}
	pthread_mutex_unlock(&fail_lock);
	return err;
}

void
fake_fail_nth(int n, int err)
{
	pthread_mutex_lock(&fail_lock);
	fail_in = n;
	fail_err = err;
	fail_done = false;
	pthread_mutex_unlock(&fail_lock);
}

int
fake_fail_left(void)
{
	int n;

	pthread_mutex_lock(&fail_lock);
	n = fail_in;
	pthread_mutex_unlock(&fail_lock);
	return n;
}

bool
fake_fail_happened(void)
{
	bool done;

	pthread_mutex_lock(&fail_lock);
	done = fail_done;
	pthread_mutex_unlock(&fail_lock);
	return done;
}

/* --- time and chance --- */

static int64_t
clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static int64_t
now_locked(void)
{
	return clock_is_real ? clock_read(CLOCK_MONOTONIC) : clock_now;
}

int64_t
host_clock(int clockid)
{
	int64_t t;

	pthread_mutex_lock(&fk.lock);
	t = clock_is_real ? clock_read(clockid) : clock_now;
	if (!clock_is_real && (clockid == CLOCK_REALTIME || clockid == CLOCK_REALTIME_COARSE ||
	    clockid == CLOCK_TAI))
		t += REAL_START;
	pthread_mutex_unlock(&fk.lock);
	return t;
}

void
host_random(void *buf, size_t n)
{
	uint8_t *p = buf;

	pthread_mutex_lock(&fk.lock);
	for (; n > 0; n--) {
		chance ^= chance << 13;
		chance ^= chance >> 7;
		chance ^= chance << 17;
		*p++ = (uint8_t)(chance >> 24);
	}
	pthread_mutex_unlock(&fk.lock);
}

void
fake_clock_real(void)
{
	pthread_mutex_lock(&fk.lock);
	clock_is_real = true;
	pthread_mutex_unlock(&fk.lock);
}

/* --- threads --- */

void
fake_sleeps(void)
{
	fk.running--;
	pthread_cond_broadcast(&fk.changed);
}

void
fake_wakes(void)
{
	fk.running++;
}

static void *
thread_entry(void *arg)
{
	me = arg;
	me->fn(me->arg);
	pthread_mutex_lock(&fk.lock);
	fake_serving_ends();
	me->ended = true;
	fk.nthreads--;
	fake_sleeps();
	pthread_mutex_unlock(&fk.lock);
	return NULL;
}

void
fake_thread(void (*fn)(void *), void *arg, const char *name)
{
	struct fake_thread *ft = calloc(1, sizeof(*ft));

	FAKE_ASSERT(ft != NULL && strlen(name) <= 15);
	ft->fn = fn;
	ft->arg = arg;
	snprintf(ft->name, sizeof(ft->name), "%s", name);
	pthread_mutex_lock(&fk.lock);
	TAILQ_INSERT_TAIL(&threads, ft, link);
	fk.nthreads++;
	fake_wakes();
	FAKE_ASSERT(pthread_create(&ft->th, NULL, thread_entry, ft) == 0);
	pthread_mutex_unlock(&fk.lock);
}

int
host_thread(void (*fn)(void *), void *arg, const char *name)
{
	FAIL_POINT();
	fake_thread(fn, arg, name);
	return 0;
}

int
fake_threads(void)
{
	int n;

	pthread_mutex_lock(&fk.lock);
	n = fk.nthreads;
	pthread_mutex_unlock(&fk.lock);
	return n;
}

static void
threads_dump(void)
{
	struct fake_thread *ft;
	struct sleeper *s;

	TAILQ_FOREACH(ft, &threads, link)
		if (!ft->ended)
			fprintf(stderr, "  kernel thread %s\n", ft->name);
	TAILQ_FOREACH(s, &sleepers, link)
		fprintf(stderr, "  sleeper until %lld\n", (long long)s->deadline);
	fprintf(stderr, "  %d of %d threads run\n", fk.running, fk.nthreads);
}

int (*host_fault)(unsigned which);	/* fake_fail_nth() is what is used here */
void (*fake_stuck)(void);
void (*fake_booted)(void);

void
fake_wait_changed(struct timespec *since, const char *what)
{
	struct timespec until;

	if (since->tv_sec == 0)
		clock_gettime(CLOCK_REALTIME, since);
	until = *since;
	until.tv_sec += STUCK_SECONDS;
	if (pthread_cond_timedwait(&fk.changed, &fk.lock, &until) == 0)
		return;
	fprintf(stderr, "fakehost: waited in vain: %s\n", what);
	threads_dump();
	fake_guests_dump();
	abort();
}

void
fake_settle(void)
{
	struct timespec since = { 0 };

	FAKE_ASSERT(me == NULL);
	pthread_mutex_lock(&fk.lock);
	while (fk.running > 0)
		fake_wait_changed(&since, "until every kernel thread sleeps");
	pthread_mutex_unlock(&fk.lock);
}

/* --- sleeping --- */

static void
sleeper_wake(struct sleeper *s, int result)
{
	if (s->woken)
		return;
	s->woken = true;
	s->result = result;
	if (s->kernel)
		fake_wakes();
	pthread_cond_signal(&s->cond);
}

static void
sleeper_wait(struct sleeper *s)
{
	struct timespec ts;

	if (!clock_is_real || s->deadline == NEVER) {
		pthread_cond_wait(&s->cond, &fk.lock);
		return;
	}
	ts.tv_sec = s->deadline / NSEC_PER_SEC;
	ts.tv_nsec = s->deadline % NSEC_PER_SEC;
	if (pthread_cond_clockwait(&s->cond, &fk.lock, CLOCK_MONOTONIC, &ts) == ETIMEDOUT)
		sleeper_wake(s, -ETIMEDOUT);
}

static void
sleep_until_woken(struct sleeper *s)
{
	pthread_cond_init(&s->cond, NULL);
	TAILQ_INSERT_TAIL(&sleepers, s, link);
	s->p->word = 2;
	if (s->kernel)
		fake_sleeps();
	while (!s->woken && !(fk.ending && s->kernel))
		sleeper_wait(s);
	TAILQ_REMOVE(&sleepers, s, link);
	pthread_cond_destroy(&s->cond);
	if (s->woken) {
		s->p->word = 0;
		return;
	}
	/* The machine ends under a sleeping thread, as it may on a real one. */
	fake_serving_ends();
	me->ended = true;
	fk.nthreads--;
	pthread_cond_broadcast(&fk.changed);
	pthread_mutex_unlock(&fk.lock);
	pthread_exit(NULL);
}

int
host_park(struct host_parker *p, ktime_t deadline)
{
	struct sleeper s = { .p = p, .deadline = deadline, .kernel = me != NULL };
	int result = 0;

	pthread_mutex_lock(&fk.lock);
	FAKE_ASSERT(p->word != 2);
	if (p->word == 1) {
		p->word = 0;
	} else if (deadline != NEVER && deadline <= now_locked()) {
		result = -ETIMEDOUT;
	} else {
		sleep_until_woken(&s);
		result = s.result;
	}
	pthread_mutex_unlock(&fk.lock);
	return result;
}

void
host_unpark(struct host_parker *p)
{
	struct sleeper *s = NULL;

	pthread_mutex_lock(&fk.lock);
	if (p->word == 2) {
		TAILQ_FOREACH(s, &sleepers, link)
			if (s->p == p)
				break;
		FAKE_ASSERT(s != NULL);
		/* A wake that comes after the deadline's is for the next sleep;
		 * it counts as one that came first. */
		if (s->woken)
			s->result = 0;
		sleeper_wake(s, 0);
	} else {
		p->word = 1;
	}
	pthread_mutex_unlock(&fk.lock);
}

void
fake_clock_advance(int64_t ns)
{
	struct sleeper *s;

	FAKE_ASSERT(!clock_is_real);
	fake_settle();
	pthread_mutex_lock(&fk.lock);
	clock_now += ns;
	TAILQ_FOREACH(s, &sleepers, link)
		if (s->deadline <= clock_now)
			sleeper_wake(s, -ETIMEDOUT);
	pthread_mutex_unlock(&fk.lock);
	fake_settle();
}

/* --- messages --- */

void
host_log(const char *fmt, ...)
{
	size_t n;
	va_list ap;

	pthread_mutex_lock(&fk.lock);
	n = strlen(log_text);
	va_start(ap, fmt);
	vsnprintf(log_text + n, sizeof(log_text) - n - 1, fmt, ap);
	va_end(ap);
	strcat(log_text, "\n");
	pthread_mutex_unlock(&fk.lock);
}

const char *
fake_log(void)
{
	return log_text;
}

static __thread jmp_buf panic_buf;
static __thread bool panic_armed;

jmp_buf *
fake_panic_buf(void)
{
	panic_armed = true;
	return &panic_buf;
}

void
host_panic(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (panic_armed) {
		panic_armed = false;
		host_log("panic: %s", text);
		longjmp(panic_buf, 1);
	}
	fake_die("kernel panic: %s", text);
}

/* --- the machine itself --- */

const struct host_info *
host_info(void)
{
	return &fk.info;
}

struct host_info *
fake_info(void)
{
	return &fk.info;
}

static void
info_init(struct host_info *hi)
{
	size_t i;

	memset(hi, 0, sizeof(*hi));
	hi->ncpu = hi->ncpu_online = 2;
	hi->mem_total = 8UL << 30;
	hi->mem_free = hi->mem_avail = 4UL << 30;
	hi->clktck = 100;
	hi->minsigstksz = 3632;
	strcpy(hi->platform, "x86_64");
	strcpy(hi->release, "6.1.0-fake");
	strcpy(hi->version, "#1 SMP");
	strcpy(hi->machine, "x86_64");
	strcpy(hi->nodename, "fake");
	hi->boot_ns = REAL_START;
	hi->umask = 022;
	hi->caps = hi->caps_bset = (1UL << 41) - 1;
	for (i = 0; i < nitems(hi->rlim); i++)
		hi->rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	hi->rlim[RLIMIT_STACK].rlim_cur = 8UL << 20;
	hi->rlim[RLIMIT_CORE].rlim_cur = 0;
	hi->rlim[RLIMIT_NOFILE] = (struct rlimit){ 1024, 4096 };
	hi->rlim[RLIMIT_SIGPENDING] = (struct rlimit){ 1000, 1000 };
	hi->rlim[RLIMIT_NPROC] = (struct rlimit){ 1000, 1000 };
	hi->rlim[RLIMIT_MSGQUEUE] = (struct rlimit){ 819200, 819200 };
	hi->rlim[RLIMIT_NICE] = hi->rlim[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
}

void
fake_init(void)
{
	size_t n;
	const void *elf = fake_elf(&n);

	FAKE_ASSERT(fk.nthreads == 0 && kernel == NULL);
	fk.ending = false;
	fk.running = 0;
	clock_is_real = false;
	clock_now = CLOCK_START;
	chance = 0x2545f4914f6cdd1dULL;
	log_text[0] = '\0';
	exit_status = -1;
	fake_fail_nth(0, 0);
	info_init(&fk.info);
	fake_files_init();
	fake_host_data("/bin/prog", elf, n, 0755);
	fake_host_file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0644);
	fake_host_dir("/tmp", 01777);
	fake_host_dir("/dev", 0755);
	fake_host_dir("/proc", 0755);
	fake_host_dir("/run", 0755);
	fake_host_dir("/home/user", 0755);
	fake_host_owner("/home/user", 1000, 1000);
}

static void
on_exit_hook(void *arg, int status)
{
	(void)arg;
	pthread_mutex_lock(&fk.lock);
	exit_status = status;
	pthread_cond_broadcast(&fk.changed);
	pthread_mutex_unlock(&fk.lock);
}

int
fake_exit_status(void)
{
	int status;

	fake_settle();
	pthread_mutex_lock(&fk.lock);
	status = exit_status;
	pthread_mutex_unlock(&fk.lock);
	return status;
}

static struct vkern_rule *next_rules;
static unsigned n_next_rules;

void
fake_rules(struct vkern_rule *rules, unsigned n)
{
	next_rules = rules;
	n_next_rules = n;
}

static struct vkern_overlay *next_overlay;

void
fake_overlay(struct vkern_overlay *o)
{
	next_overlay = o;
}

struct vkern *
fake_boot_kernel(void)
{
	struct vkern_config cfg = { .on_exit = on_exit_hook, .verbose = true, .overlay = next_overlay,
		.rules = next_rules, .nrules = n_next_rules };
	int err;

	next_rules = NULL;
	n_next_rules = 0;
	err = vkern_boot(&cfg, &kernel);

	if (err != 0)
		fake_die("vkern_boot: error %d\n%s", -err, log_text);
	kernels[nkernels++ % KERNELS_MAX] = kernel;
	if (fake_booted != NULL)
		fake_booted();
	return kernel;
}

struct guest *
fake_boot(void)
{
	static char prog[] = "prog", arg[] = "arg", path[] = "PATH=/bin";
	static char *const argv[] = { prog, arg, NULL }, *const envp[] = { path, NULL };
	int err;

	fake_boot_kernel();
	err = vkern_start(kernel, "/bin/prog", argv, envp, "/");
	if (err != 0 && fake_stuck != NULL)
		fake_stuck();
	if (err != 0)
		fake_die("vkern_start: error %d\n%s", -err, log_text);
	fake_settle();
	return fake_first_guest();
}

/* Threads that still sleep end now; then all are joined. */
static void
threads_fini(void)
{
	struct timespec since = { 0 };
	struct fake_thread *ft;
	struct sleeper *s;

	pthread_mutex_lock(&fk.lock);
	fk.ending = true;
	TAILQ_FOREACH(s, &sleepers, link)
		pthread_cond_signal(&s->cond);
	while (fk.nthreads > 0)
		fake_wait_changed(&since, "for the end of all kernel threads");
	pthread_mutex_unlock(&fk.lock);
	while ((ft = TAILQ_FIRST(&threads)) != NULL) {
		pthread_join(ft->th, NULL);
		TAILQ_REMOVE(&threads, ft, link);
		free(ft);
	}
}

void
fake_shutdown_kernel(void)
{
	fake_fail_nth(0, 0);
	if (kernel != NULL)
		vkern_shutdown(kernel);
	fake_settle();
	threads_fini();
	kernel = NULL;
	vk = NULL;
	fake_guests_fini();
	fk.ending = false;
	fk.running = 0;
}

void
fake_shutdown(void)
{
	fake_shutdown_kernel();
	next_overlay = NULL;
	fake_files_fini();
}
