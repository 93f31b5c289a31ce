/*
 * proc.h - processes, threads, credentials, signals.
 *
 * A proc is what getpid names; it has one or more threads.  A thread is served
 * by one kthread, on whose stack it is curthread.
 *
 * Life of a proc: PS_ALIVE -> PS_ZOMBIE (all threads gone, parent not told or
 * not yet waiting) -> freed by wait, or at once when the parent ignores
 * SIGCHLD.  References (refs) keep the memory, not the life.
 *
 * Locks: vk->proc_lock covers the tree, groups, sessions, states, pending
 * signals and dispositions.  cred, vm, fds, fs pointers of a thread's own
 * process are read by its threads without a lock; others take proc_lock and a
 * reference.
 */
#ifndef VKSUP_PROC_H
#define VKSUP_PROC_H

#include <signal.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include "abi/types.h"
#include "vksup/file.h"
#include "vksup/fs.h"
#include "vksup/host.h"
#include "vksup/lock.h"
#include "vksup/vkern.h"
#include "vksup/vm.h"
#include "vksup/vmspace.h"
#include "vksup/wait.h"

#define NSIG_MAX	64
typedef uint64_t ksigset_t;		/* bit n-1 is signal n */
#define SIGBIT(n)	(1ULL << ((n) - 1))
#define SIG_UNBLOCKABLE	(SIGBIT(SIGKILL) | SIGBIT(SIGSTOP))

struct use;

struct sigq {
	TAILQ_ENTRY(sigq) link;
	siginfo_t	info;
	bool		stale;		/* its POSIX timer was deleted or set anew */
	uint32_t	uid;		/* whose RLIMIT_SIGPENDING it counts for */
};
struct sigpending {
	ksigset_t	set;		/* [p] */
	TAILQ_HEAD(, sigq) queue;	/* [p] */
};

/* Dispositions; shared with CLONE_SIGHAND. */
struct sighand {
	int		refs;		/* [p] */
	struct k_sigaction act[NSIG_MAX + 1]; /* [p] */
};

/* Immutable; replaced as a whole. */
#define CRED_GROUPS_MAX	256
struct cred {
	_Atomic int	refs;
	uint32_t	uid, euid, suid, fsuid;
	uint32_t	gid, egid, sgid, fsgid;
	int		ngroups;
	uint32_t	*groups;
	uint64_t	cap_permitted, cap_effective, cap_inheritable, cap_bset, cap_ambient;
	unsigned	securebits;
};
struct cred *cred_ref(struct cred *c);
void cred_put(struct cred *c);
struct cred *cred_dup(const struct cred *c);	/* a private copy to change */
/* What exec of ino makes of c: set-id bits (unless nosuid: the mount's flag;
 * no_new_privs is looked at here), root's capabilities.  *sec: AT_SECURE. */
struct cred *cred_exec(const struct cred *old, struct inode *ino, bool nosuid, bool *sec);
bool cred_in_group(const struct cred *c, uint32_t gid);	/* fsgid or groups */
bool capable(int cap);				/* current thread, effective */

struct session {
	int		refs;		/* [p] */
	int		sid;		/* [I] */
	struct tty	*tty;		/* [p] controlling terminal, or NULL */
	int		old_pgrp;	/* [p] foreground group when it was hung up, or 0 */
};

enum proc_state { PS_ALIVE, PS_ZOMBIE, PS_DEAD };

struct proc {
	TAILQ_ENTRY(proc) all;		/* [p] vk->procs */
	_Atomic int	refs;
	struct vkern	*vk;		/* [I] */
	int		pid;		/* [I] thread group id */
	int		pgid;		/* [p] */
	bool		no_tty;		/* [p] gave up its session's terminal (TIOCNOTTY) */
	struct session	*session;	/* [p] reference */
	struct proc	*parent;	/* [p] NULL only for init and the dead */
	int		parent_tid;	/* [p] the thread that made it (__WNOTHREAD) */
	TAILQ_ENTRY(proc) sibling;	/* [p] */
	struct proc_list children;	/* [p] */
	enum proc_state	state;		/* [p] */
	TAILQ_HEAD(, thread) threads;	/* [p] */
	int		nthreads;	/* [p] */
	struct thread	*leader;	/* [p] the one whose tid is pid; NULL when gone */

	struct vm_map	*vm;		/* [p] reference; NULL when exiting */
	struct sighand	*sighand;	/* [p] */
	struct sigpending pending;	/* [p] process-directed */
	struct waitq	child_wq;	/* waiters in wait4() */
	struct waitq	exit_wq;	/* pidfds, vfork parents */
	struct waitq	signal_wq;	/* signalfds */
	int		exit_signal;	/* [p] sent to the parent: SIGCHLD, 0... */
	int		exit_code;	/* [p] wait status word when exiting */
	bool		exiting;	/* [p] group exit is under way */
	bool		in_exec;	/* [p] one thread is killing the others */
	struct thread	*exec_thread;	/* [p] that one */
	bool		vforked;	/* [p] parent waits until exec or exit */
	bool		execed;		/* [p] setpgid by the parent: -EACCES */
	bool		subreaper, has_subreaper; /* [p] */
	/* job control */
	bool		stopped;	/* [p] */
	int		stop_sig;	/* [p] */
	bool		stop_report;	/* [p] all threads are parked, parent told */
	bool		stop_waited;	/* [p] wait4 has seen this stop */
	bool		cont_report;	/* [p] wait4 has not seen that it goes on */
	uint32_t	exit_uid;	/* [p] real uid, when no thread is left */
	char		exit_comm[16];	/* [p] the same of the main thread's name (set at exit) */

	struct rlimit	rlim[RLIM_NLIMITS];	/* [p] */
	/* accounting, ns: of threads gone, and of children waited for */
	int64_t		utime, stime, cutime, cstime;	/* [p] */
	uint64_t	maxrss, cmaxrss, minflt, majflt, cminflt, cmajflt;	/* [p] */
	ktime_t		start_time;	/* [I] */
	/* itimers and POSIX timers (sys_time.c) */
	struct ktimer	kill_timer;	/* [p] ends a carrier that does not come when called */
	struct proc_timers *timers;	/* [m] own lock */
	int		pdeath_signal;	/* [p] */
	bool		dumpable, no_new_privs, keepcaps;	/* [p] */
	int		oom_score_adj;	/* [a] */
	unsigned	personality;	/* [a] */
	unsigned long	timerslack;	/* [a] */
	unsigned long	timerslack_default; /* [a] 0: what it is at the first change */
	int		nice;		/* [a] */
	int		ioprio;		/* [a] */
	unsigned	sched_policy, sched_prio; /* [a] */
	_Atomic unsigned membarrier;	/* registered commands; fork copies, exec clears */
	_Atomic unsigned ctl_flags;	/* CTL_*: prctl's switches; fork and exec keep */
};
#define CTL_THP_DISABLE	1u
#define CTL_IO_FLUSHER	2u
#define CTL_MCE_SHIFT	2		/* two bits: 0 default, 1 late, 2 early */

struct thread {
	TAILQ_ENTRY(thread) link;	/* [p] proc->threads */
	_Atomic int	refs;
	struct proc	*proc;		/* [I] */
	struct vkern	*vk;		/* [I] */
	int		tid;		/* [I] (exec by a non-leader changes it under p) */
	char		comm[16];	/* [p] */
	struct vmthread	*vt;		/* [o] */
	struct vregs	regs;		/* [o] guest registers between two runs */
	struct cred	*cred;		/* [o] read by others under p */
	struct fdtable	*fds;		/* [o] reference; CLONE_FILES may differ per thread */
	struct fs_ctx	*fs;		/* [o] reference */
	/* signals */
	ksigset_t	sigmask;	/* [p] written by owner */
	ksigset_t	saved_mask;	/* [o] to restore after sigsuspend, ppoll... */
	bool		restore_mask;	/* [o] */
	ksigset_t	waiting_for;	/* [p] sigtimedwait: these wake it though blocked */
	struct sigpending pending;	/* [p] thread-directed */
	stack_t		altstack;	/* [o] */
	_Atomic bool	sigpending;	/* [a] look at signals before going on */
	_Atomic bool	in_guest;	/* [a] running guest code: kick it */
	bool		wants_actions;	/* [o] serve.c */
	bool		killed;		/* [p] must exit (group exit, exec) */
	bool		parked_stop;	/* [p] sitting in a job-control stop */
	_Atomic int	start;		/* [a] its kthread waits: 0; go: 1; away: 2 */
	void		*leave;		/* [o] syscall.c: where thread_leave() jumps */
	/* sleeping */
	struct host_parker parker;
	struct waitq	*sleeping_on;	/* [o] for monitors */
	_Atomic char	parked;		/* [a] 'S' or 'D' while it sleeps, else 0 (wait.c) */
	/* the call in progress */
	int		nr;		/* [o] number, -1 if none */
	uint64_t	args[6];	/* [o] raw */
	uint64_t	orig_rax;	/* [o] */
	bool		in_syscall;	/* [o] */
	bool		by_vsyscall;	/* [o] through the vsyscall page */
	/* restart_syscall: absolute deadline kept for ERESTART_RESTARTBLOCK */
	ktime_t		restart_deadline; /* [o] */
	int		restart_nr;	/* [o] the call to restart, -1 none */
	uint64_t	restart_args[6]; /* [o] */
	bool		restarting;	/* [o] this is such a restart */
	void		*scratch;	/* [o] decoded arguments */
	/* for watchers, refuse.c */
	struct use	*uses;		/* [o] of files, by this call */
	const char	*denied_rule;	/* [o] that refused this call something, or NULL */
	char		*denied_object;	/* [o] */
	int		denied_err;	/* [o] */
	struct mod_frame *mod_frames;	/* [o] handlers.c: modules that the call is in */
	/* threads */
	uint64_t	clear_tid;	/* [o] guest address */
	uint64_t	robust_list;	/* [o] */
	size_t		robust_len;	/* [o] */
	struct proc	*vfork_child;	/* [o] whom it waits for */
	int		exit_code;	/* [p] status it exits with */
	int64_t		utime0, stime0;	/* accounting base */
	uint64_t	nvcsw, nivcsw;	/* [a] */
	ksigset_t	real_blocked;	/* [o] */
	unsigned	ptrace_opts;	/* unused: no ptrace */
	_Atomic(void *)	futex_waiter;	/* proc_futex.c */
	uint64_t	cpumask;	/* [a] what sched_getaffinity shows */
	/* Its own scheduling; unless set the process's counts (sys_sched.c). */
	struct sched_own {
		bool	set;
		int	nice, ioprio;
		unsigned policy, prio;
	} sched;			/* [p] a thread that is cloned takes it along */
	const char	*wchan;		/* [o] where it sleeps, for /proc */
};

/* --- proc_table.c --- */
struct proc *proc_ref(struct proc *p);
void proc_put(struct proc *p);
struct thread *thread_ref(struct thread *t);
void thread_put(struct thread *t);
/* By guest pid / tid; NULL.  No reference is taken: stay under the lock. */
struct proc *proc_find(int pid) REQUIRES(vk->proc_lock);
struct thread *thread_find(int tid) REQUIRES(vk->proc_lock);
/* A number that no process, thread, group or session uses; -EAGAIN. */
int pid_alloc(void) REQUIRES(vk->proc_lock);
void pid_free(int pid) REQUIRES(vk->proc_lock);
bool pgrp_exists(int pgid, int sid) REQUIRES(vk->proc_lock);
/* No member has a parent in another group of the same session (POSIX). */
bool pgrp_orphaned(int pgid) REQUIRES(vk->proc_lock);

/* Others look at a thread's tables under proc_lock: replace them under it.
 * The old one's reference is dropped here; NULL leaves none. */
void thread_set_fds(struct thread *t, struct fdtable *fds);
void thread_set_fs(struct thread *t, struct fs_ctx *fs);
void thread_set_cred(struct thread *t, struct cred *c);

/* --- proc_signal.c --- */
void siginfo_user(siginfo_t *si, int sig, int code);	/* from the current thread */
void siginfo_kernel(siginfo_t *si, int sig);		/* SI_KERNEL */
/* To a process (any thread takes it), to one thread, to a group.  SIGKILL,
 * SIGSTOP, SIGCONT have their effects at once.  -EAGAIN: queue is full. */
int signal_proc(struct proc *p, int sig, const siginfo_t *si) REQUIRES(vk->proc_lock);
int signal_thread(struct thread *t, int sig, const siginfo_t *si) REQUIRES(vk->proc_lock);
/* Number of processes signalled; 0: no such group. */
int signal_pgrp(int pgid, int sig, const siginfo_t *si) REQUIRES(vk->proc_lock);
/* May the current thread send sig to p?  0, -EPERM. */
int signal_permission(struct proc *p, int sig) REQUIRES(vk->proc_lock);
/* A signal that would interrupt the current thread's sleep is pending. */
bool signal_pending(struct thread *t);
bool fatal_signal_pending(struct thread *t);
/* Set the mask; wakes what that unblocks. */
void signal_set_mask(struct thread *t, ksigset_t mask);
/* For ppoll, pselect, epoll_pwait, sigsuspend: mask until the call returns;
 * the old one comes back after a handler was set up for it. */
void signal_temp_mask(struct thread *t, ksigset_t mask);
/* Take one pending signal of `set` off the queues of t (signalfd,
 * sigtimedwait); number, or 0. */
int signal_dequeue(struct thread *t, ksigset_t set, siginfo_t *si) REQUIRES(vk->proc_lock);
ksigset_t signal_pending_set(struct thread *t) REQUIRES(vk->proc_lock);
bool signal_ignored(struct proc *p, int sig) REQUIRES(vk->proc_lock);
/* A fault of the current thread: cannot be blocked or ignored. */
void signal_fault(struct thread *t, int sig, int code, uint64_t addr, int trapno, uint64_t err);
/* At return to the guest: run stops, deaths, handlers.  Does not return when
 * the thread must die. */
void signal_deliver(struct thread *t);

/* --- proc_exit.c, proc_fork.c, proc_exec.c --- */
/* End the whole process with a wait status word; never returns. */
void proc_exit_group(int status) no_return;
/* End this thread only. */
void thread_exit(int status) no_return;
/* Start all threads' death from outside (SIGKILL). */
void proc_kill_threads(struct proc *p, int status) REQUIRES(vk->proc_lock);
uint64_t rlimit_cur(int resource);		/* of the current process */
/*
 * Wait for a child: type P_PID, P_PGID, P_ALL; options as waitid's.  The pid,
 * 0 with WNOHANG, -ECHILD, -ERESTARTSYS.
 */
struct wait_result {
	int		pid;
	uint32_t	uid;
	int		code;		/* CLD_* */
	int		status;		/* wait status word */
	int64_t		utime, stime;	/* ns, with its children's */
	uint64_t	maxrss, minflt, majflt;
};
long proc_wait(int type, int id, unsigned options, struct wait_result *r);
/* utime and stime of p so far, of live and gone threads. */
void proc_times(struct proc *p, int64_t *ut, int64_t *st) REQUIRES(vk->proc_lock);

/* --- limit.c: what the whole run may use --- */
/* Is one thread, or process, more too many?  Then it has been noted. */
bool limit_clone(bool new_process) REQUIRES(vk->proc_lock);
/* p's CPU time is final. */
void limit_proc_end(struct proc *p) REQUIRES(vk->proc_lock);
/* ns that all guests have had. */
int64_t limit_cpu_used(void) REQUIRES(vk->proc_lock);

/* --- tty hooks (file_tty.c) used by proc code --- */
/* The session leader p is gone: hang up its terminal. */
void tty_session_exit(struct session *s);
void session_put(struct session *s) REQUIRES(vk->proc_lock);
/* The controlling terminal's device number and foreground group, for
 * /proc/PID/stat; 0 and -1. */
void tty_of_session(struct session *s, uint64_t *dev, int *fg) REQUIRES(vk->proc_lock);

/* --- sys_time.c hooks --- */
void proc_timers_exit(struct proc *p);		/* all timers die with the process */
void proc_timers_exec(struct proc *p);		/* POSIX timers are deleted, itimers stay */
/* A process begins to run (fork): RLIMIT_CPU is watched from now on. */
void proc_timers_start(struct proc *p);
/* A signal of si_code SI_TIMER was taken by the current thread: puts in the
 * overrun, arms the timer again.  The first argument is not used.  [p] */
void posix_timer_delivered(siginfo_t *si);

/* --- futex hooks (proc_futex.c) --- */
void futex_init(void);
int futex_wake_addr(struct thread *t, uint64_t addr, int n);	/* private and shared */
void futex_exit_robust(struct thread *t);

#endif
