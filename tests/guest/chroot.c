/* chroot: EPERM for an ordinary user; as root what is inside is all there is (shown alike when we are not root). */
#include "vktest.h"

static int unprivileged(void)
{
	SHOW(chroot("."));
	SHOW(chroot("missing"));
	SHOW(chroot("file"));
	SHOW(chroot(BADP));
	SHOW(chroot(""));
	return 0;
}

static int root(void)
{
	char b[100];
	struct stat st, in;
	if (geteuid() != 0)
		return 0;
	int outside = open(".", O_RDONLY);
	if (chroot("jail") != 0 || chdir("/") != 0)
		return 1;
	if (syscall(SYS_getcwd, b, sizeof b) != 2 || strcmp(b, "/") != 0)
		return 2;
	if (stat("/", &st) || stat("/..", &in) || st.st_ino != in.st_ino)
		return 3;
	if (access("/etc/passwd", F_OK) == 0 || access("/inside", F_OK) != 0 || access("/../../inside", F_OK) != 0)
		return 4;
	if (access("/abs", F_OK) != 0) /* a link to /inside */
		return 5;
	/* from a directory outside, the way up is not stopped */
	if (fchdir(outside) != 0 || access("file", F_OK) != 0)
		return 6;
	if (strncmp(b, "/", 1) != 0 || syscall(SYS_getcwd, b, sizeof b) < 0 || strncmp(b, "(unreachable)", 13) != 0)
		return 7;
	if (chroot("file") != -1 || errno != ENOTDIR || chroot("missing") != -1 || errno != ENOENT)
		return 8;
	return 0;
}

int main(void)
{
	t_write_file("file", "x");
	MUST(mkdir("jail", 0755));
	t_write_file("jail/inside", "x");
	MUST(symlink("/inside", "jail/abs"));
	MUST(chmod(".", 0755));
	t_unprivileged("unprivileged", unprivileged);
	printf("root: %s\n", t_status(t_child(root)));
	SHOW(access("/etc/passwd", F_OK));
	return 0;
}
