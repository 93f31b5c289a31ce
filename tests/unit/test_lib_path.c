/*
 * test_lib_path.c - names: opening, directories, links, renaming, attributes,
 * in library mode.
 */
#include "lib_unit.h"

#include <dirent.h>
#include <sys/xattr.h>

static struct stat
stat_of(const char *path)
{
	struct stat st;

	expect(vk_sys_lstat(p, path, &st), 0);
	return st;
}

/* --- open --- */

ONE(open_missing, vk_sys_open(p, "/nothing", O_RDONLY, 0), -ENOENT)
ONE(open_empty_name, vk_sys_open(p, "", O_RDONLY, 0), -ENOENT)
ONE(open_null, vk_sys_open(p, NULL, O_RDONLY, 0), -EFAULT)
ONE(open_dir_to_write, vk_sys_open(p, "/tmp", O_WRONLY, 0), -EISDIR)
ONE(open_creates, vk_sys_open(p, "/f", O_CREAT | O_EXCL | O_RDWR, 0600), 0)
ONE(open_in_missing, vk_sys_open(p, "/no/f", O_CREAT | O_RDWR, 0600), -ENOENT)
ONE(openat_bad_dirfd, vk_sys_openat(p, 99, "f", O_RDONLY, 0), -EBADF)
ONE(openat_absolute_ignores_dirfd, vk_sys_openat(p, 99, "/tmp", O_RDONLY, 0), 0)
CASE(open_excl_exists)
{
	mkfile("/f", "x");
	expect(vk_sys_open(p, "/f", O_CREAT | O_EXCL | O_RDWR, 0600), -EEXIST);
}
CASE(open_file_as_directory)
{
	mkfile("/f", "x");
	expect(vk_sys_open(p, "/f", O_DIRECTORY, 0), -ENOTDIR);
	expect(vk_sys_open(p, "/f/g", O_RDONLY, 0), -ENOTDIR);
	expect(vk_sys_open(p, "/f/", O_RDONLY, 0), -ENOTDIR);
}
CASE(open_trunc)
{
	mkfile("/f", "12345");
	must(vk_sys_open(p, "/f", O_WRONLY | O_TRUNC, 0));
	expect(stat_of("/f").st_size, 0);
}
CASE(open_long_component)
{
	char name[300];

	memset(name, 'a', sizeof(name));
	name[0] = '/';
	name[257] = '\0';
	expect(vk_sys_open(p, name, O_RDONLY, 0), -ENAMETOOLONG);
	name[256] = '\0';
	expect(vk_sys_open(p, name, O_RDONLY, 0), -ENOENT);
}
CASE(open_long_path)
{
	static char name[5000];

	memset(name, '/', sizeof(name) - 1);
	expect(vk_sys_open(p, name, O_RDONLY, 0), -ENAMETOOLONG);
	name[4095] = '\0';
	expect(vk_sys_open(p, name, O_RDONLY, 0), 0);
}
CASE(open_nofollow)
{
	expect(vk_sys_symlink(p, "/tmp", "/l"), 0);
	expect(vk_sys_open(p, "/l", O_RDONLY | O_NOFOLLOW, 0), -ELOOP);
	expect(vk_sys_open(p, "/l", O_RDONLY | O_DIRECTORY, 0), 0);
}
CASE(open_path_only)
{
	char c;

	mkfile("/f", "x");
	expect(vk_sys_open(p, "/f", O_PATH, 0), 0);
	expect(vk_sys_read(p, 0, &c, 1), -EBADF);
	expect(vk_sys_fchmod(p, 0, 0600), -EBADF);
}
CASE(open_creates_through_dangling_link)
{
	expect(vk_sys_symlink(p, "/target", "/l"), 0);
	expect(vk_sys_open(p, "/l", O_CREAT | O_EXCL | O_RDWR, 0600), -EEXIST);
	must(vk_sys_open(p, "/l", O_CREAT | O_RDWR, 0600));
	expect(stat_of("/target").st_mode, S_IFREG | 0600);
}
CASE(open_tmpfile)
{
	int fd = (int)must(vk_sys_open(p, "/tmp", O_TMPFILE | O_RDWR, 0600));
	struct stat st;

	expect(vk_sys_fstat(p, fd, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 0);
	expect(vk_sys_linkat(p, AT_FDCWD, "/proc/self/fd/0", AT_FDCWD, "/tmp/f", AT_SYMLINK_FOLLOW), 0);
	ck_assert_uint_eq(stat_of("/tmp/f").st_nlink, 1);
}
CASE(umask_applies)
{
	expect(vk_sys_umask(p, 077), 022);
	mkfile("/f", "");
	expect(stat_of("/f").st_mode & 07777, 0600);
	expect(vk_sys_mkdir(p, "/d", 0777), 0);
	expect(stat_of("/d").st_mode & 07777, 0700);
}

/* --- links --- */

CASE(symlink_loop)
{
	expect(vk_sys_symlink(p, "/b", "/a"), 0);
	expect(vk_sys_symlink(p, "/a", "/b"), 0);
	expect(vk_sys_open(p, "/a", O_RDONLY, 0), -ELOOP);
}
CASE(symlink_relative)
{
	expect(vk_sys_mkdir(p, "/d", 0755), 0);
	mkfile("/f", "here");
	expect(vk_sys_symlink(p, "../f", "/d/l"), 0);
	ck_assert_str_eq(text_of("/d/l"), "here");
}
ONE(symlink_empty_target, vk_sys_symlink(p, "", "/l"), -ENOENT)
ONE(symlink_exists, vk_sys_symlink(p, "x", "/tmp"), -EEXIST)
CASE(readlink_cuts)
{
	char buf[8] = "zzzzzzz";

	expect(vk_sys_symlink(p, "target", "/l"), 0);
	expect(vk_sys_readlink(p, "/l", buf, 3), 3);
	ck_assert_str_eq(buf, "tarzzzz");
	expect(vk_sys_readlink(p, "/tmp", buf, 3), -EINVAL);
	expect(vk_sys_readlink(p, "/l", buf, 0), -EINVAL);
}
CASE(link_counts)
{
	mkfile("/f", "x");
	expect(vk_sys_link(p, "/f", "/g"), 0);
	ck_assert_uint_eq(stat_of("/f").st_nlink, 2);
	ck_assert_uint_eq(stat_of("/f").st_ino, stat_of("/g").st_ino);
	expect(vk_sys_unlink(p, "/f"), 0);
	ck_assert_uint_eq(stat_of("/g").st_nlink, 1);
}
ONE(link_across_mounts, vk_sys_link(p, "/tmp", "/t"), -EXDEV)
CASE(link_directory)
{
	expect(vk_sys_mkdir(p, "/d", 0755), 0);
	expect(vk_sys_link(p, "/d", "/t"), -EPERM);
}
ONE(link_missing, vk_sys_link(p, "/nothing", "/t"), -ENOENT)
ONE(link_bad_flags, vk_sys_linkat(p, AT_FDCWD, "/tmp", AT_FDCWD, "/t", 1), -EINVAL)
CASE(unlink_open_file_lives)
{
	char c;
	int fd;

	mkfile("/f", "x");
	fd = (int)must(vk_sys_open(p, "/f", O_RDWR, 0));
	expect(vk_sys_unlink(p, "/f"), 0);
	expect(vk_sys_open(p, "/f", O_RDONLY, 0), -ENOENT);
	expect(vk_sys_read(p, fd, &c, 1), 1);
}
ONE(unlink_directory, vk_sys_unlink(p, "/tmp"), -EISDIR)
ONE(unlink_missing, vk_sys_unlink(p, "/nothing"), -ENOENT)
ONE(unlinkat_bad_flags, vk_sys_unlinkat(p, AT_FDCWD, "/tmp", 1), -EINVAL)

/* --- directories --- */

ONE(mkdir_exists, vk_sys_mkdir(p, "/tmp", 0755), -EEXIST)
ONE(mkdir_root, vk_sys_mkdir(p, "/", 0755), -EEXIST)
ONE(mkdir_trailing_slash, vk_sys_mkdir(p, "/d/", 0755), 0)
ONE(mkdir_in_missing, vk_sys_mkdir(p, "/no/d", 0755), -ENOENT)
ONE(rmdir_missing, vk_sys_rmdir(p, "/d"), -ENOENT)
ONE(rmdir_root, vk_sys_rmdir(p, "/"), -EBUSY)
CASE(rmdir_file)
{
	mkfile("/f", "");
	expect(vk_sys_rmdir(p, "/f"), -ENOTDIR);
}
CASE(rmdir_full_and_dots)
{
	expect(vk_sys_mkdir(p, "/d", 0755), 0);
	mkfile("/d/f", "");
	expect(vk_sys_rmdir(p, "/d"), -ENOTEMPTY);
	expect(vk_sys_rmdir(p, "/d/."), -EINVAL);
	expect(vk_sys_rmdir(p, "/d/.."), -ENOTEMPTY);
	expect(vk_sys_unlink(p, "/d/f"), 0);
	expect(vk_sys_rmdir(p, "/d"), 0);
}
CASE(removed_cwd)
{
	char buf[64];

	expect(vk_sys_mkdir(p, "/d", 0755), 0);
	expect(vk_sys_chdir(p, "/d"), 0);
	expect(vk_sys_rmdir(p, "/d"), 0);
	expect(vk_sys_open(p, "f", O_CREAT | O_RDWR, 0600), -ENOENT);
	expect(vk_sys_getcwd(p, buf, sizeof(buf)), -ENOENT);
}
CASE(getcwd_sizes)
{
	char buf[16] = "zzzzzzzzzzzzzzz";

	expect(vk_sys_chdir(p, "/tmp"), 0);
	expect(vk_sys_getcwd(p, buf, 4), -ERANGE);
	expect(vk_sys_getcwd(p, buf, 5), 5);
	ck_assert_str_eq(buf, "/tmp");
}
ONE(chdir_missing, vk_sys_chdir(p, "/no"), -ENOENT)
ONE(fchdir_bad, vk_sys_fchdir(p, 7), -EBADF)
CASE(chdir_file)
{
	mkfile("/f", "");
	expect(vk_sys_chdir(p, "/f"), -ENOTDIR);
}
CASE(getdents_all_names)
{
	char buf[4096];
	gaddr_t g = vk_alloc(p, sizeof(buf));
	struct dirent64 *d;
	long n, at;
	int seen = 0, fd;

	expect(vk_sys_mkdir(p, "/d", 0755), 0);
	mkfile("/d/a", "");
	mkfile("/d/b", "");
	fd = (int)must(vk_sys_open(p, "/d", O_RDONLY | O_DIRECTORY, 0));
	while ((n = must(vk_sys_getdents64(p, fd, g, sizeof(buf)))) > 0) {
		get(g, buf);
		for (at = 0; at < n; at += d->d_reclen) {
			d = (struct dirent64 *)(buf + at);
			seen += strcmp(d->d_name, "a") == 0 && d->d_type == DT_REG;
			seen += 10 * (strcmp(d->d_name, "b") == 0);
			seen += 100 * (strcmp(d->d_name, ".") == 0 && d->d_type == DT_DIR);
			seen += 1000 * (strcmp(d->d_name, "..") == 0);
		}
	}
	expect(seen, 1111);
}
CASE(getdents_of_file_and_small)
{
	gaddr_t g = vk_alloc(p, 8);

	mkfile("/f", "");
	expect(vk_sys_open(p, "/f", O_RDONLY, 0), 0);
	expect(vk_sys_getdents64(p, 0, g, 8), -ENOTDIR);
	expect(vk_sys_open(p, "/", O_RDONLY, 0), 1);
	expect(vk_sys_getdents64(p, 1, g, 8), -EINVAL);
}
CASE(chroot_confines)
{
	expect(vk_sys_mkdir(p, "/jail", 0755), 0);
	mkfile("/jail/f", "in");
	expect(vk_sys_chroot(p, "/jail"), 0);
	expect(vk_sys_chdir(p, "/"), 0);
	ck_assert_str_eq(text_of("/../f"), "in");
	expect(vk_sys_open(p, "/tmp", O_RDONLY, 0), -ENOENT);
}
CASE(chroot_of_user)
{
	as_user(p);
	expect(vk_sys_chroot(p, "/tmp"), -EPERM);
}

/* --- rename --- */

CASE(rename_replaces)
{
	mkfile("/a", "A");
	mkfile("/b", "B");
	expect(vk_sys_rename(p, "/a", "/b"), 0);
	ck_assert_str_eq(text_of("/b"), "A");
	expect(vk_sys_open(p, "/a", O_RDONLY, 0), -ENOENT);
}
CASE(rename_same_inode)
{
	mkfile("/a", "A");
	expect(vk_sys_link(p, "/a", "/b"), 0);
	expect(vk_sys_rename(p, "/a", "/b"), 0);
	ck_assert_uint_eq(stat_of("/a").st_nlink, 2);
}
CASE(rename_kinds)
{
	mkfile("/f", "");
	expect(vk_sys_mkdir(p, "/d", 0755), 0);
	expect(vk_sys_rename(p, "/f", "/d"), -EISDIR);
	expect(vk_sys_rename(p, "/d", "/f"), -ENOTDIR);
	mkfile("/d/x", "");
	expect(vk_sys_mkdir(p, "/e", 0755), 0);
	expect(vk_sys_rename(p, "/e", "/d"), -ENOTEMPTY);
	expect(vk_sys_rename(p, "/d", "/e"), 0);
}
CASE(rename_into_itself)
{
	expect(vk_sys_mkdir(p, "/d", 0755), 0);
	expect(vk_sys_mkdir(p, "/d/e", 0755), 0);
	expect(vk_sys_rename(p, "/d", "/d/e/f"), -EINVAL);
	expect(vk_sys_rename(p, "/d/e", "/d"), -ENOTEMPTY);
}
CASE(rename_noreplace)
{
	mkfile("/a", "A");
	mkfile("/b", "B");
	expect(vk_sys_renameat2(p, AT_FDCWD, "/a", AT_FDCWD, "/b", 1), -EEXIST);
	expect(vk_sys_renameat2(p, AT_FDCWD, "/a", AT_FDCWD, "/c", 1), 0);
}
CASE(rename_exchange)
{
	mkfile("/a", "A");
	mkfile("/b", "B");
	expect(vk_sys_renameat2(p, AT_FDCWD, "/a", AT_FDCWD, "/b", 2), 0);
	ck_assert_str_eq(text_of("/a"), "B");
	ck_assert_str_eq(text_of("/b"), "A");
	expect(vk_sys_renameat2(p, AT_FDCWD, "/a", AT_FDCWD, "/no", 2), -ENOENT);
	expect(vk_sys_renameat2(p, AT_FDCWD, "/a", AT_FDCWD, "/b", 3), -EINVAL);
}
ONE(rename_missing, vk_sys_rename(p, "/no", "/n"), -ENOENT)
ONE(rename_over_mount, vk_sys_rename(p, "/tmp", "/t"), -EBUSY)
CASE(rename_across_mounts)
{
	mkfile("/f", "");
	expect(vk_sys_rename(p, "/f", "/dev/shm/f"), -EXDEV);
}

/* --- who may --- */

CASE(user_may_not_write)
{
	mkfile("/f", "x");
	as_user(p);
	expect(vk_sys_open(p, "/f", O_RDONLY, 0), 0);
	expect(vk_sys_open(p, "/f", O_WRONLY, 0), -EACCES);
	expect(vk_sys_unlink(p, "/f"), -EACCES);
	expect(vk_sys_open(p, "/g", O_CREAT | O_RDWR, 0600), -EACCES);
	expect(vk_sys_chmod(p, "/f", 0777), -EPERM);
	expect(vk_sys_truncate(p, "/f", 0), -EACCES);
}
CASE(user_needs_search)
{
	expect(vk_sys_mkdir(p, "/d", 0700), 0);
	mkfile("/d/f", "x");
	as_user(p);
	expect(vk_sys_open(p, "/d/f", O_RDONLY, 0), -EACCES);
	expect(vk_sys_open(p, "/d/no", O_RDONLY, 0), -EACCES);
}
CASE(sticky)
{
	mkfile("/tmp/f", "x");
	as_user(p);
	expect(vk_sys_unlink(p, "/tmp/f"), -EPERM);
	mkfile("/tmp/g", "x");
	expect(vk_sys_unlink(p, "/tmp/g"), 0);
}
CASE(access_uses_real_ids)
{
	mkfile("/f", "x");
	expect(vk_sys_chmod(p, "/f", 0600), 0);
	expect(vk_sys_access(p, "/f", R_OK | W_OK), 0);
	expect(vk_sys_access(p, "/f", X_OK), -EACCES);
	expect(vk_sys_access(p, "/f", 8), -EINVAL);
	expect(vk_sys_setreuid(p, 1000, 0), 0);
	expect(vk_sys_access(p, "/f", R_OK), -EACCES);
	expect(vk_sys_faccessat2(p, AT_FDCWD, "/f", R_OK, AT_EACCESS), 0);
}
CASE(owner_gone_clears_setuid)
{
	mkfile("/f", "x");
	expect(vk_sys_chmod(p, "/f", 06755), 0);
	expect(vk_sys_chown(p, "/f", 1000, 1000), 0);
	expect(stat_of("/f").st_mode & 07777, 0755);
	expect(stat_of("/f").st_uid, 1000);
}
CASE(chown_by_user)
{
	as_user(p);
	mkfile("/tmp/f", "");
	expect(vk_sys_chown(p, "/tmp/f", 0, -1), -EPERM);
	expect(vk_sys_chown(p, "/tmp/f", 1000, 1000), 0);
	expect(vk_sys_chown(p, "/tmp/f", -1, 77), -EPERM);
}
CASE(setgid_directory)
{
	expect(vk_sys_mkdir(p, "/d", 0777), 0);
	expect(vk_sys_chown(p, "/d", 0, 50), 0);
	expect(vk_sys_chmod(p, "/d", 02777), 0);
	mkfile("/d/f", "");
	expect(vk_sys_mkdir(p, "/d/e", 0755), 0);
	expect(stat_of("/d/f").st_gid, 50);
	expect(stat_of("/d/e").st_mode & 07777, 02755);
}

/* --- attributes --- */

CASE(stat_kinds)
{
	expect(stat_of("/").st_mode & S_IFMT, S_IFDIR);
	expect(stat_of("/dev/null").st_mode & S_IFMT, S_IFCHR);
	expect(stat_of("/dev/null").st_rdev, 0x103);
	expect(vk_sys_mknod(p, "/fifo", S_IFIFO | 0644, 0), 0);
	expect(stat_of("/fifo").st_mode & S_IFMT, S_IFIFO);
}
CASE(directory_links)
{
	expect(vk_sys_mkdir(p, "/d", 0755), 0);
	ck_assert_uint_eq(stat_of("/d").st_nlink, 2);
	expect(vk_sys_mkdir(p, "/d/e", 0755), 0);
	ck_assert_uint_eq(stat_of("/d").st_nlink, 3);
}
CASE(utimens_set_and_omit)
{
	struct timespec ts[2] = { { 100, 5 }, { 200, 6 } };

	mkfile("/f", "");
	expect(vk_sys_utimensat(p, AT_FDCWD, "/f", put(ts), 0), 0);
	expect(stat_of("/f").st_mtim.tv_sec, 200);
	expect(stat_of("/f").st_mtim.tv_nsec, 6);
	ts[0].tv_nsec = ts[1].tv_nsec = UTIME_OMIT;
	expect(vk_sys_utimensat(p, AT_FDCWD, "/f", put(ts), 0), 0);
	expect(stat_of("/f").st_atim.tv_sec, 100);
	ts[1].tv_nsec = 1000000000;
	expect(vk_sys_utimensat(p, AT_FDCWD, "/f", put(ts), 0), -EINVAL);
}
CASE(truncate_grows_and_shrinks)
{
	mkfile("/f", "12345");
	expect(vk_sys_truncate(p, "/f", 2), 0);
	ck_assert_str_eq(text_of("/f"), "12");
	expect(vk_sys_truncate(p, "/f", 100000), 0);
	expect(stat_of("/f").st_size, 100000);
	expect(vk_sys_truncate(p, "/f", -1), -EINVAL);
	expect(vk_sys_truncate(p, "/tmp", 0), -EISDIR);
}
CASE(xattr_set_get_list)
{
	char buf[64];

	mkfile("/f", "");
	expect(vk_sys_setxattr(p, "/f", "user.a", "val", 3, 0), 0);
	expect(vk_sys_getxattr(p, "/f", "user.a", buf, sizeof(buf)), 3);
	ck_assert_int_eq(memcmp(buf, "val", 3), 0);
	expect(vk_sys_getxattr(p, "/f", "user.a", buf, 2), -ERANGE);
	expect(vk_sys_getxattr(p, "/f", "user.a", NULL, 0), 3);
	expect(vk_sys_listxattr(p, "/f", buf, sizeof(buf)), 7);
	ck_assert_str_eq(buf, "user.a");
}
CASE(xattr_flags)
{
	mkfile("/f", "");
	expect(vk_sys_setxattr(p, "/f", "user.a", "v", 1, XATTR_REPLACE), -ENODATA);
	expect(vk_sys_setxattr(p, "/f", "user.a", "v", 1, XATTR_CREATE), 0);
	expect(vk_sys_setxattr(p, "/f", "user.a", "v", 1, XATTR_CREATE), -EEXIST);
	expect(vk_sys_removexattr(p, "/f", "user.a"), 0);
	expect(vk_sys_removexattr(p, "/f", "user.a"), -ENODATA);
	expect(vk_sys_setxattr(p, "/f", "nonsense", "v", 1, 0), -EOPNOTSUPP);
}
CASE(statfs_of_tmpfs)
{
	struct statfs s;

	expect(vk_sys_statfs(p, "/dev/shm", &s), 0);
	expect(s.f_type, 0x01021994);
	expect(vk_sys_statfs(p, "/no", &s), -ENOENT);
}

LIB_MAIN("lib_path")
