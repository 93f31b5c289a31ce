/*
 * confine.h - the vkernel takes from itself what it does not need.
 *
 * Two steps, as what they do must be.  confine_begin() comes when all options
 * are known and there is one thread and no other process: capabilities,
 * no_new_privs and Landlock, which the carriers inherit (the host lets a
 * process with a Landlock domain look into another's memory only if that one
 * has the same).  confine_enter() comes when the kernel has booted and before
 * the program starts: the filter of host calls, on all threads.
 *
 * A feature says in its prepare() what it needs beyond what every run needs.
 * Reading the host's files, memory files, pipes, the terminal and the carriers
 * are always there; changing files, new sockets, other processes and programs
 * never, unless asked for here.  After confine_enter() a call that nobody asked
 * for ends the run with a message that names it; a path that nobody asked for
 * gives EACCES.  What a feature opened before stays usable.
 *
 * All functions run on the main thread.
 */
#ifndef SUPERVISOR_CONFINE_H
#define SUPERVISOR_CONFINE_H

#include "options.h"

/*
 * What is at this path of the host, and below it, may be written, made, renamed
 * and removed.  If it does not exist, files may be made in its directory.  The
 * calls for that come with it.  Before confine_begin().
 */
void confine_need_write(const char *path);
/* New files may be made in this directory, and nothing there be changed.  Before confine_begin(). */
void confine_need_new_files(const char *dir);
/* Files of this directory may be removed.  Before confine_begin(). */
void confine_need_remove(const char *dir);
/* A host call by its name, with any arguments.  Before confine_enter(). */
void confine_need_call(const char *name);
/* Sockets of the Internet or of names: socket(), bind(), connect()...  Before confine_begin(). */
void confine_need_net(void);
/* Keep this capability (CAP_*) if we have it.  Before confine_begin(). */
void confine_need_cap(int cap);

void confine_begin(void);
void confine_enter(void);

/* The version of Landlock that the host has; 0: none. */
int landlock_abi(void);

#endif
