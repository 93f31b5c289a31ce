/* Sticky directories: who may delete and rename in them. As root the roles are played by other uids; else alone. */
#include "vktest.h"

static void as(uid_t u, const char *who, void (*fn)(void))
{
	pid_t p = t_fork();
	if (p == 0) {
		if (geteuid() == 0) {
			MUST(syscall(SYS_setgroups, 0L, NULL));
			MUST(syscall(SYS_setresgid, (long)u, (long)u, (long)u));
			MUST(syscall(SYS_setresuid, (long)u, (long)u, (long)u));
		}
		fn();
		t_exit(0);
	}
	int st = t_waitpid(p);
	if (st)
		printf("%s: %s\n", who, t_status(st));
}
static void make(void)
{
	umask(0);
	close(MUST(open("sticky/mine", O_CREAT | O_WRONLY, 0666)));
	MUST(mkdir("sticky/dir", 0777));
	close(MUST(open("free/mine", O_CREAT | O_WRONLY, 0666)));
}
static bool bad;
static void expect(bool ok, const char *what)
{
	if (!ok) {
		printf("wrong: %s (%s)\n", what, t_errname(errno));
		bad = true;
	}
}
static void stranger(void)
{
	expect(unlink("sticky/mine") == -1 && errno == EPERM, "unlink another's");
	expect(rename("sticky/mine", "sticky/x") == -1 && errno == EPERM, "rename another's");
	expect(rmdir("sticky/dir") == -1 && errno == EPERM, "rmdir another's");
	close(open("sticky/own", O_CREAT | O_WRONLY, 0600));
	expect(rename("sticky/own", "sticky/mine") == -1 && errno == EPERM, "rename over another's");
	expect(unlink("sticky/own") == 0, "unlink own");
	expect(open("sticky/mine", O_WRONLY) >= 0, "write to another's");
	expect(unlink("free/mine") == 0, "unlink another's where it is not sticky");
}
static void owner(void)
{
	SHOW(rename("sticky/mine", "sticky/renamed"));
	SHOW(unlink("sticky/renamed"));
	SHOW(rmdir("sticky/dir"));
}

int main(void)
{
	MUST(mkdir("sticky", 0777));
	MUST(chmod("sticky", 01777));
	MUST(mkdir("free", 0777));
	MUST(chmod("free", 0777));
	MUST(chmod(".", 0755));
	t_stat("sticky");
	as(1001, "make", make);
	if (geteuid() == 0)
		as(1002, "stranger", stranger);
	as(1001, "owner", owner);
	t_ls("sticky");
	if (geteuid() == 0) { /* the directory's owner may, too */
		as(1001, "make", make);
		MUST(chown("sticky", 1003, 1003));
		MUST(chown("sticky/mine", 1001, 1001));
		pid_t p = t_fork();
		if (p == 0) {
			MUST(syscall(SYS_setresuid, 1003L, 1003L, 1003L));
			expect(unlink("sticky/mine") == 0, "directory's owner");
			t_exit(0);
		}
		t_waitpid(p);
		MUST(system("rm -rf sticky free"));
	}
	puts("done");
	return 0;
}
