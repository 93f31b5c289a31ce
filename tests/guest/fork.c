// build: static-pie musl-static
/* fork: what the child has of its parent, what is its own, and that memory is copied. */
#include "vkproc.h"

static int global = 1;
static void on_usr1(int s)
{
	(void)s;
	global += 100;
}

int main(void)
{
	int local = 2, *heap = malloc(sizeof *heap);
	int *shared = t_shared(4096);
	*heap = 3;
	pid_t me = getpid();
	struct t_gate g = t_gate();
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));
	MUST(write(fd, "abcdef", 6));
	MUST(mkdir("d", 0755));
	MUST(chdir("d"));
	umask(027);
	p_handler(SIGUSR1, on_usr1, 0);
	signal(SIGUSR2, SIG_IGN);
	p_block(SIGHUP);
	kill(me, SIGHUP);

	fflush(stdout);
	pid_t p = fork();
	if (p == 0) {
		CHECK(getppid() == me);
		CHECK(getpid() != me);
		CHECK(getpid() == p_gettid());
		CHECK(getpgid(0) == getpgid(me));
		CHECK(getsid(0) == getsid(me));
		printf("child sees %d %d %d\n", global, local, *heap);
		global = 11, local = 12, *heap = 13;
		shared[0] = 14;
		SHOW(alarm(0));
		p_showmask("child mask");
		p_showpending("child pending");
		raise(SIGUSR1);
		printf("handler kept: %d\n", global);
		SHOW(raise(SIGUSR2));
		SHOW_O(umask(0));
		char cwd[PATH_MAX];
		MUST((long)getcwd(cwd, sizeof cwd));
		SHOW_STR(strrchr(cwd, '/'));
		SHOW(lseek(fd, 2, SEEK_SET));
		t_gate_open(&g);
		t_exit(7);
	}
	t_gate_pass(&g);
	p_wait("child", p);
	printf("parent still has %d %d %d, shared %d\n", global, local, *heap, shared[0]);
	SHOW_AS(lseek(fd, 0, SEEK_CUR), "offset, set by the child");
	CHECK(alarm(20) > 0);
	p_showpending("parent pending");
	SHOW_O(umask(022));

	/* The child's changes to descriptors and the directory are its own. */
	IN_CHILD("second") {
		close(fd);
		MUST(chdir(".."));
	}
	SHOW(fcntl(fd, F_GETFD));
	SHOW(access("../d", F_OK));

	/* A chain of three generations. */
	IN_CHILD("son") {
		IN_CHILD("grandson") {
			IN_CHILD("great-grandson")
				t_exit(3);
			t_exit(2);
		}
		t_exit(1);
	}
	/* Children count in the order in which they are waited for. */
	pid_t k[5];
	for (int i = 0; i < 5; i++)
		if ((k[i] = t_fork()) == 0)
			t_exit(40 + i);
	for (int i = 4; i >= 0; i--)
		p_wait("of five", k[i]);
	SHOW(waitpid(-1, NULL, 0));
	return 0;
}
