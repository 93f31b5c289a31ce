/*
 * lib_unit.h - cases in library mode: a kernel (k) and a process (p) for each.
 *
 * CASE(name) { ... } is a case; ONE(name, call, want) one that is a single
 * call.  They register themselves, and LIB_MAIN(name) runs them.
 */
#ifndef LIB_UNIT_H
#define LIB_UNIT_H

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vksup/vk.h"

#define expect(call, want) do {						\
	long unit_r = (long)(call), unit_w = (long)(want);		\
	ck_assert_msg(unit_r == unit_w, "%s is %ld, not %ld", #call, unit_r, unit_w); \
} while (0)
#define must(call) ({							\
	long unit_r = (long)(call);					\
	ck_assert_msg(unit_r >= 0, "%s is %ld", #call, unit_r);		\
	unit_r;								\
})

#define LIB_CASES	256
static const TTest *lib_cases[LIB_CASES];
static int lib_ncases;

#define CASE(name)							\
	static void case_##name(void);					\
	START_TEST(name)						\
	{								\
		case_##name();						\
	}								\
	END_TEST							\
	static void __attribute__((constructor))			\
	add_##name(void)						\
	{								\
		if (lib_ncases == LIB_CASES)				\
			abort();					\
		lib_cases[lib_ncases++] = name;				\
	}								\
	static void							\
	case_##name(void)
#define ONE(name, call, want)						\
	CASE(name)							\
	{								\
		expect(call, want);					\
	}

static struct vk *k __attribute__((unused));
static struct vk_proc *p __attribute__((unused));

extern int space_count(void);
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static void
lib_setup(void)
{
	expect(vk_boot(NULL, &k), 0);
	expect(vk_proc_new(k, &p), 0);
}

/* The kernel ends, and nothing of it is left behind. */
static void
lib_teardown(void)
{
	vk_shutdown(k);
	expect(space_count(), 0);
	if (__lsan_do_recoverable_leak_check != NULL)
		ck_assert_msg(__lsan_do_recoverable_leak_check() == 0, "memory has leaked");
}

static inline int
lib_run(const char *name)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int i, failed;

	tcase_add_checked_fixture(tc, lib_setup, lib_teardown);
	tcase_set_timeout(tc, 120);
	for (i = 0; i < lib_ncases; i++)
		tcase_add_test(tc, lib_cases[i]);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define LIB_MAIN(name)							\
int									\
main(void)								\
{									\
	return lib_run(name);						\
}

/* --- what many cases need --- */

static inline struct vk_proc *
forked(struct vk_proc *parent)
{
	struct vk_proc *c = NULL;

	expect(vk_proc_fork(parent, &c), 0);
	return c;
}

/* A file with these contents. */
static inline void
mkfile(const char *path, const char *text)
{
	int fd = (int)must(vk_sys_open(p, path, O_CREAT | O_WRONLY | O_TRUNC, 0644));

	expect(vk_sys_write(p, fd, text, strlen(text)), strlen(text));
	expect(vk_sys_close(p, fd), 0);
}

/* Contents of a file, up to 4095 bytes. */
static inline const char *
text_of(const char *path)
{
	static char text[4096];
	int fd = (int)must(vk_sys_open(p, path, O_RDONLY, 0));
	long n, got = 0;

	while ((n = must(vk_sys_read(p, fd, text + got, sizeof(text) - 1 - (size_t)got))) > 0)
		got += n;
	text[got] = '\0';
	expect(vk_sys_close(p, fd), 0);
	return text;
}

static inline void
pipe_of(struct vk_proc *who, int fd[2], int flags)
{
	gaddr_t at = vk_alloc(who, 8);

	expect(vk_sys_pipe2(who, at, (unsigned long)flags), 0);
	expect(vk_get(who, at, fd, 8), 0);
}

/* An object of the case's, in p's memory; and back. */
#define put(x)		vk_put(p, &(x), sizeof(x))
#define get(at, x)	expect(vk_get(p, (at), &(x), sizeof(x)), 0)

static inline void
as_user(struct vk_proc *who)
{
	expect(vk_sys_setresgid(who, 1000, 1000, 1000), 0);
	expect(vk_sys_setresuid(who, 1000, 1000, 1000), 0);
}

#endif
