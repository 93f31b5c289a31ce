/*
 * measure.c - run a command and say what it cost:
 * measure [-n RUNS] [-t SECONDS] [-c CPU] [-m MS] -r FILE COMMAND [ARG...]
 *
 * Each run gives a line in FILE: wall (ns, until the command itself ended),
 * user and system time (us) and the biggest resident size (KiB) of it and all
 * its descendants, the peak of the proportional sizes of all of them together
 * (KiB, sampled every MS, 0 without -m), and its status.
 *
 * Descendants that outlive their parent come to us (a subreaper), so carriers
 * that vksup killed and did not wait for are counted as well.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCS_MAX = 32768, STATUS_TIMEOUT = 9999 };

static struct { int pid, parent, ours; } procs[PROCS_MAX];

static void
die(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(125);
}

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int
file_read(const char *name, char *b, size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, b, size - 1);
	close(fd);
	if (n < 0)
		return -1;
	b[n] = '\0';
	return 0;
}

/* All descendants of this process; returns how many entries procs has. */
static int
family(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	char name[64], b[512], *p;
	int n = 0, i, j, more, self = getpid();

	if (d == NULL)
		return 0;
	while (n < PROCS_MAX && (e = readdir(d)) != NULL) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(name, sizeof(name), "/proc/%.16s/stat", e->d_name);
		if (file_read(name, b, sizeof(b)) != 0 || (p = strrchr(b, ')')) == NULL)
			continue;
		procs[n].pid = atoi(e->d_name);
		procs[n].ours = 0;
		if (sscanf(p, ") %*c %d", &procs[n].parent) == 1)
			n++;
	}
	closedir(d);
	do {
		more = 0;
		for (i = 0; i < n; i++) {
			if (procs[i].ours)
				continue;
			for (j = 0; j < n; j++)
				if (procs[j].ours && procs[j].pid == procs[i].parent)
					break;
			if (procs[i].parent == self || j < n)
				procs[i].ours = more = 1;
		}
	} while (more);
	return n;
}

static long
memory_now(void)
{
	char name[64], b[4096], *p;
	int i, n = family();
	long sum = 0, kb;

	for (i = 0; i < n; i++) {
		if (!procs[i].ours)
			continue;
		snprintf(name, sizeof(name), "/proc/%d/smaps_rollup", procs[i].pid);
		if (file_read(name, b, sizeof(b)) == 0 && (p = strstr(b, "\nPss:")) != NULL &&
		    sscanf(p, "\nPss: %ld", &kb) == 1)
			sum += kb;
	}
	return sum;
}

static void
kill_family(void)
{
	int i, n = family();

	for (i = 0; i < n; i++)
		if (procs[i].ours)
			kill(procs[i].pid, SIGKILL);
}

static pid_t
start(char **argv)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0)
		die("vfork");
	return pid;
}

/* Wait for pid, sampling; kill everything when the time is up. */
static int
wait_for(pid_t pid, int seconds, int sample_ms, long *peak)
{
	struct pollfd p = { .events = POLLIN };
	uint64_t end = now() + (uint64_t)seconds * 1000000000;
	int status, timed_out = 0;
	long kb;

	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd < 0)
		die("pidfd_open");
	while (poll(&p, 1, sample_ms > 0 ? sample_ms : 1000) == 0) {
		if (sample_ms > 0 && (kb = memory_now()) > *peak)
			*peak = kb;
		if (now() > end) {
			timed_out = 1;
			kill_family();
		}
	}
	close(p.fd);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (timed_out)
		return STATUS_TIMEOUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What is left of the family ends by itself soon, or is ended. */
static void
reap(void)
{
	uint64_t end = now() + 3000000000u;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) >= 0) {
		if (pid > 0)
			continue;
		if (now() > end)
			kill_family();
		usleep(1000);
	}
}

static long
us(struct timeval now, struct timeval before)
{
	return (now.tv_sec - before.tv_sec) * 1000000 + now.tv_usec - before.tv_usec;
}

static void
run(char **argv, int seconds, int sample_ms, FILE *f)
{
	struct rusage a, b;
	uint64_t begun, wall;
	long peak = 0;
	int status;

	getrusage(RUSAGE_CHILDREN, &a);
	begun = now();
	status = wait_for(start(argv), seconds, sample_ms, &peak);
	wall = now() - begun;
	reap();
	getrusage(RUSAGE_CHILDREN, &b);
	fprintf(f, "%lu %ld %ld %ld %ld %d\n", wall, us(b.ru_utime, a.ru_utime),
	    us(b.ru_stime, a.ru_stime), b.ru_maxrss, peak, status);
}

int
main(int argc, char **argv)
{
	int runs = 1, seconds = 3600, sample_ms = 0, c;
	FILE *f = stderr;
	cpu_set_t set;

	while ((c = getopt(argc, argv, "+n:t:c:m:r:")) != -1) {
		switch (c) {
		case 'n': runs = atoi(optarg); break;
		case 't': seconds = atoi(optarg); break;
		case 'm': sample_ms = atoi(optarg); break;
		case 'c':
			CPU_ZERO(&set);
			CPU_SET(atoi(optarg), &set);
			if (sched_setaffinity(0, sizeof(set), &set) != 0)
				die("sched_setaffinity");
			break;
		case 'r':
			f = fopen(optarg, "we");
			if (f == NULL)
				die(optarg);
			break;
		default: return 125;
		}
	}
	if (optind >= argc)
		return 125;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (runs-- > 0)
		run(argv + optind, seconds, sample_ms, f);
	return 0;
}
