// libs: -pthread
/*
 * micro.c - one operation, many times: micro [-t MS] NAME [DIRECTORY]
 *
 * Prints the nanoseconds one operation took (the median of ten batches) and
 * how many were done in all, warm-up included.  Files are made in DIRECTORY
 * ("." if not given) by "micro setup DIRECTORY".  "micro list" prints the names.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "micro.h"

enum { KIB = 1024, MIB = 1024 * 1024, DIR_ENTRIES = 10000 };

static char *buffer;		/* 1 MiB */
static int fd_work = -1;

static int
opened(const char *name, int flags)
{
	int fd = open(name, flags, 0666);

	if (fd < 0)
		die(name);
	return fd;
}

/* --- calls that do nothing ------------------------------------------------ */

static void
run_getppid(long n)
{
	while (n-- > 0)
		sink += getppid();
}

static void
run_getuid(long n)
{
	while (n-- > 0)
		sink += getuid();
}

static void
run_sigprocmask(long n)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	while (n-- > 0)
		sigprocmask(n & 1 ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static void
setup_file(void)
{
	fd_work = opened("f1m", O_RDWR);
}

static void
run_lseek(long n)
{
	while (n-- > 0)
		sink += lseek(fd_work, n & 1023, SEEK_SET);
}

/* Not worth serving in a trampoline, so that it is always forwarded. */
static void
run_personality(long n)
{
	while (n-- > 0)
		sink += personality(0xffffffff);
}

static void
run_clock(long n)
{
	struct timespec t;

	while (n-- > 0) {
		clock_gettime(CLOCK_MONOTONIC, &t);
		sink += t.tv_nsec;
	}
}

/* --- names ------------------------------------------------------------------ */

static void
run_stat(long n)
{
	struct stat st;

	while (n-- > 0)
		if (stat("f1k", &st) != 0)
			die("f1k");
}

static void
run_stat_enoent(long n)
{
	struct stat st;

	while (n-- > 0)
		if (stat("no-such-file", &st) == 0)
			die("no-such-file is there");
}

static void
run_readlink_dir(long n)
{
	char b[64];

	while (n-- > 0)
		if (readlink("/usr/lib", b, sizeof(b)) >= 0)
			die("/usr/lib is a link");
}

static void
run_access(long n)
{
	while (n-- > 0)
		if (access("f1k", R_OK) != 0)
			die("f1k");
}

/* --- files ------------------------------------------------------------------- */

static void
open_read(const char *name, size_t size, long n)
{
	struct stat st;
	int fd;

	while (n-- > 0) {
		fd = opened(name, O_RDONLY);
		if (fstat(fd, &st) != 0 || read(fd, buffer, size) != (ssize_t)size)
			die(name);
		close(fd);
	}
}

static void
run_open_1k(long n)
{
	open_read("f1k", KIB, n);
}

static void
run_open_64k(long n)
{
	open_read("f64k", 64 * KIB, n);
}

static void
run_read_4k(long n)
{
	while (n-- > 0)
		if (pread(fd_work, buffer, 4 * KIB, (n & 127) * 4 * KIB) != 4 * KIB)
			die("read");
}

static void
run_read_1m(long n)
{
	while (n-- > 0)
		if (pread(fd_work, buffer, MIB, 0) != MIB)
			die("read");
}

static void
setup_out(void)
{
	fd_work = opened("out", O_RDWR | O_CREAT | O_TRUNC);
	memset(buffer, 'x', MIB);
	if (write(fd_work, buffer, MIB) != MIB)
		die("write");
}

static void
run_write_4k(long n)
{
	while (n-- > 0)
		if (pwrite(fd_work, buffer, 4 * KIB, (n & 127) * 4 * KIB) != 4 * KIB)
			die("write");
}

static void
run_write_1m(long n)
{
	while (n-- > 0)
		if (pwrite(fd_work, buffer, MIB, 0) != MIB)
			die("write");
}

static void
run_create(long n)
{
	int fd;

	while (n-- > 0) {
		fd = opened("new", O_WRONLY | O_CREAT | O_EXCL);
		if (write(fd, buffer, 100) != 100)
			die("write");
		close(fd);
		if (unlink("new") != 0)
			die("unlink");
	}
}

static void
run_getdents(long n)
{
	long count;
	DIR *d;

	while (n-- > 0) {
		d = opendir("many");
		if (d == NULL)
			die("many");
		for (count = 0; readdir(d) != NULL;)
			count++;
		if (count != DIR_ENTRIES + 2)
			die("many: entries");
		closedir(d);
	}
}

/* --- two processes, two threads -------------------------------------------------- */

static int to_peer[2], from_peer[2];

static void
pipes_make(void)
{
	if (pipe(to_peer) != 0 || pipe(from_peer) != 0)
		die("pipe");
}

static void
setup_pipe_pp(void)
{
	char c;

	pipes_make();
	peer = fork();
	if (peer < 0)
		die("fork");
	if (peer == 0) {
		while (read(to_peer[0], &c, 1) == 1)
			if (write(from_peer[1], &c, 1) != 1)
				break;
		_exit(0);
	}
}

static void
run_pipe_pp(long n)
{
	char c = 'x';

	while (n-- > 0)
		if (write(to_peer[1], &c, 1) != 1 || read(from_peer[0], &c, 1) != 1)
			die("pipe");
}

static void
setup_pipe_bw(void)
{
	pipes_make();
	peer = fork();
	if (peer < 0)
		die("fork");
	if (peer == 0) {
		while (write(from_peer[1], buffer, 64 * KIB) > 0)
			;
		_exit(0);
	}
}

static void
run_pipe_bw(long n)
{
	size_t left = (size_t)n * 64 * KIB;
	ssize_t got;

	while (left > 0) {
		got = read(from_peer[0], buffer, left < 64 * KIB ? left : 64 * KIB);
		if (got <= 0)
			die("pipe");
		left -= (size_t)got;
	}
}

static _Atomic uint32_t *turn;
static int futex_flag;

static void *
futex_peer(void *arg)
{
	for (;;) {
		futex_turn(turn, 1, futex_flag);
		futex_pass(turn, 0, futex_flag);
	}
	return arg;
}

static void
setup_futex_pp(void)
{
	pthread_t t;

	turn = shared_page();
	futex_flag = FUTEX_PRIVATE_FLAG;
	if (pthread_create(&t, NULL, futex_peer, NULL) != 0)
		die("pthread_create");
}

static void
setup_futex_shared(void)
{
	turn = shared_page();
	peer = fork();
	if (peer < 0)
		die("fork");
	if (peer == 0)
		futex_peer(NULL);
}

static void
run_futex(long n)
{
	while (n-- > 0) {
		futex_pass(turn, 1, futex_flag);
		futex_turn(turn, 0, futex_flag);
	}
}

/* --- memory ------------------------------------------------------------------------- */

static void
run_mmap(long n)
{
	char *p;

	while (n-- > 0) {
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			die("mmap");
		*p = 1;
		munmap(p, 4096);
	}
}

/* --- processes ---------------------------------------------------------------------- */

static void *
thread_nothing(void *arg)
{
	return arg;
}

static void
run_thread(long n)
{
	pthread_t t;

	while (n-- > 0) {
		if (pthread_create(&t, NULL, thread_nothing, NULL) != 0)
			die("pthread_create");
		pthread_join(t, NULL);
	}
}

static void
setup_10m(void)
{
	memset(anonymous(10 * MIB), 1, 10 * MIB);
}

static void
setup_200m(void)
{
	memset(anonymous(200 * (size_t)MIB), 1, 200 * (size_t)MIB);
}

static void
run_fork(long n)
{
	pid_t pid;

	while (n-- > 0) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("fork");
	}
}

static void
spawn_wait(char **argv, long n)
{
	pid_t pid;
	int st;

	while (n-- > 0)
		if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0 ||
		    waitpid(pid, &st, 0) != pid || st != 0)
			die(argv[0]);
}

static void
run_spawn(long n)
{
	char *argv[] = { "/bin/true", NULL };

	spawn_wait(argv, n);
}

static void
run_sh(long n)
{
	char *argv[] = { "/bin/sh", "-c", ":", NULL };

	spawn_wait(argv, n);
}

/* --- signals ------------------------------------------------------------------------ */

static void
on_signal(int sig)
{
	sink += sig;
}

static void
setup_signal(void)
{
	signal(SIGUSR1, on_signal);
}

static void
run_signal(long n)
{
	pid_t self = getpid();

	while (n-- > 0)
		kill(self, SIGUSR1);
}

/* The faulting instruction is two bytes long: go on behind it. */
static void
on_fault(int sig, siginfo_t *si, void *ucp)
{
	ucontext_t *uc = ucp;

	(void)sig, (void)si;
	uc->uc_mcontext.gregs[REG_RIP] += 2;
}

static void
setup_segv(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
}

static void
run_segv(long n)
{
	while (n-- > 0)
		__asm__ volatile("movl (%%rax), %%eax" : : "a"(8L) : "memory");
}

/* --- busy guests --------------------------------------------------------------------- */

/* N processes do the same at once; an operation is one of one of them. */
static void
together(int procs, void (*f)(long), long n)
{
	int i;

	for (i = 0; i < procs - 1; i++)
		if (fork() == 0) {
			f(n);
			_exit(0);
		}
	f(n);
	while (wait(NULL) > 0)
		;
}

static void run_null_2(long n) { together(2, run_personality, n); }
static void run_null_4(long n) { together(4, run_personality, n); }
static void run_null_8(long n) { together(8, run_personality, n); }

static void
run_spin(long n)
{
	volatile unsigned x = 1;
	int i;

	while (n-- > 0)
		for (i = 0; i < 1000; i++)
			x = x * 1664525u + 1013904223u;
}

static void run_busy_2(long n) { together(2, run_spin, n); }

/* --- the list ------------------------------------------------------- */

static const struct micro items[] = {
	{ "getppid", run_getppid, NULL },
	{ "getuid", run_getuid, NULL },
	{ "sigprocmask", run_sigprocmask, NULL },
	{ "lseek", run_lseek, setup_file },
	{ "null", run_personality, NULL },
	{ "null_2", run_null_2, NULL },
	{ "null_4", run_null_4, NULL },
	{ "null_8", run_null_8, NULL },
	{ "busy_1", run_spin, NULL },
	{ "busy_2", run_busy_2, NULL },
	{ "clock", run_clock, NULL },
	{ "stat", run_stat, NULL },
	{ "stat_enoent", run_stat_enoent, NULL },
	{ "readlink_dir", run_readlink_dir, NULL },
	{ "access", run_access, NULL },
	{ "open_1k", run_open_1k, NULL },
	{ "open_64k", run_open_64k, NULL },
	{ "read_4k", run_read_4k, setup_file },
	{ "write_4k", run_write_4k, setup_out },
	{ "read_1m", run_read_1m, setup_file },
	{ "write_1m", run_write_1m, setup_out },
	{ "create", run_create, NULL },
	{ "getdents", run_getdents, NULL },
	{ "pipe_pp", run_pipe_pp, setup_pipe_pp },
	{ "pipe_bw", run_pipe_bw, setup_pipe_bw },
	{ "futex_pp", run_futex, setup_futex_pp },
	{ "futex_pp_shared", run_futex, setup_futex_shared },
	{ "mmap", run_mmap, NULL },
	{ "fault", run_fault, NULL },
	{ "thread", run_thread, NULL },
	{ "fork_10m", run_fork, setup_10m },
	{ "fork_200m", run_fork, setup_200m },
	{ "spawn", run_spawn, NULL },
	{ "sh", run_sh, NULL },
	{ "signal", run_signal, setup_signal },
	{ "segv", run_segv, setup_segv },
};

static void
file_make(const char *name, size_t size)
{
	int fd = opened(name, O_WRONLY | O_CREAT | O_TRUNC);

	if (write(fd, buffer, size) != (ssize_t)size)
		die(name);
	close(fd);
}

static void
directory_make(void)
{
	char name[64];
	int i, fd;

	file_make("f1k", KIB);
	file_make("f64k", 64 * KIB);
	file_make("f1m", MIB);
	if (access("many/entry-09999", F_OK) == 0)
		return;
	if (mkdir("many", 0777) != 0 && errno != EEXIST)
		die("many");
	for (i = 0; i < DIR_ENTRIES; i++) {
		snprintf(name, sizeof(name), "many/entry-%05d", i);
		fd = opened(name, O_WRONLY | O_CREAT);
		close(fd);
	}
}

int
main(int argc, char **argv)
{
	uint64_t ns = 200000000;
	const char *name;
	int c;

	while ((c = getopt(argc, argv, "t:")) != -1) {
		if (c != 't')
			return 2;
		ns = (uint64_t)atol(optarg) * 1000000;
	}
	name = optind < argc ? argv[optind] : "list";
	if (optind + 1 < argc && chdir(argv[optind + 1]) != 0)
		die(argv[optind + 1]);
	if (strcmp(name, "nothing") == 0) {
		puts("0 0");
		return 0;
	}
	buffer = malloc(MIB);
	memset(buffer, 'x', MIB);
	if (strcmp(name, "setup") == 0) {
		directory_make();
		return 0;
	}
	return micro_find(items, sizeof(items) / sizeof(items[0]), name, ns);
}
