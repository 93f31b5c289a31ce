/* RLIMIT_NPROC: EAGAIN for fork and threads of an ordinary user; root is not counted. */
#include "vkproc.h"

static void *nothing(void *a) { return a; }

int main(void)
{
	struct rlimit rl;
	getrlimit(RLIMIT_NPROC, &rl);
	rl.rlim_cur = 0;
	IN_CHILD("limit 0") {
		/* A user of our own when we are root, so that nobody else counts. */
		MUST(setrlimit(RLIMIT_NPROC, &rl));
		if (geteuid() == 0)
			MUST(syscall(SYS_setresuid, 54322L, 54322L, 54322L));
		pid_t p = fork();
		if (p == 0)
			_exit(0);
		printf("fork: %s\n", p < 0 ? t_errname(errno) : "done");
		pthread_t t;
		SHOW_E(pthread_create(&t, NULL, nothing, NULL));
	}
	if (geteuid() != 0)
		return 0;
	IN_CHILD("limit 1, as root") {
		rl.rlim_cur = 1;
		MUST(setrlimit(RLIMIT_NPROC, &rl));
		pid_t p = fork();
		if (p == 0)
			_exit(4);
		p_wait("root", p);
	}
	IN_CHILD("limit 5") {
		rl.rlim_cur = 5;
		MUST(setrlimit(RLIMIT_NPROC, &rl));
		MUST(syscall(SYS_setresuid, 54323L, 54323L, 54323L));
		int n = 0;
		pid_t p[10];
		while (n < 10 && (p[n] = fork()) > 0)
			n++;
		if (n < 10 && p[n] == 0)
			for (;;)
				pause();
		printf("%d children, then %s\n", n, t_errname(errno));
		kill(p[0], SIGKILL);
		p_wait("one less", p[0]);
		p[0] = fork();
		if (p[0] == 0)
			for (;;)
				pause();
		CHECK(p[0] > 0);
		for (int i = 0; i < n; i++)
			kill(p[i], SIGKILL), waitpid(p[i], NULL, 0);
	}
	return 0;
}
