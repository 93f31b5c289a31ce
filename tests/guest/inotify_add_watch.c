/* inotify: which events which calls make, in which order, with which names. */
#include "vktest.h"
#include <sys/inotify.h>

static int in;
static int wds[8];
static void drain(const char *what)
{
	char b[8192] __attribute__((aligned(8)));
	static const char *const names[32] = {"ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN", "MOVED_FROM",
					      "MOVED_TO", "CREATE", "DELETE", "DELETE_SELF", "MOVE_SELF", NULL, "UNMOUNT",
					      "Q_OVERFLOW", "IGNORED"};
	static uint32_t cookie;
	printf("%s:\n", what);
	ssize_t n;
	while ((n = read(in, b, sizeof b)) > 0)
		for (char *c = b; c < b + n;) {
			struct inotify_event *e = (void *)c;
			int w = -1;
			for (int i = 0; i < 8; i++)
				if (wds[i] == e->wd)
					w = i;
			printf("   watch %d", w);
			for (int i = 0; i < 16; i++)
				if (e->mask & 1u << i)
					printf(" %s", names[i]);
			if (e->mask & IN_ISDIR)
				printf(" ISDIR");
			if (e->len)
				printf(" \"%s\"", e->name);
			if (e->cookie) {
				printf(" cookie %s", e->cookie == cookie ? "same" : "new");
				cookie = e->cookie;
			}
			if (e->len % 16)
				printf(" len %u", e->len);
			putchar('\n');
			c += sizeof *e + e->len;
		}
}

int main(void)
{
	char b[8];
	in = MUST(inotify_init1(IN_NONBLOCK));
	MUST(mkdir("d", 0755));
	MUST(mkdir("e", 0755));
	t_write_file("d/old", "old");
	wds[1] = MUST(inotify_add_watch(in, "d", IN_ALL_EVENTS));
	wds[2] = MUST(inotify_add_watch(in, "d/old", IN_ALL_EVENTS));

	int fd = MUST(open("d/new", O_CREAT | O_RDWR, 0600));
	drain("create");
	MUST(write(fd, "abc", 3));
	MUST(pread(fd, b, 3, 0));
	drain("write and read");
	MUST(ftruncate(fd, 1));
	drain("ftruncate");
	MUST(fchmod(fd, 0644));
	drain("fchmod");
	MUST(close(fd));
	drain("close");
	MUST(close(MUST(open("d/old", O_RDONLY))));
	drain("open and close for reading, watched twice");
	MUST(link("d/old", "d/hard"));
	drain("link");
	MUST(unlink("d/hard"));
	drain("unlink one of two");
	MUST(rename("d/new", "d/newer"));
	drain("rename inside");
	MUST(rename("d/newer", "e/out"));
	drain("rename out");
	MUST(rename("e/out", "d/back"));
	drain("rename in");
	MUST(rename("d/back", "d/old"));
	drain("rename over the watched file");
	MUST(mkdir("d/sub", 0755));
	MUST(symlink("x", "d/sym"));
	MUST(mkfifo("d/fifo", 0600));
	drain("mkdir, symlink, mkfifo");
	MUST(rmdir("d/sub"));
	drain("rmdir");
	DIR *dir = opendir("d");
	while (readdir(dir))
		;
	closedir(dir);
	drain("readdir");
	MUST(utimensat(AT_FDCWD, "d/old", NULL, 0));
	drain("utimensat");
	MUST(truncate("d/old", 0));
	drain("truncate");
	MUST(rename("d", "moved"));
	drain("rename the directory");
	t_write_file("moved/after", "x");
	drain("a file in it afterwards");
	MUST(unlink("moved/old"));
	MUST(unlink("moved/sym"));
	MUST(unlink("moved/fifo"));
	MUST(unlink("moved/after"));
	drain("unlink all");
	MUST(rmdir("moved"));
	drain("rmdir the directory");
	return 0;
}
