/*
 * fs_proc_pid.c - what is in /proc/PID and in /proc/PID/task/TID, and the
 * small files among them.
 */
#include <linux/capability.h>
#include <stdlib.h>

#include "vkern/fs_proc.h"

#define OOM_MIN		(-1000)
#define OOM_MAX		1000
#define OOM_LEGACY_MAX	15
#define OOM_LEGACY_OFF	(-17)

/* --- one value --- */

static int
show_comm(struct pnode *n, struct pbuf *b)
{
	struct thread *t;
	bool there;

	mutex_lock(&vk->proc_lock);
	there = proc_subject(n, &t);
	if (there)
		pb_printf(b, "%s\n", proc_comm(n->p, t));
	mutex_unlock(&vk->proc_lock);
	return there ? 0 : -ESRCH;
}

/* Names of other threads of the process may be set, those of others not. */
static ssize_t
write_comm(struct pnode *n, char *text, size_t len)
{
	struct thread *t;
	int err = 0;

	if (n->p != curthread->proc)
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	if (!proc_subject(n, &t) || t == NULL) {
		err = -ESRCH;
	} else {
		memset(t->comm, 0, sizeof(t->comm));
		strncpy(t->comm, text, sizeof(t->comm) - 1);
	}
	mutex_unlock(&vk->proc_lock);
	return err != 0 ? err : (ssize_t)len;
}

/* A text that is always the same; e->arg. */
static int
show_const(struct pnode *n, struct pbuf *b)
{
	pb_puts(b, n->e->arg);
	return 0;
}

static ssize_t
write_ignored(struct pnode *n, char *text, size_t len)
{
	(void)n;
	(void)text;
	return (ssize_t)len;
}

static int
show_personality(struct pnode *n, struct pbuf *b)
{
	pb_printf(b, "%08x\n", n->p->personality);
	return 0;
}

static int
show_timerslack(struct pnode *n, struct pbuf *b)
{
	if (n->p != curthread->proc && !capable(CAP_SYS_NICE))
		return -EPERM;
	pb_printf(b, "%lu\n", n->p->timerslack);
	return 0;
}

static ssize_t
write_timerslack(struct pnode *n, char *text, size_t len)
{
	unsigned long v;
	char *end;

	if (n->p != curthread->proc && !capable(CAP_SYS_NICE))
		return -EPERM;
	v = strtoul(text, &end, 10);
	if (end == text || (*end != '\0' && *end != '\n'))
		return -EINVAL;
	n->p->timerslack = v != 0 ? v : 50000;
	return (ssize_t)len;
}

static int
show_wchan(struct pnode *n, struct pbuf *b)
{
	(void)n;
	pb_puts(b, "0");
	return 0;
}

static int
show_syscall(struct pnode *n, struct pbuf *b)
{
	struct thread *t;
	bool there;

	mutex_lock(&vk->proc_lock);
	there = proc_subject(n, &t);
	if (there && t != NULL && t->parked != 0 && t->nr >= 0)
		pb_printf(b, "%d 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx\n", t->nr,
		    (unsigned long long)t->args[0], (unsigned long long)t->args[1],
		    (unsigned long long)t->args[2], (unsigned long long)t->args[3],
		    (unsigned long long)t->args[4], (unsigned long long)t->args[5],
		    (unsigned long long)t->regs.rsp, (unsigned long long)t->regs.rip);
	else
		pb_puts(b, there && t != NULL ? "running\n" : "-1 0x0 0x0\n");
	mutex_unlock(&vk->proc_lock);
	return there ? 0 : -ESRCH;
}

static int
show_timers(struct pnode *n, struct pbuf *b)
{
	static const char *const kind[] = { "signal", "none", "thread" };
	struct ktimer_posix *pt;
	int id = 0;

	mutex_lock(&vk->proc_lock);
	while ((pt = posix_timer_next(n->p, id)) != NULL) {
		pb_printf(b, "ID: %d\nsignal: %d/%016llx\nnotify: %s/%s.%d\nClockID: %d\n",
		    pt->id, pt->signo, (unsigned long long)(uintptr_t)pt->value.sival_ptr,
		    kind[pt->notify & 3],
		    pt->notify == SIGEV_THREAD_ID ? "tid" : "pid",
		    pt->notify == SIGEV_THREAD_ID ? pt->tid : n->p->pid, pt->clock);
		if (pt->id == INT32_MAX)
			break;
		id = pt->id + 1;
	}
	mutex_unlock(&vk->proc_lock);
	return 0;
}

/* A child belongs to the process here: the main thread lists them all. */
static int
show_children(struct pnode *n, struct pbuf *b)
{
	struct thread *t;
	struct proc *c;

	mutex_lock(&vk->proc_lock);
	if (proc_subject(n, &t) && t != NULL && t == n->p->leader)
		TAILQ_FOREACH(c, &n->p->children, sibling)
			pb_printf(b, "%d ", c->pid);
	mutex_unlock(&vk->proc_lock);
	return 0;
}

/* --- the oom killer, which there is none of --- */

static int
show_oom_score(struct pnode *n, struct pbuf *b)
{
	pb_printf(b, "%d\n", n->p->vm == NULL ? 0 : 666 * (OOM_MAX + n->p->oom_score_adj) / OOM_MAX);
	return 0;
}

static int
show_oom_score_adj(struct pnode *n, struct pbuf *b)
{
	pb_printf(b, "%d\n", n->p->oom_score_adj);
	return 0;
}

static int
show_oom_adj(struct pnode *n, struct pbuf *b)
{
	int adj = n->p->oom_score_adj;

	pb_printf(b, "%d\n", adj == OOM_MAX ? OOM_LEGACY_MAX : adj * -OOM_LEGACY_OFF / OOM_MAX);
	return 0;
}

/* A number with nothing behind it but white space. */
static int
parse_int(const char *text, long *v)
{
	char *end;

	errno = 0;
	*v = strtol(text, &end, 0);
	if (end == text || errno != 0)
		return -EINVAL;
	while (*end == ' ' || *end == '\n' || *end == '\t')
		end++;
	return *end == '\0' ? 0 : -EINVAL;
}

static ssize_t
oom_set(struct pnode *n, long adj, size_t len)
{
	/* What is below 0 protects: not to be had without the right to it. */
	if (adj < n->p->oom_score_adj && adj < 0 && !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	n->p->oom_score_adj = (int)adj;
	return (ssize_t)len;
}

static ssize_t
write_oom_score_adj(struct pnode *n, char *text, size_t len)
{
	long v;

	if (parse_int(text, &v) != 0 || v < OOM_MIN || v > OOM_MAX)
		return -EINVAL;
	return oom_set(n, v, len);
}

static ssize_t
write_oom_adj(struct pnode *n, char *text, size_t len)
{
	long v;

	if (parse_int(text, &v) != 0 || v < OOM_LEGACY_OFF || v > OOM_LEGACY_MAX)
		return -EINVAL;
	return oom_set(n, v == OOM_LEGACY_MAX ? OOM_MAX : v * OOM_MAX / -OOM_LEGACY_OFF, len);
}

/* --- task/ --- */

/* It counts as a thread as long as its process is not waited for. */
static bool
zombie_leader(const struct proc *p)
{
	return p->leader == NULL && p->state != PS_DEAD && p != vk->init;
}

static int
task_find(struct pnode *dir, int id, struct pnode *n)
{
	struct thread *t;
	int err = -ENOENT;

	mutex_lock(&vk->proc_lock);
	t = thread_find(id);
	if (t != NULL && t->proc == dir->p) {
		n->t = thread_ref(t);
		err = 0;
	} else if (id == dir->p->pid && zombie_leader(dir->p)) {
		err = 0;
	}
	mutex_unlock(&vk->proc_lock);
	if (err == 0) {
		n->p = proc_ref(dir->p);
		n->task = true;
	}
	return err;
}

static bool
task_next(struct pnode *dir, int *id)
{
	int best = INT32_MAX;
	struct thread *t;

	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(t, &dir->p->threads, link)
		if (t->tid >= *id && t->tid < best)
			best = t->tid;
	if (zombie_leader(dir->p) && dir->p->pid >= *id)
		best = min_of(best, dir->p->pid);
	mutex_unlock(&vk->proc_lock);
	*id = best;
	return best != INT32_MAX;
}

const struct pdir proc_task_list = {
	.num = &proc_task_ent, .find = task_find, .next = task_next,
};

/* --- the tables --- */

#define REG(n, m, f, s)	{ .name = n, .mode = S_IFREG | (m), .flags = f, .show = s }
#define REGW(n, m, f, s, w) \
	{ .name = n, .mode = S_IFREG | (m), .flags = f, .show = s, .write = w }
#define TEXT(n, m, f, text) \
	{ .name = n, .mode = S_IFREG | (m), .flags = f, .show = show_const, .arg = text }
#define DIR_(n, m, f, d) { .name = n, .mode = S_IFDIR | (m), .flags = f, .dir = d }
#define LNK(n, l, j)	{ .name = n, .mode = S_IFLNK | 0777, .flags = PE_TRACE, \
	.link = l, .jump = j }

/* Both directories use it; the order is Linux's. */
static const struct pent pid_ents[] = {
	DIR_("task", 0555, PE_PROC_ONLY, &proc_task_list),
	DIR_("fd", 0500, 0, &proc_fd_dir),
	DIR_("fdinfo", 0555, 0, &proc_fdinfo_dir),
	DIR_("ns", 0511, 0, &proc_ns_dir),
	DIR_("net", 0555, 0, &proc_net_dir),
	REG("environ", 0400, PE_TRACE | PE_ALIVE | PE_SEEK_END, show_environ),
	REG("auxv", 0400, PE_TRACE | PE_ALIVE | PE_SEEK_END, show_auxv),
	REG("status", 0444, 0, show_status),
	REG("personality", 0400, PE_TRACE_READ, show_personality),
	REG("limits", 0444, 0, show_limits),
	REG("sched", 0644, 0, show_sched),
	REGW("comm", 0644, 0, show_comm, write_comm),
	REG("syscall", 0400, PE_TRACE_READ, show_syscall),
	REG("cmdline", 0444, PE_SEEK_END, show_cmdline),
	REG("stat", 0444, 0, show_stat),
	REG("children", 0444, PE_TASK_ONLY, show_children),
	REG("statm", 0444, 0, show_statm),
	REG("maps", 0444, PE_TRACE, show_maps),
	{ .name = "mem", .mode = S_IFREG | 0600, .flags = PE_TRACE | PE_ALIVE, .open = open_mem },
	LNK("cwd", link_cwd, jump_cwd),
	LNK("root", link_root, jump_root),
	LNK("exe", link_exe, jump_exe),
	REG("mounts", 0444, 0, show_mounts),
	REG("mountinfo", 0444, 0, show_mountinfo),
	REG("mountstats", 0400, PE_PROC_ONLY, show_mountstats),
	REG("smaps", 0444, PE_TRACE, show_smaps),
	REG("smaps_rollup", 0444, PE_TRACE | PE_ALIVE, show_smaps_rollup),
	REG("wchan", 0444, 0, show_wchan),
	REG("schedstat", 0444, 0, show_schedstat),
	TEXT("cpuset", 0444, 0, "/\n"),
	TEXT("cgroup", 0444, 0, "0::/\n"),
	REG("oom_score", 0444, 0, show_oom_score),
	REGW("oom_adj", 0644, PE_SEEK_END, show_oom_adj, write_oom_adj),
	REGW("oom_score_adj", 0644, PE_SEEK_END, show_oom_score_adj, write_oom_score_adj),
	TEXT("loginuid", 0644, PE_SEEK_END, "4294967295"),
	TEXT("sessionid", 0444, PE_SEEK_END, "4294967295"),
	{ .name = "coredump_filter", .mode = S_IFREG | 0644, .flags = PE_PROC_ONLY | PE_SEEK_END,
	  .show = show_const, .write = write_ignored, .arg = "00000033\n" },
	REG("io", 0400, PE_TRACE_READ, show_io),
	TEXT("uid_map", 0644, 0, "         0          0 4294967295\n"),
	TEXT("gid_map", 0644, 0, "         0          0 4294967295\n"),
	TEXT("projid_map", 0644, 0, "         0          0 4294967295\n"),
	TEXT("setgroups", 0644, 0, "allow\n"),
	REG("timers", 0444, PE_PROC_ONLY, show_timers),
	REGW("timerslack_ns", 0666, PE_PROC_ONLY, show_timerslack, write_timerslack),
};

static const struct pdir pid_dir = { .ents = pid_ents, .nents = nitems(pid_ents) };
const struct pent proc_pid_ent = { .name = "", .mode = S_IFDIR | 0555, .dir = &pid_dir };
const struct pent proc_task_ent = { .name = "", .mode = S_IFDIR | 0555, .dir = &pid_dir };
