/* poll: what is ready on files, pipes, sockets, ttys; timeouts; bad descriptors. */
#include "vktest.h"
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

static void show(const char *what, int fd, short events)
{
	struct pollfd p = {fd, events, -1};
	int n = poll(&p, 1, 0);
	printf("%s: %d", what, n);
	static const struct {
		short bit;
		const char *name;
	} bits[] = {{POLLIN, "IN"}, {POLLPRI, "PRI"}, {POLLOUT, "OUT"}, {POLLERR, "ERR"}, {POLLHUP, "HUP"}, {POLLNVAL, "NVAL"},
		    {POLLRDNORM, "RDNORM"}, {POLLRDBAND, "RDBAND"}, {POLLWRNORM, "WRNORM"}, {POLLWRBAND, "WRBAND"},
		    {POLLRDHUP, "RDHUP"}};
	for (size_t i = 0; i < T_COUNT(bits); i++)
		if (p.revents & bits[i].bit)
			printf(" %s", bits[i].name);
	putchar('\n');
}
#define ALL (POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLRDBAND | POLLWRNORM | POLLWRBAND | POLLRDHUP)

int main(void)
{
	static char big[70000];
	int p[2], s[2];
	t_write_file("f", "x");
	show("file", MUST(open("f", O_RDONLY)), ALL);
	show("directory", MUST(open(".", O_RDONLY)), ALL);
	show("/dev/null", MUST(open("/dev/null", O_RDWR)), ALL);
	show("/dev/zero", MUST(open("/dev/zero", O_RDONLY)), ALL);
	show("/proc file", MUST(open("/proc/self/status", O_RDONLY)), ALL);
	show("closed", 999, ALL);
	show("negative", -5, ALL);
	show("O_PATH", MUST(open("f", O_PATH)), ALL);

	SECTION("pipe");
	MUST(pipe(p));
	show("empty, reader", p[0], ALL);
	show("empty, writer", p[1], ALL);
	MUST(write(p[1], "x", 1));
	show("one byte, reader", p[0], ALL);
	show("one byte, reader, asked nothing", p[0], 0);
	show("one byte, writer", p[1], ALL);
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	while (write(p[1], big, 4096) > 0)
		;
	show("full, writer", p[1], ALL);
	MUST(read(p[0], big, 100));
	show("100 bytes taken, writer", p[1], ALL);
	MUST(read(p[0], big, 8000));
	show("a page taken, writer", p[1], ALL);
	close(p[1]);
	show("writer gone, data left", p[0], ALL);
	MUST(read(p[0], big, sizeof big));
	show("writer gone, empty", p[0], ALL);
	MUST(pipe(p));
	close(p[0]);
	show("reader gone", p[1], ALL);
	show("reader gone, asked nothing", p[1], 0);

	SECTION("socketpair");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	show("idle", s[0], ALL);
	MUST(write(s[1], "x", 1));
	show("data", s[0], ALL);
	MUST(shutdown(s[1], SHUT_WR));
	show("peer shut its writing", s[0], ALL);
	show("we shut our writing", s[1], ALL);
	close(s[1]);
	show("peer closed, data left", s[0], ALL);
	MUST(read(s[0], big, 10));
	show("peer closed", s[0], ALL);

	SECTION("eventfd");
	int e = MUST(eventfd(0, 0));
	show("0", e, ALL);
	eventfd_write(e, 5);
	show("5", e, ALL);
	eventfd_write(e, 0xfffffffffffffffeULL - 5);
	show("max", e, ALL);

	SECTION("several at once, negative ones skipped");
	MUST(pipe(p));
	MUST(write(p[1], "x", 1));
	struct pollfd v[] = {{p[0], POLLIN, 77}, {-1, POLLIN, 77}, {p[1], POLLOUT, 77}, {999, POLLIN, 77}, {p[0], POLLOUT, 77}};
	SHOW(poll(v, 5, 0));
	for (int i = 0; i < 5; i++)
		printf("   %d: 0x%x\n", i, v[i].revents);

	SECTION("timeouts");
	MUST(read(p[0], big, 10));
	long t0 = t_now_ms();
	SHOW(poll(v, 1, 50));
	CHECK(t_now_ms() - t0 >= 49);
	SHOW(poll(NULL, 0, 0));
	t0 = t_now_ms();
	SHOW(poll(NULL, 0, 30));
	CHECK(t_now_ms() - t0 >= 29);

	SECTION("woken");
	pid_t pid = t_fork();
	if (pid == 0) {
		t_sleep_ms(40);
		write(p[1], "x", 1);
		_exit(0);
	}
	SHOW(poll(v, 1, -1));
	SHOW_X(v[0].revents);
	t_waitpid(pid);

	SECTION("errors");
	SHOW(poll(BADP, 1, 0));
	SHOW(poll(BADP, 0, 0));
	SHOW(poll(t_readonly(v, sizeof v), 1, 0));
	struct rlimit rl;
	MUST(getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = 64;
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
	static struct pollfd many[65];
	for (int i = 0; i < 65; i++)
		many[i].fd = -1;
	SHOW(poll(many, 64, 0));
	SHOW(poll(many, 65, 0));
	SHOW(poll(BADP, 65, 0));
	return 0;
}
