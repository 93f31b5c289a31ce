/* SIGSEGV handlers that repair and return: write barriers with mprotect, memory mapped on first touch, by threads at once. */
#include "vkproc.h"

enum { N = 256 };
static char *area;
static volatile int faults, dirty[N];

static void barrier(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	char *a = si->si_addr;
	if (a < area || a >= area + N * T_PAGE)
		_exit(77);
	int i = (a - area) / T_PAGE;
	__atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
	dirty[i]++;
	if (mprotect(area + i * T_PAGE, T_PAGE, PROT_READ | PROT_WRITE))
		_exit(78);
}

static void lazy(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	char *a = (char *)((unsigned long)si->si_addr & -T_PAGE);
	__atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
	/* Another thread may have been here. */
	if (mmap(a, T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno != EEXIST)
		_exit(79);
}

static void *toucher(void *arg)
{
	for (int i = 0; i < N; i++)
		__atomic_add_fetch(&area[i * T_PAGE + (long)arg], 1, __ATOMIC_SEQ_CST);
	return NULL;
}

int main(void)
{
	area = mmap(NULL, N * T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p_sigaction(SIGSEGV, barrier, 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < N; i += round + 1)
			area[i * T_PAGE + i] = i;
		printf("round %d: %d faults\n", round, faults);
		MUST(mprotect(area, N * T_PAGE, PROT_READ));
	}
	int sum = 0;
	for (int i = 0; i < N; i++)
		sum += dirty[i];
	SHOW(sum);
	SECTION("threads, one barrier");
	pthread_t t[4];
	for (long i = 0; i < 4; i++)
		t[i] = p_thread(toucher, (void *)(i * 8 + 1000));
	for (int i = 0; i < 4; i++)
		p_join(t[i]);
	sum = 0;
	for (int i = 0; i < N; i++)
		for (int k = 0; k < 4; k++)
			sum += area[i * T_PAGE + k * 8 + 1000];
	SHOW(sum);
	SECTION("mapped on first touch");
	munmap(area, N * T_PAGE);
	p_sigaction(SIGSEGV, lazy, 0);
	faults = 0;
	for (int i = 0; i < N; i++)
		area[i * T_PAGE] = 1;
	SHOW(faults);
	munmap(area, N * T_PAGE);
	for (long i = 0; i < 4; i++)
		t[i] = p_thread(toucher, (void *)(i * 8));
	for (int i = 0; i < 4; i++)
		p_join(t[i]);
	sum = 0;
	for (int i = 0; i < N; i++)
		for (int k = 0; k < 4; k++)
			sum += area[i * T_PAGE + k * 8];
	SHOW(sum);
	CHECK(faults >= 2 * N);
	/* The kernel does not call handlers: EFAULT. */
	munmap(area, T_PAGE);
	faults = 0;
	SHOW(write(1, area, 1));
	SHOW(faults);
	return 0;
}
