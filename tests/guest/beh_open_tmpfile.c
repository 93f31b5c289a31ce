/* O_TMPFILE: a file without a name, given one by linkat. */
#include "vktest.h"

int main(void)
{
	char b[16], proc[64];
	struct stat st;
	MUST(mkdir("dir", 0755));
	t_write_file("file", "f");

	SECTION("made, used, invisible");
	int fd = SHOW_OK(open("dir", O_TMPFILE | O_RDWR, 0666));
	t_ls("dir");
	MUST(fstat(fd, &st));
	printf("mode %s nlink %lu size %ld\n", t_mode(st.st_mode), (unsigned long)st.st_nlink, (long)st.st_size);
	SHOW(write(fd, "content", 7));
	SHOW(pread(fd, b, sizeof b, 0));
	SHOW_X(fcntl(fd, F_GETFL));

	SECTION("given a name through /proc/self/fd");
	snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
	SHOW(linkat(AT_FDCWD, proc, AT_FDCWD, "dir/named", AT_SYMLINK_FOLLOW));
	t_ls("dir");
	t_cat("dir/named");
	t_stat("dir/named");
	SHOW(linkat(AT_FDCWD, proc, AT_FDCWD, "dir/named", AT_SYMLINK_FOLLOW));
	SHOW(linkat(AT_FDCWD, proc, AT_FDCWD, "dir/second", AT_SYMLINK_FOLLOW));
	t_stat("dir/second");
	SHOW(write(fd, "+more", 5));
	t_cat("dir/second");
	SHOW(unlink("dir/named"));
	SHOW(unlink("dir/second"));
	MUST(fstat(fd, &st));
	printf("nlink %lu size %ld\n", (unsigned long)st.st_nlink, (long)st.st_size);

	SECTION("once unlinked it is gone for good");
	t_write_file("gone", "g");
	int g = MUST(open("gone", O_RDWR));
	MUST(unlink("gone"));
	snprintf(proc, sizeof proc, "/proc/self/fd/%d", g);
	SHOW(linkat(AT_FDCWD, proc, AT_FDCWD, "back", AT_SYMLINK_FOLLOW));

	SECTION("O_EXCL: never a name");
	fd = SHOW_OK(open("dir", O_TMPFILE | O_WRONLY | O_EXCL, 0600));
	snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
	SHOW(linkat(AT_FDCWD, proc, AT_FDCWD, "dir/excl", AT_SYMLINK_FOLLOW));

	SECTION("errors");
	SHOW_OK(open("dir", O_TMPFILE | O_RDONLY, 0600));
	SHOW_OK(open("file", O_TMPFILE | O_RDWR, 0600));
	SHOW_OK(open("missing", O_TMPFILE | O_RDWR, 0600));
	SHOW_OK(open("dir", (O_TMPFILE & ~O_DIRECTORY) | O_RDWR, 0600));
	t_ls("dir");
	t_ls(".");
	return 0;
}
