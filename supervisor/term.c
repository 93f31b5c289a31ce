/*
 * term.c - the host's terminal: modes, and moving bytes.
 *
 * The terminal is left as it is until a guest wants input or changes modes:
 * `vksup -- ls | less` must not take the keys that are meant for less, nor
 * change its modes.  Until then the host edits lines and makes signals, and
 * our "\r\n" goes out as "\n", for the host to make "\r\n" of.  From then on
 * it is raw: every byte is passed on both ways, and the guest's own terminal
 * does the rest.
 *
 * Two threads, because either direction may block: input (host -> guest) and
 * output.  `lock` makes sure that no output is under way with one idea of the
 * modes while they change.
 */
#include "term.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vksup/tty.h"

/* The requests with struct termios2, which struct tty_termios is. */
#define K_TCGETS2	0x802c542aUL
#define K_TCSETS2	0x402c542bUL
#define K_TCSETSW2	0x402c542cUL

/* Bits of <asm/termbits.h>. */
#define K_IGNBRK	0001u
#define K_BRKINT	0002u
#define K_PARMRK	0010u
#define K_ISTRIP	0040u
#define K_INLCR		0100u
#define K_IGNCR		0200u
#define K_ICRNL		0400u
#define K_IUCLC		01000u
#define K_IXON		02000u
#define K_OPOST		0001u
#define K_ONLCR		0004u
#define K_ICANON	0002u
#define K_LFLAGS	(0001u | K_ICANON | 0010u | 0100u | 0100000u) /* ISIG ICANON ECHO ECHONL IEXTEN */
#define K_VEOF		4
#define K_VTIME		5
#define K_VMIN		6

#define CHUNK		4096

/* In memory that a forked warden shares. */
struct term_shared {
	_Atomic bool	raw;		/* the host's terminal has our modes */
	struct tty_termios saved;	/* what it had before */
};

static struct {
	int		fd;		/* for modes and output; -1: no terminal */
	int		rfd;		/* for input; -1: none */
	dev_t		rdev;
	struct term_shared *shared;
	bool		probed, running;
	bool		newline_twice;	/* host's ONLCR comes on top of ours */
	struct vkern	*vk;
	pthread_mutex_t	lock;		/* modes against output */
	pthread_t	out_thread;
	int		out_event, in_event; /* eventfds: look again */
	_Atomic bool	in_waits;	/* the input thread wants in_event */
	_Atomic bool	finishing, suspended;
	_Atomic bool	gone;		/* the terminal was hung up */
} term = { .fd = -1, .rfd = -1, .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- modes --- */

static bool
makes_newlines(const struct tty_termios *tio)
{
	return (tio->oflag & (K_OPOST | K_ONLCR)) == (K_OPOST | K_ONLCR);
}

void
term_probe(void)
{
	struct tty_termios saved;
	struct stat st;
	int i, fl;

	if (term.probed)
		return;
	term.probed = true;
	for (i = 0; i < 3; i++) {
		if (fstat(i, &st) < 0 || !S_ISCHR(st.st_mode))
			continue;
		if (term.fd < 0) {
			if (ioctl(i, K_TCGETS2, &saved) < 0)
				continue;
			term.fd = i;
			term.rdev = st.st_rdev;
		}
		fl = fcntl(i, F_GETFL);
		if (st.st_rdev == term.rdev && term.rfd < 0 && (fl & O_ACCMODE) != O_WRONLY)
			term.rfd = i;
		if (st.st_rdev == term.rdev && (fl & O_ACCMODE) != O_RDONLY)
			term.fd = i;
	}
	if (term.fd < 0)
		return;
	term.shared = mmap(NULL, sizeof(*term.shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (term.shared == MAP_FAILED) {
		term.shared = NULL;
		term.fd = -1;
		return;
	}
	term.shared->saved = saved;
	term.newline_twice = makes_newlines(&saved);
}

/* Setting modes must not stop us when we are in the background (SIGTTOU). */
static int
modes_apply(const struct tty_termios *tio, unsigned long request)
{
	sigset_t set, old;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	r = ioctl(term.fd, request, tio);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

void
term_restore(void)
{
	if (term.shared == NULL || !atomic_exchange(&term.shared->raw, false))
		return;
	modes_apply(&term.shared->saved, K_TCSETS2);
}

/* Are the terminal's modes and keys ours to take? */
static bool
in_foreground(void)
{
	pid_t fg = tcgetpgrp(term.fd);

	return fg < 0 || fg == getpgrp();
}

/*
 * The modes may not be those of the start any more: who begins in the background
 * has seen those of a shell that was reading.  What is not for lines is no
 * user's: then we have been stopped and continued in our own.
 */
static void
modes_note(void)
{
	struct tty_termios now;

	if (ioctl(term.fd, K_TCGETS2, &now) < 0 || !(now.lflag & K_ICANON))
		return;
	term.shared->saved = now;
	term.newline_twice = makes_newlines(&now);
	tty_console_modes(&now);
}

static void
modes_raw(void)
{
	struct tty_termios tio;

	pthread_mutex_lock(&term.lock);
	if (!term.shared->raw)
		modes_note();
	tio = term.shared->saved;
	tio.iflag &= ~(K_IGNBRK | K_BRKINT | K_PARMRK | K_ISTRIP | K_INLCR | K_IGNCR | K_ICRNL |
	    K_IUCLC | K_IXON);
	tio.oflag &= ~K_OPOST;
	tio.lflag &= ~K_LFLAGS;
	tio.cc[K_VMIN] = 1;
	tio.cc[K_VTIME] = 0;
	if (!term.shared->raw && !term.suspended && !term.finishing) {
		term.shared->raw = true;
		/* Waits for what has been written in the old modes. */
		if (modes_apply(&tio, K_TCSETSW2) < 0)
			term.shared->raw = false;
	}
	pthread_mutex_unlock(&term.lock);
}

/* --- events --- */

static void
event_set(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		return;	/* full is set as well */
}

static void
event_clear(int fd)
{
	uint64_t v;

	if (read(fd, &v, sizeof(v)) < 0)
		return;
}

/* From the kernel, with its locks held. */
static void
term_kick(void *arg)
{
	(void)arg;
	event_set(term.out_event);
	if (term.in_waits)
		event_set(term.in_event);
}

/* --- output --- */

/* "\r\n" -> "\n": the inverse of what the guest's terminal did. */
static size_t
newlines_once(char *buf, size_t n)
{
	size_t i, o = 0;

	for (i = 0; i < n; i++)
		if (buf[i] != '\r' || i + 1 == n || buf[i + 1] != '\n')
			buf[o++] = buf[i];
	return o;
}

static bool
write_all(const char *buf, size_t n)
{
	ssize_t w;

	while (n > 0) {
		w = write(term.fd, buf, n);
		if (w < 0 && errno == EAGAIN) {
			struct pollfd p = { term.fd, POLLOUT, 0 };

			(void)poll(&p, 1, -1);
			continue;
		}
		if (w < 0 && errno != EINTR)
			return false;
		if (w > 0) {
			buf += w;
			n -= (size_t)w;
		}
	}
	return true;
}

/* A '\r' at the end waits for what follows it, for newlines_once(). */
static void *
output_main(void *arg)
{
	char buf[CHUNK + 1];
	size_t n, m, held = 0;

	(void)arg;
	vk = term.vk;
	for (;;) {
		n = held + tty_console_output(buf + held, CHUNK);
		if (n == held) {
			if (term.finishing)
				break;
			event_clear(term.out_event);
			continue;
		}
		pthread_mutex_lock(&term.lock);
		held = 0;
		m = n;
		if (term.newline_twice && !term.shared->raw) {
			held = buf[n - 1] == '\r' && n > 1 && !term.finishing;
			m = newlines_once(buf, n - held);
		}
		if (!term.gone && !write_all(buf, m))
			term.gone = true;
		pthread_mutex_unlock(&term.lock);
		if (held)
			buf[0] = '\r';
	}
	if (held && !term.gone)
		(void)write_all(buf, held);
	return NULL;
}

/* --- input --- */

static void
input_wait(void)
{
	term.in_waits = true;
	event_clear(term.in_event);
	term.in_waits = false;
}

/* Give all of buf to the guest; waits while it has no room. */
static void
input_deliver(const char *buf, size_t n)
{
	size_t done = 0;

	while (!term.finishing) {
		term.in_waits = true;
		done += tty_console_input(buf + done, n - done);
		if (done == n)
			break;
		event_clear(term.in_event);
	}
	term.in_waits = false;
}

/*
 * Lines that were typed so far, and ends of file, which would be zero bytes
 * once the terminal is raw.
 */
static void
lines_take(void)
{
	struct pollfd p = { term.rfd, POLLIN, 0 };
	struct tty_termios now;
	char buf[CHUNK + 1];
	ssize_t n;

	if (ioctl(term.fd, K_TCGETS2, &now) < 0 || !(now.lflag & K_ICANON))
		return;
	while (poll(&p, 1, 0) > 0 && p.revents == POLLIN) {
		n = read(term.rfd, buf, CHUNK);
		if (n < 0)
			return;
		if (n == 0 || buf[n - 1] != '\n')
			buf[n++] = (char)now.cc[K_VEOF];
		input_deliver(buf, (size_t)n);
	}
}

/*
 * What was typed between lines_take and the change of modes: there the host has
 * written a NUL for the key that ends a file (n_tty.c, __DISABLED_CHAR).
 */
static void
leftover_take(void)
{
	char buf[CHUNK];
	ssize_t i, n;
	int avail;

	if (ioctl(term.rfd, FIONREAD, &avail) < 0 || avail <= 0)
		return;
	n = read(term.rfd, buf, avail < CHUNK ? (size_t)avail : CHUNK);
	for (i = 0; i < n; i++) {
		if (buf[i] == '\0')
			buf[i] = (char)term.shared->saved.cc[K_VEOF];
	}
	if (n > 0)
		input_deliver(buf, (size_t)n);
}

/*
 * Sleep until a guest wants input and the terminal is ours.  A program that
 * reads from the background is stopped: so are we, by the signal for that.  If
 * nobody is there who could continue us, it has no effect: then wait.
 */
static void
input_begin(void)
{
	bool asked = false;

	while (!term.finishing) {
		term.in_waits = true;
		if (!term.suspended && tty_console_wanted()) {
			if (in_foreground()) {
				lines_take();
				modes_raw();
				leftover_take();
				break;
			}
			if (!asked) {
				asked = true;
				kill(getpid(), SIGTTIN);
				continue;
			}
		}
		input_wait();
		asked = false;
	}
	term.in_waits = false;
}

static void *
input_main(void *arg)
{
	struct pollfd p[2] = { { term.rfd, POLLIN, 0 }, { term.in_event, POLLIN, 0 } };
	char buf[CHUNK];
	ssize_t n;

	(void)arg;
	vk = term.vk;
	while (!term.finishing) {
		if (!term.shared->raw)
			input_begin();
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents != 0)
			event_clear(term.in_event);
		if (p[0].revents == 0 || term.finishing || !term.shared->raw)
			continue;
		n = read(term.rfd, buf, sizeof(buf));
		if (n > 0)
			input_deliver(buf, (size_t)n);
		else if (n == 0 || (errno != EINTR && errno != EAGAIN))
			break;
	}
	/* The terminal is gone: so is the guests'. */
	if (!term.finishing) {
		term.gone = true;
		tty_console_signal(SIGHUP);
	}
	return NULL;
}

/* --- start and end --- */

static void
fatal_signal(int sig)
{
	term_restore();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Whoever reports crashes calls term_restore() himself: leave his handlers. */
static void
restore_on_death(void)
{
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP,
	    SIGXCPU, SIGXFSZ };
	struct sigaction sa;
	size_t i;

	atexit(term_restore);
	for (i = 0; i < nitems(sigs); i++) {
		if (sigaction(sigs[i], NULL, &sa) < 0 || sa.sa_handler != SIG_DFL)
			continue;
		memset(&sa, 0, sizeof(sa));
		sa.sa_handler = fatal_signal;
		sa.sa_flags = SA_RESETHAND | SA_NODEFER;
		sigaction(sigs[i], &sa, NULL);
	}
}

/* Signals are main's; SIGTTIN and SIGTTOU must stop us wherever they come. */
static int
thread_start(pthread_t *th, void *(*fn)(void *))
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	sigdelset(&all, SIGTTIN);
	sigdelset(&all, SIGTTOU);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(th, NULL, fn, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}

int
term_start(void)
{
	struct winsize ws;
	pthread_t th;
	int err;

	term_probe();
	if (term.fd < 0)
		return 0;
	term.vk = vk;
	term.out_event = eventfd(0, EFD_CLOEXEC);
	term.in_event = eventfd(0, EFD_CLOEXEC);
	if (term.out_event < 0 || term.in_event < 0)
		return -errno;
	if (ioctl(term.fd, TIOCGWINSZ, &ws) < 0)
		memset(&ws, 0, sizeof(ws));
	err = tty_console_create(&term.shared->saved, &ws, term.rdev, term_kick, NULL);
	if (err)
		return err;
	restore_on_death();
	err = thread_start(&term.out_thread, output_main);
	if (err == 0 && term.rfd >= 0) {
		err = thread_start(&th, input_main);
		if (err == 0)
			pthread_detach(th);
	}
	term.running = err == 0;
	return err;
}

void
term_winsize(void)
{
	struct winsize ws;

	if (term.running && ioctl(term.fd, TIOCGWINSZ, &ws) == 0)
		tty_console_winsize(&ws);
}

bool
term_signal(int sig)
{
	if (!term.running)
		return false;
	tty_console_signal(sig);
	return true;
}

void
term_suspend(void)
{
	if (!term.running)
		return;
	pthread_mutex_lock(&term.lock);
	term.suspended = true;
	term_restore();
	pthread_mutex_unlock(&term.lock);
	event_set(term.in_event);
}

void
term_resume(void)
{
	if (!term.running)
		return;
	term.suspended = false;
	/* Stopped by SIGSTOP, nobody restored anything, but a shell did since. */
	if (term.shared->raw && in_foreground()) {
		pthread_mutex_lock(&term.lock);
		term.shared->raw = false;
		pthread_mutex_unlock(&term.lock);
	}
	event_set(term.in_event);
	term_winsize();
}

static void
finish_signal(int sig)
{
	term_restore();
	_exit(128 + sig);
}

void
term_finish(void)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	sigset_t set;
	size_t i;

	if (!term.running)
		return;
	term.running = false;
	sigemptyset(&set);
	for (i = 0; i < nitems(sigs); i++) {
		signal(sigs[i], finish_signal);
		sigaddset(&set, sigs[i]);
	}
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	term.finishing = true;
	event_set(term.in_event);
	event_set(term.out_event);
	pthread_join(term.out_thread, NULL);
	if (term.shared->raw) {
		/* What was written must have left before the modes change. */
		modes_apply(&term.shared->saved, K_TCSETSW2);
		term.shared->raw = false;
	}
}
