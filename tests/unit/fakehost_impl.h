/*
 * fakehost_impl.h - what the fakehost files share among themselves.
 *
 * Locks: fk.lock covers threads, sleepers and guests; files and memory have a
 * lock each in their file.  fk.lock is the innermost.
 */
#ifndef FAKEHOST_IMPL_H
#define FAKEHOST_IMPL_H

#include <pthread.h>
#include <sys/queue.h>

#include "fakehost.h"

struct fake_machine {
	pthread_mutex_t	lock;
	pthread_cond_t	changed;	/* whatever a test may wait for */
	int		running;	/* kernel threads that may do something */
	int		nthreads;	/* kernel threads not ended */
	bool		ending;		/* whoever parks ends */
	struct host_info info;
};
extern struct fake_machine fk;

/* The bug is the kernel's or the test's: say so and abort. */
void fake_die(const char *fmt, ...) printf_like(1, 2) no_return;
#define FAKE_ASSERT(x) \
	((x) ? (void)0 : fake_die("%s:%d: %s", __FILE__, __LINE__, #x))

/* 0, or the -errno with which this host call has to fail. */
int fake_fail_point(void);
#define FAIL_POINT() do {				\
	int fail_ = fake_fail_point();			\
	if (fail_ != 0)					\
		return fail_;				\
} while (0)

/* host_thread() for the machine's own threads. */
void fake_thread(void (*fn)(void *), void *arg, const char *name);
/* Under fk.lock: a kernel thread goes to sleep, is woken. */
void fake_sleeps(void);
void fake_wakes(void);
/* Wait on fk.changed, at most half a minute from the first call with *since. */
void fake_wait_changed(struct timespec *since, const char *what);

void fake_files_init(void);
void fake_files_fini(void);
void fake_guests_fini(void);
void fake_guests_dump(void);
/* Under fk.lock: the current kernel thread, which served guests, ends. */
void fake_serving_ends(void);
struct guest *fake_first_guest(void);

/* Memory file behind a descriptor, for mappings; -errno. */
int fake_fd_memory(hfd_t fd, bool write, int *memfd);

#endif
