/* RLIMIT_AS and RLIMIT_DATA: mmap, brk, mremap and fork refuse with ENOMEM; what is there stays usable; lifted again. */
#include "vkproc.h"

#define MB (1UL << 20)
#define RW (PROT_READ | PROT_WRITE)

static void limit(int what, unsigned long n)
{
	struct rlimit rl;
	getrlimit(what, &rl);
	rl.rlim_cur = n;
	MUST(setrlimit(what, &rl));
}

static unsigned long vsize(void)
{
	char b[200];
	t_read_file("/proc/self/statm", b, sizeof b);
	return strtoul(b, NULL, 10) * T_PAGE;
}

static long mm(unsigned long n, int prot, int flags)
{
	char *p = mmap(NULL, n, prot, flags | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	munmap(p, n);
	return 0;
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	SECTION("RLIMIT_AS, 64 MiB above what there is");
	IN_CHILD("child") {
		limit(RLIMIT_AS, vsize() + 64 * MB);
		SHOW(mm(32 * MB, RW, MAP_PRIVATE));
		SHOW(mm(65 * MB, RW, MAP_PRIVATE));
		SHOW(mm(65 * MB, PROT_NONE, MAP_PRIVATE));
		SHOW(mm(65 * MB, PROT_READ, MAP_SHARED));
		SHOW(mm(65 * MB, RW, MAP_PRIVATE | MAP_NORESERVE));
		char *p = mmap(NULL, 40 * MB, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		SHOW(mm(32 * MB, RW, MAP_PRIVATE));
		char *q = mremap(p, 40 * MB, 70 * MB, MREMAP_MAYMOVE);
		SHOW(q == MAP_FAILED ? -1 : 0);
		memset(p, 1, 40 * MB);
		munmap(p, 20 * MB);
		SHOW(mm(32 * MB, RW, MAP_PRIVATE));
		CHECK(sbrk(100 * MB) == (void *)-1 && errno == ENOMEM);
		SHOW_OK(sbrk(MB) == (void *)-1 ? -1 : 0);
		CHECK(malloc(100 * MB) == NULL && errno == ENOMEM);
		/* A replacement in place needs no more. */
		p = mmap(NULL, 40 * MB, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(p != MAP_FAILED);
		CHECK(mmap(p, 40 * MB, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
		IN_CHILD("inherited")
			SHOW(mm(65 * MB, RW, MAP_PRIVATE));
		pthread_t t;
		pthread_attr_t a;
		pthread_attr_init(&a);
		pthread_attr_setstacksize(&a, 100 * MB);
		SHOW_E(pthread_create(&t, &a, (void *(*)(void *))(void *)puts, NULL));
		limit(RLIMIT_AS, RLIM_INFINITY);
		SHOW(mm(100 * MB, RW, MAP_PRIVATE));
	}
	SECTION("below what there is: nothing more, but it goes on");
	IN_CHILD("child") {
		limit(RLIMIT_AS, MB);
		SHOW(mm(T_PAGE, RW, MAP_PRIVATE));
		printf("still here\n");
		limit(RLIMIT_AS, RLIM_INFINITY);
	}
	SECTION("a program that cannot be loaded");
	IN_CHILD("exec of one that cannot be loaded: any failure") {
		pid_t p = t_fork();
		if (p == 0) {
			limit(RLIMIT_AS, MB);
			close(2);
			execl("/bin/true", "true", NULL);
			t_exit(1);
		}
		CHECK(t_waitpid(p) != 0);
	}
	SECTION("RLIMIT_DATA: private writable memory only");
	IN_CHILD("child") {
		limit(RLIMIT_DATA, 100 * MB);
		SHOW(mm(101 * MB, RW, MAP_PRIVATE));
		SHOW(mm(101 * MB, PROT_READ, MAP_PRIVATE));
		SHOW(mm(101 * MB, RW, MAP_SHARED));
		SHOW(mm(50 * MB, RW, MAP_PRIVATE));
		char *p = mmap(NULL, 101 * MB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		SHOW(mprotect(p, 101 * MB, RW));
		SHOW(mprotect(p, 50 * MB, RW));
	}
	return 0;
}
