/*
 * host_vm.c - vmspace.h on the sigsys machine: memory seen from outside, the
 * extended state in the live frame, and accounts.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "carrier.h"

static _Atomic bool no_process_vm;	/* containers may refuse it */

static int
mem_fd(struct vmspace *vs)
{
	char path[40];

	pthread_mutex_lock(&vs->lock);
	if (vs->mem < 0 && vs->pid > 0) {
		snprintf(path, sizeof(path), "/proc/%d/mem", vs->pid);
		vs->mem = open(path, O_RDWR | O_CLOEXEC);
	}
	pthread_mutex_unlock(&vs->lock);
	return vs->mem;
}

static ssize_t
mem_file(struct vmspace *vs, void *buf, size_t n, uint64_t addr, bool write)
{
	int fd = mem_fd(vs);
	ssize_t r;

	if (fd < 0)
		return 0;
	r = write ? pwrite(fd, buf, n, (off_t)addr) : pread(fd, buf, n, (off_t)addr);
	return r < 0 ? 0 : r;
}

static ssize_t
mem_move_alive(struct vmspace *vs, void *buf, size_t n, uint64_t addr, bool write)
{
	struct iovec here = { buf, n }, there = { (void *)addr, n };
	size_t done = 0, part;
	ssize_t r;

	orders_flush(vs);
	if (n == 0 || addr >= GUEST_TOP)
		return 0;
	if (n > GUEST_TOP - addr)
		here.iov_len = there.iov_len = n = GUEST_TOP - addr;
	if (no_process_vm)
		return mem_file(vs, buf, n, addr, write);
	r = write ? process_vm_writev(vs->hpid, &here, 1, &there, 1, 0)
	    : process_vm_readv(vs->hpid, &here, 1, &there, 1, 0);
	if (r == (ssize_t)n)
		return r;
	if (r < 0 && (errno == EPERM || errno == ENOSYS) && !vs->dead) {
		no_process_vm = true;
		return mem_file(vs, buf, n, addr, write);
	}
	/* Short or refused: go page by page to the first bad byte. */
	for (done = r > 0 ? (size_t)r : 0; done < n; done += part) {
		part = PAGE_SIZE - ((addr + done) & PAGE_MASK);
		if (part > n - done)
			part = n - done;
		here = (struct iovec){ (char *)buf + done, part };
		there = (struct iovec){ (void *)(addr + done), part };
		r = write ? process_vm_writev(vs->hpid, &here, 1, &there, 1, 0)
		    : process_vm_readv(vs->hpid, &here, 1, &there, 1, 0);
		if (r != (ssize_t)part)
			break;
	}
	return (ssize_t)done;
}

static ssize_t
mem_move(struct vmspace *vs, void *buf, size_t n, uint64_t addr, bool write)
{
	ssize_t r;

	if (!vmspace_look(vs))
		return 0;
	r = mem_move_alive(vs, buf, n, addr, write);
	vmspace_looked(vs);
	return r;
}

ssize_t
vmspace_pread(struct vmspace *vs, void *buf, size_t n, gaddr_t addr)
{
	return mem_move(vs, buf, n, addr.v, false);
}

ssize_t
vmspace_pwrite(struct vmspace *vs, const void *buf, size_t n, gaddr_t addr)
{
	return mem_move(vs, (void *)(uintptr_t)buf, n, addr.v, true);
}

static int
pagemap_read(struct vmspace *vs, gaddr_t addr, size_t pages, uint8_t *vec)
{
	char path[40];
	uint64_t e[512];
	size_t i, n, at;
	int fd;

	orders_flush(vs);
	snprintf(path, sizeof(path), "/proc/%d/pagemap", vs->hpid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (at = 0; at < pages; at += n) {
		n = pages - at < nitems(e) ? pages - at : nitems(e);
		memset(e, 0, sizeof(e));
		if (pread(fd, e, n * 8, (off_t)((addr.v / PAGE_SIZE + at) * 8)) < 0)
			memset(e, 0, sizeof(e));
		for (i = 0; i < n; i++)
			vec[at + i] = (uint8_t)(e[i] >> 63);
	}
	close(fd);
	return 0;
}

int
vmspace_mincore(struct vmspace *vs, gaddr_t addr, size_t pages, uint8_t *vec)
{
	int err;

	if (!vmspace_look(vs))
		return -ESRCH;
	err = pagemap_read(vs, addr, pages, vec);
	vmspace_looked(vs);
	return err;
}

/* --- extended state --- */

#define FX_SIZE		512
#define SW_OFF		464
#define HDR_OFF		512
#define MAGIC1		0x46505853U
#define MAGIC2		0x46505845U

static ucontext_t *
live(struct vmthread *vt)
{
	return (ucontext_t *)((char *)vt->slot + vt->uc_off);
}

/* Size of an xsave area for all the features that are on. */
static uint32_t
xstate_size(void)
{
	static uint32_t size;
	unsigned a, b, c, d;

	if (size == 0) {
		__cpuid_count(0xd, 0, a, b, c, d);
		size = b >= FX_SIZE + 64 ? b : FX_SIZE;
	}
	return size;
}

/* The area in the slot, checked; NULL when there is none. */
static char *
xstate_area(struct vmthread *vt, size_t *len)
{
	uint64_t fp, off;
	uint32_t sw[2];
	char *p;

	if (vt->uc_off == 0 || vt->uc_off == SLOT_BOOT_UC)
		return NULL;
	fp = *(volatile uint64_t *)&live(vt)->uc_mcontext.fpregs;
	off = fp - slot_addr(vt->index);
	if (fp == 0 || off < SLOT_STACK || off > SLOT_SIZE - FX_SIZE || (off & 15) != 0)
		return NULL;
	p = (char *)vt->slot + off;
	memcpy(sw, p + SW_OFF, 8);
	*len = FX_SIZE;
	if (sw[0] == MAGIC1 && sw[1] > FX_SIZE + 64 && sw[1] <= xstate_size() + 64 &&
	    off + sw[1] <= SLOT_SIZE)
		*len = sw[1];
	return p;
}

void *
vmthread_xstate(struct vmthread *vt, size_t *len)
{
	*len = 0;
	return xstate_area(vt, len);
}

/*
 * The guest made this state: what the host's rt_sigreturn would refuse must
 * not get there.  The software bytes stay the host's.
 */
int
vmthread_set_xstate(struct vmthread *vt, const void *buf, size_t len)
{
	char sw[48], *p;
	uint64_t hdr[8];
	uint32_t mxcsr;
	size_t have = 0;

	p = xstate_area(vt, &have);
	if (buf == NULL) {
		if (p != NULL)
			live(vt)->uc_mcontext.fpregs = NULL;
		return 0;
	}
	if (p == NULL || len < FX_SIZE)
		return -EINVAL;
	memcpy(sw, p + SW_OFF, sizeof(sw));
	memcpy(&mxcsr, (const char *)buf + 24, 4);
	if ((mxcsr & ~0xffffU) != 0)
		return -EINVAL;
	if (len >= have && have > FX_SIZE) {
		memcpy(hdr, (const char *)buf + HDR_OFF, sizeof(hdr));
		if (hdr[1] != 0 || hdr[2] != 0 || (hdr[0] & ~*(uint64_t *)(sw + 8)) != 0)
			return -EINVAL;
		memcpy(p, buf, have - 4);
	} else {
		memcpy(p, buf, FX_SIZE);
		if (have > FX_SIZE) {
			memset(hdr, 0, sizeof(hdr));
			hdr[0] = 3;
			memcpy(p + HDR_OFF, hdr, sizeof(hdr));
		}
	}
	memcpy(p + SW_OFF, sw, sizeof(sw));
	return 0;
}

/* --- accounts --- */

/* The host's own clocks of a whole process (clock_getcpuclockid(3)). */
#define CLOCK_OF(pid, kind)	((clockid_t)(~(unsigned)(pid) << 3 | (kind)))
enum { CPU_VIRT = 1, CPU_SCHED = 2 };

static int64_t
clock_ns(clockid_t c)
{
	struct timespec ts;

	return clock_gettime(c, &ts) == 0 ? ts.tv_sec * 1000000000LL + ts.tv_nsec : -1;
}

static ssize_t
text_read(const char *path, char *buf, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t r = -1;

	if (fd >= 0) {
		r = read(fd, buf, n - 1);
		close(fd);
	}
	buf[r > 0 ? r : 0] = '\0';
	return r;
}

/* What cannot be told apart by ticks is the program's own. */
#define SPLIT_MIN	20000000LL

/* Of one thread among several: the precise sum, split as the ticks are. */
static void
cputime_of_thread(const struct vmthread *vt, int64_t *user, int64_t *sys)
{
	unsigned long long sum = 0;
	unsigned long ut = 0, st = 0;
	bool precise;
	char path[64], buf[1024], *p;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", vt->vs->hpid, vt->tid);
	text_read(path, buf, sizeof(buf));
	precise = sscanf(buf, "%llu", &sum) == 1;
	if (!precise || (int64_t)sum >= SPLIT_MIN) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", vt->vs->hpid, vt->tid);
		text_read(path, buf, sizeof(buf));
		p = strrchr(buf, ')');
		if (p != NULL)
			sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &ut, &st);
	}
	if (!precise)
		sum = (ut + st) * (1000000000UL / (unsigned long)sysconf(_SC_CLK_TCK));
	*sys = ut + st == 0 ? 0 : (int64_t)(sum * st / (ut + st));
	*user = (int64_t)sum - *sys;
}

void
vmthread_cputime(struct vmthread *vt, int64_t *user, int64_t *sys)
{
	struct vmspace *vs = vt->vs;
	int64_t sum, virt;
	bool alone;

	pthread_mutex_lock(&vs->lock);
	alone = TAILQ_FIRST(&vs->threads) == vt && TAILQ_NEXT(vt, link) == NULL && vt->tid == vs->hpid;
	pthread_mutex_unlock(&vs->lock);
	*user = *sys = 0;
	if (!vmspace_look(vs))
		return;
	sum = alone ? clock_ns(CLOCK_OF(vs->hpid, CPU_SCHED)) : -1;
	if (sum < 0) {
		cputime_of_thread(vt, user, sys);
	} else {
		virt = clock_ns(CLOCK_OF(vs->hpid, CPU_VIRT));
		*user = virt >= 0 && virt < sum ? virt : sum;
		*sys = sum - *user;
	}
	vmspace_looked(vs);
}

static uint64_t
field_kib(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	return p != NULL ? strtoul(p + strlen(name), NULL, 10) * 1024 : 0;
}

static void
usage_read(struct vmspace *vs, struct vmusage *u)
{
	char path[64], buf[4096], *p;

	snprintf(path, sizeof(path), "/proc/%d/status", vs->hpid);
	if (text_read(path, buf, sizeof(buf)) <= 0)
		return;
	u->rss_max = field_kib(buf, "\nVmHWM:");
	u->rss = field_kib(buf, "\nVmRSS:");
	u->anon = field_kib(buf, "\nRssAnon:");
	u->shmem = field_kib(buf, "\nRssShmem:");
	snprintf(path, sizeof(path), "/proc/%d/stat", vs->hpid);
	text_read(path, buf, sizeof(buf));
	p = strrchr(buf, ')');
	if (p == NULL || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %lu %*u %lu", &u->minflt,
	    &u->majflt) != 2)
		u->minflt = u->majflt = 0;
}

void
vmspace_usage(struct vmspace *vs, struct vmusage *u)
{
	memset(u, 0, sizeof(*u));
	if (!vmspace_look(vs))
		return;
	usage_read(vs, u);
	vmspace_looked(vs);
}
