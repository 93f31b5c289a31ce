/* gettid: the process's id in its first thread, another in each other one; /proc agrees; a child's is its own. */
#include "vkproc.h"

static void *thread(void *arg)
{
	char path[64], b[64];
	snprintf(path, sizeof path, "/proc/self/task/%d", p_gettid());
	*(pid_t *)arg = p_gettid();
	CHECK(access(path, F_OK) == 0);
	ssize_t n = readlink("/proc/thread-self", b, sizeof b - 1);
	b[n > 0 ? n : 0] = 0;
	snprintf(path, sizeof path, "%d/task/%d", getpid(), p_gettid());
	CHECK(strcmp(path, b) == 0);
	/* A child of a thread has one thread, whose id is the child's. */
	IN_CHILD("child")
		CHECK(p_gettid() == getpid());
	return arg;
}

int main(void)
{
	pid_t a = 0, b = 0;
	CHECK(p_gettid() == getpid());
	CHECK(gettid() == getpid());
	pthread_t t = p_thread(thread, &a);
	p_join(t);
	p_join(p_thread(thread, &b));
	CHECK(a > 0 && b > 0 && a != getpid() && b != getpid() && a != b);
	/* vfork: as fork. */
	pid_t p = vfork();
	if (p == 0)
		_exit(p_gettid() == getpid() ? 4 : 5);
	p_wait("vfork", p);
	CHECK(p_gettid() == getpid());
	return 0;
}
