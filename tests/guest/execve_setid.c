/* Set-user-ID and set-group-ID programs: ids, AT_SECURE, no_new_privs, dumpable; scripts and plain users get nothing. */
#include "vkproc.h"

static uid_t uid;
static const char *n(unsigned id)
{
	return id == uid ? "own" : id == 0 ? "0" : id == 65534 ? "65534" : id == 12345 ? "12345" : "?";
}

static void ids(void)
{
	uid_t r, e, s;
	uid = getauxval(AT_UID);
	MUST(getresuid(&r, &e, &s));
	printf("uid %s %s %s", n(r), n(e), n(s));
	MUST(getresgid(&r, &e, &s));
	printf(", gid %s %s %s, secure %lu, dumpable %s\n", n(r), n(e), n(s), getauxval(AT_SECURE),
	       prctl(PR_GET_DUMPABLE) == 1 ? "yes" : "no");
}

static void run(const char *what, const char *path, uid_t as, bool nnp)
{
	IN_CHILD(what) {
		if (as) {
			MUST(syscall(SYS_setgroups, 0L, NULL));
			MUST(syscall(SYS_setresgid, as, as, as));
			MUST(syscall(SYS_setresuid, as, as, as));
		}
		if (nnp)
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		execl(path, path, "show", NULL);
		printf("execve: %s\n", t_errname(errno));
		t_exit(1);
	}
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		ids();
		return 0;
	}
	char cmd[5000];
	snprintf(cmd, sizeof cmd, "cp '%s' ./prog", p_self());
	if (system(cmd))
		return 1;
	uid = getuid();
	SECTION("one's own set-id file");
	MUST(chmod("prog", 06755));
	run("own", "./prog", 0, false);
	if (geteuid() != 0)
		return 0;

	SECTION("root");
	MUST(chmod(".", 0777));
	static const int modes[] = {0755, 04755, 02755, 06755, 02745, 04655};
	for (size_t i = 0; i < T_COUNT(modes); i++) {
		MUST(chown("prog", 12345, 12345));
		MUST(chmod("prog", modes[i]));
		printf("mode 0%o\n", modes[i]);
		run("as root", "./prog", 0, false);
		run("as 65534", "./prog", 65534, false);
	}
	MUST(chown("prog", 0, 0));
	MUST(chmod("prog", 06755));
	run("to root", "./prog", 65534, false);
	run("no_new_privs", "./prog", 65534, true);
	t_write_file("script", "#!./prog\n");
	MUST(chmod("script", 06755));
	run("set-id script", "./script", 65534, false);
	MUST(chmod("prog", 0755));
	run("set-id script, plain interpreter", "./script", 65534, false);
	MUST(chmod("prog", 04700));
	run("not permitted", "./prog", 65534, false);
	return 0;
}
