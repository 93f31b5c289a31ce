/* pwritev and pwritev2 as writers: holes, O_APPEND, bad vectors leave the file as it was. */
#include "vktest.h"

int main(void)
{
	int fd = MUST(open("file", O_RDWR | O_CREAT, 0644));
	struct iovec v[] = {{"one,", 4}, {"two,", 4}, {"three", 5}};
	struct iovec neg[] = {{"x", 1}, {"y", (size_t)-1}};
	struct iovec bad[] = {{BADP, 4}, {"x", 1}};

	SHOW(pwritev(fd, v, 3, 3));
	t_cat("file");
	SHOW(pwritev(fd, v + 1, 1, 3));
	t_cat("file");
	SHOW(pwritev(fd, v, 0, 100));
	t_stat("file");

	SECTION("O_APPEND wins over the place");
	int a = MUST(open("file", O_WRONLY | O_APPEND));
	SHOW(pwritev(a, v, 1, 0));
	t_cat("file");
	SHOW(lseek(a, 0, SEEK_CUR));

	SECTION("errors");
	SHOW(pwritev(fd, neg, 2, 0));
	SHOW(pwritev(fd, bad, 2, 0));
	SHOW(pwritev(fd, BADP, 1, 0));
	SHOW(pwritev(fd, v, 1, -1));
	SHOW(pwritev(fd, v, 1, INT64_MAX));
	SHOW(pwritev(fd, v, 1025, 0));
	SHOW(pwritev(-1, v, 1, 0));
	t_cat("file");
	return 0;
}
