/* fchown: by descriptor; what is given away is checked as root. */
#include "vktest.h"

static int unprivileged(void)
{
	int fd = MUST(open("open/own", O_RDWR | O_CREAT, 0600)), e = MUST(open("/etc/passwd", O_RDONLY));
	SHOW(fchown(fd, -1, -1));
	SHOW(fchown(fd, geteuid(), getegid()));
	SHOW(fchown(fd, geteuid() + 1, -1));
	SHOW(fchown(fd, -1, getegid() + 1));
	SHOW(fchown(e, geteuid(), -1));
	SHOW(fchown(e, 0, -1));
	MUST(fchmod(fd, 06711));
	SHOW(fchown(fd, -1, getegid()));
	t_stat("open/own");
	MUST(unlink("open/own"));
	SHOW(fchown(fd, geteuid(), -1));
	return 0;
}

int main(void)
{
	int p[2];
	struct stat st;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	MUST(pipe(p));
	SHOW(fchown(p[0], geteuid(), getegid()));
	SHOW(fchown(-1, 0, 0));
	SHOW(fchown(999, -1, -1));
	SHOW(fchown(MUST(open("open", O_PATH)), -1, -1));
	bool ok = true;
	if (geteuid() == 0) {
		int fd = MUST(open("r", O_RDWR | O_CREAT, 0600));
		ok = ok && !fchown(fd, 5, 6) && !fstat(fd, &st) && st.st_uid == 5 && st.st_gid == 6;
		ok = ok && !fchown(fd, 7, -1) && !fstat(fd, &st) && st.st_uid == 7 && st.st_gid == 6;
		ok = ok && !fchown(p[1], 8, 9) && !fstat(p[0], &st) && st.st_uid == 8 && st.st_gid == 9;
	}
	printf("given away: %s\n", ok ? "ok" : "wrong");
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
