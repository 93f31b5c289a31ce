/* renameat2: RENAME_NOREPLACE and RENAME_EXCHANGE. */
#include "vktest.h"

#define R2(a, b, f) syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, f)

int main(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("e", 0755));
	t_write_file("d/in_d", "1");
	t_write_file("e/in_e", "2");
	t_write_file("f", "file f");
	t_write_file("g", "file g");
	MUST(symlink("nowhere", "dangling"));

	SECTION("flags 0");
	SHOW(R2("f", "f2", 0));
	SHOW(R2("f2", "f", 0));

	SECTION("NOREPLACE");
	SHOW(R2("f", "g", RENAME_NOREPLACE));
	SHOW(R2("f", "dangling", RENAME_NOREPLACE));
	SHOW(R2("f", "f", RENAME_NOREPLACE));
	SHOW(R2("d", "e", RENAME_NOREPLACE));
	SHOW(R2("missing", "g", RENAME_NOREPLACE));
	SHOW(R2("missing", "new", RENAME_NOREPLACE));
	SHOW(R2("f", "new", RENAME_NOREPLACE));
	SHOW(R2("d", "newd", RENAME_NOREPLACE));
	SHOW(R2("newd", "d", RENAME_NOREPLACE));
	SHOW(R2("new", "f", RENAME_NOREPLACE));
	SHOW(R2("f", "d/", RENAME_NOREPLACE));
	SHOW(R2("f", ".", RENAME_NOREPLACE));
	t_ls(".");

	SECTION("EXCHANGE");
	struct stat f, g, f2, g2;
	MUST(stat("f", &f));
	MUST(stat("g", &g));
	SHOW(R2("f", "g", RENAME_EXCHANGE));
	MUST(stat("f", &f2));
	MUST(stat("g", &g2));
	CHECK(f.st_ino == g2.st_ino && g.st_ino == f2.st_ino);
	t_cat("f");
	t_cat("g");
	SHOW(R2("d", "e", RENAME_EXCHANGE));
	t_ls("d");
	t_ls("e");
	SHOW(R2("d", "f", RENAME_EXCHANGE));
	t_stat("d");
	t_ls("f");
	SHOW(R2("d", "f", RENAME_EXCHANGE));
	SHOW(R2("dangling", "f", RENAME_EXCHANGE));
	t_stat("f");
	SHOW(R2("dangling", "f", RENAME_EXCHANGE));
	SHOW(R2("f", "f", RENAME_EXCHANGE));
	SHOW(R2("f", "missing", RENAME_EXCHANGE));
	SHOW(R2("missing", "f", RENAME_EXCHANGE));
	MUST(mkdir("d/sub", 0755));
	SHOW(R2("d", "d/sub", RENAME_EXCHANGE));
	SHOW(R2("d/sub", "d", RENAME_EXCHANGE));
	SHOW(R2("d/sub", "e", RENAME_EXCHANGE));
	t_ls("d");
	t_ls("d/sub");
	t_ls("e");
	t_stat("d");

	SECTION("errors");
	SHOW(R2("f", "new", 8));
	SHOW(R2("f", "new", 0x80000000));
	SHOW(R2("f", "new", RENAME_NOREPLACE | RENAME_EXCHANGE));
	SHOW(R2("missing", "new", RENAME_NOREPLACE | RENAME_EXCHANGE));
	SHOW(R2(BADP, "new", 8));
	SHOW(R2(BADP, "new", RENAME_NOREPLACE));
	SHOW(R2("f", BADP, RENAME_EXCHANGE));
	SHOW(syscall(SYS_renameat2, -1, "f", AT_FDCWD, "new", RENAME_NOREPLACE));
	t_ls(".");
	return 0;
}
