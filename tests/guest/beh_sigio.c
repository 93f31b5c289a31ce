/* O_ASYNC: SIGIO, or the signal and siginfo of F_SETSIG, when a pipe or socket becomes ready. */
#include "vktest.h"
#include <sys/socket.h>

static volatile sig_atomic_t sig, code, fdno, band;
static void on(int s, siginfo_t *si, void *u)
{
	(void)u;
	sig = s, code = si->si_code, fdno = si->si_fd, band = si->si_band;
}
static void wait_sig(const char *what)
{
	for (int i = 0; i < 100 && !sig; i++)
		t_sleep_ms(10);
	printf("%s: %s", what, sig ? t_signame(sig) : "none");
	if (sig && code > 0 && code != SI_KERNEL)
		printf(" code %d band 0x%x", (int)code, (unsigned)band);
	putchar('\n');
}

int main(void)
{
	int p[2], s[2];
	char b[8];
	struct sigaction sa = {.sa_sigaction = on, .sa_flags = SA_SIGINFO | SA_RESTART};
	sigaction(SIGIO, &sa, NULL);
	sigaction(SIGRTMIN + 3, &sa, NULL);
	sigaction(SIGURG, &sa, NULL);
	MUST(pipe(p));
	MUST(fcntl(p[0], F_SETOWN, getpid()));
	MUST(fcntl(p[0], F_SETFL, O_ASYNC | O_NONBLOCK));
	SHOW_X(fcntl(p[0], F_GETFL));
	MUST(write(p[1], "x", 1));
	wait_sig("pipe readable");
	SHOW(read(p[0], b, 8));

	SECTION("F_SETSIG");
	sig = 0;
	MUST(fcntl(p[0], F_SETSIG, SIGRTMIN + 3));
	MUST(write(p[1], "x", 1));
	wait_sig("pipe readable");
	CHECK(fdno == p[0]);
	SHOW(read(p[0], b, 8));

	SECTION("a socket");
	sig = 0;
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	MUST(fcntl(s[0], F_SETOWN, getpid()));
	MUST(fcntl(s[0], F_SETFL, O_ASYNC));
	MUST(write(s[1], "x", 1));
	wait_sig("socket readable");

	SECTION("switched off");
	sig = 0;
	MUST(fcntl(s[0], F_SETFL, 0));
	MUST(write(s[1], "x", 1));
	t_sleep_ms(20);
	SHOW(sig);
	return 0;
}
