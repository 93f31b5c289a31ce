/*
 * test_through.c - what is written through to the host (--rw): every change is
 * in the host's tree, every failure of the host is an error and leaks nothing,
 * and what the host changes meanwhile is never taken for what it was.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

static struct guest *g;
static struct vkern_rule rules[3];

static struct guest *
boot_with(unsigned n)
{
	rules[0] = (struct vkern_rule){ .kind = RULE_RW, .src = "/data/w", .dst = "/data/w" };
	fake_host_dir("/data/w", 0755);
	fake_host_file("/data/out", "out", 0644);
	fake_rules(rules, n);
	return fake_boot();
}

static uint64_t
str(const char *s)
{
	return guest_str(g, s);
}

static long
make(const char *path, const char *text)
{
	long fd = guest_call(g, SYS_open, str(path), O_WRONLY | O_CREAT | O_EXCL, 0400), r;

	if (fd < 0)
		return fd;
	r = guest_call(g, SYS_write, fd, str(text), strlen(text));
	expect(guest_call(g, SYS_close, fd), 0);
	return r < 0 ? r : 0;
}

static const char *
read_file(const char *path)
{
	static char text[256];
	uint64_t buf = guest_alloc(g, sizeof(text));
	long fd = guest_call(g, SYS_open, str(path), O_RDONLY), n;

	if (fd < 0) {
		snprintf(text, sizeof(text), "error %ld", -fd);
		return text;
	}
	n = must(guest_call(g, SYS_read, fd, buf, sizeof(text) - 1));
	guest_get(g, buf, text, (size_t)n);
	text[n] = '\0';
	expect(guest_call(g, SYS_close, fd), 0);
	return text;
}

/* What the host itself has, by the calls of host.h; its mode, or -errno. */
static long
host_has(const char *a, const char *b, const char *c, char *text, size_t n)
{
	const char *const names[] = { a, b, c };
	struct stat st;
	hfd_t fd, next;
	ssize_t r = 0;
	size_t i;
	int err;

	err = host_open_root(&fd);
	for (i = 0; i < 3 && err == 0 && names[i] != NULL; i++) {
		err = host_openat(fd, names[i], O_PATH, &next);
		host_close(fd);
		fd = next;
	}
	if (err != 0)
		return err;
	err = host_stat(fd, "", &st);
	if (err == 0 && text != NULL && host_reopen(fd, O_RDONLY, &next) == 0) {
		r = host_pread(next, text, n - 1, 0);
		text[r > 0 ? r : 0] = '\0';
		host_close(next);
	}
	host_close(fd);
	return err != 0 ? err : (long)st.st_mode;
}

START_TEST(changes)
{
	char text[64];
	long fd;

	g = boot_with(1);
	expect(make("/data/w/f", "hello"), 0);
	expect(host_has("data", "w", "f", text, sizeof(text)), S_IFREG | 0400);
	ck_assert_str_eq(text, "hello");
	fd = must(guest_call(g, SYS_open, str("/data/w/f"), O_RDWR | O_APPEND));
	expect(guest_call(g, SYS_write, fd, str(" you"), 4), 4);
	expect(guest_call(g, SYS_lseek, fd, 0, SEEK_CUR), 9);
	expect(guest_call(g, SYS_rename, str("/data/w/f"), str("/data/w/h")), 0);
	expect(guest_call(g, SYS_mkdir, str("/data/w/d"), 0777), 0);
	expect(guest_call(g, SYS_link, str("/data/w/h"), str("/data/w/d/l")), 0);
	expect(guest_call(g, SYS_unlink, str("/data/w/h")), 0);
	expect(guest_call(g, SYS_ftruncate, fd, 7), 0);
	ck_assert_str_eq(read_file("/data/w/d/l"), "hello y");
	expect(guest_call(g, SYS_unlink, str("/data/w/d/l")), 0);
	expect(guest_call(g, SYS_pwrite64, fd, str("H"), 1, 0), 1);
	expect(guest_call(g, SYS_close, fd), 0);
	expect(host_has("data", "w", "f", NULL, 0), -ENOENT);
	expect(host_has("data", "w", "h", NULL, 0), -ENOENT);
	expect(guest_call(g, SYS_rmdir, str("/data/w/d")), 0);
	expect(host_has("data", "w", "d", NULL, 0), -ENOENT);
	expect(guest_call(g, SYS_symlink, str("../out"), str("/data/w/s")), 0);
	ck_assert_str_eq(read_file("/data/w/s"), "out");
	expect(make("/data/other", "x"), 0);
	expect(host_has("data", "other", NULL, NULL, 0), -ENOENT);
}
END_TEST

START_TEST(refusals)
{
	rules[1] = (struct vkern_rule){ .kind = RULE_HIDE, .dst = "/data/w/key" };
	rules[2] = (struct vkern_rule){ .kind = RULE_HIDE_HOST, .dst = "/data/none" };
	fake_host_file("/data/w/key", "key", 0644);
	fake_host_hardlink("/data/w/key2", "/data/w/key");
	fake_host_file("/data/w/f", "f", 04755);
	g = boot_with(3);
	ck_assert_str_eq(read_file("/data/w/key"), "error 2");
	ck_assert_str_eq(read_file("/data/w/key2"), "error 2");
	expect(make("/data/w/key", "x"), -EACCES);
	expect(guest_call(g, SYS_rename, str("/data/w/f"), str("/data/w/key2")), -EACCES);
	expect(guest_call(g, SYS_link, str("/data/w/key2"), str("/data/w/k")), -ENOENT);
	expect(guest_call(g, SYS_link, str("/data/out"), str("/data/w/k")), -EXDEV);
	expect(guest_call(g, SYS_rename, str("/data/out"), str("/data/w/k")), -EXDEV);
	expect(guest_call(g, SYS_mknod, str("/data/w/n"), S_IFCHR | 0666, 0x103), -EPERM);
	expect(guest_call(g, SYS_chmod, str("/data/w/f"), 02755), -EPERM);
	expect(guest_call(g, SYS_chmod, str("/data/w/f"), 0700), 0);
	expect(guest_call(g, SYS_setxattr, str("/data/w/f"), str("security.x"), str("v"), 1, 0), -EOPNOTSUPP);
	expect(guest_call(g, SYS_setxattr, str("/data/w/f"), str("user.x"), str("v"), 1, 0), 0);
	expect(host_has("data", "w", "f", NULL, 0), S_IFREG | 0700);
}
END_TEST

START_TEST(the_host_changes)
{
	char text[64];
	long fd;

	fake_host_file("/data/w/f", "one", 0644);
	fake_host_file("/data/w/d/f", "deep", 0644);
	g = boot_with(1);
	ck_assert_str_eq(read_file("/data/w/f"), "one");
	fd = must(guest_call(g, SYS_open, str("/data/w/f"), O_RDWR));
	ck_assert_str_eq(read_file("/data/w/d/f"), "deep");
	fake_host_remove("/data/w/f");
	fake_host_file("/data/w/f", "two", 0644);
	ck_assert_str_eq(read_file("/data/w/f"), "two");
	expect(guest_call(g, SYS_pwrite64, fd, str("O"), 1, 0), 1);
	expect(guest_call(g, SYS_ftruncate, fd, 1), 0);
	expect(guest_call(g, SYS_close, fd), 0);
	ck_assert_str_eq(read_file("/data/w/f"), "two");
	/* A directory that has become a link: not followed on our behalf. */
	fake_host_remove("/data/w/d");
	fake_host_symlink("/data/w/d", "/data");
	fake_clock_advance(NSEC_PER_SEC);
	ck_assert_str_eq(read_file("/data/w/d/f"), "error 2");
	expect(make("/data/w/d/new", "x"), 0);
	expect(host_has("data", "new", NULL, NULL, 0), -ENOENT);
	fake_host_remove("/data/w/f");
	expect(guest_call(g, SYS_unlink, str("/data/w/f")), -ENOENT);
	expect(guest_call(g, SYS_chmod, str("/data/w/f"), 0600), -ENOENT);
	expect(host_has("data", "out", NULL, text, sizeof(text)), S_IFREG | 0644);
	ck_assert_str_eq(text, "out");
}
END_TEST

/* Many calls of which every host call fails once. */
static bool
busy(int n)
{
	char name[32];
	long fd;

	snprintf(name, sizeof(name), "/data/w/f%d", n);
	fake_fail_nth(n, EIO);
	(void)make(name, "text");
	fd = guest_call(g, SYS_open, str("/data/w/old"), O_RDWR | O_APPEND);
	(void)guest_call(g, SYS_write, fd, str("x"), 1);
	(void)guest_call(g, SYS_fstat, fd, guest_alloc(g, sizeof(struct stat)));
	(void)guest_call(g, SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)guest_call(g, SYS_close, fd);
	(void)guest_call(g, SYS_chmod, str("/data/w/old"), 0600);
	(void)guest_call(g, SYS_truncate, str("/data/w/old"), 2);
	(void)guest_call(g, SYS_link, str("/data/w/old"), str("/data/w/l"));
	(void)guest_call(g, SYS_mkdir, str("/data/w/d"), 0700);
	(void)guest_call(g, SYS_rename, str("/data/w/l"), str("/data/w/d/m"));
	(void)guest_call(g, SYS_rename, str("/data/w/d"), str("/data/w/e"));
	(void)guest_call(g, SYS_symlink, str("x"), str("/data/w/e/s"));
	(void)guest_call(g, SYS_unlink, str("/data/w/e/s"));
	(void)guest_call(g, SYS_unlink, str("/data/w/e/m"));
	(void)guest_call(g, SYS_rmdir, str("/data/w/e"));
	return fake_fail_happened();
}

START_TEST(host_fails)
{
	int n;

	fake_host_file("/data/w/old", "old", 0644);
	g = boot_with(1);
	for (n = 1; busy(n); n++)
		;
	fake_fail_nth(0, 0);
	ck_assert_int_gt(n, 40);
	ck_assert_str_eq(read_file("/data/out"), "out");
	expect(make("/data/w/last", "x"), 0);
}
END_TEST

/* More files than descriptors are kept for, made and never opened. */
START_TEST(made_not_opened)
{
	char name[32];
	int i, before;

	g = boot_with(1);
	before = fake_open_fds();
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "/data/w/n%d", i);
		expect(guest_call(g, SYS_mknod, str(name), S_IFREG | 0600, 0), 0);
	}
	ck_assert_int_lt(fake_open_fds(), before + 40);
	expect(make("/data/w/f", "x"), 0);
}
END_TEST

/* The root directory of the guest is one of the host's. */
START_TEST(other_root)
{
	size_t n;
	const void *elf = fake_elf(&n);

	rules[0] = (struct vkern_rule){ .kind = RULE_ROOT, .src = "/r", .dst = "/r" };
	fake_host_data("/r/bin/prog", elf, n, 0755);
	fake_host_file("/r/f", "in", 0644);
	fake_host_file("/f", "out", 0644);
	fake_rules(rules, 1);
	g = fake_boot();
	ck_assert_str_eq(read_file("/f"), "in");
	ck_assert_str_eq(read_file("/../../f"), "in");
	ck_assert_str_eq(read_file("/r/f"), "error 2");
	expect(make("/new", "x"), 0);
	expect(host_has("r", "new", NULL, NULL, 0), -ENOENT);
	ck_assert_int_gt(must(guest_call(g, SYS_open, str("/proc/self/status"), O_RDONLY)), -1);
}
END_TEST

UNIT_MAIN("through", changes, refusals, the_host_changes, host_fails, made_not_opened, other_root)
