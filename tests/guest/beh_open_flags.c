/* The flags of open: O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW, the access mode, O_CLOEXEC. */
#include "vktest.h"

static void getfl(const char *name, int flags)
{
	int fd = open(name, flags, 0644);
	if (fd < 0)
		printf("open(%s, 0%o) = -1 %s\n", name, flags, t_errname(errno));
	else
		printf("open(%s, 0%o): F_GETFL 0%o F_GETFD %d\n", name, flags, fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
	close(fd);
}

int main(void)
{
	char b[16];
	MUST(mkdir("dir", 0755));
	MUST(symlink("file", "link"));
	MUST(symlink("made", "dangling"));
	MUST(symlink("dir", "dirlink"));
	MUST(mkfifo("fifo", 0644));

	SECTION("O_CREAT and O_EXCL");
	SHOW_OK(open("file", O_RDWR));
	SHOW_OK(open("file", O_RDWR | O_CREAT | O_EXCL, 0640));
	t_stat("file");
	SHOW_OK(open("file", O_RDWR | O_CREAT | O_EXCL, 0640));
	SHOW_OK(open("file", O_RDWR | O_CREAT, 0777));
	t_stat("file");
	SHOW_OK(open("link", O_RDWR | O_CREAT | O_EXCL, 0640));
	SHOW_OK(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0640));
	SHOW_OK(open("dangling", O_RDWR | O_CREAT | O_NOFOLLOW, 0640));
	t_ls(".");
	SHOW_OK(open("dangling", O_RDWR | O_CREAT, 0640));
	t_ls(".");
	SHOW_OK(open("dir", O_RDONLY | O_CREAT, 0640));
	SHOW_OK(open("dir", O_RDONLY | O_CREAT | O_EXCL, 0640));
	SHOW_OK(open("dir/", O_RDONLY | O_CREAT, 0640));
	SHOW_OK(open(".", O_RDONLY | O_CREAT, 0640));
	SHOW_OK(open("nodir/x", O_RDWR | O_CREAT, 0640));
	SHOW_OK(open("file/x", O_RDWR | O_CREAT, 0640));
	SHOW_OK(open("fifo", O_RDWR | O_CREAT | O_EXCL, 0640));
	SHOW_OK(open("new", O_RDWR | O_EXCL, 0640));

	SECTION("modes and umask");
	static const mode_t masks[] = {0, 022, 077, 0777};
	for (size_t i = 0; i < T_COUNT(masks); i++) {
		umask(masks[i]);
		unlink("m");
		close(MUST(open("m", O_RDWR | O_CREAT, 0666)));
		printf("umask %03o: ", masks[i]);
		t_stat("m");
		unlink("m");
		close(MUST(open("m", O_RDWR | O_CREAT, 01777)));
		printf("umask %03o: ", masks[i]);
		t_stat("m");
	}
	umask(022);
	unlink("m");
	SHOW_AS(write(MUST(open("m", O_WRONLY | O_CREAT, 0)), "x", 1), "write to a file made with mode 0");
	t_stat("m");
	unlink("m");
	SHOW_OK(open("m", O_RDWR | O_CREAT, 0100644 | 0170000));
	t_stat("m");

	SECTION("O_TRUNC");
	t_write_file("file", "0123456789");
	SHOW_OK(open("file", O_RDONLY));
	t_stat("file");
	SHOW_OK(open("file", O_WRONLY | O_TRUNC));
	t_stat("file");
	t_write_file("file", "0123456789");
	SHOW_OK(open("file", O_RDONLY | O_TRUNC));
	t_stat("file");
	t_write_file("file", "0123456789");
	SHOW_OK(open("link", O_RDWR | O_TRUNC | O_CREAT, 0));
	t_stat("file");
	SHOW_OK(open("dir", O_RDONLY | O_TRUNC));
	SHOW_OK(open("fifo", O_RDWR | O_TRUNC));

	SECTION("access mode");
	t_write_file("file", "0123456789");
	int r = MUST(open("file", O_RDONLY)), w = MUST(open("file", O_WRONLY)), n = MUST(open("file", O_ACCMODE));
	SHOW(read(r, b, 4));
	SHOW(write(r, b, 4));
	SHOW(read(w, b, 4));
	SHOW(write(w, b, 4));
	SHOW(read(n, b, 4));
	SHOW(write(n, b, 4));
	SHOW(ftruncate(r, 3));
	SHOW(read(r, b, 0));
	SHOW(read(w, b, 0));
	SHOW(write(r, b, 0));
	SHOW_OK(open("dir", O_WRONLY));
	SHOW_OK(open("dir", O_RDWR));
	SHOW_OK(open("dir", O_ACCMODE));
	SHOW(read(MUST(open("dir", O_RDONLY)), b, 4));

	SECTION("O_DIRECTORY and O_NOFOLLOW");
	SHOW_OK(open("file", O_RDONLY | O_DIRECTORY));
	SHOW_OK(open("dir", O_RDONLY | O_DIRECTORY));
	SHOW_OK(open("dirlink", O_RDONLY | O_DIRECTORY));
	SHOW_OK(open("link", O_RDONLY | O_DIRECTORY));
	SHOW_OK(open("missing", O_RDONLY | O_DIRECTORY));
	SHOW_OK(open("dirlink", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
	SHOW_OK(open("link", O_RDONLY | O_NOFOLLOW));
	SHOW_OK(open("dangling", O_RDONLY | O_NOFOLLOW));
	SHOW_OK(open("dirlink/", O_RDONLY | O_NOFOLLOW));
	SHOW_OK(open("dirlink/.", O_RDONLY | O_NOFOLLOW));
	SHOW_OK(open("file", O_RDONLY | O_NOFOLLOW));

	SECTION("what F_GETFL and F_GETFD tell");
	getfl("file", O_RDONLY);
	getfl("file", O_WRONLY | O_APPEND);
	getfl("file", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	getfl("file", O_RDWR | O_CREAT | O_TRUNC | O_NOCTTY);
	getfl("file", O_RDWR | O_SYNC);
	getfl("file", O_RDWR | O_DSYNC);
	getfl("file", O_RDONLY | O_NOFOLLOW | O_ASYNC);
	getfl("file", O_ACCMODE);
	getfl("dir", O_RDONLY | O_DIRECTORY);
	getfl("file", O_PATH);
	getfl("link", O_PATH | O_NOFOLLOW | O_CLOEXEC | O_APPEND);
	getfl("file", O_RDONLY | 0x8000000);
	getfl("missing", O_RDONLY);
	return 0;
}
