/* What survives exec, seen by programs that are not ours: timers, umask, directory, ignored signals, limits, environment, descriptors. */
#include "vkproc.h"

int main(void)
{
	/* A timer of before goes off in the new program. */
	pid_t p = t_fork();
	if (p == 0) {
		struct itimerval it = {{0, 0}, {0, 100000}};
		MUST(setitimer(ITIMER_REAL, &it, NULL));
		execl("/bin/sleep", "sleep", "30", NULL);
		_exit(1);
	}
	p_wait("sleep, with a timer set before", p);
	p = t_fork();
	if (p == 0) {
		struct itimerval it = {{0, 10000}, {0, 10000}};
		signal(SIGALRM, SIG_IGN);
		MUST(setitimer(ITIMER_REAL, &it, NULL));
		execl("/bin/sleep", "sleep", "0.1", NULL);
		_exit(1);
	}
	p_wait("sleep, its signal ignored", p);
	p = t_fork();
	if (p == 0) {
		sigset_t s = p_set(SIGTERM, SIGALRM, 0);
		sigprocmask(SIG_BLOCK, &s, NULL);
		kill(getpid(), SIGTERM);
		execl("/bin/sh", "sh", "-c", "echo blocked and pending; exit 4", NULL);
		_exit(1);
	}
	p_wait("sh", p);
	MUST(mkdir("dir", 0755));
	IN_CHILD("sh") {
		umask(0137);
		MUST(chdir("dir"));
		signal(SIGINT, SIG_IGN);
		setenv("VK", "a value", 1);
		struct rlimit rl = {77, 88};
		setrlimit(RLIMIT_NOFILE, &rl);
		t_write_file("in", "from the file\n");
		int fd = open("in", O_RDONLY);
		MUST(lseek(fd, 5, SEEK_SET));
		MUST(dup2(fd, 8));
		execl("/bin/sh", "sh", "-c",
		      "umask; basename \"$PWD\"; echo \"$VK\"; ulimit -n; cat <&8; kill -INT $$; echo not interrupted; trap 'echo trapped' USR1; "
		      "kill -USR1 $$; exec 9>out; exec sh -c 'echo $0; echo written >&9; cat out; exit 6'",
		      NULL);
	}
	/* The parent's pid and group, as the shell sees them. */
	char cmd[200];
	snprintf(cmd, sizeof cmd, "test $PPID = %d && echo right parent; test $$ = $(sh -c 'echo $PPID') && echo right pid", getpid());
	IN_CHILD("sh")
		execl("/bin/sh", "sh", "-c", cmd, NULL);
	SHOW(WEXITSTATUS(system("exit 9")));
	SHOW(system(NULL) != 0);
	FILE *f = popen("cat; exit 3", "w");
	fprintf(f, "through popen\n");
	SHOW(WEXITSTATUS(pclose(f)));
	char b[40];
	f = popen("echo out", "r");
	SHOW_STR(fgets(b, sizeof b, f));
	SHOW(pclose(f));
	return 0;
}
