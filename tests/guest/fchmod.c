/* fchmod: by descriptor, whatever it was opened for. */
#include "vktest.h"

static int unprivileged(void)
{
	SHOW(fchmod(MUST(open("/etc/passwd", O_RDONLY)), 0600));
	int fd = MUST(open("open/own", O_RDWR | O_CREAT, 0600));
	SHOW(fchmod(fd, 0));
	SHOW(write(fd, "still", 5));
	SHOW_OK(open("open/own", O_RDONLY));
	SHOW(fchmod(fd, 04711));
	t_stat("open/own");
	return 0;
}

int main(void)
{
	int p[2];
	struct stat st;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_write_file("f", "x");
	int r = MUST(open("f", O_RDONLY)), w = MUST(open("f", O_WRONLY));
	SHOW(fchmod(r, 0444));
	t_stat("f");
	SHOW(fchmod(w, 07777));
	t_stat("f");
	SHOW(fchmod(r, 0100644));
	t_stat("f");
	MUST(pipe(p));
	SHOW(fchmod(p[1], 0644));
	MUST(fstat(p[0], &st));
	SHOW_O(st.st_mode);
	MUST(unlink("f"));
	SHOW(fchmod(r, 0600));
	MUST(fstat(w, &st));
	SHOW_O(st.st_mode);
	SHOW(fchmod(-1, 0600));
	SHOW(fchmod(999, 0600));
	SHOW(fchmod(MUST(open("open", O_PATH)), 0600));
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
