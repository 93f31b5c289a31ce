/* inotify: descriptors, masks, one-shot, IN_MASK_ADD, merging, overflow, removal, errors. */
#include "vktest.h"
#include <sys/inotify.h>
#include <sys/ioctl.h>

static int count(int in)
{
	char b[65536] __attribute__((aligned(8)));
	int n = 0;
	ssize_t r;
	while ((r = read(in, b, sizeof b)) > 0)
		for (char *c = b; c < b + r; c += sizeof(struct inotify_event) + ((struct inotify_event *)c)->len)
			n++;
	return n;
}
static void first(int in)
{
	char b[4096] __attribute__((aligned(8)));
	ssize_t r = read(in, b, sizeof b);
	if (r < 0)
		printf("   none: %s\n", t_errname(errno));
	else
		printf("   0x%x %s\n", ((struct inotify_event *)b)->mask,
		       ((struct inotify_event *)b)->len ? ((struct inotify_event *)b)->name : "");
}

int main(void)
{
	char b[4096];
	SECTION("creation");
	int in = SHOW_OK(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
	SHOW(fcntl(in, F_GETFD));
	SHOW_X(fcntl(in, F_GETFL));
	SHOW_OK(syscall(SYS_inotify_init));
	SHOW_OK(inotify_init1(1));
	SHOW(read(in, b, sizeof b));
	SHOW(write(in, b, 1));

	SECTION("watches");
	t_write_file("f", "x");
	t_write_file("g", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "link"));
	int w = inotify_add_watch(in, "f", IN_MODIFY);
	SHOW(w);
	SHOW(inotify_add_watch(in, "g", IN_MODIFY));
	CHECK(inotify_add_watch(in, "./f", IN_MODIFY) == w);
	CHECK(inotify_add_watch(in, "link", IN_MODIFY) == w);
	CHECK(inotify_add_watch(in, "link", IN_MODIFY | IN_DONT_FOLLOW) != w);
	SHOW(inotify_rm_watch(in, w));
	first(in);
	SHOW(inotify_rm_watch(in, w));
	int w2 = inotify_add_watch(in, "f", IN_MODIFY);
	CHECK(w2 != w);

	SECTION("a second add replaces the mask, IN_MASK_ADD adds");
	MUST(inotify_add_watch(in, "f", IN_ATTRIB));
	int fd = MUST(open("f", O_RDWR));
	MUST(write(fd, "y", 1));
	SHOW(count(in));
	MUST(inotify_add_watch(in, "f", IN_MODIFY | IN_MASK_ADD));
	MUST(write(fd, "y", 1));
	MUST(fchmod(fd, 0600));
	SHOW(count(in));
	SHOW(inotify_add_watch(in, "f", IN_MODIFY | IN_MASK_CREATE));
	SHOW(inotify_add_watch(in, "f", IN_MODIFY | IN_MASK_CREATE | IN_MASK_ADD));

	SECTION("equal events in a row are one");
	for (int i = 0; i < 5; i++)
		MUST(write(fd, "z", 1));
	SHOW(count(in));

	SECTION("IN_ONESHOT, IN_ONLYDIR, IN_EXCL_UNLINK");
	MUST(inotify_add_watch(in, "f", IN_MODIFY | IN_ONESHOT));
	MUST(write(fd, "z", 1));
	MUST(write(fd, "z", 1));
	SHOW(count(in));
	SHOW(inotify_add_watch(in, "f", IN_MODIFY | IN_ONLYDIR));
	SHOW_OK(inotify_add_watch(in, "d", IN_ALL_EVENTS | IN_ONLYDIR | IN_EXCL_UNLINK));
	int u = MUST(open("d/u", O_CREAT | O_RDWR, 0600));
	MUST(unlink("d/u"));
	SHOW(count(in));
	MUST(write(u, "x", 1));
	SHOW(count(in));

	SECTION("FIONREAD and small buffers");
	MUST(inotify_add_watch(in, "f", IN_MODIFY));
	MUST(write(fd, "z", 1));
	int n;
	SHOW(ioctl(in, FIONREAD, &n) ? -1 : n);
	SHOW(read(in, b, 8));
	SHOW(read(in, b, 15));
	SHOW(read(in, b, 16));
	struct pollfd p = {in, POLLIN, 0};
	SHOW(poll(&p, 1, 0));
	close(u);
	close(MUST(open("d/name", O_CREAT | O_RDWR, 0600)));
	SHOW(poll(&p, 1, 0));
	SHOW(read(in, b, 16));
	SHOW(count(in));

	SECTION("blocking read is woken");
	int bl = MUST(inotify_init());
	MUST(inotify_add_watch(bl, "f", IN_MODIFY));
	pid_t pid = t_fork();
	if (pid == 0) {
		t_sleep_ms(40);
		_exit(write(fd, "q", 1) != 1);
	}
	SHOW(read(bl, b, sizeof b));
	t_waitpid(pid);

	SECTION("errors");
	SHOW(inotify_add_watch(in, "missing", IN_MODIFY));
	SHOW(inotify_add_watch(in, "f/x", IN_MODIFY));
	SHOW(inotify_add_watch(in, "f", 0));
	SHOW(inotify_add_watch(in, "f", IN_ONESHOT));
	SHOW(inotify_add_watch(in, BADP, IN_MODIFY));
	SHOW(inotify_add_watch(-1, "f", IN_MODIFY));
	SHOW(inotify_add_watch(fd, "f", IN_MODIFY));
	SHOW(inotify_add_watch(-1, BADP, 0));
	SHOW(inotify_rm_watch(in, 9999));
	SHOW(inotify_rm_watch(-1, 1));
	SHOW(inotify_rm_watch(fd, 1));
	return 0;
}
