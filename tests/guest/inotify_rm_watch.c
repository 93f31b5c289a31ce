/* inotify_rm_watch: the watch ends with IN_IGNORED; what was queued before stays; others go on. */
#include "vktest.h"
#include <sys/inotify.h>

static void drain(int in, int a, int b)
{
	char buf[4096] __attribute__((aligned(8)));
	ssize_t n = read(in, buf, sizeof buf);
	if (n < 0)
		printf("   %s\n", t_errname(errno));
	for (char *c = buf; c < buf + n;) {
		struct inotify_event *e = (void *)c;
		printf("   %s 0x%x %s\n", e->wd == a ? "a" : e->wd == b ? "b" : "?", e->mask, e->len ? e->name : "");
		c += sizeof *e + e->len;
	}
}

int main(void)
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	int in = MUST(inotify_init1(IN_NONBLOCK));
	int a = MUST(inotify_add_watch(in, "a", IN_CREATE | IN_DELETE)), b = MUST(inotify_add_watch(in, "b", IN_CREATE));
	MUST(mkdir("a/one", 0755));
	SHOW(inotify_rm_watch(in, a));
	MUST(mkdir("a/two", 0755));
	MUST(mkdir("b/three", 0755));
	drain(in, a, b);
	SHOW(inotify_rm_watch(in, a));
	SHOW(inotify_rm_watch(in, b));
	drain(in, a, b);
	drain(in, a, b);
	int other = MUST(inotify_init1(IN_NONBLOCK));
	int c = MUST(inotify_add_watch(in, "a", IN_CREATE));
	SHOW(inotify_rm_watch(other, c));
	SHOW(inotify_rm_watch(in, -1));
	SHOW(inotify_rm_watch(in, 0));
	SHOW(inotify_rm_watch(-1, c));
	SHOW(inotify_rm_watch(MUST(open("a", O_RDONLY)), c));
	SHOW(inotify_rm_watch(in, c));
	return 0;
}
