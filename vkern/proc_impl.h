/*
 * proc_impl.h - what the proc_* files share among themselves.
 */
#ifndef VKERN_PROC_IMPL_H
#define VKERN_PROC_IMPL_H

#include "vksup/proc.h"

/* proc_table.c */
int pids_init(void) must_check;
void pids_fini(void);
struct proc *proc_alloc(void);
struct thread *thread_alloc(struct proc *p);
/* This number and no other: -EEXIST, -EINVAL. */
int pid_take(int pid) REQUIRES(vk->proc_lock);
/* A pid is in use as long as a process, thread, group or session has it. */
void pid_attach(int pid, struct proc *p, struct thread *t) REQUIRES(vk->proc_lock);
void proc_set_pgid(struct proc *p, int pgid) REQUIRES(vk->proc_lock);
void proc_set_session(struct proc *p, struct session *s) REQUIRES(vk->proc_lock);
/* Take a dead process out of every list and free its number. */
void proc_unhash(struct proc *p) REQUIRES(vk->proc_lock);
void thread_unhash(struct thread *t) REQUIRES(vk->proc_lock);

/* exec by a thread that is not the leader: it takes the process's number. */
void thread_rename(struct thread *t, int pid) REQUIRES(vk->proc_lock);

/* proc_signal.c */
void sigpending_init(struct sigpending *sp);
void sigpending_flush(struct sigpending *sp) REQUIRES(vk->proc_lock);
void sigpending_discard(struct sigpending *sp, ksigset_t set) REQUIRES(vk->proc_lock);
void signal_wake_thread(struct thread *t) REQUIRES(vk->proc_lock);
void signal_recalc(struct thread *t) REQUIRES(vk->proc_lock);
struct sighand *sighand_new(void);
void sighand_put(struct sighand *sh) REQUIRES(vk->proc_lock);
/* Mask changes under a lock already held. */
void signal_mask_locked(struct thread *t, ksigset_t mask) REQUIRES(vk->proc_lock);
/* A thread leaves: process-directed signals it would have taken go to others. */
void signal_retarget(struct thread *t) REQUIRES(vk->proc_lock);
void stop_thread_gone(struct proc *p) REQUIRES(vk->proc_lock);

/* sig_frame.c */
/* Build a handler's frame; 0 or -EFAULT (the caller forces SIGSEGV). */
int sigframe_setup(struct thread *t, const struct k_sigaction *ka, int sig,
    const siginfo_t *si, ksigset_t mask) must_check;
/* rt_sigreturn: registers, mask, stack from the frame at rsp - 8. */
int sigframe_return(struct thread *t) must_check;

/* proc_exit.c */
void proc_kill_overdue(struct ktimer *kt);
void proc_space_died(struct vmspace *space, void *arg);
/* Tell the parent that p changed: CLD_STOPPED, CLD_CONTINUED, or its death. */
void proc_notify_parent(struct proc *p, int code, int status) REQUIRES(vk->proc_lock);
/* After something left a process group: hang up those that are orphaned. */
void pgrp_orphan_check(struct proc *p, struct proc *parent) REQUIRES(vk->proc_lock);

/* sys_vm.c: may t look into o, as ptrace(2) decides? */
bool proc_may_peek(struct thread *t, struct thread *o) REQUIRES(vk->proc_lock);

/* proc_fork.c */
struct clone_spec {
	uint64_t	flags;
	int		exit_signal;
	uint64_t	stack;		/* new stack pointer; 0: the parent's */
	uint64_t	parent_tid, child_tid, pidfd, tls;
	int		set_tid;	/* the number it must have; 0: any */
};
long proc_clone(struct thread *t, const struct clone_spec *cs);
/* Give a thread its kthread, which waits for thread_go() (true: serve the
 * guest; false: the thread is not wanted after all). */
int thread_start(struct thread *t) must_check;
void thread_go(struct thread *t, bool wanted);

/* proc_exec.c */
struct exec_args {
	char		**argv, **envp;	/* kernel strings, NULL-ended */
	int		argc, envc;
	size_t		bytes;
	bool		no_script;	/* its name will be gone: -ENOENT */
};
void exec_args_free(struct exec_args *ea);
/* argv becomes "sh name args...". */
void exec_args_shell(struct exec_args *ea, const char *name);
/* Replace the current thread's program; f is the opened file. */
long proc_exec(struct thread *t, struct file *f, const char *name, const char *execfn,
    struct exec_args *ea);
/* The first thread gets an empty address space: somebody else makes its calls. */
int proc_exec_none(struct thread *t, const char *name) must_check;

/* serve.c: tell the thread's carrier what it may answer; before each run. */
void serve_publish(struct thread *t);
/* Take over what it has changed meanwhile (the signal mask); after each run. */
void serve_collect(struct thread *t);
/* The thread ends. */
void serve_end(struct thread *t);
/* t wants to know the actions of its process; they are put there at its next run. */
void serve_actions(struct thread *t);
/* An action of the current process has changed: what carriers know of it is not true any more. */
void serve_actions_changed(struct sighand *sh) REQUIRES(vk->proc_lock);
/* What is blocked, including what the thread's carrier has not told yet. */
ksigset_t serve_blocked(const struct thread *t) REQUIRES(vk->proc_lock);

/* syscall.c: the loop of every kthread. */
void thread_main(void *arg);
/* Leave the loop for good; the thread is already out of all lists. */
void thread_leave(struct thread *t) no_return;

/* file_pidfd.c declares these in file.h; named here for readers. */

#endif
