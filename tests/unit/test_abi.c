/*
 * test_abi.c - the table of calls, and its interpreter on a piece of memory.
 */
#define _GNU_SOURCE
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/abi.h"

/* Guest memory: one range, and how often anything was fetched from it. */
#define BASE	0x10000u
#define SIZE	0x8000u

static char memory[SIZE];
static unsigned fetches;

static bool
mapped(gaddr_t a, size_t n)
{
	return a.v >= BASE && n <= SIZE && a.v - BASE <= SIZE - n;
}

static int
fake_copyin(void *ctx, void *dst, gaddr_t src, size_t n)
{
	(void)ctx;
	fetches++;
	if (!mapped(src, n))
		return -EFAULT;
	memcpy(dst, memory + (src.v - BASE), n);
	return 0;
}

static int
fake_copyout(void *ctx, gaddr_t dst, const void *src, size_t n)
{
	(void)ctx;
	if (!mapped(dst, n))
		return -EFAULT;
	memcpy(memory + (dst.v - BASE), src, n);
	return 0;
}

static long
fake_copyinstr(void *ctx, char *dst, gaddr_t src, size_t max)
{
	(void)ctx;
	fetches++;
	for (size_t i = 0; i < max; i++) {
		if (!mapped(ga_add(src, i), 1))
			return -EFAULT;
		dst[i] = memory[src.v + i - BASE];
		if (dst[i] == '\0')
			return (long)i;
	}
	return (long)max;
}

static const struct abi_mem mem = {
	.copyin = fake_copyin,
	.copyout = fake_copyout,
	.copyinstr = fake_copyinstr,
};

static _Alignas(16) char scratch[ABI_SCRATCH_SIZE];

/* An address in guest memory, with something put there. */
static uint64_t
put(unsigned at, const void *p, size_t n)
{
	memcpy(memory + at, p, n);
	return BASE + at;
}

static uint64_t
put_str(unsigned at, const char *s)
{
	return put(at, s, strlen(s) + 1);
}

static int
decode(const char *name, void *args, uint64_t a, uint64_t b, uint64_t c,
    uint64_t d, uint64_t e, uint64_t f)
{
	const uint64_t raw[6] = { a, b, c, d, e, f };
	const struct abi_row *row = abi_row_by_name(name);

	ck_assert_ptr_nonnull(row);
	fetches = 0;
	return abi_decode(row, raw, args, scratch, sizeof(scratch), &mem);
}

static void
setup(void)
{
	memset(memory, 0, sizeof(memory));
	memset(scratch, 0xaa, sizeof(scratch));
}

/* ---- the table ------------------------------------------------------------- */

START_TEST(rows_are_found)
{
	ck_assert_str_eq(abi_row(0)->name, "read");
	ck_assert_str_eq(abi_row(469)->name, "file_setattr");
	ck_assert_uint_eq(abi_row_by_name("openat")->nr, 257);
	ck_assert_ptr_null(abi_row(400));	/* a hole */
	ck_assert_ptr_null(abi_row(470));
	ck_assert_ptr_null(abi_row(UINT_MAX));
	ck_assert_ptr_null(abi_row_by_name("openatt"));
}
END_TEST

START_TEST(rows_are_sane)
{
	unsigned n = 0;

	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		const struct abi_row *row = abi_row(nr);

		if (row == NULL)
			continue;
		n++;
		ck_assert_uint_eq(row->nr, nr);
		ck_assert_uint_le(row->nargs, 6);
		ck_assert_uint_le(row->args_size, ABI_ARGS_MAX);
		ck_assert((row->note == NULL) == (row->state == ABI_STATE_FULL));
		ck_assert_int_eq(row->errors[ABI_MAX_ERRORS - 1], 0);
		if (row->state == ABI_STATE_ENOSYS)
			ck_assert_int_eq(row->errors[0], ENOSYS);
		for (unsigned i = 0; row->errors[i] != 0; i++)
			for (unsigned j = 0; j < i; j++)
				ck_assert_msg(row->errors[i] != row->errors[j],
				    "%s has an error twice", row->name);
	}
	ck_assert_uint_eq(n, 383);
}
END_TEST

START_TEST(arguments_are_sane)
{
	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		const struct abi_row *row = abi_row(nr);

		for (unsigned i = 0; row != NULL && i < row->nargs; i++) {
			const struct abi_arg *arg = &row->args[i];

			ck_assert_msg(arg->size == 4 || arg->size == 8,
			    "%s: size of %s", row->name, arg->name);
			ck_assert_uint_le(arg->offset + arg->size,
			    row->args_size);
			if (arg->len_offset != arg->offset)
				ck_assert_int_ge(abi_arg_len_index(row, i), 0);
			switch (arg->kind) {
			case ABI_KIND_FLAGS:
			case ABI_KIND_BITS:
				ck_assert_ptr_nonnull(arg->set);
				ck_assert_uint_ne(arg->set->width, 0);
				break;
			case ABI_KIND_ENUM:
				ck_assert_ptr_nonnull(arg->set);
				ck_assert_uint_eq(arg->set->width, 0);
				break;
			default:
				ck_assert_ptr_null(arg->set);
				break;
			}
		}
	}
}
END_TEST

/* Every number that the system's header knows must have a row. */
START_TEST(header_has_no_more)
{
	FILE *f = fopen("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "r");
	char line[256], name[128];
	unsigned nr;

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "#define __NR_%127s %u", name, &nr) != 2)
			continue;
		ck_assert_msg(abi_row_by_name(name) != NULL, "no row: %s", name);
		ck_assert_uint_eq(abi_row_by_name(name)->nr, nr);
	}
	fclose(f);
}
END_TEST

START_TEST(sets_have_names)
{
	ck_assert_str_eq(abi_set_name(&abi_set_whence, 2), "SEEK_END");
	ck_assert_ptr_null(abi_set_name(&abi_set_whence, 77));
	ck_assert_ptr_eq(abi_set_by_name("open"), &abi_set_open);
	ck_assert_ptr_null(abi_set_by_name("opne"));
	ck_assert_uint_eq(abi_set_mremap.mask, 7);
	ck_assert_uint_eq(abi_set_none.mask, 0);
	ck_assert_ptr_nonnull(abi_set_at(0));
	ck_assert_ptr_null(abi_set_at(1000));
}
END_TEST

/* ---- decode ------------------------------------------------------------------ */

START_TEST(scalars)
{
	struct read_args r;
	struct lseek_args l;

	/* int is cut to 32 bits, size_t and loff_t are not */
	ck_assert_int_eq(decode("read", &r, 0xdead00000003, 0x7fff0000, ~0ULL,
	    0, 0, 0), 0);
	ck_assert_int_eq(r.fd, 3);
	ck_assert_uint_eq(r.buf.v, 0x7fff0000);
	ck_assert(r.count == SIZE_MAX);
	ck_assert_int_eq(decode("lseek", &l, 0xffffffff, (uint64_t)-5,
	    0x100000001, 0, 0, 0), 0);
	ck_assert_int_eq(l.fd, -1);
	ck_assert_int_eq(l.offset, -5);
	ck_assert_int_eq(l.whence, 1);
	ck_assert_uint_eq(fetches, 0);
}
END_TEST

START_TEST(flags_widths)
{
	struct dup3_args d;
	struct mremap_args m;
	struct openat_args o;

	/* int flags: the upper half is not looked at */
	ck_assert_int_eq(decode("dup3", &d, 1, 2, 0xff0000000000 | 02000000, 0,
	    0, 0), 0);
	ck_assert_uint_eq(d.flags, 02000000);
	ck_assert_int_eq(decode("dup3", &d, 1, 2, 1, 0, 0, 0), -EINVAL);
	/* unsigned long flags: it is */
	ck_assert_int_eq(decode("mremap", &m, 0, 0, 0, 1ULL << 40, 0, 0),
	    -EINVAL);
	ck_assert_int_eq(decode("mremap", &m, 0, 0, 0, 3, 0, 0), 0);
	ck_assert_uint_eq(m.flags, 3);
	/* BITS are the handler's */
	ck_assert_int_eq(decode("openat", &o, 0, put_str(0, "x"),
	    0xffffffffffffffff, 0, 0, 0), 0);
	ck_assert_uint_eq(o.flags, 0xffffffff);
}
END_TEST

START_TEST(strings)
{
	struct renameat2_args r;
	struct chdir_args o;
	struct query_module_args a;

	ck_assert_int_eq(decode("renameat2", &r, (uint64_t)-100,
	    put_str(0, "from"), 7, put_str(100, "to"), 0, 0), 0);
	ck_assert_str_eq(r.oldpath, "from");
	ck_assert_str_eq(r.newpath, "to");
	ck_assert_int_eq(r.olddirfd, -100);
	/* it is a copy */
	memory[0] = 'F';
	ck_assert_str_eq(r.oldpath, "from");
	ck_assert_int_eq(decode("chdir", &o, 0, 0, 0, 0, 0, 0), -EFAULT);
	ck_assert_int_eq(decode("chdir", &o, put_str(0, ""), 0, 0, 0, 0, 0), 0);
	ck_assert_str_eq(o.path, "");
	/* _OPT */
	ck_assert_int_eq(decode("query_module", &a, 0, 0, 0, 0, 0, 0), 0);
	ck_assert_ptr_null(a.name);
	ck_assert_int_eq(decode("query_module", &a, 1, 0, 0, 0, 0, 0), -EFAULT);
}
END_TEST

START_TEST(long_strings)
{
	struct chdir_args o;

	memset(memory, 'a', 2 * ABI_PATH_MAX);
	memory[ABI_PATH_MAX - 1] = '\0';
	ck_assert_int_eq(decode("chdir", &o, BASE, 0, 0, 0, 0, 0), 0);
	ck_assert_uint_eq(strlen(o.path), ABI_PATH_MAX - 1);
	memory[ABI_PATH_MAX - 1] = 'a';
	ck_assert_int_eq(decode("chdir", &o, BASE, 0, 0, 0, 0, 0),
	    -ENAMETOOLONG);
	/* a string that runs into nowhere */
	memset(memory + SIZE - 10, 'a', 10);
	ck_assert_int_eq(decode("chdir", &o, BASE + SIZE - 10, 0, 0, 0, 0, 0),
	    -EFAULT);
}
END_TEST

START_TEST(structures)
{
	struct k_sigaction sa = { .handler = 1, .flags = 2, .mask = 3 };
	struct rt_sigaction_args a;
	struct stat_args s;

	ck_assert_int_eq(decode("rt_sigaction", &a, 5, put(0, &sa, sizeof(sa)),
	    BASE + 512, 8, 0, 0), 0);
	ck_assert_int_eq(a.sig, 5);
	ck_assert_uint_eq(a.act->mask, 3);
	ck_assert_ptr_nonnull(a.oldact);
	ck_assert_uint_eq(a.oldact->flags, 0);
	ck_assert_int_eq(decode("rt_sigaction", &a, 5, 0, 0, 8, 0, 0), 0);
	ck_assert_ptr_null(a.act);
	ck_assert_ptr_null(a.oldact);
	/* half of it is not mapped */
	ck_assert_int_eq(decode("rt_sigaction", &a, 5, BASE + SIZE - 16, 0, 8,
	    0, 0), -EFAULT);
	/* a structure that goes out is not looked at before, and is zero */
	ck_assert_int_eq(decode("stat", &s, put_str(0, "/"), 1, 0, 0, 0, 0), 0);
	ck_assert_int_eq(s.statbuf->st_size, 0);
	ck_assert_uint_eq((uintptr_t)s.statbuf % 16, 0);
}
END_TEST

START_TEST(signal_sets)
{
	struct rt_sigprocmask_args a;
	struct ppoll_args p;
	uint64_t set = 0x8000000000000001;

	ck_assert_int_eq(decode("rt_sigprocmask", &a, 0,
	    put(0, &set, sizeof(set)), 0, 8, 0, 0), 0);
	ck_assert(*a.set == set);
	ck_assert_ptr_null(a.oldset);
	ck_assert_int_eq(decode("rt_sigprocmask", &a, 0, 0, 0, 4, 0, 0),
	    -EINVAL);
	/* with no set, its size is not looked at */
	ck_assert_int_eq(decode("ppoll", &p, 0, 0, 0, 0, 99, 0), 0);
	ck_assert_int_eq(decode("ppoll", &p, 0, 0, 0, BASE, 99, 0), -EINVAL);
	ck_assert_int_eq(decode("ppoll", &p, 0, 0, 0, BASE, 8, 0), 0);
	ck_assert_ptr_nonnull(p.sigmask);
}
END_TEST

/* Two bad arguments: which of them is complained of is part of the ABI. */
START_TEST(order_of_errors)
{
	struct unlinkat_args u;
	struct rt_sigaction_args a;
	struct linkat_args l;

	/* unknown flags before strings, whatever their place */
	ck_assert_int_eq(decode("unlinkat", &u, 0, 1, 0x1000000, 0, 0, 0),
	    -EINVAL);
	ck_assert_uint_eq(fetches, 0);
	/* the size of a set before a structure */
	ck_assert_int_eq(decode("rt_sigaction", &a, 5, 1, 0, 7, 0, 0), -EINVAL);
	ck_assert_uint_eq(fetches, 0);
	/* left to right, each once, and no further than the first bad one */
	memset(memory, 'a', ABI_PATH_MAX + 1);
	ck_assert_int_eq(decode("linkat", &l, 0, BASE, 0, 1, 0, 0),
	    -ENAMETOOLONG);
	ck_assert_uint_eq(fetches, 1);
	ck_assert_int_eq(decode("linkat", &l, 0, 1, 0, BASE, 0, 0), -EFAULT);
	ck_assert_uint_eq(fetches, 1);
	/* access(2): the mode before the path */
	ck_assert_int_eq(decode("access", &l, 1, 8, 0, 0, 0, 0), -EINVAL);
}
END_TEST

START_TEST(small_scratch)
{
	const struct abi_row *row = abi_row_by_name("chdir");
	uint64_t raw[6] = { put_str(0, "/"), 0, 0, 0, 0, 0 };
	struct chdir_args o;

	ck_assert_int_eq(abi_decode(row, raw, &o, scratch, 100, &mem), -ENOMEM);
	ck_assert_int_eq(abi_decode(row, raw, &o, scratch + 3, 4, &mem),
	    -ENOMEM);
	/* it need not be aligned */
	ck_assert_int_eq(abi_decode(row, raw, &o, scratch + 3,
	    sizeof(scratch) - 3, &mem), 0);
	ck_assert_str_eq(o.path, "/");
}
END_TEST

/* No call with any registers may do more than fail. */
START_TEST(anything_goes)
{
	static const uint64_t value[] = {
		0, 1, 8, BASE, BASE + SIZE - 1, UINT32_MAX, UINT64_MAX,
		1ULL << 63,
	};
	_Alignas(8) char args[ABI_ARGS_MAX];

	memset(memory, 'x', SIZE - 5000);
	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		if (abi_row(nr) == NULL)
			continue;
		for (unsigned k = 0; k < 256; k++) {
			uint64_t raw[6];
			int error;

			for (unsigned i = 0; i < 6; i++)
				raw[i] = value[(k * 2654435761u >> i * 4) & 7];
			error = abi_decode(abi_row(nr), raw, args, scratch,
			    sizeof(scratch), &mem);
			ck_assert(error == 0 || error == -EINVAL ||
			    error == -EFAULT || error == -ENAMETOOLONG);
			if (error == 0)
				error = abi_copyout(abi_row(nr), raw, args,
				    &mem);
			ck_assert(error == 0 || error == -EINVAL ||
			    error == -EFAULT || error == -ENAMETOOLONG);
		}
	}
}
END_TEST

/* ---- copy-out ------------------------------------------------------------------ */

START_TEST(copyout)
{
	const struct abi_row *row = abi_row_by_name("prlimit64");
	struct rlimit lim = { 1, 2 }, got;
	uint64_t raw[6] = { 0, 7, put(0, &lim, sizeof(lim)), BASE + 64, 0, 0 };
	struct prlimit64_args a;

	ck_assert_int_eq(abi_decode(row, raw, &a, scratch, sizeof(scratch),
	    &mem), 0);
	a.old_limit->rlim_cur = 77;
	a.old_limit->rlim_max = 88;
	ck_assert_int_eq(abi_copyout(row, raw, &a, &mem), 0);
	memcpy(&got, memory + 64, sizeof(got));
	ck_assert_uint_eq(got.rlim_cur, 77);
	ck_assert_uint_eq(got.rlim_max, 88);
	raw[3] = 1;
	ck_assert_int_eq(abi_copyout(row, raw, &a, &mem), -EFAULT);
	/* nothing to store: the guest's NULL, or the handler's */
	a.old_limit = NULL;
	ck_assert_int_eq(abi_copyout(row, raw, &a, &mem), 0);
}
END_TEST

START_TEST(copyout_order)
{
	const struct abi_row *row = abi_row_by_name("getresuid");
	uint64_t raw[6] = { BASE, 1, BASE + 8, 0, 0, 0 };
	struct getresuid_args a;

	ck_assert_int_eq(abi_decode(row, raw, &a, scratch, sizeof(scratch),
	    &mem), 0);
	*a.ruid = 0x11111111;
	*a.suid = 0x33333333;
	ck_assert_int_eq(abi_copyout(row, raw, &a, &mem), -EFAULT);
	/* what stands before the bad address has been stored, as in Linux */
	ck_assert_int_eq(memory[0], 0x11);
	ck_assert_int_eq(memory[8], 0);
}
END_TEST

START_TEST(copyout_inout)
{
	const struct abi_row *row = abi_row_by_name("adjtimex");
	struct timex t = { .modes = 0, .offset = 5 };
	uint64_t raw[6] = { put(0, &t, sizeof(t)), 0, 0, 0, 0, 0 };
	struct adjtimex_args a;

	ck_assert_int_eq(abi_decode(row, raw, &a, scratch, sizeof(scratch),
	    &mem), 0);
	ck_assert_int_eq(a.buf->offset, 5);
	a.buf->offset = 6;
	ck_assert_int_eq(abi_copyout(row, raw, &a, &mem), 0);
	memcpy(&t, memory, sizeof(t));
	ck_assert_int_eq(t.offset, 6);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("abi");
	TCase *tc = tcase_create("abi");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, rows_are_found);
	tcase_add_test(tc, rows_are_sane);
	tcase_add_test(tc, arguments_are_sane);
	tcase_add_test(tc, header_has_no_more);
	tcase_add_test(tc, sets_have_names);
	tcase_add_test(tc, scalars);
	tcase_add_test(tc, flags_widths);
	tcase_add_test(tc, strings);
	tcase_add_test(tc, long_strings);
	tcase_add_test(tc, structures);
	tcase_add_test(tc, signal_sets);
	tcase_add_test(tc, order_of_errors);
	tcase_add_test(tc, small_scratch);
	tcase_add_test(tc, anything_goes);
	tcase_add_test(tc, copyout);
	tcase_add_test(tc, copyout_order);
	tcase_add_test(tc, copyout_inout);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
