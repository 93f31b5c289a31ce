/*
 * Deleting what was there before, and making it again: nothing of the old shows through.
 * (Called with "setup" it only makes the tree, so that a runner can have it in the lower layer.)
 */
#include "vktest.h"

static int setup(void)
{
	char p[64];
	if (access("lower", F_OK) == 0)
		return 0;
	static const char *const dirs[] = {"lower", "lower/d1", "lower/d1/sub", "lower/d2", "lower/d3", "lower/empty", "lower/d4",
					   "lower/d4/deep", "lower/d4/deep/er", "lower/d5"};
	for (size_t i = 0; i < T_COUNT(dirs); i++) {
		MUST(mkdir(dirs[i], 0755));
		if (strcmp(dirs[i], "lower/empty"))
			for (char f = 'x'; f <= 'z'; f++) {
				snprintf(p, sizeof p, "%s/%c", dirs[i], f);
				t_write_file(p, "old");
			}
	}
	MUST(symlink("x", "lower/sym"));
	MUST(mkfifo("lower/fifo", 0600));
	return 0;
}

int main(int argc, char **argv)
{
	setup();
	if (argc > 1 && !strcmp(argv[1], "setup"))
		return 0;
	t_ls("lower");
	t_stat("lower");

	SECTION("a file: gone, and made again in each kind");
	int old = MUST(open("lower/x", O_RDONLY));
	SHOW(unlink("lower/x"));
	SHOW(unlink("lower/x"));
	t_stat("lower/x");
	SHOW_OK(open("lower/x", O_RDONLY));
	SHOW(access("lower/x/y", F_OK));
	SHOW(rename("lower/x", "lower/new"));
	SHOW(link("lower/x", "lower/new"));
	SHOW(chmod("lower/x", 0600));
	SHOW(readlink("lower/x", (char[8]){0}, 8));
	t_ls("lower");
	SHOW_OK(open("lower/x", O_CREAT | O_EXCL | O_WRONLY, 0600));
	t_stat("lower/x");
	t_cat("lower/x");
	SHOW_OK(open("lower/x", O_CREAT | O_EXCL | O_WRONLY, 0600));
	SHOW(unlink("lower/x"));
	SHOW(mkdir("lower/x", 0700));
	t_ls("lower/x");
	SHOW(rmdir("lower/x"));
	SHOW(symlink("y", "lower/x"));
	t_cat("lower/x");
	SHOW(unlink("lower/x"));
	SHOW(mkfifo("lower/x", 0600));
	SHOW(unlink("lower/x"));
	SHOW(link("lower/y", "lower/x"));
	CHECK(t_same_file("lower/x", "lower/y"));
	SHOW(unlink("lower/x"));
	char b[8] = "";
	SHOW(read(old, b, sizeof b));
	SHOW_STR(b);
	struct stat st;
	MUST(fstat(old, &st));
	SHOW(st.st_nlink);

	SECTION("unlink one name of two that were there");
	SHOW(unlink("lower/sym"));
	SHOW(unlink("lower/fifo"));
	t_ls("lower");

	SECTION("a directory: emptied, removed, made again");
	SHOW(rmdir("lower/d1"));
	SHOW(system("rm -r lower/d1"));
	t_stat("lower/d1");
	SHOW(access("lower/d1/x", F_OK));
	SHOW(access("lower/d1/sub/x", F_OK));
	SHOW(mkdir("lower/d1", 0750));
	t_ls("lower/d1");
	t_stat("lower/d1");
	SHOW(access("lower/d1/x", F_OK));
	SHOW(access("lower/d1/sub", F_OK));
	SHOW(mkdir("lower/d1/sub", 0755));
	t_ls("lower/d1/sub");
	t_write_file("lower/d1/x", "new");
	t_cat("lower/d1/x");
	t_ls("lower/d1");
	SHOW(rmdir("lower/empty"));
	SHOW(mkdir("lower/empty", 0700));
	t_stat("lower/empty");
	t_stat("lower");

	SECTION("an emptied directory is empty for rmdir and rename");
	SHOW(unlink("lower/d2/x"));
	SHOW(unlink("lower/d2/y"));
	SHOW(rmdir("lower/d2"));
	SHOW(unlink("lower/d2/z"));
	t_ls("lower/d2");
	SHOW(rename("lower/d3", "lower/d2"));
	t_ls("lower/d2");
	SHOW(access("lower/d3", F_OK));
	SHOW(mkdir("lower/d3", 0755));
	t_ls("lower/d3");
	SHOW(rmdir("lower/d3"));

	SECTION("a file in the place of a directory, and back");
	SHOW(system("rm -r lower/d4"));
	t_write_file("lower/d4", "file now");
	t_cat("lower/d4");
	SHOW(access("lower/d4/deep", F_OK));
	SHOW(unlink("lower/d4"));
	SHOW(mkdir("lower/d4", 0755));
	SHOW(access("lower/d4/deep", F_OK));
	SHOW(mkdir("lower/d4/deep", 0755));
	t_ls("lower/d4/deep");

	SECTION("removed while open or current");
	int d = MUST(open("lower/d5", O_RDONLY));
	SHOW(system("rm -r lower/d5"));
	SHOW(openat(d, "x", O_RDONLY));
	SHOW(openat(d, "n", O_CREAT | O_WRONLY, 0600));
	MUST(mkdir("lower/d5", 0755));
	t_write_file("lower/d5/x", "new");
	SHOW(openat(d, "x", O_RDONLY));

	SECTION("everything");
	SHOW(system("rm -r lower && ! test -e lower"));
	SHOW(mkdir("lower", 0755));
	t_ls("lower");
	t_stat("lower");
	return 0;
}
