/*
 * lib_hello.c - a kernel inside this program: files, two processes, a pipe.
 *
 *	cc lib_hello.c $(pkg-config --cflags --libs vkern) -o lib_hello
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vksup/vk.h"

/* The result, if it is one. */
static long
must(long r, const char *what)
{
	if (r >= 0)
		return r;
	fprintf(stderr, "lib_hello: %s: %s\n", what, strerror((int)-r));
	exit(1);
}

static void
file(struct vk_proc *p)
{
	char text[32] = "";
	struct stat st;
	long fd = must(vk_sys_open(p, "/hello", O_CREAT | O_RDWR, 0644), "open");

	must(vk_sys_write(p, (int)fd, "hello, file\n", 12), "write");
	must(vk_sys_lseek(p, (int)fd, 0, SEEK_SET), "lseek");
	must(vk_sys_read(p, (int)fd, text, sizeof(text) - 1), "read");
	must(vk_sys_stat(p, "/hello", &st), "stat");
	must(vk_sys_close(p, (int)fd), "close");
	printf("%s%ld bytes, mode %o\n", text, (long)st.st_size, st.st_mode & 07777);
}

/* A child writes, its parent reads and sees it die. */
static void
family(struct vk_proc *p)
{
	gaddr_t ends = vk_alloc(p, 8);
	char text[32] = "";
	struct vk_proc *child;
	int fd[2], status;

	must(vk_sys_pipe(p, ends), "pipe");
	must(vk_get(p, ends, fd, sizeof(fd)), "ends of the pipe");
	must(vk_proc_fork(p, &child), "fork");
	must(vk_sys_write(child, fd[1], "hello, pipe\n", 12), "write");
	vk_sys_exit_group(child, 7);
	must(vk_sys_read(p, fd[0], text, sizeof(text) - 1), "read");
	must(vk_sys_wait4(p, -1, &status, 0, NULL), "wait4");
	printf("%sstatus %d\n", text, WEXITSTATUS(status));
}

int
main(void)
{
	struct vk *k;
	struct vk_proc *p;

	must(vk_boot(NULL, &k), "vk_boot");
	must(vk_proc_new(k, &p), "vk_proc_new");
	file(p);
	family(p);
	printf("no such file: %s\n", strerror((int)-vk_sys_open(p, "/nothing", O_RDONLY, 0)));
	vk_shutdown(k);
	return 0;
}
