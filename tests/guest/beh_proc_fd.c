/* /proc/self/fd and fdinfo: one link a descriptor, what each kind reads as, pos and flags. */
#include "vktest.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static char cwd[4096];
static void lnk(const char *what, int fd)
{
	char path[64], b[4096];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, b, sizeof b - 1);
	b[n > 0 ? n : 0] = 0;
	char *num = strchr(b, '['); /* pipe:[123] */
	if (n < 0)
		printf("%s: %s\n", what, t_errname(errno));
	else if (num && num[1] >= '0' && num[1] <= '9')
		printf("%s: %.*s[N]\n", what, (int)(num - b), b);
	else if (!strncmp(b, cwd, strlen(cwd)))
		printf("%s: CWD%s\n", what, b + strlen(cwd));
	else
		printf("%s: %s\n", what, b);
}
static void info(const char *what, int fd)
{
	char path[64], b[4096];
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	t_read_file(path, b, sizeof b);
	printf("%s:", what);
	for (char *l = strtok(b, "\n"); l; l = strtok(NULL, "\n"))
		if (!strncmp(l, "pos:", 4) || !strncmp(l, "flags:", 6) || !strncmp(l, "eventfd-count:", 14))
			printf(" %s", l);
	putchar('\n');
}

int main(void)
{
	int p[2], s[2];
	struct stat st;
	sigset_t set;
	sigemptyset(&set);
	MUST((long)getcwd(cwd, sizeof cwd));
	t_write_file("file", "0123456789");
	MUST(symlink("file", "link"));
	MUST(mkdir("dir", 0755));
	MUST(pipe(p));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	int f = MUST(open("file", O_RDWR | O_APPEND)), g = MUST(open("link", O_RDONLY | O_CLOEXEC));

	SECTION("links");
	lnk("file", f);
	lnk("through a link", g);
	lnk("the link itself", MUST(open("link", O_PATH | O_NOFOLLOW)));
	lnk("directory", MUST(open("dir", O_RDONLY)));
	lnk("root", MUST(open("/", O_RDONLY)));
	lnk("/dev/null", MUST(open("/dev/null", O_RDONLY)));
	lnk("proc file", MUST(open("/proc/uptime", O_RDONLY)));
	lnk("pipe", p[0]);
	lnk("socket", s[0]);
	int e = MUST(eventfd(7, 0));
	lnk("eventfd", e);
	lnk("eventpoll", MUST(epoll_create1(0)));
	lnk("inotify", MUST(inotify_init()));
	lnk("signalfd", MUST(signalfd(-1, &set, 0)));
	lnk("timerfd", MUST(timerfd_create(CLOCK_MONOTONIC, 0)));
	lnk("memfd", MUST(memfd_create("nm", 0)));
	lnk("closed", 999);
	MUST(rename("file", "dir/renamed"));
	lnk("renamed", f);
	MUST(unlink("dir/renamed"));
	lnk("unlinked", f);

	SECTION("a link in fd is 64 long and has the rights of the descriptor");
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", f);
	MUST(lstat(path, &st));
	printf("%s size %ld\n", t_mode(st.st_mode), (long)st.st_size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", g);
	MUST(lstat(path, &st));
	printf("%s size %ld\n", t_mode(st.st_mode), (long)st.st_size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", p[1]);
	MUST(lstat(path, &st));
	printf("%s size %ld\n", t_mode(st.st_mode), (long)st.st_size);

	SECTION("the unlinked file is still reached through fd");
	snprintf(path, sizeof path, "/proc/self/fd/%d", f);
	int again = SHOW_OK(open(path, O_RDWR));
	SHOW(pwrite(again, "AB", 2, 0));
	char b[16];
	SHOW(pread(g, b, 4, 0));
	t_quote("b", b, 4);
	SHOW(stat(path, &st));
	SHOW(st.st_size);
	SHOW(truncate(path, 3));
	SHOW(fstat(f, &st));
	SHOW(st.st_size);

	SECTION("fdinfo");
	lseek(f, 2, SEEK_SET);
	info("file O_RDWR|O_APPEND at 2", f);
	info("O_RDONLY|O_CLOEXEC", g);
	info("pipe", p[0]);
	info("eventfd", e);

	SECTION("the list is the open descriptors");
	syscall(SYS_close_range, 3, ~0U, 0);
	DIR *d = opendir("/proc/self/fd");
	int seen = 0, n = 0, high = 0;
	for (struct dirent *de; d && (de = readdir(d));)
		if (de->d_name[0] != '.') {
			int k = atoi(de->d_name);
			n++, seen |= k < 4 ? 1 << k : 0, high += k > 3;
			if (de->d_type != DT_LNK)
				printf("type %s\n", t_dtype(de->d_type));
		}
	SHOW(n);
	SHOW_X(seen);
	SHOW(high);
	return 0;
}
