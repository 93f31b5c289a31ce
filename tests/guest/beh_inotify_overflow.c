/* inotify's queue is bounded: the last event says so. */
#include "vktest.h"
#include <sys/inotify.h>

int main(void)
{
	char b[65536] __attribute__((aligned(8)));
	int in = MUST(inotify_init1(IN_NONBLOCK));
	char lim[32];
	t_read_file("/proc/sys/fs/inotify/max_queued_events", lim, sizeof lim);
	long max = atol(lim);
	CHECK(max > 0);
	t_write_file("f", "x");
	MUST(inotify_add_watch(in, "f", IN_ATTRIB | IN_MODIFY));
	int fd = MUST(open("f", O_RDWR));
	for (long i = 0; i < max / 2 + 100; i++) { /* two kinds in turn, so that they are not merged */
		MUST(fchmod(fd, 0600));
		MUST(pwrite(fd, "y", 1, 0));
	}
	long n = 0, over = 0, last = 0;
	ssize_t r;
	while ((r = read(in, b, sizeof b)) > 0)
		for (char *c = b; c < b + r; c += sizeof(struct inotify_event)) {
			struct inotify_event *e = (void *)c;
			n++;
			last = (e->mask & IN_Q_OVERFLOW) != 0;
			over += last;
			if (last)
				SHOW(e->wd);
		}
	CHECK(n == max + 1);
	SHOW(over);
	SHOW(last);
	MUST(fchmod(fd, 0600));
	CHECK(read(in, b, sizeof b) == sizeof(struct inotify_event));
	return 0;
}
