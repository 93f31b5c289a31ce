/*
 * module.h - modules from files: -L, and swapping while the run goes on.
 */
#ifndef SUPERVISOR_MODULE_H
#define SUPERVISOR_MODULE_H

#include "vksup/vkern.h"

/*
 * what: FILE[,ARGS], or NAME=FILE[,ARGS] to say which module is to go.  0; or
 * -errno and the reason in `why`.  Any thread; vk is set to k meanwhile.
 */
int module_file_swap(struct vkern *k, const char *what, char *why, size_t n) must_check;

#endif
