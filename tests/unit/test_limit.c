/*
 * test_limit.c - what a run may use, what it was refused, what files it used.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "vksup/limit.h"
#include "vksup/proc.h"
#include "vksup/watch.h"

#define MIB	(1L << 20)

/* A kernel whose run may use n of one kind. */
static struct guest *
boot_with(enum limit_kind kind, uint64_t n)
{
	struct guest *g = fake_boot();
	uint64_t max[LIMIT_KINDS];
	int i;

	for (i = 0; i < LIMIT_KINDS; i++)
		max[i] = i == (int)kind ? n : LIMIT_NONE;
	limits_init(max);
	return g;
}

static long
map(struct guest *g, long n, int prot)
{
	return guest_call(g, SYS_mmap, 0, (uint64_t)n, (uint64_t)prot, MAP_PRIVATE | MAP_ANONYMOUS,
	    (uint64_t)-1, 0);
}

/* --- limits --- */

START_TEST(memory)
{
	struct guest *g = boot_with(LIMIT_MEMORY, 1UL << 40), *c;
	int64_t before = vk->limits.committed;
	long at;
	int pid;

	/* Contents of files count too, but there are none yet. */
	vk->limits.max[LIMIT_MEMORY] = (uint64_t)(before + 8 * MIB + MIB / 2);
	expect(map(g, 9 * MIB, PROT_READ | PROT_WRITE), -ENOMEM);
	must(map(g, 90 * MIB, PROT_READ));
	at = must(map(g, 6 * MIB, PROT_READ | PROT_WRITE));
	ck_assert_int_eq(vk->limits.committed, before + 6 * MIB);
	expect(map(g, 3 * MIB, PROT_READ | PROT_WRITE), -ENOMEM);
	/* A fork would need them once more. */
	expect(guest_call(g, SYS_fork), -ENOMEM);
	expect(guest_call(g, SYS_munmap, (uint64_t)at, 6 * MIB), 0);
	ck_assert_int_eq(vk->limits.committed, before);
	at = must(map(g, 9 * MIB, PROT_READ));
	expect(guest_call(g, SYS_mprotect, (uint64_t)at, 9 * MIB, PROT_READ | PROT_WRITE), -ENOMEM);
	expect(guest_call(g, SYS_mprotect, (uint64_t)at, 1 * MIB, PROT_READ | PROT_WRITE), 0);
	c = guest_fork(g, &pid);
	ck_assert_int_eq(vk->limits.committed, 2 * (before + MIB));
	expect(guest_call(c, SYS_exit, 0), GUEST_GONE);
	fake_settle();
	ck_assert_int_eq(vk->limits.committed, before + MIB);
	ck_assert_uint_ge(vk->limits.memory_peak, (uint64_t)(before + 6 * MIB));
	ck_assert_msg(strstr(fake_log(), "limit memory=") != NULL, "log: %s", fake_log());
}
END_TEST

START_TEST(processes)
{
	struct guest *g = boot_with(LIMIT_PROCESSES, 3), *c;
	int pid, tid;

	c = guest_fork(g, &pid);
	guest_fork(g, &pid);
	expect(guest_call(g, SYS_fork), -EAGAIN);
	expect(guest_call(c, SYS_vfork), -EAGAIN);
	/* Threads are something else. */
	guest_thread(g, 0, &tid);
	expect(guest_call(c, SYS_exit, 0), GUEST_GONE);
	/* A zombie is still there. */
	expect(guest_call(g, SYS_fork), -EAGAIN);
	expect(guest_call(g, SYS_wait4, 3, 0, 0, 0), 3);
	guest_fork(g, &pid);
}
END_TEST

START_TEST(threads)
{
	struct guest *g = boot_with(LIMIT_THREADS, 3);
	int tid, pid;

	guest_thread(g, 0, &tid);
	guest_fork(g, &pid);
	expect(guest_call(g, SYS_fork), -EAGAIN);
	ck_assert_int_eq(vk->limits.crossed, 1 << LIMIT_THREADS);
}
END_TEST

START_TEST(cpu)
{
	struct guest *g = boot_with(LIMIT_CPU, 2 * NSEC_PER_SEC), *c;
	int pid;

	guest_signal(g, SIGXCPU, 1);
	c = guest_fork(g, &pid);
	guest_cputime(c, NSEC_PER_SEC, NSEC_PER_SEC / 2);
	fake_clock_advance(NSEC_PER_SEC);
	ck_assert_int_eq(vk->limits.crossed, 0);
	/* What a process had counts after its end. */
	expect(guest_call(c, SYS_exit, 0), GUEST_GONE);
	expect(guest_call(g, SYS_wait4, pid, 0, 0, 0), pid);
	guest_cputime(g, NSEC_PER_SEC, 0);
	fake_clock_advance(NSEC_PER_SEC);
	ck_assert_int_eq(vk->limits.crossed, 1 << LIMIT_CPU);
	ck_assert_int_eq(vk->limits.ended_by, -1);
	expect(guest_call(g, SYS_getpid), 2);
	guest_cputime(g, 2 * NSEC_PER_SEC, 0);
	fake_clock_advance(NSEC_PER_SEC);
	ck_assert_int_eq(vk->limits.ended_by, LIMIT_CPU);
	ck_assert_int_eq(fake_exit_status(), SIGKILL);
}
END_TEST

START_TEST(files)
{
	struct guest *g = boot_with(LIMIT_WRITTEN, 10);
	uint64_t text = guest_str(g, "0123456789");
	long fd = must(guest_call(g, SYS_open, guest_str(g, "/tmp/a"), O_CREAT | O_RDWR, 0600));

	expect(guest_call(g, SYS_write, (uint64_t)fd, text, 6), 6);
	expect(guest_call(g, SYS_pwrite64, (uint64_t)fd, text, 6, 0), 4);
	expect(guest_call(g, SYS_write, (uint64_t)fd, text, 6), -EDQUOT);
	vk->limits.max[LIMIT_FILES] = (uint64_t)fd + 1;
	expect(guest_call(g, SYS_dup, 0), -EMFILE);
	expect(guest_call(g, SYS_dup2, 0, (uint64_t)fd + 1), -EBADF);
	ck_assert_int_eq(vk->limits.crossed, 1 << LIMIT_WRITTEN | 1 << LIMIT_FILES);
}
END_TEST

START_TEST(output)
{
	struct guest *g = boot_with(LIMIT_OUTPUT, 7);
	uint64_t text = guest_str(g, "0123456789");

	expect(guest_call(g, SYS_write, 1, text, 5), 5);
	expect(guest_call(g, SYS_write, 2, text, 5), GUEST_GONE);
	ck_assert_int_eq(fake_exit_status(), SIGKILL);
	ck_assert_int_eq(vk->limits.ended_by, LIMIT_OUTPUT);
	ck_assert_str_eq(fake_stdout(1), "01234");
	ck_assert_str_eq(fake_stdout(2), "01");
}
END_TEST

/* --- what watchers are told --- */

static char told[4096];

static void
tell_denied(struct watcher *w, struct thread *t, const struct watch_denial *d)
{
	size_t n = strlen(told);

	(void)w;
	(void)t;
	snprintf(told + n, sizeof(told) - n, "%s %s %d\n", d->rule, d->object != NULL ? d->object : "-", d->err);
}

static void
tell_file(struct watcher *w, struct thread *t, enum watch_use use, const char *path, int err)
{
	static const char *const names[] = { "read", "write", "exec", "missing", "stat", "list", "delete" };
	size_t n = strlen(told);

	(void)w;
	(void)t;
	snprintf(told + n, sizeof(told) - n, "%s %s%s\n", names[use], path, err != 0 && use != USE_MISSING ? " failed" : "");
}

static struct watcher for_denied = { .denied = tell_denied }, for_files = { .file = tell_file };

#define tells(g, text, ...) do {					\
	told[0] = '\0';							\
	(void)guest_call((g), __VA_ARGS__);				\
	ck_assert_str_eq(told, text);					\
} while (0)

START_TEST(refusals)
{
	struct guest *g = fake_boot();

	tells(g, "", SYS_ptrace, 0, 0, 0, 0);
	must(watch_add(vk, &for_denied));
	tells(g, "ptrace - 38\n", SYS_ptrace, 0, 0, 0, 0);
	tells(g, "enosys - 38\n", 5000);
	tells(g, "", SYS_getpid);
	tells(g, "", SYS_open, guest_str(g, "/nothing"), O_RDONLY);
	tells(g, "", SYS_close, 99);
	expect(guest_call(g, SYS_setresuid, 1000, 1000, 1000), 0);
	must(guest_call(g, SYS_chdir, guest_str(g, "/bin")));
	tells(g, "permission /bin/x 13\n", SYS_mkdir, guest_str(g, "x"), 0700);
	tells(g, "permission /bin/prog 1\n", SYS_chmod, guest_str(g, "/bin/prog"), 0700);
	/* A path that cannot be read is nothing to be told. */
	tells(g, "", SYS_mkdir, 8, 0700);
	watch_remove(vk, &for_denied);
	tells(g, "", SYS_mkdir, guest_str(g, "x"), 0700);
}
END_TEST

START_TEST(uses)
{
	struct guest *g = fake_boot();
	uint64_t buf = guest_alloc(g, 512), a = guest_str(g, "/tmp/a"), b = guest_str(g, "/tmp/b");
	long fd;

	must(watch_add(vk, &for_files));
	tells(g, "missing /no/such/name\n", SYS_open, guest_str(g, "/no/such/name"), O_RDONLY);
	tells(g, "missing /bin/no\n", SYS_stat, guest_str(g, "/bin/../bin//no"), buf);
	tells(g, "stat /bin/prog\n", SYS_stat, guest_str(g, "/bin/prog"), buf);
	tells(g, "read /bin/prog\n", SYS_open, guest_str(g, "/bin/prog"), O_RDONLY);
	tells(g, "write /tmp/a\n", SYS_open, a, O_CREAT | O_WRONLY, 0600);
	tells(g, "read /tmp/a\nwrite /tmp/a\n", SYS_open, a, O_RDWR);
	tells(g, "write /tmp/a\n", SYS_open, a, O_RDWR | O_TRUNC);
	tells(g, "delete /tmp/a\nwrite /tmp/b\n", SYS_rename, a, b);
	tells(g, "missing /tmp/a\n", SYS_rename, a, b);
	tells(g, "delete /tmp/b\n", SYS_unlink, b);
	tells(g, "missing /tmp/b\n", SYS_unlink, b);
	tells(g, "write /tmp/a\n", SYS_mkdir, a, 0700);
	tells(g, "write /tmp/b\n", SYS_symlink, a, b);
	must(guest_call(g, SYS_chdir, a));
	tells(g, "write /tmp/a/here\n", SYS_mknod, guest_str(g, "here"), S_IFIFO | 0600, 0);
	fd = must(guest_call(g, SYS_open, guest_str(g, "."), O_RDONLY | O_DIRECTORY));
	tells(g, "list /tmp/a\n", SYS_getdents64, (uint64_t)fd, buf, 512);
	tells(g, "", SYS_getdents64, (uint64_t)fd, buf, 512);
	/* Names are of the whole tree, whatever the root of the process. */
	must(guest_call(g, SYS_chroot, guest_str(g, "/tmp")));
	tells(g, "stat /tmp/a\n", SYS_stat, guest_str(g, "/a"), buf);
	tells(g, "missing /tmp/q\n", SYS_stat, guest_str(g, "/../q"), buf);
	watch_remove(vk, &for_files);
	tells(g, "", SYS_stat, guest_str(g, "/a"), buf);
}
END_TEST

UNIT_MAIN("limit", memory, processes, threads, cpu, files, output, refusals, uses)
