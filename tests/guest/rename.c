/* rename and renameat: over nothing, files, directories; every refusal. */
#include "vktest.h"

static void fresh(void)
{
	SHOW(system("rm -rf * && mkdir -p a/sub full empty && echo 1 > file && echo 22 > other && ln -s file link && "
		    "ln -s nowhere dangling && echo in > full/in && ln file hard"));
}

int main(void)
{
	char longname[300];
	memset(longname, 'n', 299);
	longname[299] = 0;
	fresh();
	SECTION("files");
	struct stat st, st2;
	MUST(stat("file", &st));
	SHOW(rename("file", "moved"));
	MUST(stat("moved", &st2));
	CHECK(st.st_ino == st2.st_ino);
	t_stat("file");
	SHOW(rename("moved", "other"));
	t_cat("other");
	SHOW(rename("other", "a/sub/deep"));
	t_cat("a/sub/deep");
	t_ls(".");

	SECTION("two names of one file: nothing happens");
	fresh();
	SHOW(rename("file", "hard"));
	t_ls(".");
	SHOW(rename("file", "file"));
	t_stat("file");

	SECTION("symlinks are renamed themselves");
	SHOW(rename("link", "link2"));
	t_stat("link2");
	SHOW(rename("file", "dangling"));
	t_stat("dangling");

	SECTION("directories");
	fresh();
	SHOW(rename("full", "full2"));
	t_cat("full2/in");
	SHOW(rename("full2", "empty"));
	t_cat("empty/in");
	SHOW(rename("empty", "a/moved"));
	t_cat("a/moved/in");
	t_stat("a");
	t_ls(".");
	SHOW(rename("a", "b/"));
	SHOW(rename("b/", "c"));
	t_ls("c");

	SECTION("refused");
	fresh();
	SHOW(rename("empty", "full"));
	SHOW(rename("file", "empty"));
	SHOW(rename("empty", "file"));
	SHOW(rename("empty", "link"));
	SHOW(rename("a", "a/sub/x"));
	SHOW(rename("a", "a/x"));
	SHOW(rename("a/sub", "a"));
	SHOW(rename("a", "a"));
	SHOW(rename("missing", "x"));
	SHOW(rename("missing", "file"));
	SHOW(rename("file", "nodir/x"));
	SHOW(rename("file", "other/x"));
	SHOW(rename("file/x", "y"));
	SHOW(rename("file", "x/"));
	SHOW(rename("file/", "x"));
	SHOW(rename("file", "empty/"));
	SHOW(rename("", "x"));
	SHOW(rename("file", ""));
	SHOW(rename(".", "x"));
	SHOW(rename("a/.", "x"));
	SHOW(rename("a/..", "x"));
	SHOW(rename("empty", "."));
	SHOW(rename("empty", "a/.."));
	SHOW(rename("/", "x"));
	SHOW(rename("file", "/"));
	SHOW(rename("file", longname));
	SHOW(rename("file", "/proc/x"));
	SHOW(rename(BADP, "x"));
	SHOW(rename("file", BADP));
	SHOW(rename("missing", BADP));

	SECTION("renameat");
	int d = MUST(open("a", O_RDONLY)), f = MUST(open("other", O_RDONLY));
	SHOW(renameat(AT_FDCWD, "file", d, "file"));
	SHOW(renameat(d, "file", d, "sub/file"));
	SHOW(renameat(d, "sub/file", AT_FDCWD, "file"));
	SHOW(renameat(-1, "file", AT_FDCWD, "x"));
	SHOW(renameat(AT_FDCWD, "file", -1, "x"));
	SHOW(renameat(f, "file", AT_FDCWD, "x"));
	SHOW(renameat(-1, BADP, -1, "x"));
	SHOW(renameat(-1, "file", -1, BADP));
	t_ls(".");
	t_ls("a");
	return 0;
}
