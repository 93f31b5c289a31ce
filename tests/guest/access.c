/* access: modes against permission bits, the errors of the walk. */
#include "vktest.h"

static int table(void)
{
	MUST(chdir("open"));
	t_write_file("f", "x");
	MUST(mkdir("d", 0755));
	for (unsigned m = 0; m < 8; m++) {
		MUST(chmod("f", m << 6 | (7 ^ m) << 3 | 7));
		printf("mode %s:", t_mode(S_IFREG | m << 6 | (7 ^ m) << 3 | 7));
		for (int a = 0; a < 8; a++)
			printf(" %d:%s", a, access("f", a) == 0 ? "ok" : t_errname(errno));
		putchar('\n');
	}
	MUST(chmod("f", 0644));
	t_write_file("d/f", "x");
	MUST(chmod("d", 0600));
	SHOW(access("d/f", F_OK));
	SHOW(access("d/missing", F_OK));
	MUST(chmod("d", 0755));
	SHOW(access("/etc/passwd", R_OK));
	SHOW(access("/etc/passwd", W_OK));
	SHOW(access("/etc", W_OK));
	SHOW(access("/", X_OK));
	return 0;
}

int main(void)
{
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	MUST(mkdir("dir", 0755));
	t_write_file("file", "x");
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));
	t_unprivileged("table", table);

	SECTION("access");
	SHOW(access("file", F_OK));
	SHOW(access("file", R_OK | W_OK));
	SHOW(access("file", X_OK));
	SHOW(access("dir", R_OK | W_OK | X_OK));
	SHOW(access("missing", F_OK));
	SHOW(access("", F_OK));
	SHOW(access("dangling", F_OK));
	SHOW(access("loop", F_OK));
	SHOW(access("file/x", F_OK));
	SHOW(access("file", 8));
	SHOW(access("missing", 8));
	SHOW(access("file", -1));
	SHOW(access(BADP, F_OK));
	SHOW(access(BADP, 8));
	return 0;
}
