/*
 * events.h - the last events of the kernel, always at hand, and its probes.
 *
 * A ring that every thread writes to without a lock; one that is read while it
 * is written shows an event whole or not at all.  The same functions carry the
 * USDT probes vksup:call_enter (tid, number, six arguments), call_exit (tid,
 * number, result), wait (tid), awake (tid, error), wake (tid, by), and fault
 * (tid, signal, address).
 */
#ifndef SUPERVISOR_EVENTS_H
#define SUPERVISOR_EVENTS_H

#include "vksup/base.h"

enum event_kind {
	EVENT_CALL, EVENT_RETURN, EVENT_FAULT, EVENT_SIGNAL, EVENT_WAIT, EVENT_AWAKE, EVENT_WAKE,
	EVENT_START, EVENT_END, EVENT_EXEC, EVENT_KINDS
};
extern const char *const event_names[EVENT_KINDS];

struct event {
	int64_t		time;		/* CLOCK_MONOTONIC, ns */
	enum event_kind	kind;
	int		pid, tid;
	int		nr;		/* CALL, RETURN; FAULT, SIGNAL: the signal; WAKE: by whom */
	uint64_t	v[6];		/* CALL: arguments; RETURN, AWAKE: result; FAULT: address */
};

#define EVENTS_KEPT	256

/* The last ones, at most max, oldest first.  From any thread, a signal handler. */
int events_last(struct event *e, int max);
/* How many there have been. */
uint64_t events_count(void);
/* One line, without its end: "  -0.000123  12 call  openat(0x..., ...)", the
 * time relative to now. */
size_t event_text(char *buf, size_t len, const struct event *e, int64_t now);

#endif
