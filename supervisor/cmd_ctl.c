/*
 * cmd_ctl.c - the other side of the monitor: vksup ls, ctl, attach, exec, wait,
 * stop, top.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd_ctl.h"
#include "command.h"
#include "monitor.h"
#include "options.h"
#include "report.h"

static bool
read_all(int fd, void *p, size_t n)
{
	char *at = p;
	ssize_t r;

	while (n > 0) {
		r = read(fd, at, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		at += r;
		n -= (size_t)r;
	}
	return true;
}

static bool
is_id(const char *s)
{
	return *s >= '1' && *s <= '9' && strspn(s, "0123456789") == strlen(s) && strlen(s) < 11;
}

/* A socket, or -errno: -ENOENT no such run, -ECONNREFUSED one that has gone. */
static int
run_connect(const char *id)
{
	struct sockaddr_un sa;
	char dir[100];
	int err = monitor_dir(dir, sizeof(dir), false), sock;

	if (err == 0)
		err = monitor_address(&sa, dir, id);
	if (err)
		return err;
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	if (connect(sock, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return sock;
	err = -errno;
	close(sock);
	if (err == -ECONNREFUSED)
		unlink(sa.sun_path);
	return err;
}

static int
run_connect_told(const char *verb, const char *id)
{
	int sock = is_id(id) ? run_connect(id) : -ENOENT;

	if (sock < 0)
		fprintf(stderr, "vksup: %s %s: %s\n", verb, id,
		    sock == -ENOENT || sock == -ECONNREFUSED ? "no such run" : strerror(-sock));
	return sock;
}

static bool
request_send(int sock, int argc, char **argv)
{
	union { struct cmsghdr h; char space[CMSG_SPACE(sizeof(int))]; } ctl = { 0 };
	uint32_t len = 0;
	struct iovec iov = { &len, sizeof(len) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ctl,
		.msg_controllen = sizeof(ctl) };
	int i, out = 1;

	for (i = 0; i < argc; i++)
		len += (uint32_t)strlen(argv[i]) + 1;
	if (len > REQUEST_MAX)
		return false;
	ctl.h.cmsg_level = SOL_SOCKET;
	ctl.h.cmsg_type = SCM_RIGHTS;
	ctl.h.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&ctl.h), &out, sizeof(out));
	if (sendmsg(sock, &m, MSG_NOSIGNAL) != sizeof(len))
		return false;
	for (i = 0; i < argc; i++)
		if (!write_all(sock, argv[i], strlen(argv[i]) + 1))
			return false;
	return true;
}

/* Frames until the last; text (may be NULL) gets what is for standard output. */
static int
answer(int sock, FILE *text)
{
	static char buf[FRAME_DATA_MAX];
	struct monitor_frame f;
	uint32_t status;

	while (read_all(sock, &f, sizeof(f)) && f.len <= sizeof(buf) && read_all(sock, buf, f.len)) {
		if (f.kind == FRAME_STATUS && f.len == sizeof(status)) {
			memcpy(&status, buf, sizeof(status));
			return (int)status;
		}
		if (f.kind == FRAME_OUT && text != NULL)
			fwrite(buf, 1, f.len, text);
		else if (f.kind == FRAME_OUT && !write_all(1, buf, f.len))
			return EXIT_OURS;
		else if (f.kind == FRAME_ERR)
			(void)write_all(2, buf, f.len);
	}
	fprintf(stderr, "vksup: the run has ended\n");
	return EXIT_OURS;
}

/* One call, from the verb on. */
static int
call(const char *id, int argc, char **argv)
{
	int sock = run_connect_told(argv[0], id), status;

	if (sock < 0)
		return EXIT_OURS;
	signal(SIGPIPE, SIG_IGN);
	status = request_send(sock, argc, argv) ? answer(sock, NULL) : EXIT_OURS;
	close(sock);
	return status;
}

int
cmd_ctl(int argc, char **argv)
{
	if (argc < 3)
		return command_usage(argv[0], "a run and a verb are needed");
	return call(argv[1], argc - 2, argv + 2);
}

/* `vksup VERB ID ARG...` */
static int
verb_first(int argc, char **argv, int max)
{
	char *id;

	if (argc < 2 || argc > max)
		return command_usage(argv[0], "a run is needed");
	id = argv[1];
	argv[1] = argv[0];
	return call(id, argc - 1, argv + 1);
}

int
cmd_wait(int argc, char **argv)
{
	return verb_first(argc, argv, 2);
}

int
cmd_stop(int argc, char **argv)
{
	return verb_first(argc, argv, 3);
}

int
cmd_attach(int argc, char **argv)
{
	return verb_first(argc, argv, 2);
}

/* --- exec --- */

/* Standard input goes along as it comes. */
static void *
input_main(void *arg)
{
	static char buf[FRAME_DATA_MAX];
	int sock = *(int *)arg;
	struct monitor_frame f = { FRAME_IN, 0 };
	ssize_t n;

	do {
		n = read(0, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		f.len = n > 0 ? (uint32_t)n : 0;
		if (send(sock, &f, sizeof(f), MSG_NOSIGNAL) != sizeof(f) || !write_all(sock, buf, f.len))
			break;
	} while (f.len > 0);
	return NULL;
}

int
cmd_exec(int argc, char **argv)
{
	pthread_t th;
	char *id;
	int sock, status = EXIT_OURS;

	if (argc > 2 && strcmp(argv[2], "--") == 0) {
		memmove(argv + 2, argv + 3, (size_t)(argc - 2) * sizeof(*argv));
		argc--;
	}
	if (argc < 3)
		return command_usage(argv[0], "a run and a command are needed");
	id = argv[1];
	argv[1] = argv[0];
	sock = run_connect_told(argv[0], id);
	if (sock < 0)
		return EXIT_OURS;
	signal(SIGPIPE, SIG_IGN);
	if (request_send(sock, argc - 1, argv + 1) && pthread_create(&th, NULL, input_main, &sock) == 0)
		status = answer(sock, NULL);
	/* The thread may be reading for ever. */
	fflush(NULL);
	_exit(status);
}

/* --- ls --- */

static int
id_compare(const struct dirent **a, const struct dirent **b)
{
	return atoi((*a)->d_name) - atoi((*b)->d_name);
}

static int
id_select(const struct dirent *d)
{
	return is_id(d->d_name);
}

static void
ls_line(const char *id)
{
	char *info[] = { "info" }, text[256] = "";
	int sock = run_connect(id), status = -1;
	FILE *f;
	long up;
	int n, at = 0;

	if (sock < 0)
		return;
	f = fmemopen(text, sizeof(text), "w");
	if (f != NULL && request_send(sock, 1, info))
		status = answer(sock, f);
	if (f != NULL)
		fclose(f);
	close(sock);
	text[strcspn(text, "\n")] = '\0';
	if (status == 0 && sscanf(text, "%ld %d %n", &up, &n, &at) == 2)
		printf("%-8s %8ld %9d %s\n", id, up, n, text + at);
}

int
cmd_ls(int argc, char **argv)
{
	struct dirent **list;
	char dir[100];
	int err, i, n;

	if (argc > 1)
		return command_usage(argv[0], "takes no arguments");
	printf("%-8s %8s %9s %s\n", "ID", "SECONDS", "PROCESSES", "PROGRAM");
	err = monitor_dir(dir, sizeof(dir), false);
	if (err == -ENOENT)
		return 0;
	n = err == 0 ? scandir(dir, &list, id_select, id_compare) : -1;
	if (n < 0) {
		fprintf(stderr, "vksup: ls: %s: %s\n", dir, strerror(err ? -err : errno));
		return EXIT_OURS;
	}
	for (i = 0; i < n; i++) {
		ls_line(list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return 0;
}

/* --- top --- */

#define TOP_MAX	1024

struct top_line {
	int	pid, nthreads;
	char	state, call[32], name[32];
	long	rss, ns, delta;
};

static int
top_read(const char *id, struct top_line *l, long *now)
{
	char *verb[] = { "top" }, *text = NULL, *p, *next;
	int sock = run_connect(id), n = 0, status = -1;
	size_t len;
	FILE *f;

	if (sock < 0)
		return -1;
	f = open_memstream(&text, &len);
	if (f != NULL && request_send(sock, 1, verb))
		status = answer(sock, f);
	close(sock);
	if (f != NULL)
		fclose(f);
	if (status == 0 && sscanf(text, "%ld", now) == 1) {
		for (p = strchr(text, '\n'); p != NULL && n < TOP_MAX; p = next) {
			next = strchr(p + 1, '\n');
			if (sscanf(p + 1, "%d %c %d %ld %ld %31s %31[^\n]", &l[n].pid, &l[n].state,
			    &l[n].nthreads, &l[n].rss, &l[n].ns, l[n].call, l[n].name) == 7)
				n++;
		}
	} else {
		n = -1;
	}
	free(text);
	return n;
}

static int
top_compare(const void *a, const void *b)
{
	const struct top_line *x = a, *y = b;

	return x->delta != y->delta ? (x->delta < y->delta) - (x->delta > y->delta) : x->pid - y->pid;
}

static void
top_print(struct top_line *now, int n, const struct top_line *old, int nold, long passed)
{
	int i, j;

	for (i = 0; i < n; i++) {
		now[i].delta = now[i].ns;
		for (j = 0; j < nold; j++)
			if (old[j].pid == now[i].pid)
				now[i].delta = now[i].ns - old[j].ns;
	}
	qsort(now, (size_t)n, sizeof(*now), top_compare);
	if (isatty(1))
		printf("\033[H\033[J");
	printf("%6s S %4s %9s %6s %9s %-14s %s\n", "PID", "THR", "RSS", "%CPU", "TIME", "CALL", "NAME");
	for (i = 0; i < n; i++)
		printf("%6d %c %4d %8ldK %6.1f %9.3f %-14s %s\n", now[i].pid, now[i].state,
		    now[i].nthreads, now[i].rss, passed > 0 ? 100.0 * (double)now[i].delta / (double)passed : 0,
		    (double)now[i].ns / 1e9, now[i].call, now[i].name);
	fflush(stdout);
}

int
cmd_top(int argc, char **argv)
{
	static struct top_line now[TOP_MAX], old[TOP_MAX];
	int i, n, nold, rounds = -1, sock;
	long t, told;

	if (argc == 4 && strcmp(argv[2], "-n") == 0 && is_id(argv[3]))
		rounds = atoi(argv[3]);
	else if (argc != 2)
		return command_usage(argv[0], "a run is needed");
	sock = run_connect_told(argv[0], argv[1]);
	if (sock < 0)
		return EXIT_OURS;
	close(sock);
	nold = top_read(argv[1], old, &told);
	for (i = 0; nold >= 0 && i != rounds; i++) {
		sleep(1);
		n = top_read(argv[1], now, &t);
		if (n < 0)
			break;
		top_print(now, n, old, nold, t - told);
		memcpy(old, now, (size_t)n * sizeof(*now));
		nold = n;
		told = t;
	}
	return 0;
}
