/*
 * trace_json.h - traces for programs: JSON lines, and Chrome's trace events.
 */
#ifndef TRACE_JSON_H
#define TRACE_JSON_H

#include "vksup/base.h"

/*
 * For the monitor: JSON lines go to fd, which is taken over, from now on; it is
 * dropped when it cannot be written to.  Replaces the one before; -1: none.
 */
int trace_json_to(int fd) must_check;
bool trace_json_on(void);

#endif
