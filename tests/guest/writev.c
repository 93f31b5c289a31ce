/* writev: gathering, the limits of the vector, one write as others see it. */
#include "vktest.h"

int main(void)
{
	static struct iovec many[1030];
	int fd = MUST(open("file", O_RDWR | O_CREAT, 0644));
	struct iovec v[] = {{"abc", 3}, {"", 0}, {"defgh", 5}, {"\n", 1}};

	SHOW(writev(fd, v, 4));
	SHOW(writev(fd, v, 1));
	SHOW(writev(fd, v, 0));
	t_cat("file");
	SHOW(lseek(fd, 0, SEEK_CUR));

	SECTION("1024 at most");
	for (size_t i = 0; i < T_COUNT(many); i++)
		many[i] = (struct iovec){"x", 1};
	SHOW(ftruncate(fd, 0));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(writev(fd, many, 1024));
	SHOW(writev(fd, many, 1025));
	SHOW(writev(fd, many, -1));
	t_stat("file");

	SECTION("pointers");
	SHOW(ftruncate(fd, 0));
	SHOW(writev(fd, BADP, 1));
	SHOW(writev(fd, BADP, 0));
	struct iovec zero[] = {{BADP, 0}, {"ok", 2}}, bad0[] = {{BADP, 2}, {"ok", 2}}, neg[] = {{"ok", 2}, {"no", -1}};
	SHOW(writev(fd, zero, 2));
	SHOW(writev(fd, bad0, 2));
	SHOW(writev(fd, neg, 2));

	SECTION("which error wins");
	SHOW(writev(-1, BADP, 1));
	SHOW(writev(-1, v, -1));
	SHOW(writev(MUST(open("file", O_RDONLY)), BADP, 1));
	SHOW(writev(MUST(open("file", O_RDONLY)), v, 1));

	SECTION("on a pipe it is one message for the reader");
	int p[2];
	char b[32];
	MUST(pipe(p));
	SHOW(writev(p[1], v, 4));
	ssize_t n = SHOW(read(p[0], b, sizeof b));
	t_quote("b", b, n);
	SHOW(writev(p[1], v, 0));
	return 0;
}
