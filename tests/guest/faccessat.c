/* faccessat: three arguments only, real ids. */
#include "vktest.h"

#define FA(d, p, m) syscall(SYS_faccessat, d, p, m)

int main(void)
{
	MUST(mkdir("d", 0755));
	t_write_file("d/f", "x");
	MUST(chmod("d/f", 0644));
	MUST(symlink("nowhere", "d/dangling"));
	int d = MUST(open("d", O_RDONLY)), p = MUST(open("d", O_PATH)), f = MUST(open("d/f", O_RDONLY));
	SHOW(FA(d, "f", F_OK));
	SHOW(FA(d, "f", R_OK | W_OK));
	SHOW(FA(d, "f", X_OK));
	SHOW(FA(p, "f", R_OK));
	SHOW(FA(d, ".", X_OK));
	SHOW(FA(d, "../d/f", R_OK));
	SHOW(FA(AT_FDCWD, "d/f", R_OK));
	SHOW(FA(-1, "/etc/passwd", R_OK));
	SHOW(FA(d, "dangling", F_OK));

	SECTION("errors");
	SHOW(FA(d, "missing", F_OK));
	SHOW(FA(d, "", F_OK));
	SHOW(FA(d, "f/", F_OK));
	SHOW(FA(-1, "f", F_OK));
	SHOW(FA(f, "f", F_OK));
	SHOW(FA(d, "f", 8));
	SHOW(FA(d, "f", -1));
	SHOW(FA(d, BADP, F_OK));
	SHOW(FA(-1, BADP, F_OK));
	SHOW(FA(-1, BADP, 8));
	return 0;
}
