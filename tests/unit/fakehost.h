/*
 * fakehost.h - a machine in memory, for unit tests of the kernel.
 *
 * It implements host.h and vmspace.h with data structures: the host's tree is
 * what a test puts there, an address space is a table of pages, and a guest is
 * a handle with which the test plays the program: it makes system calls, meets
 * faults, enters handlers.  A kthread of the kernel is a pthread, as on the
 * real machine, so what the kernel does is what it does there.
 *
 * A case: fake_init(), host files as wanted, fake_boot(), calls by guests,
 * fake_shutdown().  Nothing is left over between cases, so they run in one
 * process as well as in one each (CK_FORK=no).
 *
 * Time stands still unless fake_clock_advance() moves it or fake_clock_real()
 * was called.  fake_settle() waits until every kernel thread sleeps, so that
 * "it is still waiting" can be asserted without sleeping.  A wait of the
 * machine that takes half a minute ends the program with a report.
 */
#ifndef FAKEHOST_H
#define FAKEHOST_H

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>

#include "vksup/base.h"
#include "vksup/host.h"
#include "vksup/vkern.h"
#include "vksup/vmspace.h"

struct guest;

/* --- a kernel per case --- */

/* The machine as new: a small host tree, clock at 1000 s, root user. */
void fake_init(void);
/* What host_info() says; to be changed between fake_init() and fake_boot(). */
struct host_info *fake_info(void);
/* What the guest sees of the tree (vkern.h), for the next fake_boot(). */
void fake_rules(struct vkern_rule *rules, unsigned n);
/* The next kernels have this overlay, until NULL. */
void fake_overlay(struct vkern_overlay *o);
/* Boot a kernel and start its first program, pid 2, /bin/prog. */
struct guest *fake_boot(void);
/* The kernel alone; vk is set.  Ends with fake_shutdown(). */
struct vkern *fake_boot_kernel(void);
/* End every guest and the kernel: another may be booted on the same tree. */
void fake_shutdown_kernel(void);
/* End every guest, the kernel and the machine. */
void fake_shutdown(void);
/* Wait status of the first program, or -1 while it lives. */
int fake_exit_status(void);
/* What host_log() said so far in this case. */
const char *fake_log(void);
/* From now on host_panic() called by this thread comes back here:
 *	if (fake_panics()) { it did } else { provoke it; }		*/
#define fake_panics()	(setjmp(*fake_panic_buf()) != 0)
jmp_buf *fake_panic_buf(void);

/* --- time and chance --- */

void fake_clock_real(void);
void fake_clock_advance(int64_t ns);	/* and settles */
/* Until every kernel thread sleeps or runs guest code that does nothing. */
void fake_settle(void);
/* The n-th host call from now on fails with -err (n >= 1; 0: never). */
void fake_fail_nth(int n, int err);
/* Host calls that could have failed since then; did it happen? */
bool fake_fail_happened(void);
/* What of n is left. */
int fake_fail_left(void);
/* If set: called when a test waits for a guest and nothing moves any more, or
 * there is no guest to begin with.  Does not return. */
extern void (*fake_stuck)(void);
/* If set: called when a kernel has booted. */
extern void (*fake_booted)(void);
/* Kernel threads alive. */
int fake_threads(void);
/* Host descriptors that the kernel has open, address spaces that exist. */
int fake_open_fds(void);
int fake_spaces(void);

/* --- the host's tree; missing directories are made, 0755 root --- */

void fake_host_file(const char *path, const char *text, unsigned mode);
void fake_host_data(const char *path, const void *data, size_t n, unsigned mode);
void fake_host_dir(const char *path, unsigned mode);
void fake_host_symlink(const char *path, const char *target);
void fake_host_hardlink(const char *path, const char *existing);
void fake_host_mknod(const char *path, unsigned mode, uint64_t rdev);
void fake_host_owner(const char *path, uint32_t uid, uint32_t gid);
void fake_host_xattr(const char *path, const char *name, const char *value);
void fake_host_remove(const char *path);
/* Text of /proc/NAME of the host. */
void fake_host_proc(const char *name, const char *text);

/* The run's descriptors: pipes, unless fake_stdio() says otherwise. */
void fake_stdio(int n, unsigned mode, uint64_t rdev);	/* mode 0: closed */
void fake_stdin(const char *text);
void fake_stdin_eof(void);
/* Everything written to descriptor n; then it is forgotten. */
const char *fake_stdout(int n);
/* Writes to 1 and 2 would block from now on, or not any more. */
void fake_stdout_block(bool block);

/* --- guests --- */

/* Not results of calls: the guest is in a signal handler of which the test
 * wants to know; its thread has ended. */
#define GUEST_HANDLER	(LONG_MIN)
#define GUEST_GONE	(LONG_MIN + 1)

/* Guest code: nothing is really there.  A guest whose rip is GUEST_SYSCALL_IP
 * makes a system call, at every other address it does nothing. */
#define GUEST_CODE	0x400000UL
#define GUEST_SYSCALL_IP (GUEST_CODE + 0x800)
#define GUEST_AFTER_IP	(GUEST_SYSCALL_IP + 2)
#define GUEST_RESTORER	(GUEST_CODE + 0x900)
#define GUEST_HANDLER_IP(sig) (GUEST_CODE + 0xa00 + 16 * (uint64_t)(sig))
/* 4 MiB that guest_alloc() gives out. */
#define GUEST_ARENA	0x600000UL
#define GUEST_ARENA_END	0xa00000UL

/* A system call from start to end. */
#define guest_call(g, nr, ...) \
	guest_call_v((g), (nr), (const uint64_t[6]){ __VA_ARGS__ })
long guest_call_v(struct guest *g, long nr, const uint64_t args[6]);
/* The same in two steps, for calls that wait.  A guest that is gone makes no
 * call, and the result is GUEST_GONE. */
#define guest_post(g, nr, ...) \
	guest_post_v((g), (nr), (const uint64_t[6]){ __VA_ARGS__ })
void guest_post_v(struct guest *g, long nr, const uint64_t args[6]);
long guest_result(struct guest *g);
/* Is the posted call still going on when nothing moves any more?  Handlers
 * that have a function are run. */
bool guest_waits(struct guest *g);
bool guest_gone(struct guest *g);
/* A fault at the guest's current address; then as guest_result(). */
long guest_fault(struct guest *g, int signo, int code, uint64_t addr);
/* The oldest child or thread of g that was not asked for yet. */
struct guest *guest_child(struct guest *g);
/* fork(), with the child's handle. */
struct guest *guest_fork(struct guest *g, int *pid);
/* A thread: clone with the pthread flags (and more), its own stack. */
struct guest *guest_thread(struct guest *g, uint64_t more_flags, int *tid);

/* Registers, while the guest is idle. */
struct vregs *guest_regs(struct guest *g);
/* CPU time that vmthread_cputime() reports. */
void guest_cputime(struct guest *g, int64_t user, int64_t sys);
/* Extended state; what the kernel left in *len bytes. */
void guest_set_xstate(struct guest *g, const void *buf, size_t len);
const void *guest_xstate(struct guest *g, size_t *len);

/*
 * rt_sigaction() for sig.  fn is what the handler does, on the test's thread,
 * within guest_result(); NULL: guest_result() returns GUEST_HANDLER and the
 * test goes on with guest_sigreturn().
 */
typedef void guest_handler(struct guest *g, int sig, const siginfo_t *si);
long guest_sigaction(struct guest *g, int sig, guest_handler *fn, uint64_t flags, uint64_t mask);
/* SIG_DFL (0) or SIG_IGN (1). */
long guest_signal(struct guest *g, int sig, uint64_t disposition);
/* Leave the handler; then as guest_result(). */
long guest_sigreturn(struct guest *g);

/* Guest memory.  alloc never fails and is 16-aligned; it starts over when the
 * arena is full. */
uint64_t guest_alloc(struct guest *g, size_t n);
uint64_t guest_str(struct guest *g, const char *s);
uint64_t guest_buf(struct guest *g, const void *p, size_t n);	/* alloc and put */
void guest_put(struct guest *g, uint64_t addr, const void *p, size_t n);
void guest_get(struct guest *g, uint64_t addr, void *p, size_t n);
uint32_t guest_u32(struct guest *g, uint64_t addr);
void guest_put_u32(struct guest *g, uint64_t addr, uint32_t v);
/* Would the guest's own access of n bytes work?  prot: PROT_READ, PROT_WRITE. */
bool guest_may(struct guest *g, uint64_t addr, size_t n, int prot);

/* The program every case starts with: a small static ELF file. */
const void *fake_elf(size_t *n);

/* --- address spaces without a kernel --- */

/* A space with one stopped thread, for tests of vm_* and copyio. */
struct vmthread *fake_space(void);

#endif
