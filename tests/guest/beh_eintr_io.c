/* Blocking reads and writes of pipes and sockets, accept, flock, open of a fifo: EINTR without SA_RESTART, restarted with it, partial writes. */
#include "vkproc.h"
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>

static volatile int ticks;
static int act_at;
static void (*act)(void);
static void tick(int s)
{
	(void)s;
	if (++ticks == act_at && act)
		act();
}

static void start(int flags, void (*fn)(void))
{
	struct itimerval it = {{0, 10000}, {0, 10000}};
	ticks = 0;
	act = fn;
	act_at = 3;
	p_handler(SIGALRM, tick, flags);
	MUST(setitimer(ITIMER_REAL, &it, NULL));
}

static void stop(void)
{
	struct itimerval it = {0};
	setitimer(ITIMER_REAL, &it, NULL);
}

static int pfd[2], sv[2], release_fd[2];
static void feed_pipe(void) { write(pfd[1], "fed", 3) == 3 ? (void)0 : abort(); }
static void feed_socket(void) { write(sv[1], "sock", 4) == 4 ? (void)0 : abort(); }
static void drain(void)
{
	char b[65536];
	fcntl(pfd[0], F_SETFL, O_NONBLOCK);
	while (read(pfd[0], b, sizeof b) > 0)
		;
}
static void connect_it(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = "s"};
	int c = socket(AF_UNIX, SOCK_STREAM, 0);
	connect(c, (void *)&sa, sizeof sa);
}
static void unlock_it(void) { write(release_fd[1], "x", 1) == 1 ? (void)0 : abort(); }
static void open_fifo(void) { open("fifo", O_RDONLY | O_NONBLOCK); }

#define TWICE(what, call, fn)                                                                                          \
	do {                                                                                                           \
		start(0, NULL);                                                                                        \
		SHOW_AS(call, "%s", what);                                                                             \
		start(SA_RESTART, fn);                                                                                 \
		SHOW_AS(call, "%s, SA_RESTART", what);                                                                 \
		stop();                                                                                                \
	} while (0)

int main(void)
{
	char b[16];
	MUST(pipe(pfd));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	TWICE("read of a pipe", read(pfd[0], b, sizeof b), feed_pipe);
	struct iovec iov = {b, sizeof b};
	TWICE("readv of a pipe", readv(pfd[0], &iov, 1), feed_pipe);
	TWICE("read of a socket", read(sv[0], b, sizeof b), feed_socket);
	TWICE("recv", recv(sv[0], b, sizeof b, 0), feed_socket);
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	TWICE("recvmsg", recvmsg(sv[0], &mh, 0), feed_socket);
	struct timeval tv = {10, 0};
	MUST(setsockopt(sv[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
	TWICE("recv with a timeout is not restarted", recv(sv[0], b, sizeof b, 0), feed_socket);

	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = "s"};
	int l = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(l, (void *)&sa, sizeof sa));
	MUST(listen(l, 5));
	TWICE("accept", accept(l, NULL, NULL) >= 0 ? 0 : -1, connect_it);

	int f = MUST(open("f", O_RDWR | O_CREAT, 0644)), f2 = MUST(open("f", O_RDWR));
	MUST(pipe(release_fd));
	struct t_gate held = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		flock(f2, LOCK_EX);
		struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		fcntl(f2, F_SETLK, &fl);
		t_gate_open(&held);
		read(release_fd[0], b, 1) == 1 ? (void)0 : abort();
		flock(f2, LOCK_UN);
		read(release_fd[0], b, 1) == 1 ? (void)0 : abort();
		t_exit(0);
	}
	t_gate_pass(&held);
	TWICE("flock", flock(f, LOCK_EX), unlock_it);
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	TWICE("F_SETLKW", fcntl(f, F_SETLKW, &fl), unlock_it);
	p_wait("holder", p);

	MUST(mkfifo("fifo", 0644));
	TWICE("open of a fifo", open("fifo", O_WRONLY) >= 0 ? 0 : -1, open_fifo);

	/* A write that has written a part says how much. */
	char *big = calloc(1, 200000);
	fcntl(pfd[1], F_SETPIPE_SZ, 65536);
	start(0, NULL);
	SHOW(write(pfd[1], big, 200000));
	SHOW(write(pfd[1], big, 10));
	start(SA_RESTART, NULL);
	SHOW_AS(write(pfd[1], big, 0), "write of nothing");
	start(SA_RESTART, drain);
	SHOW_AS(write(pfd[1], big, 60000), "write, SA_RESTART");
	stop();
	/* With SA_RESTART a partial one is still partial. */
	drain();
	start(SA_RESTART, NULL);
	SHOW_AS(write(pfd[1], big, 200000), "partial write, SA_RESTART");
	stop();
	return 0;
}
