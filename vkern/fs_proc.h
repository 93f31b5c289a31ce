/*
 * fs_proc.h - what the fs_proc*.c files share among each other.
 *
 * Every name in /proc is described by a constant struct pent; directories have
 * a struct pdir with the names that are always there and, for /proc, task, fd
 * and fdinfo, how to find and list the numbers.  An inode is a struct pnode: a
 * pent and what it is about.  It keeps references, not life: each use asks
 * proc_subject() whether the process is still there.
 *
 * A file's text is made by its show function when it is read from the start,
 * with no lock held but the file's pos_lock, so that show may lock anything.
 */
#ifndef VKSUP_FS_PROC_H
#define VKSUP_FS_PROC_H

#include <stdio.h>

#include "vkern/fs_impl.h"
#include "vkern/sys_impl.h"

/* Text under construction.  What does not fit into memory is lost, and the
 * reader gets ENOMEM. */
struct pbuf {
	char		*p;
	size_t		len, cap;
	bool		failed;
};
void pb_printf(struct pbuf *b, const char *fmt, ...) printf_like(2, 3);
void pb_put(struct pbuf *b, const void *p, size_t n);
static inline void
pb_puts(struct pbuf *b, const char *s)
{
	pb_put(b, s, strlen(s));
}
/* s with the bytes of `bad` as \ooo, as seq_escape(). */
void pb_escape(struct pbuf *b, const char *s, const char *bad);
/* The host's text of that name; -ENOENT. */
int pb_host(struct pbuf *b, const char *name);
/* Spaces up to column `to` of the line that starts at `start`. */
void pb_pad(struct pbuf *b, size_t start, size_t to);

struct pnode;
struct pent;

struct pdir {
	const struct pent *ents;	/* names that are always there */
	size_t		nents;
	const struct pent *num;		/* what a number is; NULL: none */
	/* Make n about number id of dir; -ENOENT.  [n] */
	int		(*find)(struct pnode *dir, int id, struct pnode *n);
	/* The smallest number >= *id; false: none. */
	bool		(*next)(struct pnode *dir, int *id);
};

/* Who may open it, or follow it: whoever could trace the process. */
#define PE_TRACE	1u
/* The same, but the answer comes with each read. */
#define PE_TRACE_READ	2u
/* Opening needs a process with memory: -ESRCH for a zombie. */
#define PE_ALIVE	4u
/* lseek knows SEEK_END (the size is 0), as for files that are no seq_file. */
#define PE_SEEK_END	8u
/* Only in the directory of a process, or only of a thread. */
#define PE_PROC_ONLY	16u
#define PE_TASK_ONLY	32u

struct pent {
	const char	*name;
	unsigned	mode;		/* with the type */
	unsigned	flags;		/* PE_* */
	int		(*show)(struct pnode *n, struct pbuf *b);
	/* text has a NUL behind its len bytes; bytes taken, or -errno. */
	ssize_t		(*write)(struct pnode *n, char *text, size_t len);
	const struct pdir *dir;
	ssize_t		(*link)(struct pnode *n, char *buf, size_t size);
	int		(*jump)(struct pnode *n, struct path *out);
	int		(*open)(struct pnode *n, const struct path *p, unsigned flags,
			    struct file **out);
	const void	*arg;		/* for shared show functions */
};

struct pnode {
	struct inode	i;
	const struct pent *e;		/* [I] */
	struct proc	*p;		/* [I] reference; NULL: about the machine */
	struct thread	*t;		/* [I] reference; NULL: the process's main thread */
	bool		task;		/* [I] below task/TID */
	int		fd;		/* [I] fd/N and fdinfo/N */
};

static inline struct pnode *
pnode_of(struct inode *ino)
{
	return (struct pnode *)ino;
}

/*
 * Is what n is about still there?  *t: its thread, NULL for init and when the
 * main thread is a zombie.  Neither lives longer than the lock.
 */
bool proc_subject(struct pnode *n, struct thread **t) REQUIRES(vk->proc_lock);
/* Could the current thread trace it?  0, -ESRCH, -EACCES. */
int proc_may_trace(struct pnode *n) EXCLUDES(vk->proc_lock) must_check;
bool proc_may_trace_locked(struct pnode *n, struct thread *t) REQUIRES(vk->proc_lock);
/* Its address space with a reference, or NULL. */
struct vm_map *proc_subject_vm(struct pnode *n) EXCLUDES(vk->proc_lock);
/* Its descriptor table with a reference, or NULL. */
struct fdtable *proc_subject_fds(struct pnode *n) EXCLUDES(vk->proc_lock);
/* Name for /proc/PID/comm and the like; never NULL. */
const char *proc_comm(struct proc *p, struct thread *t) REQUIRES(vk->proc_lock);
char proc_state(struct proc *p, struct thread *t) REQUIRES(vk->proc_lock);

/* ns since the host's boot, as starttime counts. */
int64_t proc_boot_ns(ktime_t mono);

/* Tables. */
extern const struct pent proc_root_ent, proc_pid_ent, proc_task_ent;
extern const struct pdir proc_task_list;
extern const struct pdir proc_sys_dir, proc_net_dir, proc_sysvipc_dir;

/* The first field is the whole for those who free it. */
struct proc_super {
	struct superblock sb;
	uint8_t		boot_id[16];	/* [I] */
};
/* fs_proc_sys.c: a random UUID. */
void proc_uuid_new(uint8_t u[16]);

/* fs_proc_stat.c */
int show_stat(struct pnode *n, struct pbuf *b);
int show_status(struct pnode *n, struct pbuf *b);
int show_statm(struct pnode *n, struct pbuf *b);
int show_limits(struct pnode *n, struct pbuf *b);
int show_io(struct pnode *n, struct pbuf *b);
int show_sched(struct pnode *n, struct pbuf *b);
int show_schedstat(struct pnode *n, struct pbuf *b);

/* fs_proc_mem.c */
int show_cmdline(struct pnode *n, struct pbuf *b);
int show_environ(struct pnode *n, struct pbuf *b);
int show_auxv(struct pnode *n, struct pbuf *b);
int show_maps(struct pnode *n, struct pbuf *b);
int show_smaps(struct pnode *n, struct pbuf *b);
int show_smaps_rollup(struct pnode *n, struct pbuf *b);
int open_mem(struct pnode *n, const struct path *p, unsigned flags, struct file **out);

/* fs_proc_mounts.c */
int show_mounts(struct pnode *n, struct pbuf *b);
int show_mountinfo(struct pnode *n, struct pbuf *b);
int show_mountstats(struct pnode *n, struct pbuf *b);

/* fs_proc_fd.c */
extern const struct pdir proc_fd_dir, proc_fdinfo_dir, proc_ns_dir;
ssize_t link_exe(struct pnode *n, char *buf, size_t size);
ssize_t link_cwd(struct pnode *n, char *buf, size_t size);
ssize_t link_root(struct pnode *n, char *buf, size_t size);
int jump_exe(struct pnode *n, struct path *out);
int jump_cwd(struct pnode *n, struct path *out);
int jump_root(struct pnode *n, struct path *out);
/* Number of open descriptors: the size of fd/. */
int64_t proc_fd_count(struct pnode *n);
/* Is fd/N or fdinfo/N still there?  -ENOENT; sets the link's mode. */
int proc_fd_getattr(struct pnode *n) must_check;

#endif
