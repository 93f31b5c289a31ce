/*
 * Renaming files and directories that were there before, with all they hold.
 * (Called with "setup" it only makes the tree, so that a runner can have it in the lower layer.)
 */
#include "vktest.h"

static int setup(void)
{
	char p[96];
	if (access("lower", F_OK) == 0)
		return 0;
	static const char *const dirs[] = {"lower", "lower/a", "lower/a/b", "lower/a/b/c", "lower/m", "lower/m/n", "lower/e",
					   "lower/full", "lower/x1", "lower/x2"};
	for (size_t i = 0; i < T_COUNT(dirs); i++) {
		MUST(mkdir(dirs[i], 0755));
		if (strcmp(dirs[i], "lower/e")) {
			snprintf(p, sizeof p, "%s/file", dirs[i]);
			t_write_file(p, dirs[i]);
		}
	}
	MUST(symlink("b/c/file", "lower/a/rel"));
	MUST(link("lower/a/file", "lower/a/b/hard"));
	t_write_file("lower/f1", "f1");
	t_write_file("lower/f2", "f2");
	MUST(chmod("lower/f1", 0400));
	return 0;
}

int main(int argc, char **argv)
{
	char b[4096];
	struct stat st, st2;
	setup();
	if (argc > 1 && !strcmp(argv[1], "setup"))
		return 0;

	SECTION("files");
	MUST(stat("lower/f1", &st));
	int fd = MUST(open("lower/f1", O_RDONLY));
	SHOW(rename("lower/f1", "lower/moved"));
	MUST(stat("lower/moved", &st2));
	CHECK(st.st_ino == st2.st_ino);
	CHECK(t_tscmp(st.st_mtim, st2.st_mtim) == 0);
	t_stat("lower/f1");
	t_stat("lower/moved");
	t_cat("lower/moved");
	SHOW(read(fd, b, 10));
	SHOW(rename("lower/moved", "lower/f2"));
	t_cat("lower/f2");
	SHOW(rename("lower/f2", "top"));
	t_cat("top");
	t_ls("lower");

	SECTION("a directory, with what is in it, under descriptors and a working directory");
	int dir = MUST(open("lower/a", O_RDONLY)), deep = MUST(open("lower/a/b", O_RDONLY));
	MUST(stat("lower/a/b/c/file", &st));
	MUST(chdir("lower/a/b"));
	SHOW(rename("../../a", "../../z"));
	MUST((long)getcwd(b, sizeof b));
	CHECK(strlen(b) > 10 && !strcmp(b + strlen(b) - 10, "/lower/z/b"));
	MUST(chdir("../../.."));
	t_ls("lower");
	t_ls("lower/z");
	t_cat("lower/z/b/c/file");
	t_cat("lower/z/rel");
	SHOW(access("lower/a/b/c/file", F_OK));
	MUST(stat("lower/z/b/c/file", &st2));
	CHECK(st.st_ino == st2.st_ino);
	CHECK(t_same_file("lower/z/file", "lower/z/b/hard"));
	SHOW_OK(openat(dir, "b/c/file", O_RDONLY));
	SHOW_OK(openat(deep, "../file", O_RDONLY));
	SHOW_OK(openat(deep, "made", O_CREAT | O_WRONLY, 0600));
	t_ls("lower/z/b");

	SECTION("made again at the old name: empty; renamed again; changed inside");
	SHOW(mkdir("lower/a", 0755));
	t_ls("lower/a");
	t_write_file("lower/a/file", "another");
	t_cat("lower/z/file");
	SHOW(rename("lower/z", "lower/m/z2"));
	t_cat("lower/m/z2/b/c/file");
	t_stat("lower/m");
	t_stat("lower");
	SHOW(unlink("lower/m/z2/b/c/file"));
	SHOW(rename("lower/m", "m"));
	t_ls("m/z2/b/c");
	t_cat("m/n/file");
	t_cat("m/z2/b/hard");
	SHOW(rename("m/z2/b", "b"));
	t_ls("b");
	t_ls("m/z2");

	SECTION("over directories");
	SHOW(rename("b", "lower/full"));
	SHOW(rename("b", "lower/e"));
	t_ls("lower/e");
	SHOW(rename("lower/full", "lower/e"));
	SHOW(unlink("lower/full/file"));
	SHOW(rename("lower/e", "lower/full"));
	t_ls("lower/full");
	t_ls("lower");

	SECTION("exchange");
	SHOW(syscall(SYS_renameat2, AT_FDCWD, "lower/x1", AT_FDCWD, "lower/x2", RENAME_EXCHANGE));
	t_cat("lower/x1/file");
	t_cat("lower/x2/file");
	SHOW(syscall(SYS_renameat2, AT_FDCWD, "lower/x1", AT_FDCWD, "top", RENAME_EXCHANGE));
	t_stat("lower/x1");
	t_cat("top/file");
	SHOW(syscall(SYS_renameat2, AT_FDCWD, "lower/x1", AT_FDCWD, "lower/x2", RENAME_NOREPLACE));

	SECTION("mv of a tree and rm");
	SHOW(system("mv lower other && cd other && find . | sort && cd .. && rm -r other && ls"));
	return 0;
}
