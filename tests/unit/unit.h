/*
 * unit.h - what all test programs on the fake machine share.
 *
 * Every case gets a machine as new and leaves none.  expect() names the call
 * and both results when it fails; must() gives back a result that is >= 0.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fakehost.h"

#define expect(call, want) do {						\
	long unit_r = (long)(call), unit_w = (long)(want);		\
	ck_assert_msg(unit_r == unit_w, "%s is %ld, not %ld", #call, unit_r, unit_w); \
} while (0)
#define must(call) ({							\
	long unit_r = (long)(call);					\
	ck_assert_msg(unit_r >= 0, "%s is %ld", #call, unit_r);		\
	unit_r;								\
})

/* A small generator, the same on every run. */
static inline uint32_t
unit_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* The leak checker of the address sanitizer, when there is one. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* The machine ends, and nothing of the kernel is left behind. */
static inline void
unit_end(void)
{
	fake_shutdown();
	ck_assert_int_eq(fake_spaces(), 0);
	if (__lsan_do_recoverable_leak_check != NULL)
		ck_assert_msg(__lsan_do_recoverable_leak_check() == 0, "memory has leaked");
}

/* helper_fail.c: the cases with everything failing once. */
int unit_fail(const TTest *const *tests, size_t n, const char *how);

static inline int
unit_run(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	size_t i;
	int failed;

	tcase_add_checked_fixture(tc, fake_init, unit_end);
	tcase_set_timeout(tc, 120);
	for (i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define UNIT_MAIN(name, ...)						\
int									\
main(void)								\
{									\
	const TTest *tests[] = { __VA_ARGS__ };				\
	const char *how = getenv("UNIT_FAIL");				\
									\
	if (how != NULL)						\
		return unit_fail(tests, nitems(tests), how);		\
	return unit_run(name, tests, nitems(tests));			\
}

#endif
