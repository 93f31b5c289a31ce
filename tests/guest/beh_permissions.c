/* What ids and groups allow: owner, group and others, directories, sticky, supplementary groups, access with real ids, chown, signals aside. As root, in children. */
#include "vkproc.h"

static void as(const char *what, uid_t u, gid_t g, gid_t extra, void (*fn)(void))
{
	IN_CHILD(what) {
		MUST(syscall(SYS_setgroups, extra ? 1L : 0L, &extra));
		MUST(syscall(SYS_setresgid, g, g, g));
		MUST(syscall(SYS_setresuid, u, u, u));
		fn();
	}
}

static const char *rwx(const char *path)
{
	static char b[4];
	b[0] = open(path, O_RDONLY) >= 0 ? 'r' : '-';
	b[1] = open(path, O_WRONLY) >= 0 ? 'w' : '-';
	b[2] = access(path, X_OK) == 0 ? 'x' : '-';
	return b;
}

static void files(void)
{
	static const char *const f[] = {"f700", "f070", "f007", "f644", "f060", "f404", "f111"};
	for (size_t i = 0; i < T_COUNT(f); i++)
		printf(" %s", rwx(f[i]));
	printf("\n");
}

static void dirs(void)
{
	SHOW(access("dx/file", F_OK));
	SHOW(open("dx", O_RDONLY) >= 0 ? 0 : -1);
	SHOW(open("dr/file", O_RDONLY) >= 0 ? 0 : -1);
	SHOW(open("dr", O_RDONLY) >= 0 ? 0 : -1);
	SHOW(open("drx/new", O_CREAT | O_WRONLY, 0644) >= 0 ? 0 : -1);
	SHOW(unlink("drx/file"));
	SHOW(mkdir("dw/x", 0755));
	SHOW(chdir("dr"));
}

static void sticky(void)
{
	SHOW(unlink("tmp/others"));
	SHOW(unlink("tmp/mine"));
	SHOW(rename("tmp/others", "tmp/x"));
	SHOW(rename("tmp/mine2", "tmp/y"));
	SHOW(rmdir("tmp/dir"));
}

static void changes(void)
{
	SHOW(chmod("mine", 0600));
	SHOW(chmod("f644", 0600));
	SHOW(chown("mine", 1001, 2002));
	SHOW(chown("mine", 1001, 2003));
	SHOW(chown("mine", 1002, -1));
	SHOW(chown("mine", -1, -1));
	SHOW(chown("f644", -1, -1));
	SHOW(chmod("mine", 02755));
	struct stat st;
	stat("mine", &st);
	printf("%s\n", t_mode(st.st_mode));
	struct timespec ts[2] = {{1, 0}, {1, 0}};
	SHOW(utimensat(AT_FDCWD, "f644", ts, 0));
	SHOW(utimensat(AT_FDCWD, "mine", ts, 0));
	SHOW(utimensat(AT_FDCWD, "fw", NULL, 0));
	SHOW(utimensat(AT_FDCWD, "fw", ts, 0));
	SHOW(mknod("dev", S_IFCHR | 0600, 0x103));
	SHOW(mknod("fifo1", S_IFIFO | 0600, 0));
	SHOW(chroot("."));
	SHOW(setpriority(PRIO_PROCESS, 0, -5));
}

static void create(const char *path, uid_t u, gid_t g, mode_t m)
{
	t_write_file(path, "x");
	MUST(chown(path, u, g));
	MUST(chmod(path, m));
}

static void mkd(const char *path, mode_t m)
{
	MUST(mkdir(path, 0755));
	char f[64];
	snprintf(f, sizeof f, "%s/file", path);
	create(f, 0, 0, 0644);
	MUST(chown(path, 1, 1));
	MUST(chmod(path, m));
}

int main(void)
{
	if (geteuid() != 0) {
		/* Nobody's permissions over one's own file, and none over root's. */
		t_write_file("f", "x");
		MUST(chmod("f", 0));
		printf("%s\n", rwx("f"));
		SHOW(chmod("/", 0755));
		SHOW(chown("f", 0, -1));
		SHOW(chroot("."));
		return 0;
	}
	umask(0);
	MUST(chmod(".", 0777));
	create("f700", 1001, 2001, 0700), create("f070", 1001, 2001, 0070), create("f007", 1001, 2001, 0007);
	create("f644", 1001, 2001, 0644), create("f060", 1001, 2001, 0060), create("f404", 1001, 2001, 0404), create("f111", 1001, 2001, 0111);
	as("owner", 1001, 3000, 0, files);
	as("group", 1002, 2001, 0, files);
	as("supplementary group", 1002, 3000, 2001, files);
	as("owner in the group", 1001, 2001, 0, files);
	as("others", 1002, 3000, 0, files);
	as("root", 0, 0, 0, files);
	mkd("dx", 0711), mkd("dr", 0744), mkd("drx", 0755), mkd("dw", 0733);
	as("directories", 1002, 3000, 0, dirs);
	MUST(mkdir("tmp", 01777));
	create("tmp/others", 1002, 1, 0666), create("tmp/mine", 1001, 1, 0600), create("tmp/mine2", 1001, 1, 0600);
	MUST(mkdir("tmp/dir", 0777));
	as("sticky", 1001, 1, 0, sticky);
	create("mine", 1001, 2001, 0644), create("fw", 1002, 1, 0666);
	MUST(chown("f644", 1002, -1));
	as("changes", 1001, 2001, 2002, changes);
	SECTION("access uses the real ids, open the effective or fs ids");
	IN_CHILD("euid") {
		MUST(syscall(SYS_setresuid, 1001, 0, 0));
		create("root-only", 0, 0, 0600);
		SHOW(access("root-only", R_OK));
		SHOW(syscall(SYS_faccessat2, AT_FDCWD, "root-only", R_OK, AT_EACCESS));
		SHOW(open("root-only", O_RDONLY) >= 0 ? 0 : -1);
		syscall(SYS_setfsuid, 1001);
		SHOW(open("root-only", O_RDONLY) >= 0 ? 0 : -1);
		int fd = MUST(open("made", O_CREAT | O_WRONLY, 0644));
		struct stat st;
		fstat(fd, &st);
		printf("owner %u\n", st.st_uid);
	}
	return 0;
}
