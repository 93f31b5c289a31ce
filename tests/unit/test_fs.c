/*
 * test_fs.c - names: walking, links, the overlay over the host's tree,
 * permissions.
 */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static struct guest *g;

static uint64_t
str(const char *s)
{
	return guest_str(g, s);
}

static long
try_open(const char *path, int flags)
{
	long fd = guest_call(g, SYS_open, str(path), flags, 0644);

	if (fd >= 0)
		expect(guest_call(g, SYS_close, fd), 0);
	return fd < 0 ? fd : 0;
}

static long
try_stat(const char *path, struct stat *st)
{
	uint64_t at = guest_alloc(g, sizeof(*st));
	long r = guest_call(g, SYS_lstat, str(path), at);

	if (r == 0)
		guest_get(g, at, st, sizeof(*st));
	return r;
}

static void
write_file(const char *path, const char *text)
{
	long fd = must(guest_call(g, SYS_open, str(path), O_WRONLY | O_CREAT | O_TRUNC, 0644));

	expect(guest_call(g, SYS_write, fd, str(text), strlen(text)), strlen(text));
	expect(guest_call(g, SYS_close, fd), 0);
}

/* The file's text, or its error as text. */
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

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted, with blanks between; no "." and "..". */
static const char *
list(const char *path)
{
	static char text[4096], raw[8192];
	char *names[256];
	int n = 0, i;
	uint64_t buf = guest_alloc(g, sizeof(raw));
	long fd = must(guest_call(g, SYS_open, str(path), O_RDONLY | O_DIRECTORY)), r, at, len = 0;

	while ((r = must(guest_call(g, SYS_getdents64, fd, buf, 512))) > 0) {
		guest_get(g, buf, raw + len, (size_t)r);
		for (at = len; at < len + r; at += *(uint16_t *)(raw + at + 16))
			if (strcmp(raw + at + 19, ".") != 0 && strcmp(raw + at + 19, "..") != 0)
				names[n++] = raw + at + 19;
		len += r;
	}
	qsort(names, (size_t)n, sizeof(names[0]), by_name);
	for (text[0] = '\0', i = 0; i < n; i++)
		sprintf(text + strlen(text), "%s%s", i > 0 ? " " : "", names[i]);
	expect(guest_call(g, SYS_close, fd), 0);
	return text;
}

/* --- walking --- */

START_TEST(lookup)
{
	static const struct { const char *path; int flags; long want; } t[] = {
		{ "/etc/passwd", 0, 0 }, { "etc/passwd", 0, 0 }, { "//etc///passwd", 0, 0 },
		{ "/etc/./passwd", 0, 0 }, { "/etc/../etc/passwd", 0, 0 }, { "/../../etc/passwd", 0, 0 },
		{ "/etc/none/../passwd", 0, -ENOENT }, { "/etc/passwd/", 0, -ENOTDIR },
		{ "/etc/passwd/.", 0, -ENOTDIR }, { "/etc/passwd/..", 0, -ENOTDIR },
		{ "/etc/passwd/x", 0, -ENOTDIR }, { "/none", 0, -ENOENT }, { "", 0, -ENOENT },
		{ "/etc/", 0, 0 }, { "/etc", O_DIRECTORY, 0 }, { "/etc/passwd", O_DIRECTORY, -ENOTDIR },
		{ "/none/", O_CREAT, -EISDIR }, { "/tmp/new/", O_CREAT, -EISDIR }, { "/", O_CREAT, -EISDIR },
		{ "/etc/passwd", O_CREAT | O_EXCL, -EEXIST }, { "/none/x", O_CREAT, -ENOENT },
		{ "/.", 0, 0 }, { "/..", 0, 0 }, { ".", 0, 0 },
	};
	size_t i;
	long r;

	g = fake_boot();
	for (i = 0; i < nitems(t); i++) {
		r = try_open(t[i].path, t[i].flags);
		ck_assert_msg(r == t[i].want, "\"%s\": %ld", t[i].path, r);
	}
}
END_TEST

START_TEST(long_names)
{
	char name[6000];

	g = fake_boot();
	memset(name, 'x', sizeof(name));
	memcpy(name, "/tmp/", 5);
	name[5 + 255] = '\0';
	expect(try_open(name, O_CREAT), 0);
	name[5 + 255] = 'x';
	name[5 + 256] = '\0';
	expect(try_open(name, O_CREAT), -ENAMETOOLONG);
	/* 4095 bytes and the NUL. */
	memset(name, '/', sizeof(name));
	name[4095] = '\0';
	expect(try_open(name, 0), 0);
	name[4095] = '/';
	name[4096] = '\0';
	expect(try_open(name, 0), -ENAMETOOLONG);
}
END_TEST

START_TEST(symlinks)
{
	char path[32], target[32];
	int i;

	fake_host_symlink("/abs", "/etc/passwd");
	fake_host_symlink("/rel", "etc/passwd");
	fake_host_symlink("/etc/up", "../etc/passwd");
	fake_host_symlink("/dirlink", "etc");
	fake_host_symlink("/loop1", "loop2");
	fake_host_symlink("/loop2", "loop1");
	fake_host_symlink("/self", "self");
	fake_host_symlink("/dangling", "/tmp/later");
	fake_host_symlink("/slash", "etc/passwd/");
	fake_host_symlink("/l0", "etc/passwd");
	for (i = 1; i <= 45; i++) {
		snprintf(path, sizeof(path), "/l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		fake_host_symlink(path, target);
	}
	g = fake_boot();
	expect(try_open("/abs", 0), 0);
	expect(try_open("/rel", 0), 0);
	expect(try_open("/etc/up", 0), 0);
	expect(try_open("/dirlink/passwd", 0), 0);
	expect(try_open("/dirlink/../etc/up", 0), 0);
	expect(try_open("/abs", O_NOFOLLOW), -ELOOP);
	expect(try_open("/dirlink/", O_NOFOLLOW), 0);
	expect(try_open("/loop1", 0), -ELOOP);
	expect(try_open("/self/x", 0), -ELOOP);
	expect(try_open("/slash", 0), -ENOTDIR);
	expect(try_open("/l39", 0), 0);		/* 40 links */
	expect(try_open("/l40", 0), -ELOOP);
	expect(try_open("/dangling", 0), -ENOENT);
	expect(try_open("/dangling", O_CREAT | O_EXCL), -EEXIST);
	expect(try_open("/dangling", O_CREAT), 0);
	expect(try_open("/tmp/later", 0), 0);
	expect(guest_call(g, SYS_readlink, str("/abs"), guest_alloc(g, 64), 64), 11);
	expect(guest_call(g, SYS_readlink, str("/abs"), guest_alloc(g, 64), 3), 3);
	expect(guest_call(g, SYS_readlink, str("/etc"), guest_alloc(g, 64), 64), -EINVAL);
	expect(guest_call(g, SYS_readlink, str("/abs"), guest_alloc(g, 64), 0), -EINVAL);
}
END_TEST

/* --- the overlay --- */

START_TEST(copy_up)
{
	struct stat before, after;

	fake_host_file("/data/f", "lower", 0640);
	fake_host_owner("/data/f", 7, 8);
	g = fake_boot();
	expect(try_stat("/data/f", &before), 0);
	ck_assert_str_eq(read_file("/data/f"), "lower");
	write_file("/data/f", "upper!");
	ck_assert_str_eq(read_file("/data/f"), "upper!");
	expect(try_stat("/data/f", &after), 0);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	ck_assert_uint_eq(after.st_uid, 7);
	ck_assert_uint_eq(after.st_gid, 8);
	ck_assert_int_eq(after.st_size, 6);
}
END_TEST

/* A descriptor opened before sees what is written later. */
START_TEST(copy_up_under_readers)
{
	uint64_t buf;
	long fd;

	fake_host_file("/data/f", "lower", 0644);
	g = fake_boot();
	buf = guest_alloc(g, 8);
	fd = must(guest_call(g, SYS_open, str("/data/f"), O_RDONLY));
	write_file("/data/f", "UPPER");
	expect(guest_call(g, SYS_pread64, fd, buf, 5, 0), 5);
	ck_assert_uint_eq(guest_u32(g, buf), 0x45505055);
}
END_TEST

START_TEST(whiteouts)
{
	struct stat st;

	fake_host_file("/data/a", "a", 0644);
	fake_host_file("/data/b", "b", 0644);
	fake_host_file("/data/d/x", "x", 0644);
	g = fake_boot();
	ck_assert_str_eq(list("/data"), "a b d");
	expect(guest_call(g, SYS_unlink, str("/data/a")), 0);
	expect(try_open("/data/a", 0), -ENOENT);
	expect(guest_call(g, SYS_unlink, str("/data/a")), -ENOENT);
	ck_assert_str_eq(list("/data"), "b d");
	expect(guest_call(g, SYS_rmdir, str("/data/d")), -ENOTEMPTY);
	expect(guest_call(g, SYS_unlink, str("/data/d")), -EISDIR);
	expect(guest_call(g, SYS_rmdir, str("/data/b")), -ENOTDIR);
	expect(guest_call(g, SYS_unlink, str("/data/d/x")), 0);
	expect(guest_call(g, SYS_rmdir, str("/data/d")), 0);
	ck_assert_str_eq(list("/data"), "b");
	/* A new directory of that name is empty: opaque. */
	expect(guest_call(g, SYS_mkdir, str("/data/d"), 0755), 0);
	ck_assert_str_eq(list("/data/d"), "");
	expect(try_open("/data/d/x", 0), -ENOENT);
	write_file("/data/a", "new");
	ck_assert_str_eq(read_file("/data/a"), "new");
	ck_assert_str_eq(list("/data"), "a b d");
	expect(try_stat("/data/d", &st), 0);
	ck_assert_uint_eq(st.st_nlink, 2);
}
END_TEST

START_TEST(readdir_merges)
{
	char path[32];
	int i;

	for (i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "/data/%02d", i);
		fake_host_file(path, "x", 0644);
	}
	g = fake_boot();
	for (i = 0; i < 40; i += 2) {
		snprintf(path, sizeof(path), "/data/%02d", i);
		expect(guest_call(g, SYS_unlink, str(path)), 0);
		snprintf(path, sizeof(path), "/data/n%02d", i);
		write_file(path, "");
	}
	for (i = 1; i < 40; i += 4) {
		snprintf(path, sizeof(path), "/data/%02d", i);
		write_file(path, "changed");
	}
	ck_assert_str_eq(list("/data"), "01 03 05 07 09 11 13 15 17 19 21 23 25 27 29 31 33 35 37 39 "
	    "n00 n02 n04 n06 n08 n10 n12 n14 n16 n18 n20 n22 n24 n26 n28 n30 n32 n34 n36 n38");
}
END_TEST

START_TEST(renames)
{
	fake_host_file("/data/d/e/f", "deep", 0644);
	fake_host_file("/data/x", "x", 0644);
	fake_host_file("/data/y", "y", 0644);
	g = fake_boot();
	/* A lower directory with all that is in it. */
	expect(guest_call(g, SYS_rename, str("/data/d"), str("/data/moved")), 0);
	ck_assert_str_eq(list("/data"), "moved x y");
	ck_assert_str_eq(read_file("/data/moved/e/f"), "deep");
	expect(try_open("/data/d/e/f", 0), -ENOENT);
	expect(guest_call(g, SYS_mkdir, str("/data/d"), 0755), 0);
	ck_assert_str_eq(list("/data/d"), "");
	write_file("/data/moved/e/f", "changed");
	expect(guest_call(g, SYS_rename, str("/data/moved/e"), str("/data/d/e")), 0);
	ck_assert_str_eq(read_file("/data/d/e/f"), "changed");
	ck_assert_str_eq(list("/data/moved"), "");
	/* Over a file, with flags, into itself. */
	expect(guest_call(g, SYS_rename, str("/data/x"), str("/data/y")), 0);
	ck_assert_str_eq(read_file("/data/y"), "x");
	write_file("/data/z", "z");
	expect(guest_call(g, SYS_renameat2, AT_FDCWD, str("/data/z"), AT_FDCWD, str("/data/y"), 1), -EEXIST);
	expect(guest_call(g, SYS_renameat2, AT_FDCWD, str("/data/z"), AT_FDCWD, str("/data/y"), 2), 0);
	ck_assert_str_eq(read_file("/data/y"), "z");
	ck_assert_str_eq(read_file("/data/z"), "x");
	expect(guest_call(g, SYS_rename, str("/data/d"), str("/data/d/e/g")), -EINVAL);
	expect(guest_call(g, SYS_rename, str("/data/y"), str("/data/d")), -EISDIR);
	expect(guest_call(g, SYS_rename, str("/data/moved"), str("/data/y")), -ENOTDIR);
	expect(guest_call(g, SYS_rename, str("/data/moved"), str("/data/d")), -ENOTEMPTY);
	expect(guest_call(g, SYS_rename, str("/data/y"), str("/tmp/y")), -EXDEV);
	expect(guest_call(g, SYS_rename, str("/data/."), str("/data/k")), -EBUSY);
}
END_TEST

START_TEST(hard_links)
{
	struct stat a, b;

	fake_host_file("/data/a", "one", 0644);
	fake_host_hardlink("/data/b", "/data/a");
	g = fake_boot();
	/* Two lower names of one file stay one after a write. */
	expect(try_stat("/data/a", &a), 0);
	expect(try_stat("/data/b", &b), 0);
	ck_assert_uint_eq(a.st_ino, b.st_ino);
	ck_assert_uint_eq(a.st_nlink, 2);
	write_file("/data/a", "two");
	ck_assert_str_eq(read_file("/data/b"), "two");
	/* And a new one. */
	expect(guest_call(g, SYS_link, str("/data/a"), str("/data/c")), 0);
	expect(try_stat("/data/c", &b), 0);
	ck_assert_uint_eq(b.st_ino, a.st_ino);
	ck_assert_uint_eq(b.st_nlink, 3);
	expect(guest_call(g, SYS_unlink, str("/data/a")), 0);
	write_file("/data/c", "three");
	ck_assert_str_eq(read_file("/data/b"), "three");
	expect(guest_call(g, SYS_link, str("/data"), str("/data/d")), -EPERM);
	expect(guest_call(g, SYS_link, str("/data/b"), str("/data/c")), -EEXIST);
	expect(guest_call(g, SYS_link, str("/data/b"), str("/tmp/b")), -EXDEV);
}
END_TEST

START_TEST(unlinked_but_open)
{
	uint64_t buf;
	struct stat st;
	long fd;

	fake_host_file("/data/f", "lower", 0644);
	g = fake_boot();
	buf = guest_alloc(g, 256);
	fd = must(guest_call(g, SYS_open, str("/data/f"), O_RDWR));
	expect(guest_call(g, SYS_unlink, str("/data/f")), 0);
	expect(guest_call(g, SYS_pread64, fd, buf, 5, 0), 5);
	expect(guest_call(g, SYS_pwrite64, fd, str("LOW"), 3, 0), 3);
	expect(guest_call(g, SYS_fstat, fd, buf), 0);
	guest_get(g, buf, &st, sizeof(st));
	ck_assert_uint_eq(st.st_nlink, 0);
	write_file("/data/f", "other");
	expect(guest_call(g, SYS_pread64, fd, buf, 4, 0), 4);
	ck_assert_uint_eq(guest_u32(g, buf), 0x65574f4c);
}
END_TEST

START_TEST(working_directory)
{
	uint64_t buf;
	char text[64];

	fake_host_file("/data/d/f", "x", 0644);
	g = fake_boot();
	buf = guest_alloc(g, 64);
	expect(guest_call(g, SYS_chdir, str("/data/d")), 0);
	expect(guest_call(g, SYS_getcwd, buf, 64), 8);
	guest_get(g, buf, text, 8);
	ck_assert_str_eq(text, "/data/d");
	expect(guest_call(g, SYS_getcwd, buf, 7), -ERANGE);
	expect(guest_call(g, SYS_rename, str("/data/d"), str("/data/new")), 0);
	expect(guest_call(g, SYS_getcwd, buf, 64), 10);
	expect(try_open("f", 0), 0);
	expect(guest_call(g, SYS_unlink, str("f")), 0);
	expect(guest_call(g, SYS_rmdir, str("/data/new")), 0);
	expect(guest_call(g, SYS_getcwd, buf, 64), -ENOENT);
	expect(try_open("f", O_CREAT), -ENOENT);
	expect(try_open("..", 0), 0);
	expect(guest_call(g, SYS_chdir, str("/etc/passwd")), -ENOTDIR);
}
END_TEST

/* --- permissions --- */

static void
become(uint32_t uid, uint32_t gid)
{
	expect(guest_call(g, SYS_setgroups, 0, 0), 0);
	expect(guest_call(g, SYS_setresgid, gid, gid, gid), 0);
	expect(guest_call(g, SYS_setresuid, uid, uid, uid), 0);
}

/* Every mode of a file that belongs to 1000:100, for owner, group, others and
 * root: what may be opened is what its three bits say. */
START_TEST(permission_matrix)
{
	static const struct { uint32_t uid, gid; int shift; } who[] = {
		{ 1000, 100, 6 }, { 1001, 100, 3 }, { 1001, 101, 0 },
	};
	struct guest *root;
	char path[32];
	unsigned mode, i, bits;

	for (mode = 0; mode < 01000; mode += 011) {
		snprintf(path, sizeof(path), "/data/%03o", mode);
		fake_host_file(path, "x", mode);
		fake_host_owner(path, 1000, 100);
	}
	root = fake_boot();
	for (i = 0; i < nitems(who); i++) {
		g = guest_fork(root, NULL);
		become(who[i].uid, who[i].gid);
		for (mode = 0; mode < 01000; mode += 011) {
			snprintf(path, sizeof(path), "/data/%03o", mode);
			bits = mode >> who[i].shift & 7;
			expect(try_open(path, O_RDONLY), (bits & 4) != 0 ? 0 : -EACCES);
			expect(try_open(path, O_WRONLY), (bits & 2) != 0 ? 0 : -EACCES);
			expect(guest_call(g, SYS_access, str(path), 1), (bits & 1) != 0 ? 0 : -EACCES);
		}
	}
	g = root;
	expect(try_open("/data/000", O_RDWR), 0);
	expect(guest_call(g, SYS_access, str("/data/000"), 1), -EACCES);
}
END_TEST

START_TEST(directory_permissions)
{
	fake_host_file("/data/noexec/f", "x", 0666);
	fake_host_dir("/data/noexec", 0666);
	fake_host_file("/data/nowrite/f", "x", 0666);
	fake_host_dir("/data/sticky", 01777);
	fake_host_file("/data/sticky/f", "x", 0666);
	g = fake_boot();
	become(1000, 1000);
	expect(try_open("/data/noexec/f", 0), -EACCES);
	expect(try_open("/data/nowrite/f", O_RDWR), 0);
	expect(try_open("/data/nowrite/g", O_CREAT), -EACCES);
	expect(guest_call(g, SYS_unlink, str("/data/nowrite/f")), -EACCES);
	expect(guest_call(g, SYS_unlink, str("/data/sticky/f")), -EPERM);
	expect(guest_call(g, SYS_rename, str("/data/sticky/f"), str("/data/sticky/g")), -EPERM);
	expect(try_open("/data/sticky/mine", O_CREAT), 0);
	expect(guest_call(g, SYS_unlink, str("/data/sticky/mine")), 0);
	expect(guest_call(g, SYS_chmod, str("/data/sticky/f"), 0600), -EPERM);
	expect(guest_call(g, SYS_chown, str("/data/sticky/f"), 1000, 1000), -EPERM);
}
END_TEST

START_TEST(modes_and_umask)
{
	struct stat st;

	g = fake_boot();
	expect(guest_call(g, SYS_umask, 027), 022);
	write_file("/tmp/f", "x");
	expect(try_stat("/tmp/f", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0640);
	expect(guest_call(g, SYS_mkdir, str("/tmp/d"), 01777), 0);
	expect(try_stat("/tmp/d", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 01750);
	/* A setgid directory gives its group, and itself to directories. */
	expect(guest_call(g, SYS_chown, str("/tmp/d"), -1, 55), 0);
	expect(guest_call(g, SYS_chmod, str("/tmp/d"), 02777), 0);
	write_file("/tmp/d/f", "");
	expect(guest_call(g, SYS_mkdir, str("/tmp/d/d"), 0777), 0);
	expect(try_stat("/tmp/d/f", &st), 0);
	ck_assert_uint_eq(st.st_gid, 55);
	expect(try_stat("/tmp/d/d", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 02750);
	/* A write takes set-id bits off. */
	expect(guest_call(g, SYS_chmod, str("/tmp/f"), 06755), 0);
	g = guest_fork(g, NULL);
	expect(guest_call(g, SYS_chown, str("/tmp/f"), 1000, 1000), 0);
	expect(try_stat("/tmp/f", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0755);
}
END_TEST

/* Every host call of an open and a copy-up fails once: an errno, no leak. */
START_TEST(host_fails)
{
	int n;
	long r;

	fake_host_file("/data/d/f", "text", 0644);
	g = fake_boot();
	for (n = 1;; n++) {
		fake_fail_nth(n, EIO);
		r = guest_call(g, SYS_open, str("/data/d/f"), O_RDWR | O_APPEND);
		if (r >= 0) {
			(void)guest_call(g, SYS_write, r, str("more"), 4);
			expect(guest_call(g, SYS_close, r), 0);
		}
		if (!fake_fail_happened())
			break;
		ck_assert_msg(r >= 0 || r == -EIO || r == -ENOSPC || r == -ENOENT, "call %d: %ld", n, r);
	}
	fake_fail_nth(0, 0);
	expect(try_open("/data/d/f", O_RDWR), 0);
	ck_assert_int_gt(n, 2);
	ck_assert_ptr_eq(strstr(read_file("/data/d/f"), "text"), read_file("/data/d/f"));
}
END_TEST

UNIT_MAIN("fs", lookup, long_names, symlinks, copy_up, copy_up_under_readers, whiteouts, readdir_merges,
    renames, hard_links, unlinked_but_open, working_directory, permission_matrix,
    directory_permissions, modes_and_umask, host_fails)
