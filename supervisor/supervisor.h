/*
 * supervisor.h - what the files of the host side share.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "vksup/base.h"

struct options;
struct vkern;
struct vkern_config;

/* host_io.c: first of all that opens a descriptor. */
void stdio_guard(void);
/* host_sys.c */
/* A signal to each of the kernel's threads. */
void host_threads_signal(int sig);
void host_info_init(void);
/* template.c */
int template_wait(void) must_check;
/* Does the host show the page [vsyscall]? */
bool template_vsyscall(void);
/* main.c: boot a kernel that shows what the options say, or exit with a message. */
void supervisor_boot(struct options *o, struct vkern_config *cfg, struct vkern **k);
/* main.c: one thread ends the run, with its status; others do not come back. */
void supervisor_ends(void);
/* It is the guest's doing: "vksup: msg: the run is ended", terminal restored, 125. */
void supervisor_stop(const char *msg) no_return;

#endif
