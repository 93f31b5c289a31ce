/* faccessat and faccessat2: directories, AT_EACCESS with different real and effective ids, the empty path. */
#include "vktest.h"

/* Real uid 0, effective 65534 (as root); as an ordinary user both are the same and the answers are, too. */
static int ids(void)
{
	MUST(chdir("open"));
	t_write_file("f", "x");
	MUST(chmod("f", 0200));
	SHOW(syscall(SYS_faccessat2, AT_FDCWD, "f", W_OK, 0));
	SHOW(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS));
	SHOW(syscall(SYS_faccessat2, AT_FDCWD, "f", W_OK, AT_EACCESS));
	return 0;
}

int main(void)
{
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	MUST(mkdir("dir", 0755));
	t_write_file("file", "x");
	t_write_file("dir/inner", "x");
	MUST(symlink("nowhere", "dangling"));
	int d = MUST(open("dir", O_RDONLY)), f = MUST(open("file", O_RDONLY));
	pid_t pid = t_fork();
	if (pid == 0) {
		if (geteuid() == 0) {
			MUST(syscall(SYS_setresgid, -1L, 65534L, -1L));
			MUST(syscall(SYS_setresuid, -1L, 65534L, -1L));
		}
		t_exit(ids());
	}
	printf("ids: %s\n", t_status(t_waitpid(pid)));

	SECTION("faccessat (no flags in this call)");
	SHOW(syscall(SYS_faccessat, d, "inner", R_OK));
	SHOW(syscall(SYS_faccessat, d, "inner", X_OK));
	SHOW(syscall(SYS_faccessat, -1, "inner", R_OK));
	SHOW(syscall(SYS_faccessat, f, "inner", R_OK));
	SHOW(syscall(SYS_faccessat, -1, "/", R_OK));
	SHOW(syscall(SYS_faccessat, d, "", R_OK));

	SECTION("faccessat2");
	SHOW(syscall(SYS_faccessat2, d, "inner", R_OK, 0));
	SHOW(syscall(SYS_faccessat2, d, "inner", R_OK, AT_EACCESS));
	SHOW(syscall(SYS_faccessat2, AT_FDCWD, "dangling", F_OK, 0));
	SHOW(syscall(SYS_faccessat2, AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
	SHOW(syscall(SYS_faccessat2, f, "", R_OK, AT_EMPTY_PATH));
	SHOW(syscall(SYS_faccessat2, f, "", X_OK, AT_EMPTY_PATH));
	SHOW(syscall(SYS_faccessat2, f, "", R_OK, 0));
	SHOW(syscall(SYS_faccessat2, AT_FDCWD, "", R_OK, AT_EMPTY_PATH));
	SHOW(syscall(SYS_faccessat2, d, "inner", R_OK, 0x10000));
	SHOW(syscall(SYS_faccessat2, d, "inner", 8, 0));
	SHOW(syscall(SYS_faccessat2, -1, "inner", R_OK, 0));
	SHOW(syscall(SYS_faccessat2, d, BADP, R_OK, 0));
	SHOW(syscall(SYS_faccessat2, -1, BADP, 8, 0x10000));
	return 0;
}
