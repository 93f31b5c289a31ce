/*
 * parent.h - who started vksup.
 */
#ifndef SUPERVISOR_PARENT_H
#define SUPERVISOR_PARENT_H

extern const struct feature feature_parent;

/* Readable once the parent has ended; -1: it is not watched, or not this way. */
int parent_fd(void);

#endif
