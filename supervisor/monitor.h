/*
 * monitor.h - talking to a run: a socket, and verbs that answer.
 *
 * Each run listens on a socket named by its host pid, in $XDG_RUNTIME_DIR/vksup
 * or /tmp/vksup-UID (directory 0700, socket 0600); only its user and root are
 * answered.  `vksup ctl ID VERB ARG...` (cmd_ctl.c) is the other side.
 *
 * A call: the client sends a 32-bit length and so many bytes of words, each
 * with its NUL, and along with the first byte its standard output as a
 * descriptor.  What comes back are frames: struct monitor_frame and data.  The
 * last one has kind FRAME_STATUS.
 */
#ifndef SUPERVISOR_MONITOR_H
#define SUPERVISOR_MONITOR_H

#include <sys/queue.h>
#include <sys/un.h>

#include "vksup/base.h"

enum frame_kind {
	FRAME_OUT = 1,		/* for standard output */
	FRAME_ERR,		/* for standard error */
	FRAME_IN,		/* from the client: standard input; empty: its end */
	FRAME_STATUS,		/* a 32-bit exit status */
};
struct monitor_frame {
	uint32_t	kind, len;
};
#define FRAME_DATA_MAX	65536
#define REQUEST_MAX	65536

/* A call being answered, on a thread of its own (vk is set, curthread is not). */
struct monitor_call;
struct options;
/* To the client's standard output and error; at once.  With no kernel lock held. */
void monitor_print(struct monitor_call *c, const char *fmt, ...) printf_like(2, 3);
void monitor_error(struct monitor_call *c, const char *fmt, ...) printf_like(2, 3);
/* False: the client has gone. */
bool monitor_send(struct monitor_call *c, enum frame_kind kind, const void *p, size_t n);
/* For whoever reads the client's frames, maybe longer than the call lasts: a
 * duplicate of its socket, to be closed; -1. */
int monitor_input(struct monitor_call *c);
/* The next frame: its length (0: end of input), or -1 when the client has gone.
 * buf has FRAME_DATA_MAX bytes. */
ssize_t monitor_receive(int sock, void *buf);
/* The client's standard output, taken over; -1 when it sent none. */
int monitor_take_fd(struct monitor_call *c);

struct monitor_verb {
	LIST_ENTRY(monitor_verb) link;
	const char	*name;
	const char	*usage;		/* of its arguments */
	const char	*help;		/* half a line */
	/* argv[0] is its name; the result is the client's exit status. */
	int		(*run)(struct monitor_call *c, int argc, char **argv);
};
/* Features add theirs when they prepare or boot.  v stays. */
void monitor_verb_add(struct monitor_verb *v);
/* "VERB: usage", and the status of a wrong call. */
int monitor_usage(struct monitor_call *c, const char *verb);

/* Wait for the run's end: true and vksup's exit status, or false at the deadline. */
bool monitor_wait_end(ktime_t deadline, int *code);
/* The socket goes; from anywhere. */
void monitor_unlink(void);
/* What `kill -QUIT` of vksup shows: all guests and what they do. */
void monitor_report(int fd);

/* For both sides: the directory, checked (made if `make`); -errno. */
int monitor_dir(char *buf, size_t n, bool make) must_check;
int monitor_address(struct sockaddr_un *sa, const char *dir, const char *id) must_check;

/* monitor_verbs.c, monitor_exec.c */
void monitor_verbs_add(void);
void monitor_exec_add(const struct options *o);

#endif
