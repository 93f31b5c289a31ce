/* readv and preadv: scattering over several buffers, the limits of the vector. */
#include "vktest.h"

int main(void)
{
	char a[4], b[8], c[32];
	static struct iovec many[1030];
	t_write_file("file", "0123456789abcdefghij");
	int fd = MUST(open("file", O_RDONLY));
	struct iovec v[] = {{a, 3}, {b, 0}, {b, 5}, {c, sizeof c}};

	SECTION("filled in order");
	SHOW(readv(fd, v, 4));
	t_quote("a", a, 3);
	t_quote("b", b, 5);
	t_quote("c", c, 12);
	SHOW(readv(fd, v, 4));
	SHOW(lseek(fd, 1, SEEK_SET));
	SHOW(readv(fd, v, 1));
	t_quote("a", a, 3);
	SHOW(readv(fd, v, 0));
	SHOW(lseek(fd, 0, SEEK_CUR));

	SECTION("1024 at most");
	for (size_t i = 0; i < T_COUNT(many); i++)
		many[i] = (struct iovec){c, 0};
	many[1023].iov_len = 2;
	SHOW(readv(fd, many, 1024));
	SHOW(readv(fd, many, 1025));
	SHOW(readv(fd, many, -1));

	SECTION("pointers");
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(readv(fd, BADP, 1));
	SHOW(readv(fd, BADP, 0));
	SHOW(readv(fd, NULLP, 0));
	struct iovec bad0[] = {{BADP, 3}, {a, 3}}, zero[] = {{BADP, 0}, {a, 3}};
	SHOW(readv(fd, bad0, 2));
	SHOW(readv(fd, zero, 2));
	SHOW(lseek(fd, 0, SEEK_CUR));
	struct iovec neg[] = {{a, 3}, {b, -1}};
	SHOW(readv(fd, neg, 2));
	struct iovec *edge = t_edge(sizeof *edge);
	*edge = (struct iovec){a, 1};
	SHOW(readv(fd, edge, 1));
	SHOW(readv(fd, edge, 2));

	SECTION("which error wins");
	SHOW(readv(-1, BADP, 1));
	SHOW(readv(-1, v, -1));
	SHOW(readv(-1, v, 2000));
	SHOW(readv(MUST(open("file", O_WRONLY)), BADP, 1));
	SHOW(readv(MUST(open("file", O_WRONLY)), v, 2000));
	SHOW(readv(MUST(open(".", O_RDONLY)), v, 1));
	return 0;
}
