/* Fifos: opens that wait for the other side, O_NONBLOCK, O_RDWR, data and end of file; the name may go. */
#include "vktest.h"

int main(void)
{
	char b[32];
	struct stat st;
	SHOW(mkfifo("f", 0666));
	t_stat("f");
	SHOW(mkfifo("f", 0666));

	SECTION("O_NONBLOCK");
	SHOW_OK(open("f", O_WRONLY | O_NONBLOCK));
	int r = SHOW_OK(open("f", O_RDONLY | O_NONBLOCK));
	SHOW(read(r, b, sizeof b));
	int w = SHOW_OK(open("f", O_WRONLY | O_NONBLOCK));
	SHOW(read(r, b, sizeof b));
	SHOW(write(w, "abc", 3));
	SHOW(read(r, b, sizeof b));
	SHOW(close(w));
	SHOW(read(r, b, sizeof b));
	SHOW(close(r));

	SECTION("O_RDWR does not wait");
	int rw = SHOW_OK(open("f", O_RDWR));
	SHOW(write(rw, "self", 4));
	SHOW(read(rw, b, sizeof b));
	MUST(fstat(rw, &st));
	CHECK(S_ISFIFO(st.st_mode) && st.st_size == 0);
	SHOW(close(rw));

	SECTION("a reader waits for a writer");
	volatile int *stage = t_shared(4096);
	pid_t p = t_fork();
	if (p == 0) {
		t_sleep_ms(50);
		*stage = 1;
		int fd = MUST(open("f", O_WRONLY));
		write(fd, "from child", 10);
		close(fd);
		_exit(0);
	}
	r = SHOW_OK(open("f", O_RDONLY));
	SHOW(*stage);
	SHOW(read(r, b, sizeof b));
	SHOW(read(r, b, sizeof b));
	t_waitpid(p);
	close(r);

	SECTION("a writer waits for a reader");
	*stage = 0;
	p = t_fork();
	if (p == 0) {
		t_sleep_ms(50);
		*stage = 1;
		int fd = MUST(open("f", O_RDONLY));
		_exit(read(fd, b, sizeof b));
	}
	w = SHOW_OK(open("f", O_WRONLY));
	SHOW(*stage);
	SHOW(write(w, "hello", 5));
	printf("child read: %s\n", t_status(t_waitpid(p)));
	signal(SIGPIPE, SIG_IGN);
	SHOW(write(w, "x", 1));
	close(w);

	SECTION("data goes with the last descriptor");
	rw = MUST(open("f", O_RDWR));
	SHOW(write(rw, "lost", 4));
	close(rw);
	rw = MUST(open("f", O_RDWR | O_NONBLOCK));
	SHOW(read(rw, b, sizeof b));

	SECTION("the name may go");
	SHOW(unlink("f"));
	SHOW_OK(open("f", O_RDONLY | O_NONBLOCK));
	SHOW(write(rw, "still", 5));
	SHOW(read(rw, b, sizeof b));

	SECTION("two names, one pipe");
	MUST(mkfifo("g", 0600));
	MUST(link("g", "h"));
	int g = MUST(open("g", O_RDWR | O_NONBLOCK)), h = MUST(open("h", O_RDONLY | O_NONBLOCK));
	SHOW(write(g, "through", 7));
	SHOW(read(h, b, sizeof b));

	SECTION("open interrupted");
	close(g);
	close(h);
	t_interrupt(30, 0);
	SHOW_OK(open("g", O_RDONLY));
	SHOW_OK(open("g", O_WRONLY));
	t_interrupt_stop();
	return 0;
}
