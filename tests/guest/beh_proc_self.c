/* /proc/self: cmdline, comm, environ, exe, cwd, root, and what a process sees of itself and others. */
#define VK_KEEP_FDS
#include "vktest.h"
#include <sys/prctl.h>

static void lnk(const char *path)
{
	char b[4096], cwd[4096];
	ssize_t n = readlink(path, b, sizeof b - 1);
	if (n < 0) {
		printf("%s: %s\n", path, t_errname(errno));
		return;
	}
	b[n] = 0;
	MUST((long)getcwd(cwd, sizeof cwd));
	size_t l = strlen(cwd);
	if (l > 1 && !strncmp(b, cwd, l))
		printf("%s -> CWD%s\n", path, b + l);
	else
		printf("%s -> %s\n", path, b);
}

int main(int argc, char **argv, char **envp)
{
	static char b[65536];
	char num[32];
	if (argc == 1) {
		char *args[] = {"name zero", "one", "", "thr\nee", NULL}, *env[] = {"A=1", "B=two words", NULL};
		execve("/proc/self/exe", args, env);
		return 1;
	}
	SECTION("cmdline and environ are the arguments of exec");
	ssize_t n = t_read_file("/proc/self/cmdline", b, sizeof b);
	if (n < 0)
		return 1;
	t_quote("cmdline", b, n);
	n = t_read_file("/proc/self/environ", b, sizeof b);
	t_quote("environ", b, n);
	memcpy(argv[1], "ONE", 3);
	n = t_read_file("/proc/self/cmdline", b, sizeof b);
	t_quote("cmdline", b, n);
	(void)envp;

	SECTION("comm");
	n = t_read_file("/proc/self/comm", b, sizeof b);
	CHECK(n > 1 && b[n - 1] == '\n');
	MUST(prctl(PR_SET_NAME, "set by prctl, cut"));
	t_cat("/proc/self/comm");
	int fd = MUST(open("/proc/self/comm", O_WRONLY));
	SHOW(write(fd, "by write", 8));
	t_cat("/proc/self/comm");
	SHOW(prctl(PR_GET_NAME, b));
	SHOW_STR(b);
	close(fd);

	SECTION("links");
	lnk("/proc/self/cwd");
	MUST(mkdir("sub", 0755));
	MUST(chdir("sub"));
	lnk("/proc/self/cwd");
	MUST(rmdir("../sub"));
	n = readlink("/proc/self/cwd", b, sizeof b - 1);
	b[n] = 0;
	CHECK(strstr(b, "/sub (deleted)") != NULL);
	MUST(chdir(".."));
	lnk("/proc/self/root");
	CHECK(t_same_file("/proc/self/exe", "/proc/self/exe"));
	struct stat st;
	MUST(stat("/proc/self/exe", &st));
	CHECK(S_ISREG(st.st_mode) && (st.st_mode & 0111) && st.st_size > 1000);
	MUST(lstat("/proc/self/exe", &st));
	printf("exe: %s size %ld\n", t_mode(st.st_mode), (long)st.st_size);
	t_write_file("here", "through /proc/self/cwd");
	t_cat("/proc/self/cwd/here");
	SHOW(access("/proc/self/root/etc/passwd", F_OK));

	SECTION("self is the pid, thread-self the thread");
	n = readlink("/proc/self", b, sizeof b - 1);
	b[n] = 0;
	CHECK(atoi(b) == getpid());
	n = readlink("/proc/thread-self", b, sizeof b - 1);
	b[n] = 0;
	snprintf(num, sizeof num, "%d/task/%d", getpid(), gettid());
	CHECK(strcmp(b, num) == 0);

	SECTION("a child, running and dead");
	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		t_gate_pass(&g);
		_exit(3);
	}
	snprintf(b, sizeof b, "/proc/%d/cmdline", p);
	char line[100];
	n = t_read_file(b, line, sizeof line);
	t_quote("child", line, n);
	snprintf(num, sizeof num, "/proc/%d", p);
	SHOW_AS(access(num, F_OK), "access(child)");
	int dead = MUST(open(b, O_RDONLY)), dir = MUST(open(num, O_RDONLY));
	t_gate_open(&g);
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	SHOW_AS(t_read_file(b, line, sizeof line), "cmdline of a zombie");
	snprintf(b, sizeof b, "/proc/%d/exe", p);
	SHOW_AS(readlink(b, line, sizeof line) < 0 ? -1 : 0, "exe of a zombie");
	t_waitpid(p);
	SHOW_AS(access(num, F_OK), "access(reaped child)");
	SHOW(read(dead, line, 10));
	SHOW(openat(dir, "comm", O_RDONLY));
	SHOW(access("/proc/99999999", F_OK));
	SHOW(access("/proc/0", F_OK));
	SHOW(access("/proc/1", F_OK));

	SECTION("what cannot be made there");
	SHOW_OK(open("/proc/self/status", O_RDONLY | O_CREAT | O_EXCL, 0600));
	SHOW(mkdir("/proc/self/x", 0700));
	SHOW_OK(open("/proc/self/missing", O_RDONLY));
	return 0;
}
