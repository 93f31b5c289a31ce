/* RLIMIT_STACK: the main stack's extent, the default size of threads' stacks, the room for arguments; unlimited. */
#include "vkproc.h"

static void *size(void *a)
{
	pthread_attr_t at;
	size_t n;
	void *p;
	pthread_getattr_np(pthread_self(), &at);
	pthread_attr_getstack(&at, &p, &n);
	printf("thread's stack: %zu KiB\n", n >> 10);
	return a;
}

static __attribute__((noinline)) long use(long kib)
{
	volatile char b[1024];
	b[0] = kib;
	return kib ? use(kib - 1) + b[0] * 0 : 1;
}

int main(int argc, char **argv)
{
	struct rlimit rl;
	getrlimit(RLIMIT_STACK, &rl);
	if (argc > 1) {
		printf("limit %ld\n", rl.rlim_cur == RLIM_INFINITY ? -1L : (long)(rl.rlim_cur >> 10));
		p_join(p_thread(size, NULL));
		IN_CHILD(argv[1])
			SHOW(use(atol(argv[1])));
		return 0;
	}
	/* Each KiB of use takes some bytes more. */
	static const struct {
		long kib;
		const char *use;
	} t[] = {{8192, "6000"}, {8192, "9000"}, {1024, "700"}, {1024, "1100"}, {16384, "13000"}, {-1, "20000"}};
	rlim_t hard = rl.rlim_max;
	for (size_t i = 0; i < T_COUNT(t); i++) {
		rl.rlim_cur = t[i].kib < 0 ? RLIM_INFINITY : (rlim_t)t[i].kib << 10;
		if (rl.rlim_cur > hard)
			continue;
		IN_CHILD("exec") {
			p_no_core();
			MUST(setrlimit(RLIMIT_STACK, &rl));
			execl(p_self(), "x", t[i].use, NULL);
		}
	}
	return 0;
}
