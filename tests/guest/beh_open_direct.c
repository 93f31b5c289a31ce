/* O_DIRECT, O_SYNC, O_DSYNC, O_NOATIME: opened and used as programs use them. */
#include "vktest.h"

static int unprivileged(void)
{
	SHOW_OK(open("/etc/passwd", O_RDONLY | O_NOATIME));
	t_write_file("open/own", "x");
	int fd = SHOW_OK(open("open/own", O_RDONLY | O_NOATIME));
	SHOW_X(fcntl(fd, F_GETFL));
	int p = MUST(open("/etc/passwd", O_RDONLY));
	SHOW(fcntl(p, F_SETFL, O_NOATIME));
	return 0;
}

int main(void)
{
	static char block[8192] __attribute__((aligned(4096))), back[8192] __attribute__((aligned(4096)));
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	memset(block, 'd', sizeof block);

	SECTION("O_DIRECT with aligned blocks");
	int fd = SHOW_OK(open("direct", O_RDWR | O_CREAT | O_DIRECT, 0600));
	SHOW_X(fcntl(fd, F_GETFL));
	SHOW(write(fd, block, 8192));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pread(fd, back, 4096, 4096));
	CHECK(!memcmp(block, back, 4096));
	SHOW(pread(fd, back, 8192, 4096));
	SHOW(pread(fd, back, 4096, 8192));
	int plain = MUST(open("direct", O_RDONLY));
	SHOW(read(plain, back, 8192));
	SHOW(fcntl(fd, F_SETFL, 0));
	SHOW_X(fcntl(fd, F_GETFL));
	SHOW(pwrite(fd, "unaligned", 9, 3));

	SECTION("O_SYNC and O_DSYNC");
	int s = SHOW_OK(open("sync", O_WRONLY | O_CREAT | O_SYNC, 0600));
	SHOW(write(s, "x", 1));
	int d = SHOW_OK(open("sync", O_WRONLY | O_APPEND | O_DSYNC));
	SHOW(write(d, "y", 1));
	t_cat("sync");

	SECTION("O_NOATIME is the owner's");
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
