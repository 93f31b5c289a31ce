/*
 * helper_fail.c - "everything that can fail fails once": each case of a test
 * program again and again, the n-th host call (and then the n-th allocation)
 * failing in the n-th run, until a run has none left to fail.
 *
 *	UNIT_FAIL=each unit/test_fs		all of it
 *	UNIT_FAIL=20 unit/test_fs		20 values of n for each case, spread
 *	UNIT_FAIL=each UNIT_CASE=rename_dirs	one case
 *
 * What a test asserts does not hold then, and need not: an assertion that
 * fails, or a wait for what cannot come any more, ends the run.  But the kernel
 * must neither crash, nor panic, nor hang, nor leak, with every n.
 */
#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fakehost_impl.h"
#include "vksup/inject.h"

#define NTH_MAX		100000

static bool failing;
static jmp_buf given_up;
static pthread_t the_test;

/* What a child tells: kept when it crashes. */
static struct { const char *what; int n; int runs; } *report;

void __real__ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...)
    __attribute__((noreturn));
void __wrap__ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...)
    __attribute__((noreturn));

static void
give_up(void)
{
	if (failing && pthread_equal(pthread_self(), the_test))
		longjmp(given_up, 1);
}

void
__wrap__ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...)
{
	char text[1024] = "";
	va_list ap;

	give_up();
	if (msg == NULL)
		__real__ck_assert_failed(file, line, expr, NULL);
	va_start(ap, msg);
	vsnprintf(text, sizeof(text), msg, ap);
	va_end(ap);
	__real__ck_assert_failed(file, line, expr, "%s", text);
}

void __real__mark_point(const char *file, int line);
void __wrap__mark_point(const char *file, int line);

void
__wrap__mark_point(const char *file, int line)
{
	if (!failing)
		__real__mark_point(file, line);
}

/* --- one run --- */

static bool fail_host;
static int fail_n;

/* The n-th occasion of the kernel that has just booted. */
static void
booted(void)
{
	char rule[32], why[64];

	if (!failing)
		return;
	if (fail_host) {
		fake_fail_nth(fail_n, fail_n % 2 != 0 ? EIO : ENOMEM);
		return;
	}
	snprintf(rule, sizeof(rule), "alloc@%d", fail_n);
	if (inject_add(vk, rule, why, sizeof(why)) != 0)
		abort();
}

/* How often there was an occasion, and whether the n-th came. */
static uint64_t
occasions(bool *happened)
{
	uint64_t seen = 0, failed = 0;

	*happened = false;
	if (vk == NULL)
		return 0;
	if (fail_host) {
		*happened = fake_fail_happened();
		return (uint64_t)(fail_n - fake_fail_left());
	}
	if (inject_at(vk, 0, &seen, &failed) == NULL)
		return 0;
	*happened = failed > 0;
	return seen;
}

/* Did the n-th fail?  *count: how many there were. */
static bool
run_once(const TTest *t, int n, uint64_t *count)
{
	bool happened;

	report->what = fail_host ? "host call" : "allocation";
	report->n = fail_n = n;
	report->runs++;
	fake_init();
	failing = true;
	if (setjmp(given_up) == 0)
		t->fn(0);
	failing = false;
	/* Given up by a test that had a lock of the kernel: there is no way on. */
	if (locks_held() > 0)
		_exit(0);
	*count = occasions(&happened);
	fake_shutdown();
	return happened;
}

/* --- one case --- */

static void
run_case(const TTest *t, int samples)
{
	uint64_t total, ignored;
	int n, step = 1;

	(void)!run_once(t, NTH_MAX, &total);
	if (samples > 0 && total > (uint64_t)samples)
		step = (int)(total / (uint64_t)samples);
	for (n = 1; n < NTH_MAX; n += step)
		if (!run_once(t, n, &ignored))
			return;
}

static void no_return
child(const TTest *t, int samples)
{
	int leaked = 0;

	the_test = pthread_self();
	fake_stuck = give_up;
	fake_booted = booted;
	fail_host = true;
	run_case(t, samples);
	fail_host = false;
	run_case(t, samples);
	if (__lsan_do_recoverable_leak_check != NULL)
		leaked = __lsan_do_recoverable_leak_check();
	_exit(leaked != 0 ? 3 : 0);
}

static bool
case_passes(const TTest *t, int samples)
{
	pid_t pid;
	int status;

	fflush(NULL);
	memset(report, 0, sizeof(*report));
	pid = fork();
	if (pid == 0) {
		alarm(300);
		child(t, samples);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (status == 0) {
		printf("%s: %d runs\n", t->name, report->runs);
		return true;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
		printf("%s: memory has leaked in one of %d runs\n", t->name, report->runs);
	else
		printf("%s: wait status 0x%x when %s %d failed\n", t->name, status, report->what, report->n);
	return false;
}

int
unit_fail(const TTest *const *tests, size_t n, const char *how)
{
	const char *only = getenv("UNIT_CASE");
	int samples = atoi(how), bad = 0;
	size_t i;

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		return EXIT_FAILURE;
	for (i = 0; i < n; i++)
		if (only == NULL || strcmp(only, tests[i]->name) == 0)
			bad += !case_passes(tests[i], samples);
	return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
