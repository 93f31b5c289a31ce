/* fchmodat2: fchmodat with flags. */
#include "vktest.h"

#define CH(d, p, m, f) syscall(SYS_fchmodat2, d, p, m, f)

int main(void)
{
	MUST(mkdir("d", 0755));
	t_write_file("d/f", "x");
	MUST(symlink("f", "d/l"));
	MUST(symlink("nowhere", "d/dangling"));
	int d = MUST(open("d", O_RDONLY)), f = MUST(open("d/f", O_RDONLY)), p = MUST(open("d/f", O_PATH));
	int l = MUST(open("d/l", O_PATH | O_NOFOLLOW));
	SHOW(CH(d, "f", 0640, 0));
	t_stat("d/f");
	SHOW(CH(d, "l", 0604, 0));
	t_stat("d/f");
	SHOW(CH(d, "f", 0600, AT_SYMLINK_NOFOLLOW));
	t_stat("d/f");
	SHOW(CH(f, "", 0611, AT_EMPTY_PATH));
	t_stat("d/f");
	SHOW(CH(p, "", 0622, AT_EMPTY_PATH));
	t_stat("d/f");
	SHOW(CH(d, "", 0711, AT_EMPTY_PATH));
	t_stat("d");

	SECTION("errors");
	SHOW(CH(d, "l", 0600, AT_SYMLINK_NOFOLLOW));
	SHOW(CH(d, "dangling", 0600, AT_SYMLINK_NOFOLLOW));
	SHOW(CH(d, "dangling", 0600, 0));
	SHOW(CH(l, "", 0600, AT_EMPTY_PATH));
	SHOW(CH(f, "", 0600, 0));
	SHOW(CH(-1, "", 0600, AT_EMPTY_PATH));
	SHOW(CH(-1, "f", 0600, 0));
	SHOW(CH(f, "f", 0600, 0));
	SHOW(CH(d, "f", 0600, 1));
	SHOW(CH(d, "f", 0600, AT_SYMLINK_FOLLOW));
	SHOW(CH(d, BADP, 0600, 0));
	SHOW(CH(-1, BADP, 0600, 1));
	return 0;
}
