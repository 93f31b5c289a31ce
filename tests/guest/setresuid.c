/* setuid, setreuid, setresuid, setfsuid and the gid ones: which of the four ids change, and when it is EPERM. Raw system calls. */
#include "vkproc.h"

/* The four ids as the kernel has them. */
static void ids(const char *what, long r)
{
	int e = errno;
	char b[4096], *u, *g;
	unsigned x[8] = {0};
	t_read_file("/proc/self/status", b, sizeof b);
	u = strstr(b, "\nUid:"), g = strstr(b, "\nGid:");
	if (u)
		sscanf(u, "\nUid: %u %u %u %u", &x[0], &x[1], &x[2], &x[3]);
	if (g)
		sscanf(g, "\nGid: %u %u %u %u", &x[4], &x[5], &x[6], &x[7]);
	printf("%s: %ld%s%s  %u %u %u %u  %u %u %u %u\n", what, r, r == -1 ? " " : "", r == -1 ? t_errname(e) : "", x[0], x[1], x[2], x[3], x[4],
	       x[5], x[6], x[7]);
}

#define T(call) ids(#call, (errno = 0, call))
#define setuid(a) syscall(SYS_setuid, a)
#define setgid(a) syscall(SYS_setgid, a)
#define setreuid(a, b) syscall(SYS_setreuid, a, b)
#define setregid(a, b) syscall(SYS_setregid, a, b)
#define setresuid(a, b, c) syscall(SYS_setresuid, a, b, c)
#define setresgid(a, b, c) syscall(SYS_setresgid, a, b, c)
#define setfsuid(a) syscall(SYS_setfsuid, a)
#define setfsgid(a) syscall(SYS_setfsgid, a)

static void *drops(void *arg)
{
	setresuid(10, 10, 10);
	CHECK(syscall(SYS_geteuid) == 10);
	SHOW(setuid(0));
	return arg;
}

int main(void)
{
	uid_t u = getuid();
	gid_t g = getgid();
	/* What anybody may: to be what one is. */
	SHOW(setuid(u));
	SHOW(setreuid(u, u));
	SHOW(setreuid(-1, -1));
	SHOW(setresuid(-1, u, -1));
	SHOW(setresgid(g, -1, g));
	SHOW(setgid(g));
	SHOW(setuid(-1));
	SHOW(setgid(-1));
	CHECK(setfsuid(-1) == (long)u);
	CHECK(setfsuid(u) == (long)u);
	CHECK(setfsgid(-1) == (long)g);
	SHOW(syscall(SYS_getresuid, BADP, &u, &u));
	SHOW(syscall(SYS_getresuid, &u, &u, BADP));
	SHOW(syscall(SYS_getresgid, &u, BADP, &u));
	if (geteuid() != 0) {
		SHOW(setuid(u + 1));
		SHOW(setgid(g + 1));
		SHOW(setreuid(u, u + 1));
		SHOW(setresuid(u, u, u + 1));
		SHOW(setresgid(0, 0, 0));
		SHOW(setresuid(u + 1, -1, 0));
		CHECK(setfsuid(0) == (long)u);
		CHECK(setfsuid(-1) == (long)u);
		SHOW(syscall(SYS_setgroups, 0, NULL));
		return 0;
	}
	IN_CHILD("setuid of root") {
		T(setuid(10));
		T(setuid(0));
		T(setuid(10));
		T(setuid(11));
		T(setgid(5));
	}
	IN_CHILD("setuid of a set-uid program") {
		T(setresuid(10, 20, 20));
		T(setuid(10));
		T(setuid(20));
		T(setuid(0));
		T(setuid(30));
		T(setreuid(20, 10));
		T(setreuid(10, 20));
	}
	IN_CHILD("setreuid") {
		T(setreuid(10, -1));
		T(setreuid(-1, 20));
		T(setreuid(20, 10));
		T(setreuid(10, 0));
		T(setreuid(-1, 20));
		T(setreuid(20, 20));
	}
	IN_CHILD("seteuid to and fro") {
		T(setresuid(-1, 10, -1));
		T(setresuid(-1, 0, -1));
		T(setresuid(1, 2, 3));
		T(setresuid(2, 3, 1));
		T(setresuid(-1, 4, -1));
		T(setresuid(3, 1, 4));
		T(setresuid(1, 1, 1));
		T(setresuid(2, -1, -1));
	}
	IN_CHILD("gids") {
		T(setresgid(1, 2, 3));
		T(setgid(9));
		T(setregid(5, 6));
		T(setresgid(1, 2, 3));
		T(setresuid(7, 7, 7));
		T(setgid(1));
		T(setgid(3));
		T(setgid(2));
		T(setregid(3, 1));
		T(setresgid(-1, 9, -1));
	}
	IN_CHILD("fs ids") {
		T(setfsuid(50));
		T(setfsuid(-1));
		T(setfsgid(51));
		T(setresuid(-1, 60, -1));
		T(setfsuid(0));
		T(setfsuid(77));
		T(setfsgid(0));
	}
	IN_CHILD("threads have ids of their own: the raw calls change one's") {
		p_join(p_thread(drops, NULL));
		CHECK(syscall(SYS_geteuid) == 0);
	}
	return 0;
}
