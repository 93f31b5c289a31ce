/*
 * micro.h - what the micro-benchmarks have in common: a table of operations,
 * and how one of them is measured.
 */
#ifndef MICRO_H
#define MICRO_H

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 10 };

struct micro {
	const char	*name;
	void		(*run)(long n);		/* the operation, n times */
	void		(*setup)(void);
};

static volatile long sink;
static pid_t peer;		/* a process to kill at the end */

static inline void
die(const char *what)
{
	fprintf(stderr, "micro: %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline void
futex_turn(_Atomic uint32_t *word, uint32_t mine, int flag)
{
	uint32_t v;

	while ((v = *word) != mine)
		syscall(SYS_futex, word, FUTEX_WAIT | flag, v, NULL, NULL, 0);
}

static inline void
futex_pass(_Atomic uint32_t *word, uint32_t whose, int flag)
{
	*word = whose;
	syscall(SYS_futex, word, FUTEX_WAKE | flag, 1, NULL, NULL, 0);
}

static inline void *
shared_page(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static inline char *
anonymous(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

/* One mmap and munmap for up to 4096 faults. */
static inline void
run_fault(long n)
{
	long i, pages;
	char *p;

	for (; n > 0; n -= pages) {
		pages = n < 4096 ? n : 4096;
		p = anonymous((size_t)pages * 4096);
		for (i = 0; i < pages; i++)
			p[i * 4096] = 1;
		munmap(p, (size_t)pages * 4096);
	}
}

static void
peer_end(void)
{
	if (peer > 0) {
		kill(peer, SIGKILL);
		waitpid(peer, NULL, 0);
	}
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Batches of a tenth of the time each, after one that finds out their size. */
static void
measure(const struct micro *m, uint64_t ns)
{
	double per[BATCHES];
	uint64_t begun, took;
	long n = 1, total = 0;
	int i;

	if (m->setup != NULL)
		m->setup();
	for (;;) {
		begun = now();
		m->run(n);
		took = now() - begun;
		total += n;
		if (took >= ns / BATCHES / 2)
			break;
		n *= took < ns / BATCHES / 20 ? 8 : 2;
	}
	for (i = 0; i < BATCHES; i++) {
		begun = now();
		m->run(n);
		per[i] = (double)(now() - begun) / (double)n;
		total += n;
		if (took > ns && i >= 2) {
			i++;
			break;
		}
	}
	qsort(per, (size_t)i, sizeof(per[0]), compare);
	peer_end();
	printf("%.1f %ld\n", per[i / 2], total);
	fflush(stdout);
	_exit(0);
}

/* Measure the one that is named; "list" prints all names. */
static int
micro_find(const struct micro *list, size_t count, const char *name, uint64_t ns)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(name, "list") == 0)
			puts(list[i].name);
		else if (strcmp(name, list[i].name) == 0)
			measure(&list[i], ns);
	}
	if (strcmp(name, "list") == 0)
		return 0;
	fprintf(stderr, "no item '%s'\n", name);
	return 2;
}

#endif
