/*
 * test_elf.c - ELF files that are whole, cut short, and damaged.
 *
 * Nothing that a file says may crash the kernel or give anything but an error
 * that execve(2) has; a process that got beyond the point of no return is
 * killed instead.  Every field of the headers is filled with values that are
 * near the limits.
 */
#include "unit.h"

#include <elf.h>
#include <stdio.h>
#include <sys/wait.h>

#include "vkern/elf_plan.h"
#include "vksup/proc.h"

static uint8_t image[2 * 4096];
static size_t image_size;

static void
image_copy(void)
{
	const void *elf = fake_elf(&image_size);

	memcpy(image, elf, image_size);
}

static Elf64_Ehdr *
ehdr(void)
{
	return (Elf64_Ehdr *)image;
}

static Elf64_Phdr *
phdr(int i)
{
	return (Elf64_Phdr *)(image + sizeof(Elf64_Ehdr)) + i;
}

/* --- plans, from a file in memory --- */

static size_t file_len;

static ssize_t
image_read(struct file *f, struct uio *u, int64_t *pos)
{
	size_t at = (size_t)*pos, n;
	ssize_t r;

	(void)f;
	if (*pos < 0 || at >= file_len)
		return 0;
	n = min_of(file_len - at, u->resid);
	r = uio_put(u, image + at, n);
	if (r > 0)
		*pos += r;
	return r;
}

static const struct file_ops image_ops = { .name = "image", .read = image_read };

static int
plan(struct elf_plan *pl)
{
	struct file f = { .ops = &image_ops, .mode = FMODE_READ | FMODE_SEEK };
	char interp[4096];
	int err;

	mutex_init(&f.pos_lock, RANK_POS);
	err = elf_plan_read(&f, pl, interp, sizeof(interp));
	mutex_destroy(&f.pos_lock);
	return err;
}

static bool
errno_known(int err)
{
	return err == 0 || err == -ENOEXEC || err == -EINVAL || err == -ENOMEM || err == -EIO;
}

/* What has been accepted is consistent. */
static void
plan_check(const struct elf_plan *pl)
{
	int i;

	if (pl->bad)
		return;			/* will not be mapped */
	ck_assert_int_gt(pl->nseg, 0);
	ck_assert_int_le(pl->nseg, ELF_SEGS_MAX);
	ck_assert_uint_le(pl->end, GUEST_TOP);
	for (i = 0; i < pl->nseg; i++) {
		ck_assert_uint_le(pl->seg[i].filesz, pl->seg[i].memsz);
		ck_assert_uint_ge(pl->seg[i].vaddr, pl->start);
		ck_assert_uint_le(pl->seg[i].vaddr + pl->seg[i].memsz, pl->end);
	}
}

START_TEST(valid)
{
	static struct elf_plan pl;

	image_copy();
	file_len = image_size;
	expect(plan(&pl), 0);
	plan_check(&pl);
	ck_assert_int_eq(pl.nseg, 2);
	ck_assert_int_eq(pl.type, ET_EXEC);
	ck_assert_uint_eq(pl.start, GUEST_CODE);
	ck_assert_uint_eq(pl.end, GUEST_ARENA_END);
	ck_assert_uint_eq(pl.phdr, GUEST_CODE + sizeof(Elf64_Ehdr));
	ck_assert(!pl.exec_stack);
}
END_TEST

START_TEST(cut_short)
{
	static struct elf_plan pl;
	size_t headers;
	int err;

	image_copy();
	headers = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
	for (file_len = 0; file_len < headers; file_len++) {
		err = plan(&pl);
		ck_assert_msg(err < 0 && errno_known(err), "%zu bytes: %d", file_len, err);
	}
	/* The rest is only mapped. */
	for (; file_len <= image_size; file_len += 97)
		expect(plan(&pl), 0);
}
END_TEST

static const uint64_t nasty[] = { 0, 1, 2, 7, 8, 55, 56, 57, 63, 64, 4095, 4096, 4097, 0x7fff, 0x8000,
	0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, GUEST_TOP - 4096, GUEST_TOP - 1, GUEST_TOP,
	GUEST_TOP + 4096, INT64_MAX - 4096, INT64_MAX, 1UL << 63, UINT64_MAX - 4096, UINT64_MAX };

/* Every place of 1, 2, 4 and 8 bytes in the headers, every value. */
START_TEST(damaged)
{
	static struct elf_plan pl;
	size_t at, i, width, headers = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
	int err;

	image_copy();
	file_len = image_size;
	for (width = 1; width <= 8; width *= 2)
		for (at = 0; at + width <= headers; at += width)
			for (i = 0; i < nitems(nasty); i++) {
				image_copy();
				memcpy(image + at, &nasty[i], width);
				err = plan(&pl);
				ck_assert_msg(errno_known(err), "%zu bytes at %zu, value %#lx: %d",
				    width, at, nasty[i], err);
				if (err == 0)
					plan_check(&pl);
			}
}
END_TEST

START_TEST(random_damage)
{
	static struct elf_plan pl;
	uint32_t seed = 11;
	int i, k, err;

	for (i = 0; i < 20000; i++) {
		image_copy();
		file_len = image_size;
		for (k = (int)(unit_random(&seed) % 6); k >= 0; k--)
			image[unit_random(&seed) % 232] = (uint8_t)unit_random(&seed);
		err = plan(&pl);
		ck_assert_msg(errno_known(err), "round %d: %d", i, err);
		if (err == 0)
			plan_check(&pl);
	}
}
END_TEST

/* --- exec as a whole --- */

static void
put_program(const char *path, size_t n)
{
	fake_host_data(path, image, n, 0755);
}

static long
run_child(struct guest *g, const char *path, int *st)
{
	struct guest *c = guest_fork(g, NULL);
	uint64_t argv[2] = { guest_str(c, path), 0 }, at = guest_alloc(g, 4);
	long r = guest_call(c, SYS_execve, argv[0], guest_buf(c, argv, sizeof(argv)), 0);

	if (!guest_gone(c))
		guest_call(c, SYS_exit_group, 0);
	must(guest_call(g, SYS_wait4, -1, at, 0, 0));
	*st = (int)guest_u32(g, at);
	return r;
}

static bool
exec_result_known(long r, int st)
{
	if (r == GUEST_GONE)
		return st == SIGSEGV || st == SIGKILL;
	return r == 0 || r == -ENOEXEC || r == -EINVAL || r == -ENOMEM || r == -EIO || r == -ENOENT ||
	    r == -ELIBBAD;
}

/* Each row damages one field of a program that is then run. */
static void
damage(int row, uint64_t v)
{
	switch (row) {
	case 0: ehdr()->e_entry = v; break;
	case 1: ehdr()->e_phoff = v; break;
	case 2: ehdr()->e_phnum = (uint16_t)v; break;
	case 3: ehdr()->e_type = (uint16_t)v; break;
	case 4: phdr(0)->p_vaddr = v; break;
	case 5: phdr(0)->p_offset = v; break;
	case 6: phdr(0)->p_filesz = v; break;
	case 7: phdr(0)->p_memsz = v; break;
	case 8: phdr(1)->p_vaddr = v; break;
	case 9: phdr(1)->p_memsz = v; break;
	case 10: phdr(1)->p_flags = (uint32_t)v; break;
	case 11: phdr(1)->p_filesz = v; break;
	case 12: phdr(2)->p_type = PT_INTERP; phdr(2)->p_filesz = v; break;
	case 13: ehdr()->e_type = ET_DYN; phdr(0)->p_vaddr = v; break;
	default: phdr(2)->p_type = PT_LOAD; phdr(2)->p_vaddr = v; phdr(2)->p_memsz = 4096; break;
	}
}

START_TEST(damaged_programs_run)
{
	static const uint64_t values[] = { 0, 1, 4095, 4096, 0x400000, 0x401000, 0x600000,
		GUEST_TOP - 4096, GUEST_TOP, INT64_MAX, UINT64_MAX };
	char path[32];
	struct guest *g;
	int row, st, spaces;
	size_t i;
	long r;

	for (row = 0; row < 15; row++)
		for (i = 0; i < nitems(values); i++) {
			image_copy();
			damage(row, values[i]);
			snprintf(path, sizeof(path), "/bad/%d-%zu", row, i);
			put_program(path, image_size);
		}
	g = fake_boot();
	spaces = fake_spaces();
	for (row = 0; row < 15; row++)
		for (i = 0; i < nitems(values); i++) {
			snprintf(path, sizeof(path), "/bad/%d-%zu", row, i);
			r = run_child(g, path, &st);
			ck_assert_msg(exec_result_known(r, st), "%s: %ld, status %#x", path, r, st);
			fake_settle();
			ck_assert_int_eq(fake_spaces(), spaces);
		}
}
END_TEST

START_TEST(interpreter)
{
	static const struct { const char *path; long want; } t[] = {
		{ "/bin/dyn", 0 }, { "/bin/dyn-none", -ENOENT }, { "/bin/dyn-text", -ELIBBAD },
		{ "/bin/dyn-dir", -EACCES },
	};
	static const char *const interps[] = { "/lib/ld.so", "/lib/none", "/etc/passwd.x", "/lib" };
	struct guest *g;
	size_t i;
	int st;

	fake_host_file("/etc/passwd.x", "text that is long enough to be no ELF file at all, of 64 bytes or more",
	    0755);
	for (i = 0; i < nitems(t); i++) {
		image_copy();
		phdr(2)->p_type = PT_INTERP;
		phdr(2)->p_offset = 2048;
		phdr(2)->p_filesz = strlen(interps[i]) + 1;
		strcpy((char *)image + 2048, interps[i]);
		put_program(t[i].path, image_size);
	}
	image_copy();
	ehdr()->e_type = ET_DYN;
	ehdr()->e_entry = 0x700;
	phdr(0)->p_vaddr = 0;
	phdr(1)->p_vaddr = 0x10000;
	phdr(1)->p_memsz = 4096;
	put_program("/lib/ld.so", image_size);
	g = fake_boot();
	for (i = 0; i < nitems(t); i++)
		ck_assert_msg(run_child(g, t[i].path, &st) == t[i].want, "%s", t[i].path);
}
END_TEST

/* The trampoline's part is out of reach, whatever the segments add up to. */
START_TEST(segments_too_high)
{
	static const uint64_t at[] = { 0x2aaa6aaac000, 0x2aaa6aa00000, 0x2aaaaaaaa000, 0x7fff00000000 };
	struct guest *g;
	char path[32];
	size_t i;
	int st;

	for (i = 0; i < nitems(at); i++) {
		image_copy();
		ehdr()->e_type = ET_DYN;
		phdr(0)->p_vaddr = 0;
		phdr(1)->p_vaddr = at[i];
		phdr(1)->p_memsz = 1UL << 28;
		phdr(2)->p_type = PT_INTERP;
		phdr(2)->p_offset = 2048;
		phdr(2)->p_filesz = sizeof("/bin/prog");
		strcpy((char *)image + 2048, "/bin/prog");
		snprintf(path, sizeof(path), "/bin/high%zu", i);
		put_program(path, image_size);
	}
	g = fake_boot();
	for (i = 0; i < nitems(at); i++) {
		snprintf(path, sizeof(path), "/bin/high%zu", i);
		expect(run_child(g, path, &st), GUEST_GONE);
		ck_assert_int_eq(st, SIGSEGV);
	}
}
END_TEST

/* The host refuses something on the way: no crash, nothing left over. */
START_TEST(host_fails)
{
	struct guest *g = fake_boot(), *c;
	uint64_t argv[2], at = guest_alloc(g, 4);
	int n, spaces = fake_spaces();
	bool again = true;
	long r;

	for (n = 1; again; n++) {
		c = guest_fork(g, NULL);
		argv[0] = guest_str(c, "/bin/prog");
		argv[1] = 0;
		fake_fail_nth(n, ENOMEM);
		r = guest_call(c, SYS_execve, argv[0], guest_buf(c, argv, sizeof(argv)), 0);
		again = fake_fail_happened();
		fake_fail_nth(0, 0);
		ck_assert_msg(r == 0 || r == -ENOMEM || r == -ENOEXEC || r == GUEST_GONE, "call %d: %ld", n, r);
		if (!guest_gone(c))
			guest_call(c, SYS_exit_group, 0);
		must(guest_call(g, SYS_wait4, -1, at, 0, 0));
		fake_settle();
		ck_assert_int_eq(fake_spaces(), spaces);
	}
	ck_assert_int_gt(n, 4);
}
END_TEST

UNIT_MAIN("elf", valid, cut_short, damaged, random_damage, damaged_programs_run, interpreter,
    segments_too_high, host_fails)
