/* Symlinks inside a path: chains up to forty, absolute and relative, dots behind them, the last component or not. */
#include "vktest.h"

int main(void)
{
	char a[32], b[32], cwd[4096], text[5000];
	t_write_file("file", "end");
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	t_write_file("d/e/deep", "deep");

	SECTION("forty links are followed, forty-one are too many");
	MUST(symlink("file", "l1"));
	for (int i = 2; i <= 42; i++) {
		snprintf(a, sizeof a, "l%d", i - 1);
		snprintf(b, sizeof b, "l%d", i);
		MUST(symlink(a, b));
	}
	SHOW_OK(open("l39", O_RDONLY));
	SHOW_OK(open("l40", O_RDONLY));
	SHOW_OK(open("l41", O_RDONLY));
	SHOW_OK(open("l42", O_RDONLY));
	SHOW_OK(open("l41", O_PATH | O_NOFOLLOW));
	struct stat st;
	SHOW(lstat("l42", &st));
	SHOW(stat("l41", &st));

	SECTION("counted over the whole path");
	MUST(symlink(".", "here"));
	strcpy(text, "");
	for (int i = 0; i < 40; i++)
		strcat(text, "here/");
	strcat(text, "file");
	SHOW_AS(access(text, F_OK), "access(40 * here/ + file)");
	SHOW_AS(access(text + 5, F_OK), "access(39 * here/ + file)");
	memmove(text + 5, text, strlen(text) + 1);
	SHOW_AS(access(text, F_OK), "access(41 * here/ + file)");

	SECTION(".. after a link is the parent of where it leads");
	MUST(symlink("d/e", "de"));
	SHOW(access("de/deep", F_OK));
	SHOW(access("de/../e/deep", F_OK));
	SHOW(access("de/../file", F_OK));
	SHOW(access("de/../../file", F_OK));

	SECTION("absolute links");
	MUST((long)getcwd(cwd, sizeof cwd));
	snprintf(text, sizeof text, "%s/d/e", cwd);
	MUST(symlink(text, "abs"));
	SHOW(access("abs/deep", F_OK));
	MUST(symlink("/", "root"));
	SHOW(access("root/etc/passwd", F_OK));
	SHOW(access("d/../root/../etc/passwd", F_OK));

	SECTION("what the last component does");
	MUST(symlink("d/", "slashed"));
	SHOW(access("slashed/e", F_OK));
	MUST(symlink("file/", "fileslash"));
	SHOW(access("fileslash", F_OK));
	MUST(symlink("made/by", "indirect"));
	SHOW_OK(open("indirect", O_CREAT | O_RDWR, 0600));
	MUST(mkdir("made", 0755));
	SHOW_OK(open("indirect", O_CREAT | O_RDWR, 0600));
	t_ls("made");
	SHOW(mkdir("indirect", 0755));
	MUST(symlink("newdir", "ndl"));
	SHOW(mkdir("ndl", 0755));
	SHOW(mkdir("ndl/", 0755));
	SHOW(rmdir("slashed"));
	SHOW(unlink("de/deep"));
	SHOW(unlink("de"));
	SHOW(unlink("slashed/"));
	SHOW(unlink("here/file"));
	t_ls("d/e");
	return 0;
}
