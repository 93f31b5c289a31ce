/*
 * test_module.c - modules: hooks, stacking, own calls, devices, file systems,
 * and swapping while a call is under way.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "vksup/handlers.h"
#include "vksup/proc.h"
#include "vksup/watch.h"

static struct guest *g;
static char why[256];
static int ended;		/* fini functions that ran */

static void
fini_count(struct mod *m)
{
	(void)m;
	ended++;
}

static int
load(const struct mod_info *info, const char *args)
{
	return module_load(vk, info, args, why, sizeof(why));
}

/* --- hooks --- */

static long
add_one(struct mod_call *c, void *arg)
{
	return mod_next(c) + (long)(intptr_t)arg;
}

static long
times_ten(struct mod_call *c, void *arg)
{
	(void)arg;
	return mod_next(c) * 10;
}

static int
init_add(struct mod *m, const char *args)
{
	return mod_wrap(m, "getppid", add_one, (void *)strtol(args, NULL, 10));
}

static int
init_ten(struct mod *m, const char *args)
{
	(void)args;
	return mod_wrap(m, "getppid", times_ten, NULL);
}

static const struct mod_info mod_add = { VKSUP_MODULE_ABI, "add", init_add, fini_count };
static const struct mod_info mod_ten = { VKSUP_MODULE_ABI, "ten", init_ten, fini_count };

START_TEST(stack_in_order)
{
	g = fake_boot();
	ended = 0;
	ck_assert(handler_is_native(vk, SYS_getppid));
	expect(guest_call(g, SYS_getppid), 1);
	expect(load(&mod_add, "2"), 0);
	expect(guest_call(g, SYS_getppid), 3);
	/* The last one is met first. */
	expect(load(&mod_ten, ""), 0);
	expect(guest_call(g, SYS_getppid), 30);
	ck_assert(!handler_is_native(vk, SYS_getppid));
	ck_assert(handler_is_native(vk, SYS_getpid));
	ck_assert_str_eq(module_name(vk, 0), "add");
	ck_assert_str_eq(module_name(vk, 1), "ten");
	ck_assert(module_name(vk, 2) == NULL);
	/* A second one of a name has another. */
	expect(load(&mod_ten, ""), 0);
	ck_assert_str_eq(module_name(vk, 2), "ten-2");
	expect(guest_call(g, SYS_getppid), 300);
	modules_end(vk);
	expect(ended, 3);
}
END_TEST

/* --- a replaced call, arguments, a call the table has no handler for --- */

static long
own_uname(struct mod_call *c, void *arg)
{
	struct uname_args *a = c->args;

	(void)arg;
	strcpy(a->buf->sysname, "module");
	return 0;
}

static long
answer_42(struct mod_call *c, void *arg)
{
	(void)arg;
	ck_assert_str_eq(c->row->name, "shmget");
	ck_assert_int_eq(mod_next(c), -ENOSYS);
	return 42;
}

static long
twice(struct mod_call *c, void *arg)
{
	struct write_args *a = c->args;

	(void)arg;
	if (a->fd != 1)
		return mod_next(c);
	mod_next(c);
	return mod_next(c);
}

static int
init_replace(struct mod *m, const char *args)
{
	int err;

	(void)args;
	err = mod_wrap(m, "uname", own_uname, NULL);
	if (err == 0)
		err = mod_wrap(m, "shmget", answer_42, NULL);
	return err != 0 ? err : mod_wrap(m, "write", twice, NULL);
}

static const struct mod_info mod_replace = { VKSUP_MODULE_ABI, "replace", init_replace, NULL };

START_TEST(replace_calls)
{
	char name[65];
	uint64_t buf;

	g = fake_boot();
	buf = guest_alloc(g, 6 * 65);
	expect(guest_call(g, SYS_shmget, 1, 2, 3), -ENOSYS);
	expect(load(&mod_replace, ""), 0);
	expect(guest_call(g, SYS_uname, buf), 0);
	guest_get(g, buf, name, sizeof(name));
	ck_assert_str_eq(name, "module");
	/* A bad address is still the caller's mistake. */
	expect(guest_call(g, SYS_uname, 16), -EFAULT);
	expect(guest_call(g, SYS_shmget, 1, 2, 3), 42);
	expect(guest_call(g, SYS_write, 1, guest_str(g, "x"), 1), 1);
	ck_assert_str_eq(fake_stdout(1), "xx");
}
END_TEST

/* --- every call; a thread that ends inside a module --- */

static _Atomic int all_calls;

static long
count_all(struct mod_call *c, void *arg)
{
	(void)arg;
	all_calls++;
	return mod_next(c);
}

static int
init_all(struct mod *m, const char *args)
{
	(void)args;
	return mod_wrap(m, "*", count_all, NULL);
}

static const struct mod_info mod_all = { VKSUP_MODULE_ABI, "all", init_all, fini_count };

START_TEST(wrap_everything)
{
	struct guest *child;
	int pid;

	g = fake_boot();
	ended = all_calls = 0;
	expect(load(&mod_all, ""), 0);
	expect(guest_call(g, SYS_getuid), 0);
	expect(guest_call(g, SYS_getpid), 2);
	expect(all_calls, 2);
	child = guest_fork(g, &pid);
	expect(all_calls, 3);
	/* exit does not come back through the hook, and yet it is left. */
	expect(guest_call(child, SYS_exit_group, 3), GUEST_GONE);
	expect(guest_call(g, SYS_wait4, pid, 0, 0, 0), pid);
	expect(module_swap(vk, NULL, &mod_add, "1", why, sizeof(why)), 0);
	fake_settle();
	fake_clock_advance(1);
	expect(ended, 1);
	all_calls = 0;
	expect(guest_call(g, SYS_getppid), 2);
	expect(all_calls, 0);
}
END_TEST

/* --- swapping --- */

static long
read_and_count(struct mod_call *c, void *arg)
{
	long r = mod_next(c);

	return r < 0 ? r : r + (long)(intptr_t)arg;
}

static int
init_read(struct mod *m, const char *args)
{
	return mod_wrap(m, "read", read_and_count, (void *)strtol(args, NULL, 10));
}

static const struct mod_info mod_read = { VKSUP_MODULE_ABI, "read", init_read, fini_count };

START_TEST(swap_under_a_call)
{
	uint64_t fds, buf;
	struct guest *other;
	int rd, wr, pid;

	g = fake_boot();
	ended = 0;
	fds = guest_alloc(g, 8);
	expect(guest_call(g, SYS_pipe, fds), 0);
	rd = (int)guest_u32(g, fds);
	wr = (int)guest_u32(g, fds + 4);
	other = guest_fork(g, &pid);
	buf = guest_alloc(other, 16);
	expect(load(&mod_read, "100"), 0);
	guest_post(other, SYS_read, rd, buf, 16);
	ck_assert(guest_waits(other));

	expect(module_swap(vk, NULL, &mod_read, "200", why, sizeof(why)), 0);
	fake_clock_advance(1);
	/* The call that began in the old one ends in it, and it goes only then. */
	expect(ended, 0);
	expect(guest_call(g, SYS_write, wr, guest_str(g, "abc"), 3), 3);
	expect(guest_result(other), 103);
	fake_settle();
	fake_clock_advance(1);
	expect(ended, 1);
	expect(guest_call(g, SYS_write, wr, guest_str(g, "abc"), 3), 3);
	expect(guest_call(other, SYS_read, rd, buf, 16), 203);
}
END_TEST

START_TEST(swap_by_name)
{
	g = fake_boot();
	expect(module_swap(vk, NULL, &mod_add, "1", why, sizeof(why)), -ENOENT);
	ck_assert_str_eq(why, "no module is loaded");
	expect(load(&mod_add, "1"), 0);
	expect(load(&mod_ten, ""), 0);
	expect(module_swap(vk, NULL, &mod_read, "1", why, sizeof(why)), -ENOENT);
	ck_assert_str_eq(why, "none of the modules is called read: say which");
	expect(module_swap(vk, "nine", &mod_read, "1", why, sizeof(why)), -ENOENT);
	/* Its place in the stack stays: (1 + 5) * 10. */
	expect(module_swap(vk, NULL, &mod_add, "5", why, sizeof(why)), 0);
	expect(guest_call(g, SYS_getppid), 60);
	expect(module_swap(vk, "ten", &mod_read, "1", why, sizeof(why)), 0);
	expect(guest_call(g, SYS_getppid), 6);
}
END_TEST

/* --- errors --- */

static int
init_wrong(struct mod *m, const char *args)
{
	int err = mod_wrap(m, "getppid", add_one, (void *)1);

	if (err == 0 && strcmp(args, "name") == 0)
		err = mod_wrap(m, "no_such_call", add_one, NULL);
	if (err == 0 && strcmp(args, "own") == 0)
		err = mod_add_call(m, 5, add_one, NULL);
	if (err == 0 && strcmp(args, "said") == 0)
		err = mod_error(m, "I do not like %s", args);
	if (err == 0 && strcmp(args, "dev") == 0)
		err = mod_add_dev(m, "null", 0666, &(const struct mod_dev){ 0 }, NULL);
	return err;
}

static const struct mod_info mod_wrong = { VKSUP_MODULE_ABI, "wrong", init_wrong, NULL };
static const struct mod_info mod_old = { VKSUP_MODULE_ABI + 1, "old", init_wrong, NULL };

START_TEST(errors)
{
	g = fake_boot();
	expect(load(&mod_old, ""), -ENOEXEC);
	ck_assert_str_eq(why, "it is made for version 2 of vksup/module.h, this is 1");
	expect(load(&mod_wrong, "name"), -ENOENT);
	ck_assert_str_eq(why, "its init function: No such file or directory");
	expect(load(&mod_wrong, "own"), -EINVAL);
	expect(load(&mod_wrong, "said"), -EINVAL);
	ck_assert_str_eq(why, "I do not like said");
	expect(load(&mod_wrong, "dev"), -EEXIST);
	ck_assert_str_eq(why, "/dev/null: File exists");
	/* Nothing of them is there. */
	expect(guest_call(g, SYS_getppid), 1);
	ck_assert(module_name(vk, 0) == NULL);
}
END_TEST

/* --- calls of one's own, a watcher --- */

static int seen_own;

static void
see_call(struct watcher *w, struct thread *t, const struct abi_row *row, long ret)
{
	(void)w;
	seen_own += row == NULL && t->nr == 1000 && ret == 7;
}

static struct watcher watcher = { .call_exit = see_call };

static long
own_call(struct mod_call *c, void *arg)
{
	(void)arg;
	ck_assert(c->row == NULL && c->args == NULL && c->nr == 1000);
	return (long)c->raw[0] + (mod_next(c) == -ENOSYS ? 0 : 1000);
}

static long
own_above(struct mod_call *c, void *arg)
{
	(void)arg;
	return -mod_next(c);
}

static int
init_own(struct mod *m, const char *args)
{
	int err;

	if (*args != '\0')
		return mod_add_call(m, 1000, own_above, NULL);
	err = mod_add_call(m, 1000, own_call, NULL);
	if (err == 0 && mod_add_call(m, 1000, own_call, NULL) != -EEXIST)
		err = -EIO;
	return err != 0 ? err : mod_watch(m, &watcher);
}

static const struct mod_info mod_own = { VKSUP_MODULE_ABI, "own", init_own, NULL };

START_TEST(own_calls)
{
	g = fake_boot();
	seen_own = 0;
	expect(guest_call(g, 1000, 7), -ENOSYS);
	expect(load(&mod_own, ""), 0);
	expect(guest_call(g, 1000, 7), 7);
	expect(guest_call(g, 1001, 7), -ENOSYS);
	expect(guest_call(g, 0xffffffff, 7), -ENOSYS);
	expect(seen_own, 1);
	expect(load(&mod_own, "above"), 0);
	expect(guest_call(g, 1000, 7), -7);
	/* The new one has no such call any more, nor a watcher. */
	expect(module_swap(vk, "own", &mod_add, "0", why, sizeof(why)), 0);
	expect(module_swap(vk, "own-2", &mod_ten, "", why, sizeof(why)), 0);
	expect(guest_call(g, 1000, 7), -ENOSYS);
	expect(seen_own, 1);
}
END_TEST

/* --- a device --- */

static int dev_released;

static int
dev_open(struct mod_file *f)
{
	if ((f->flags & O_ACCMODE) == O_WRONLY)
		return -EPERM;
	f->priv = f->arg;
	return 0;
}

static void
dev_release(struct mod_file *f)
{
	(void)f;
	dev_released++;
}

static ssize_t
dev_read(struct mod_file *f, void *buf, size_t n)
{
	return snprintf(buf, n, "%s", (const char *)f->priv);
}

static const struct mod_dev dev_ops = { .open = dev_open, .release = dev_release, .read = dev_read };

static int
init_dev(struct mod *m, const char *args)
{
	return mod_add_dev(m, "thing", 0600, &dev_ops, (void *)(uintptr_t)args);
}

static const struct mod_info mod_dev = { VKSUP_MODULE_ABI, "dev", init_dev, fini_count };

static const char *
read_some(long fd)
{
	static char text[64];
	uint64_t buf = guest_alloc(g, sizeof(text));
	long n = must(guest_call(g, SYS_read, fd, buf, sizeof(text) - 1));

	guest_get(g, buf, text, (size_t)n);
	text[n] = '\0';
	return text;
}

START_TEST(device)
{
	uint64_t name, st;
	struct stat s;
	long fd, fd2;

	g = fake_boot();
	ended = dev_released = 0;
	name = guest_str(g, "/dev/thing");
	st = guest_alloc(g, sizeof(s));
	expect(guest_call(g, SYS_open, name, O_RDONLY), -ENOENT);
	expect(load(&mod_dev, "one"), 0);
	expect(guest_call(g, SYS_open, name, O_WRONLY), -EPERM);
	fd = must(guest_call(g, SYS_open, name, O_RDONLY));
	expect(guest_call(g, SYS_fstat, fd, st), 0);
	guest_get(g, st, &s, sizeof(s));
	expect(s.st_mode, S_IFCHR | 0600);
	ck_assert_str_eq(read_some(fd), "one");
	expect(guest_call(g, SYS_write, fd, name, 1), -EBADF);
	expect(guest_call(g, SYS_ioctl, fd, 0x1234, 0), -ENOTTY);
	/* What is open stays with the old one. */
	expect(module_swap(vk, NULL, &mod_dev, "two", why, sizeof(why)), 0);
	fd2 = must(guest_call(g, SYS_open, name, O_RDONLY));
	ck_assert_str_eq(read_some(fd), "one");
	ck_assert_str_eq(read_some(fd2), "two");
	expect(ended, 0);
	expect(guest_call(g, SYS_close, fd), 0);
	fake_settle();
	fake_clock_advance(1);
	expect(dev_released, 1);
	expect(ended, 1);
	/* Nobody serves it any more. */
	expect(module_swap(vk, NULL, &mod_add, "0", why, sizeof(why)), 0);
	expect(guest_call(g, SYS_open, name, O_RDONLY), -ENXIO);
	ck_assert_str_eq(read_some(fd2), "two");
}
END_TEST

/* --- a file system: a root with up to four files of 64 bytes --- */

static struct mem_file {
	char	name[16], data[64];
	unsigned mode;
	int64_t	size;
} mem[4];

static int
mem_node(uint64_t id, struct mod_node *n)
{
	struct mem_file *f;

	n->id = id;
	if (id == MOD_ROOT) {
		n->mode = S_IFDIR | 0755;
		return 0;
	}
	f = &mem[id - 2];
	if (f->mode == 0)
		return -ENOENT;
	n->mode = f->mode;
	n->size = f->size;
	return 0;
}

static int
mem_lookup(void *arg, uint64_t dir, const char *name, struct mod_node *n)
{
	uint64_t i;

	(void)arg;
	if (*name == '\0')
		return mem_node(dir, n);
	for (i = 0; i < nitems(mem); i++)
		if (mem[i].mode != 0 && strcmp(mem[i].name, name) == 0)
			return mem_node(i + 2, n);
	return -ENOENT;
}

static int
mem_list(void *arg, uint64_t dir, uint64_t i, char name[256], struct mod_node *n)
{
	(void)arg;
	(void)dir;
	if (i >= nitems(mem) || mem[i].mode == 0)
		return -ENOENT;
	strcpy(name, mem[i].name);
	return mem_node(i + 2, n);
}

static ssize_t
mem_read(void *arg, uint64_t id, void *buf, size_t n, int64_t off)
{
	struct mem_file *f = &mem[id - 2];

	(void)arg;
	if (off >= f->size)
		return 0;
	n = min_of(n, (size_t)(f->size - off));
	memcpy(buf, f->data + off, n);
	return (ssize_t)n;
}

static ssize_t
mem_readlink(void *arg, uint64_t id, char *buf, size_t n)
{
	return mem_read(arg, id, buf, n, 0);
}

static ssize_t
mem_write(void *arg, uint64_t id, const void *buf, size_t n, int64_t off)
{
	struct mem_file *f = &mem[id - 2];

	(void)arg;
	if (off + (int64_t)n > (int64_t)sizeof(f->data))
		return -ENOSPC;
	memcpy(f->data + off, buf, n);
	f->size = max_of(f->size, off + (int64_t)n);
	return (ssize_t)n;
}

static int
mem_truncate(void *arg, uint64_t id, int64_t size)
{
	(void)arg;
	if (size > (int64_t)sizeof(mem[0].data))
		return -EFBIG;
	mem[id - 2].size = size;
	return 0;
}

static int
mem_make(void *arg, uint64_t dir, const char *name, const char *target, struct mod_node *n)
{
	uint64_t i;

	(void)arg;
	(void)dir;
	for (i = 0; i < nitems(mem) && mem[i].mode != 0; i++)
		;
	if (i == nitems(mem) || strlen(name) >= sizeof(mem[i].name))
		return -ENOSPC;
	strcpy(mem[i].name, name);
	mem[i].mode = n->mode;
	mem[i].size = 0;
	if (target != NULL)
		mem[i].size = snprintf(mem[i].data, sizeof(mem[i].data), "%s", target);
	return mem_node(i + 2, n);
}

static int
mem_remove(void *arg, uint64_t dir, const char *name)
{
	struct mod_node n = { 0 };
	int err = mem_lookup(arg, dir, name, &n);

	if (err == 0)
		mem[n.id - 2].mode = 0;
	return err;
}

static const struct mod_fs mem_fs = {
	.type = "memfs", .lookup = mem_lookup, .list = mem_list, .read = mem_read,
	.readlink = mem_readlink, .write = mem_write, .truncate = mem_truncate,
	.make = mem_make, .remove = mem_remove,
};

static int
init_fs(struct mod *m, const char *args)
{
	return mod_add_fs(m, *args != '\0' ? args : "/mnt/mem", &mem_fs, NULL);
}

static const struct mod_info mod_fs = { VKSUP_MODULE_ABI, "fs", init_fs, NULL };

START_TEST(file_system)
{
	struct stat s;
	uint64_t name, st, link;
	long fd;

	memset(mem, 0, sizeof(mem));
	fake_host_dir("/mnt", 0755);
	g = fake_boot();
	name = guest_str(g, "/mnt/mem/file");
	link = guest_str(g, "/mnt/mem/link");
	st = guest_alloc(g, sizeof(s));
	expect(load(&mod_fs, "/no/such/place"), -ENOENT);
	ck_assert_str_eq(why, "mount on /no/such/place: No such file or directory");
	expect(load(&mod_fs, "relative"), -EINVAL);
	expect(load(&mod_fs, ""), 0);
	expect(guest_call(g, SYS_open, name, O_RDONLY), -ENOENT);
	fd = must(guest_call(g, SYS_open, name, O_RDWR | O_CREAT, 0640));
	expect(guest_call(g, SYS_write, fd, guest_str(g, "some text"), 9), 9);
	expect(guest_call(g, SYS_lseek, fd, -4, SEEK_END), 5);
	ck_assert_str_eq(read_some(fd), "text");
	expect(guest_call(g, SYS_ftruncate, fd, 4), 0);
	expect(guest_call(g, SYS_fstat, fd, st), 0);
	guest_get(g, st, &s, sizeof(s));
	expect(s.st_size, 4);
	expect(s.st_mode, S_IFREG | 0640);
	expect(guest_call(g, SYS_symlink, guest_str(g, "file"), link), 0);
	expect(guest_call(g, SYS_stat, link, st), 0);
	guest_get(g, st, &s, sizeof(s));
	expect(s.st_ino, 2);
	expect(guest_call(g, SYS_rename, link, name), -EPERM);
	expect(guest_call(g, SYS_mknod, guest_str(g, "/mnt/mem/fifo"), S_IFIFO | 0600, 0), -EPERM);
	expect(guest_call(g, SYS_chmod, name, 0600), -EPERM);
	/* Other code, the same files. */
	expect(module_swap(vk, NULL, &mod_fs, "", why, sizeof(why)), 0);
	expect(guest_call(g, SYS_lseek, fd, 0, SEEK_SET), 0);
	ck_assert_str_eq(read_some(fd), "some");
	expect(guest_call(g, SYS_unlink, name), 0);
	expect(guest_call(g, SYS_stat, name, st), -ENOENT);
	expect(guest_call(g, SYS_stat, link, st), -ENOENT);
	/* No code. */
	expect(module_swap(vk, NULL, &mod_add, "0", why, sizeof(why)), 0);
	expect(guest_call(g, SYS_read, fd, st, 4), -EIO);
	expect(guest_call(g, SYS_lstat, link, st), -EIO);
}
END_TEST

UNIT_MAIN("module", stack_in_order, replace_calls, wrap_everything, swap_under_a_call, swap_by_name,
    errors, own_calls, device, file_system)
