/*
 * cmd_doctor.c - `vksup doctor`: what the host offers, what is missing, and
 * what follows from that.
 *
 * Each finding is tried, not guessed: by the call itself, in a child where it
 * would leave traces.  Exit status: 0 when vksup can work here, 1 when not.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/wire.h"
#include "carrier.h"
#include "command.h"
#include "confine.h"

enum verdict { OK, LESS, BAD };		/* works; works, with less; vksup does not work */

static const char *const verdict_names[] = { "ok", "less", "missing" };

static struct json_object *report;	/* NULL: text */
static enum verdict worst;

static void __attribute__((format(printf, 3, 4)))
say(const char *name, enum verdict v, const char *fmt, ...)
{
	struct json_object *o;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	worst = max_of(worst, v);
	if (report == NULL) {
		printf("%-8s%-20s%s\n", verdict_names[v], name, text);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "verdict", json_object_new_string(verdict_names[v]));
	json_object_object_add(o, "text", json_object_new_string(text));
	json_object_array_add(report, o);
}

/* The first number in a file; -1: there is none. */
static long
number_in(const char *path)
{
	FILE *f = fopen(path, "re");
	long n = -1;

	if (f == NULL)
		return -1;
	if (fscanf(f, "%ld", &n) != 1)
		n = -1;
	fclose(f);
	return n;
}

/* What fn gives, as run in a child: 0..255; -1 when a signal ended it. */
static int
in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(fn() & 0xff);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- what nothing works without --- */

static volatile sig_atomic_t trapped;

static void
trap(int sig)
{
	(void)sig;
	trapped = 1;
}

static int
try_seccomp(void)
{
	struct sock_filter ins[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { nitems(ins), ins };

	signal(SIGSYS, trap);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) != 0)
		return errno;
	syscall(SYS_getppid);
	return trapped ? 0 : ENOSYS;
}

static void
look_seccomp(void)
{
	int err = in_child(try_seccomp);

	if (err == 0)
		say("seccomp", OK, "filters that trap work: guests can be held");
	else
		say("seccomp", BAD, "no filters that trap (%s): vksup cannot run programs here",
		    err > 0 ? strerror(err) : "the try was killed");
}

static void
look_memfd(void)
{
	int fd = memfd_create("doctor", MFD_CLOEXEC);
	struct statvfs st;

	if (fd < 0) {
		say("memfd", BAD, "%s: there is no shared memory for guests", strerror(errno));
		return;
	}
	close(fd);
	say("memfd", OK, "memory files can be made");
	if (statvfs("/dev/shm", &st) != 0)
		say("/dev/shm", OK, "not there; vksup does not use it");
	else
		say("/dev/shm", OK, "%lu MiB free; vksup does not use it",
		    (unsigned long)(st.f_bavail * st.f_frsize >> 20));
}

/* The trampoline's place near the end of the address space. */
static void
look_addresses(void)
{
	void *p = mmap((void *)TRAMP_BASE, TRAMP_MAX, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == (void *)TRAMP_BASE || (p == MAP_FAILED && errno == EEXIST))
		say("address space", OK, "47 bits, as it must be");
	else
		say("address space", BAD, "the trampoline's place at %#lx cannot be mapped (%s): "
		    "inside another vksup?", TRAMP_BASE, strerror(errno));
	if (p != MAP_FAILED)
		munmap(p, TRAMP_MAX);
}

static int
try_fsgsbase(void)
{
	unsigned long fs;

	__asm__ volatile("rdfsbase %0" : "=r"(fs));
	return 0;
}

static void
look_fsgsbase(void)
{
	if (in_child(try_fsgsbase) == 0)
		say("fsgsbase", OK, "rdfsbase and its kin work");
	else
		say("fsgsbase", BAD, "no rdfsbase (Linux before 5.9, or an old processor)");
}

/* --- reach into guests --- */

static long process_vm_try(void)
{
	char from = 1, to = 0;
	struct iovec a = { &to, 1 }, b = { &from, 1 };

	return process_vm_readv(getpid(), &a, 1, &b, 1, 0) == 1 ? 0 : errno;
}

static void
look_process_vm(void)
{
	long err = process_vm_try(), scope = number_in("/proc/sys/kernel/yama/ptrace_scope");

	if (scope >= 3 || (scope == 2 && geteuid() != 0))
		say("ptrace_scope", BAD, "%ld: no process may look into another's memory", scope);
	else
		say("ptrace_scope", OK, scope < 0 ? "no Yama: memory of our own children can be reached" :
		    "%ld: memory of our own children can be reached", scope);
	if (err == 0)
		say("process_vm_readv", OK, "works");
	else if (access("/proc/self/mem", R_OK | W_OK) == 0)
		say("process_vm_readv", LESS, "%s: /proc/PID/mem is used, which is slower, and writes "
		    "to read-only pages do not fail", strerror((int)err));
	else
		say("process_vm_readv", BAD, "%s, and /proc/self/mem cannot be opened", strerror((int)err));
}

/* --- our own confinement --- */

static int
try_userns(void)
{
	return unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
}

static void
look_confinement(void)
{
	int abi = landlock_abi(), err = in_child(try_userns);

	if (abi == 0)
		say("Landlock", LESS, "not there: the kernel's own filter and rights alone confine it");
	else
		say("Landlock", OK, "version %d: the kernel can change no file but those it was given", abi);
	say("user namespaces", OK, "%s; vksup does not use them", err == 0 ? "can be made" : strerror(err));
	if (geteuid() == 0)
		say("user", LESS, "root: most capabilities are dropped, but an escape would be root's; "
		    "an ordinary user is safer");
	else
		say("user", OK, "uid %u", geteuid());
}

/* --- limits --- */

static void
look_limit(const char *name, int which, rlim_t wanted, const char *what)
{
	struct rlimit r;

	if (getrlimit(which, &r) != 0)
		return;
	if (r.rlim_max == RLIM_INFINITY)
		say(name, OK, "no limit");
	else if (r.rlim_max >= wanted)
		say(name, OK, "at most %lu", (unsigned long)r.rlim_max);
	else
		say(name, LESS, "at most %lu: %s", (unsigned long)r.rlim_max, what);
}

static void
look_limits(void)
{
	long maps = number_in("/proc/sys/vm/max_map_count"), over = number_in("/proc/sys/vm/overcommit_memory");

	say("vm.max_map_count", maps >= 65530 || maps < 0 ? OK : LESS, "%ld mappings in a guest process", maps);
	if (over == 2)
		say("overcommit", LESS, "strict: stacks mapped at their limit count in full; forks of "
		    "big processes may fail");
	else
		say("overcommit", OK, "%ld", over);
	look_limit("RLIMIT_NOFILE", RLIMIT_NOFILE, 4096, "open files of all guests together count");
	look_limit("RLIMIT_NPROC", RLIMIT_NPROC, 1024, "guest threads count twice");
	look_limit("RLIMIT_AS", RLIMIT_AS, RLIM_INFINITY, "holds for the kernel and for each guest process");
	look_limit("RLIMIT_STACK", RLIMIT_STACK, 1 << 20, "stacks of guests are small");
	look_limit("RLIMIT_CORE", RLIMIT_CORE, 0, "");
	say("kernel.pid_max", OK, "%ld", number_in("/proc/sys/kernel/pid_max"));
}

/* --- speed and tools --- */

static void
look_speed(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	say("CPUs", OK, n > 1 ? "%d: guests and their kernel threads are placed" :
	    "%d: no placement, no spinning", n);
}

static void
look_perf(void)
{
	struct perf_event_attr a = { .type = PERF_TYPE_HARDWARE, .size = sizeof(a),
		.config = PERF_COUNT_HW_CPU_CYCLES, .exclude_kernel = 1 };
	int fd = (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);

	if (fd >= 0) {
		close(fd);
		say("perf", OK, "hardware counters can be read; rr can record");
	} else {
		say("perf", OK, "no hardware counters (%s): perf and rr do not work here; vksup does",
		    strerror(errno));
	}
}

static bool
in_path(const char *name)
{
	char *path = strdup(getenv("PATH") != NULL ? getenv("PATH") : "/usr/bin:/bin"), *dir, *save = NULL;
	char full[4096];
	bool found = false;

	for (dir = strtok_r(path, ":", &save); dir != NULL && !found; dir = strtok_r(NULL, ":", &save)) {
		snprintf(full, sizeof(full), "%s/%s", dir, name);
		found = access(full, X_OK) == 0;
	}
	free(path);
	return found;
}

static void
look_tools(void)
{
	static const char *const tools[] = { "gdb", "rr", "perf", "strace" };
	size_t i;

	for (i = 0; i < nitems(tools); i++)
		say(tools[i], OK, in_path(tools[i]) ? "there" : "not installed");
}

static void
look_host(void)
{
	struct utsname u;

	uname(&u);
	if (strcmp(u.machine, "x86_64") == 0)
		say("host", OK, "%s %s %s", u.sysname, u.release, u.machine);
	else
		say("host", BAD, "%s: only x86_64 is known", u.machine);
}

static void
look_at_all(void)
{
	look_host();
	look_seccomp();
	look_memfd();
	look_addresses();
	look_fsgsbase();
	look_process_vm();
	look_confinement();
	look_limits();
	look_speed();
	look_perf();
	look_tools();
}

int
cmd_doctor(int argc, char **argv)
{
	struct json_object *o;

	if (argc == 2 && strcmp(argv[1], "--json") == 0)
		report = json_object_new_array();
	else if (argc > 1)
		return command_usage(argv[0], "knows only --json");
	look_at_all();
	if (report != NULL) {
		o = json_object_new_object();
		json_object_object_add(o, "works", json_object_new_boolean(worst != BAD));
		json_object_object_add(o, "findings", report);
		puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
		json_object_put(o);
	} else {
		puts(worst == BAD ? "vksup cannot work here" : worst == LESS ?
		    "vksup works here, with less" : "vksup works here");
	}
	return worst == BAD;
}
