/*
 * lib_host.c - host.h for library mode: time, chance, threads, the machine,
 * messages.  Files and sleeping are the same as of a real run (host_io.c,
 * host_wait.c).
 */
#include "lib_impl.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#ifndef VKSUP_KSTACK
#define VKSUP_KSTACK	(256 * 1024)
#endif

struct vk *
lib_here(void)
{
	return vk->cfg.arg;
}

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

struct start {
	struct vk	*k;
	void		(*fn)(void *);
	void		*arg;
	char		name[16];
};

static void *
thread_entry(void *p)
{
	struct start s = *(struct start *)p;

	free(p);
	pthread_setname_np(pthread_self(), s.name);
	s.fn(s.arg);
	pthread_mutex_lock(&s.k->lock);
	lib_serving_ends(s.k);
	s.k->nthreads--;
	pthread_cond_broadcast(&s.k->changed);
	pthread_mutex_unlock(&s.k->lock);
	return NULL;
}

/* Signals of the process are for the caller's own threads. */
static int
thread_create(struct start *s)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t th;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, VKSUP_KSTACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&th, &attr, thread_entry, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -err;
}

int
host_thread(void (*fn)(void *), void *arg, const char *name)
{
	struct start *s = calloc(1, sizeof(*s));
	struct vk *k = lib_here();
	int err;

	if (s == NULL)
		return -ENOMEM;
	s->k = k;
	s->fn = fn;
	s->arg = arg;
	snprintf(s->name, sizeof(s->name), "%s", name);
	pthread_mutex_lock(&k->lock);
	k->nthreads++;
	pthread_mutex_unlock(&k->lock);
	err = thread_create(s);
	if (err == 0)
		return 0;
	pthread_mutex_lock(&k->lock);
	k->nthreads--;
	pthread_mutex_unlock(&k->lock);
	free(s);
	return err;
}

/* --- the run --- */

int
host_open_root(hfd_t *fd)
{
	fd->v = fcntl(lib_here()->root, F_DUPFD_CLOEXEC, 3);
	return fd->v < 0 ? -errno : 0;
}

int
host_stdio_stat(int n, struct stat *st)
{
	int fd = lib_here()->stdio[n];

	if (fd < 0)
		return -EBADF;
	return fstat(fd, st) < 0 ? -errno : 0;
}

unsigned
host_stdio_flags(int n)
{
	int fl = fcntl(lib_here()->stdio[n], F_GETFL);

	return fl < 0 ? O_RDWR : (unsigned)fl & (O_ACCMODE | O_APPEND | O_NONBLOCK);
}

int
host_stdio(int n, hfd_t *fd)
{
	fd->v = fcntl(lib_here()->stdio[n], F_DUPFD_CLOEXEC, 3);
	return fd->v < 0 ? -errno : 0;
}

/* --- the machine --- */

static void
info_limits(struct rlimit *rlim)
{
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	rlim[RLIMIT_STACK].rlim_cur = 8UL << 20;
	rlim[RLIMIT_CORE].rlim_cur = 0;
	rlim[RLIMIT_NOFILE] = (struct rlimit){ 1024, 4096 };
	rlim[RLIMIT_SIGPENDING] = rlim[RLIMIT_NPROC] = (struct rlimit){ 1000, 1000 };
	rlim[RLIMIT_MSGQUEUE] = (struct rlimit){ 819200, 819200 };
	rlim[RLIMIT_NICE] = rlim[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
}

/* The same on every host: a library's user wants the same kernel everywhere. */
void
lib_info_init(struct host_info *hi, const struct vk_options *opt)
{
	memset(hi, 0, sizeof(*hi));
	hi->ncpu = opt->ncpu > 0 ? opt->ncpu : 1;
	hi->mem_total = opt->memory > 0 ? opt->memory : 1UL << 30;
	hi->mem_free = hi->mem_avail = hi->mem_total / 2;
	hi->clktck = 100;
	hi->minsigstksz = 3632;
	strcpy(hi->platform, "x86_64");
	strcpy(hi->release, "6.18.0-vk");
	strcpy(hi->version, "#1 SMP");
	strcpy(hi->machine, "x86_64");
	snprintf(hi->nodename, sizeof(hi->nodename), "%s", opt->hostname != NULL ? opt->hostname : "vk");
	hi->boot_ns = host_clock(CLOCK_REALTIME) - host_clock(CLOCK_BOOTTIME);
	hi->umask = 022;
	hi->uid = opt->uid;
	hi->gid = opt->gid;
	hi->caps_bset = (1UL << 41) - 1;
	hi->caps = opt->uid == 0 ? hi->caps_bset : 0;
	info_limits(hi->rlim);
}

const struct host_info *
host_info(void)
{
	return &lib_here()->info;
}

/* --- messages --- */

void
host_log(const char *fmt, ...)
{
	struct vk *k = vk != NULL ? lib_here() : NULL;
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (k != NULL && k->log != NULL)
		k->log(k->log_arg, line);
	else
		fprintf(stderr, "vkern: %s\n", line);
}

void
host_panic(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "vkern: panic: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	abort();
}

/* --- what lib_vm.c asks --- */

int
lib_fail_point(void)
{
	return 0;
}

int
lib_fd_memory(hfd_t fd, bool write, int *memfd)
{
	int fl = fcntl(fd.v, F_GETFL);

	if (fl < 0)
		return -errno;
	if (write && (fl & O_ACCMODE) != O_RDWR)
		return -EACCES;
	*memfd = fd.v;
	return 0;
}

void
lib_die(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	host_panic("%s", text);
}
