/*
 * vk.h - the kernel as a library (libvkern).
 *
 * A kernel is booted inside the caller's process: no seccomp, no processes of
 * the host, no code of a guest.  The caller is the program: it asks for
 * processes, and makes system calls for them.
 *
 *	struct vk *k;
 *	struct vk_proc *p;
 *
 *	if (vk_boot(NULL, &k) == 0 && vk_proc_new(k, &p) == 0) {
 *		int fd = (int)vk_sys_open(p, "/hello", O_CREAT | O_RDWR, 0644);
 *		vk_sys_write(p, fd, "hello\n", 6);
 *	}
 *	vk_shutdown(k);
 *
 * Errors: a result >= 0, or a negative errno.  errno itself is not touched.
 *
 * Memory: each process has an address space of its own, as everywhere; fork
 * copies it.  The vk_sys_* functions take pointers of the caller for strings,
 * buffers, vectors and structures, and move them in and out.  What the table of
 * calls only knows as an address (of a socket's name, of pollfds) is a gaddr_t:
 * put it there with vk_put(), fetch it with vk_get().  A buffer of more than
 * VK_BUFFER_MAX bytes is cut, as if the call had stopped there.
 *
 * Threads: several kernels can live in one process, and be used from several
 * threads.  One vk_proc makes one call at a time; different ones may be in use
 * by different threads.  A call that waits holds its caller; vk_start(),
 * vk_waits() and vk_end() are the same in steps.
 *
 * Handles belong to their kernel and are gone with vk_shutdown().
 */
#ifndef VKSUP_VK_H
#define VKSUP_VK_H

#include <limits.h>
#include <signal.h>
#include <sys/uio.h>

#include "abi/types.h"
#include "vksup/base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vk;
struct vk_proc;
struct vkern;

struct vk_options {
	const char	*root;		/* a directory of the host to show, copy on
					 * write; NULL: an empty one */
	const char	*hostname;	/* NULL: "vk" */
	uint32_t	uid, gid;	/* of the first process; root has every capability */
	int		ncpu;		/* 0: 1 */
	uint64_t	memory;		/* bytes, as sysinfo(2) tells it; 0: 1 GiB */
	/* Descriptors of the caller's to be 0, 1, 2 of every process; NULL: none.
	 * They are duplicated.  -1: closed. */
	const int	*stdio;
	/* What the kernel has to say, a line at a time; NULL: standard error. */
	void		(*log)(void *arg, const char *line);
	void		*log_arg;
};

/* Boot a kernel.  opt NULL: all zero.  -errno; *k is set on success only. */
int vk_boot(const struct vk_options *opt, struct vk **k) must_check;
/* End every process and free everything.  NULL is allowed. */
void vk_shutdown(struct vk *k);
/* The kernel itself, for watch.h and the like. */
struct vkern *vk_kernel(struct vk *k);

/* A new process: empty memory, descriptors 0, 1, 2 if there are any, cwd "/",
 * a child of pid 2, which waits for nobody and reaps it. */
int vk_proc_new(struct vk *k, struct vk_proc **p) must_check;
/* fork(2).  The child's handle. */
int vk_proc_fork(struct vk_proc *p, struct vk_proc **child) must_check;
/* A thread, as pthread_create() makes one; more CLONE_* flags can be added. */
int vk_proc_thread(struct vk_proc *p, unsigned long flags, struct vk_proc **thread) must_check;
/* The newest child or thread of p that was made by a call of its own (clone)
 * and has not been asked for; NULL. */
struct vk_proc *vk_proc_child(struct vk_proc *p);
/* Has it ended?  Calls of one that has give VK_GONE. */
bool vk_proc_gone(struct vk_proc *p);

/* Not results of calls: the process has ended; it is in a handler of which the
 * caller is to make the calls, until vk_sigreturn(). */
#define VK_GONE		LONG_MIN
#define VK_HANDLER	(LONG_MIN + 1)
#define VK_BUFFER_MAX	(1UL << 20)

/*
 * A call by its number.  vk_syscall: arguments that the table knows as strings,
 * buffers, structures are pointers of the caller.  vk_raw: six plain registers,
 * addresses are of the process.
 */
long vk_syscall(struct vk_proc *p, unsigned nr, const uint64_t args[6]);
long vk_raw_v(struct vk_proc *p, unsigned nr, const uint64_t args[6]);
#define vk_raw(p, nr, ...) \
	vk_raw_v((p), (nr), (const uint64_t[6]){ __VA_ARGS__ })
/* vk_raw() in steps. */
void vk_start_v(struct vk_proc *p, unsigned nr, const uint64_t args[6]);
#define vk_start(p, nr, ...) \
	vk_start_v((p), (nr), (const uint64_t[6]){ __VA_ARGS__ })
/* Returns when the call has ended (false) or sleeps in the kernel (true). */
bool vk_waits(struct vk_proc *p);
long vk_end(struct vk_proc *p);

/* Memory of a process.  vk_put and vk_get: -EFAULT if not all of it is there.
 * vk_alloc never ends; it gives memory that stays until exec. */
gaddr_t vk_alloc(struct vk_proc *p, size_t n);	/* 0: no memory */
gaddr_t vk_put(struct vk_proc *p, const void *from, size_t n); /* alloc and poke */
int vk_poke(struct vk_proc *p, gaddr_t at, const void *from, size_t n) must_check;
int vk_get(struct vk_proc *p, gaddr_t at, void *to, size_t n) must_check;
/* May the process itself access these bytes?  prot: PROT_READ, PROT_WRITE. */
bool vk_may(struct vk_proc *p, gaddr_t at, size_t n, int prot);

/*
 * Handle sig: fn is called within vk_end() and vk_raw(), by the thread that is
 * in them.  fn NULL: they return VK_HANDLER, and the process is in the handler
 * until vk_sigreturn(), which goes on as vk_end().  flags: SA_*.
 */
typedef void vk_handler(struct vk_proc *p, int sig, const siginfo_t *si);
long vk_handle(struct vk_proc *p, int sig, vk_handler *fn, unsigned long flags, uint64_t mask);
long vk_sigreturn(struct vk_proc *p);
/* The process meets a fault: SIGSEGV at addr, ...; then as vk_end(). */
long vk_fault(struct vk_proc *p, int sig, int code, uint64_t addr);

#ifdef __cplusplus
}
#endif

#include "vksup/vk_calls.h"	/* vk_sys_NAME(), generated from the table */

#endif
