/*
 * fs_proc_stat.c - a process in numbers: stat, status, statm, limits, io, sched.
 *
 * The formats are Linux 6.18's, byte for byte where programs parse them: what
 * the kernel does not account (shared pages, I/O bytes) is 0.
 *
 * Each function first takes a copy of what belongs together under one lock
 * (proc_lock, vm_map.lock), and then writes.
 */
#include <linux/capability.h>
#include <sys/sysmacros.h>

#include "vkern/fs_proc.h"
#include "vkern/proc_impl.h"

#define TICK_NS		(NSEC_PER_SEC / 100)
#define PF_EXITING	0x4u
#define PF_FORKNOEXEC	0x40u
#define PF_RANDOMIZE	0x400000u

/* --- the address space in numbers --- */

struct mem_facts {
	bool		present;
	uint64_t	total, locked, data, stack, exe, lib;	/* bytes */
	uint64_t	start_code, end_code, start_stack, start_data, end_data, brk_start;
	uint64_t	arg_start, arg_end, env_start, env_end;
	struct vmusage	use;
};

static void
mem_facts(struct pnode *n, struct mem_facts *m)
{
	struct vm_map *vm = proc_subject_vm(n);
	struct vm_entry *e;
	uint64_t text = 0;

	memset(m, 0, sizeof(*m));
	if (vm == NULL)
		return;
	mutex_lock(&vm->lock);
	m->present = true;
	m->total = vm->total;
	m->locked = vm->locked_bytes;
	m->data = vm->data_bytes;
	m->start_code = vm->start_code;
	m->end_code = vm->end_code;
	m->start_stack = vm->start_stack;
	m->start_data = vm->start_data;
	m->end_data = vm->end_data;
	m->brk_start = vm->brk_start;
	m->arg_start = vm->arg_start;
	m->arg_end = vm->arg_end;
	m->env_start = vm->env_start;
	m->env_end = vm->env_end;
	for (e = vm_map_find(vm, 0); e != NULL; e = vm_map_next(vm, e)) {
		if (e->tag == VMT_STACK)
			m->stack += e->end - e->start;
		if ((e->prot & 4) && !(e->prot & 2))
			text += e->end - e->start;
	}
	mutex_unlock(&vm->lock);
	vmspace_usage(vm->space, &m->use);
	vm_map_unref(vm);
	m->exe = page_up(m->end_code) - page_down(m->start_code);
	m->lib = text > m->exe ? text - m->exe : 0;
	/* The stack is mapped at its full limit; count what a program of Linux has. */
	m->stack = min_of(m->stack, (uint64_t)132 * 1024);
}

/* --- signals --- */

struct sig_facts { ksigset_t pend, shared, blocked, ignored, caught; };

static void
sig_facts(struct proc *p, struct thread *t, struct sig_facts *s) REQUIRES(vk->proc_lock)
{
	int i;
	uint64_t h;

	memset(s, 0, sizeof(*s));
	s->shared = p->pending.set;
	if (t != NULL) {
		s->pend = t->pending.set;
		s->blocked = serve_blocked(t);
	}
	for (i = 1; p->sighand != NULL && i <= NSIG_MAX; i++) {
		h = p->sighand->act[i].handler;
		if (h == 1)
			s->ignored |= SIGBIT(i);
		else if (h != 0)
			s->caught |= SIGBIT(i);
	}
}

/* --- stat --- */

struct stat_facts {
	char		comm[16], state;
	int		pid, ppid, pgid, sid, fg, nice, nthreads, exit_signal, exit_code;
	unsigned	flags, policy, prio;
	uint64_t	tty, minflt, majflt, cminflt, cmajflt;
	int64_t		ut, st, cut, cst;
	ktime_t		start;
	rlim_t		rss_limit;
	struct sig_facts sig;
	bool		may;
};

static void
stat_tty(struct proc *p, struct stat_facts *f) REQUIRES(vk->proc_lock)
{
	f->tty = 0;
	f->fg = -1;
	if (p->session == NULL)
		return;
	f->sid = p->session->sid;
	if (!p->no_tty)
		tty_of_session(p->session, &f->tty, &f->fg);
}

static void
stat_times(struct pnode *n, struct thread *t, struct stat_facts *f) REQUIRES(vk->proc_lock)
{
	struct proc *p = n->p;

	if (n->task && t != NULL)
		thread_times(t, &f->ut, &f->st);
	else
		proc_times(p, &f->ut, &f->st);
	f->cut = p->cutime;
	f->cst = p->cstime;
	f->minflt = p->minflt;
	f->majflt = p->majflt;
	f->cminflt = p->cminflt;
	f->cmajflt = p->cmajflt;
}

static int
stat_facts(struct pnode *n, struct stat_facts *f)
{
	struct proc *p = n->p;
	struct sched_own sched;
	struct thread *t;

	memset(f, 0, sizeof(*f));
	mutex_lock(&vk->proc_lock);
	if (!proc_subject(n, &t)) {
		mutex_unlock(&vk->proc_lock);
		return -ESRCH;
	}
	snprintf(f->comm, sizeof(f->comm), "%s", proc_comm(p, t));
	f->state = proc_state(p, t);
	f->pid = t != NULL ? t->tid : p->pid;
	f->ppid = p->parent != NULL ? p->parent->pid : 0;
	f->pgid = p->pgid;
	sched_read(p, t, &sched);
	f->nice = sched.nice;
	f->nthreads = p->nthreads + (p->leader == NULL);
	f->exit_signal = t != NULL && t != p->leader ? -1 : p->exit_signal;
	f->exit_code = p->exit_code;
	f->flags = PF_RANDOMIZE | (p->execed ? 0 : PF_FORKNOEXEC) |
	    (p->state != PS_ALIVE || p->exiting ? PF_EXITING : 0);
	f->policy = sched.policy & 0xff;
	f->prio = sched.prio;
	f->start = p->start_time;
	f->rss_limit = p->rlim[RLIMIT_RSS].rlim_cur;
	f->may = proc_may_trace_locked(n, t);
	stat_tty(p, f);
	stat_times(n, t, f);
	sig_facts(p, t, &f->sig);
	mutex_unlock(&vk->proc_lock);
	return 0;
}

int
show_stat(struct pnode *n, struct pbuf *b)
{
	const uint64_t low = 0x7fffffff;
	struct stat_facts f;
	struct mem_facts m;
	bool see;
	int err;

	err = stat_facts(n, &f);
	if (err != 0)
		return err;
	mem_facts(n, &m);
	see = f.may && m.present;
	pb_printf(b, "%d (", f.pid);
	pb_escape(b, f.comm, "\n\\");
	pb_printf(b, ") %c %d %d %d %llu %d %u", f.state, f.ppid, f.pgid, f.sid,
	    (unsigned long long)f.tty, f.fg, f.flags);
	pb_printf(b, " %lu %lu %lu %lu", (unsigned long)(f.minflt + m.use.minflt),
	    (unsigned long)f.cminflt, (unsigned long)(f.majflt + m.use.majflt),
	    (unsigned long)f.cmajflt);
	pb_printf(b, " %ld %ld %ld %ld", (long)(f.ut / TICK_NS), (long)(f.st / TICK_NS),
	    (long)(f.cut / TICK_NS), (long)(f.cst / TICK_NS));
	pb_printf(b, " %d %d %d 0 %lld", f.prio != 0 ? -1 - (int)f.prio : 20 + f.nice, f.nice,
	    f.nthreads, (long long)(proc_boot_ns(f.start) / TICK_NS));
	pb_printf(b, " %lu %lu %lu", (unsigned long)m.total,
	    (unsigned long)(m.present ? m.use.rss / PAGE_SIZE : 0), (unsigned long)f.rss_limit);
	pb_printf(b, " %lu %lu %lu 0 0", (unsigned long)(m.present ? (see ? m.start_code : 1) : 0),
	    (unsigned long)(m.present ? (see ? m.end_code : 1) : 0),
	    (unsigned long)(see ? m.start_stack : 0));
	pb_printf(b, " %lu %lu %lu %lu", (unsigned long)(f.sig.pend & low),
	    (unsigned long)(f.sig.blocked & low), (unsigned long)(f.sig.ignored & low),
	    (unsigned long)(f.sig.caught & low));
	pb_printf(b, " %d 0 0 %d 0 %u %u 0 0 0", f.may && f.state != 'R', f.exit_signal, f.prio,
	    f.policy);
	if (see)
		pb_printf(b, " %lu %lu %lu %lu %lu %lu %lu", (unsigned long)m.start_data,
		    (unsigned long)m.end_data, (unsigned long)m.brk_start,
		    (unsigned long)m.arg_start, (unsigned long)m.arg_end,
		    (unsigned long)m.env_start, (unsigned long)m.env_end);
	else
		pb_puts(b, " 0 0 0 0 0 0 0");
	pb_printf(b, " %d\n", f.may ? f.exit_code : 0);
	return 0;
}

/* --- status --- */

static const char *
state_name(char s)
{
	switch (s) {
	case 'R': return "R (running)";
	case 'S': return "S (sleeping)";
	case 'D': return "D (disk sleep)";
	case 'T': return "T (stopped)";
	default: return "Z (zombie)";
	}
}

static void
status_mem(struct pbuf *b, const struct mem_facts *m)
{
	const struct { const char *name; uint64_t bytes; } row[] = {
		{ "VmPeak", m->total }, { "VmSize", m->total }, { "VmLck", m->locked },
		{ "VmPin", 0 }, { "VmHWM", m->use.rss_max }, { "VmRSS", m->use.rss },
		{ "RssAnon", m->use.rss }, { "RssFile", 0 }, { "RssShmem", 0 },
		{ "VmData", m->data }, { "VmStk", m->stack }, { "VmExe", m->exe },
		{ "VmLib", m->lib }, { "VmPTE", max_of((uint64_t)40960, m->use.rss / 512) },
		{ "VmSwap", 0 }, { "HugetlbPages", 0 },
	};
	size_t i;

	if (!m->present)
		return;
	for (i = 0; i < nitems(row); i++)
		pb_printf(b, "%s:\t%8llu kB\n", row[i].name, (unsigned long long)row[i].bytes / 1024);
	pb_puts(b, "CoreDumping:\t0\nTHP_enabled:\t1\nuntag_mask:\t0xffffffffffffffff\n");
}

static void
status_cpus(struct pbuf *b, uint64_t mask)
{
	int i, first, sep = '\t';

	if (mask >> 32 != 0)
		pb_printf(b, "Cpus_allowed:\t%x,%08x\nCpus_allowed_list:", (uint32_t)(mask >> 32),
		    (uint32_t)mask);
	else
		pb_printf(b, "Cpus_allowed:\t%x\nCpus_allowed_list:", (uint32_t)mask);
	for (i = 0; i < 64; i++) {
		if (!(mask >> i & 1))
			continue;
		for (first = i; i < 63 && (mask >> (i + 1) & 1); i++)
			;
		pb_printf(b, i > first ? "%c%d-%d" : "%c%d", sep, first, i);
		sep = ',';
	}
	pb_puts(b, "\nMems_allowed:\t00000000,00000001\nMems_allowed_list:\t0\n");
}

struct status_facts {
	struct cred	*cred;		/* reference, or NULL */
	uint32_t	uid;		/* without one */
	bool		has_fs, no_new_privs;
	unsigned	umask;
	int		fdsize, nsig, main_pid;
	uint64_t	cpus, vcsw, ivcsw;
	rlim_t		sig_limit;
};

/* The descriptor table and fs_ctx have locks of their own. */
static void
status_tables(struct pnode *n, struct status_facts *s)
{
	struct fdtable *fdt = proc_subject_fds(n);

	if (fdt == NULL)
		return;
	mutex_lock(&fdt->lock);
	s->fdsize = fdt->size;
	mutex_unlock(&fdt->lock);
	fdtable_unref(fdt);
}

static int
status_facts(struct pnode *n, struct status_facts *s)
{
	struct thread *t;
	struct sigq *q;
	bool there;

	memset(s, 0, sizeof(*s));
	status_tables(n, s);
	mutex_lock(&vk->proc_lock);
	there = proc_subject(n, &t);
	s->main_pid = n->p->pid;
	s->uid = n->p == vk->init ? 0 : n->p->exit_uid;
	s->no_new_privs = n->p->no_new_privs;
	s->sig_limit = n->p->rlim[RLIMIT_SIGPENDING].rlim_cur;
	s->cpus = machine_cpus();
	TAILQ_FOREACH(q, &n->p->pending.queue, link)
		s->nsig++;
	if (there && t != NULL) {
		s->cred = cred_ref(t->cred);
		s->has_fs = t->fs != NULL;
		s->umask = s->has_fs ? t->fs->umask : 0;
		s->cpus = thread_cpus(t);
		s->vcsw = t->nvcsw;
		s->ivcsw = t->nivcsw;
	}
	mutex_unlock(&vk->proc_lock);
	return there ? 0 : -ESRCH;
}

static void
status_ids(struct pbuf *b, const struct status_facts *s)
{
	const struct cred *c = s->cred;
	int i;

	if (c == NULL) {
		pb_printf(b, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t0\nGroups:\t \n",
		    s->uid, s->uid, s->uid, s->uid, s->uid, s->uid, s->uid, s->uid);
		return;
	}
	pb_printf(b, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid, c->fsuid);
	pb_printf(b, "Gid:\t%u\t%u\t%u\t%u\n", c->gid, c->egid, c->sgid, c->fsgid);
	pb_printf(b, "FDSize:\t%d\nGroups:\t", s->fdsize);
	for (i = 0; i < c->ngroups; i++)
		pb_printf(b, i > 0 ? " %u" : "%u", c->groups[i]);
	pb_puts(b, " \n");
}

static void
status_caps(struct pbuf *b, const struct status_facts *s)
{
	const struct cred none = { 0 }, *c = s->cred != NULL ? s->cred : &none;

	pb_printf(b, "CapInh:\t%016llx\n", (unsigned long long)c->cap_inheritable);
	pb_printf(b, "CapPrm:\t%016llx\n", (unsigned long long)c->cap_permitted);
	pb_printf(b, "CapEff:\t%016llx\n", (unsigned long long)c->cap_effective);
	pb_printf(b, "CapBnd:\t%016llx\n", (unsigned long long)c->cap_bset);
	pb_printf(b, "CapAmb:\t%016llx\n", (unsigned long long)c->cap_ambient);
	pb_printf(b, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n", s->no_new_privs);
	pb_puts(b, "Speculation_Store_Bypass:\tvulnerable\n");
	pb_puts(b, "SpeculationIndirectBranch:\tconditional enabled\n");
}

static void
status_sigs(struct pbuf *b, const struct stat_facts *f, const struct status_facts *s)
{
	pb_printf(b, "Threads:\t%d\nSigQ:\t%d/%llu\n", f->nthreads, s->nsig,
	    (unsigned long long)s->sig_limit);
	pb_printf(b, "SigPnd:\t%016llx\n", (unsigned long long)f->sig.pend);
	pb_printf(b, "ShdPnd:\t%016llx\n", (unsigned long long)f->sig.shared);
	pb_printf(b, "SigBlk:\t%016llx\n", (unsigned long long)f->sig.blocked);
	pb_printf(b, "SigIgn:\t%016llx\n", (unsigned long long)f->sig.ignored);
	pb_printf(b, "SigCgt:\t%016llx\n", (unsigned long long)f->sig.caught);
}

int
show_status(struct pnode *n, struct pbuf *b)
{
	struct status_facts s;
	struct stat_facts f;
	struct mem_facts m;
	int err;

	err = stat_facts(n, &f);
	if (err == 0)
		err = status_facts(n, &s);
	if (err != 0)
		return err;
	mem_facts(n, &m);
	pb_puts(b, "Name:\t");
	pb_escape(b, f.comm, "\n\\");
	if (s.has_fs)
		pb_printf(b, "\nUmask:\t%04o", s.umask);
	pb_printf(b, "\nState:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
	    state_name(f.state), s.main_pid, f.pid, f.ppid);
	status_ids(b, &s);
	pb_printf(b, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\nKthread:\t0\n",
	    s.main_pid, f.pid, f.pgid, f.sid);
	status_mem(b, &m);
	status_sigs(b, &f, &s);
	status_caps(b, &s);
	status_cpus(b, s.cpus);
	pb_printf(b, "voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t%llu\n",
	    (unsigned long long)s.vcsw, (unsigned long long)s.ivcsw);
	cred_put(s.cred);
	return 0;
}

/* --- the small ones --- */

int
show_statm(struct pnode *n, struct pbuf *b)
{
	struct mem_facts m;

	mem_facts(n, &m);
	pb_printf(b, "%llu %llu 0 %llu 0 %llu 0\n", (unsigned long long)(m.total / PAGE_SIZE),
	    (unsigned long long)(m.present ? m.use.rss / PAGE_SIZE : 0),
	    (unsigned long long)(m.exe / PAGE_SIZE),
	    (unsigned long long)((m.data + m.stack) / PAGE_SIZE));
	return 0;
}

static const struct { const char *name, *unit; } limit_names[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", NULL },
	[RLIMIT_RTPRIO] = { "Max realtime priority", NULL },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void
limit_value(struct pbuf *b, rlim_t v)
{
	if (v == RLIM_INFINITY)
		pb_printf(b, "%-20s ", "unlimited");
	else
		pb_printf(b, "%-20llu ", (unsigned long long)v);
}

int
show_limits(struct pnode *n, struct pbuf *b)
{
	struct rlimit r[RLIM_NLIMITS];
	struct thread *t;
	bool there;
	int i;

	mutex_lock(&vk->proc_lock);
	there = proc_subject(n, &t);
	memcpy(r, n->p->rlim, sizeof(r));
	mutex_unlock(&vk->proc_lock);
	if (!there)
		return -ESRCH;
	pb_printf(b, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (i = 0; i < RLIM_NLIMITS; i++) {
		pb_printf(b, "%-25s ", limit_names[i].name);
		limit_value(b, r[i].rlim_cur);
		limit_value(b, r[i].rlim_max);
		if (limit_names[i].unit != NULL)
			pb_printf(b, "%-10s", limit_names[i].unit);
		pb_puts(b, "\n");
	}
	return 0;
}

int
show_io(struct pnode *n, struct pbuf *b)
{
	(void)n;
	pb_puts(b, "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\n"
	    "write_bytes: 0\ncancelled_write_bytes: 0\n");
	return 0;
}

int
show_sched(struct pnode *n, struct pbuf *b)
{
	struct status_facts s;
	struct stat_facts f;
	int err;

	err = stat_facts(n, &f);
	if (err == 0)
		err = status_facts(n, &s);
	if (err != 0)
		return err;
	cred_put(s.cred);
	pb_printf(b, "%s (%d, #threads: %d)\n", f.comm, f.pid, f.nthreads);
	pb_puts(b, "-------------------------------------------------------------------\n");
	pb_printf(b, "%-45s:%14lld.%06lld\n", "se.sum_exec_runtime",
	    (long long)((f.ut + f.st) / 1000000), (long long)((f.ut + f.st) % 1000000));
	pb_printf(b, "%-45s:%21llu\n", "nr_switches", (unsigned long long)(s.vcsw + s.ivcsw));
	pb_printf(b, "%-45s:%21llu\n", "nr_voluntary_switches", (unsigned long long)s.vcsw);
	pb_printf(b, "%-45s:%21llu\n", "nr_involuntary_switches", (unsigned long long)s.ivcsw);
	pb_printf(b, "%-45s:%21u\n", "policy", f.policy);
	pb_printf(b, "%-45s:%21d\n", "prio", 120 + f.nice);
	return 0;
}

int
show_schedstat(struct pnode *n, struct pbuf *b)
{
	struct stat_facts f;
	int err;

	err = stat_facts(n, &f);
	if (err == 0)
		pb_printf(b, "%lld 0 %lld\n", (long long)(f.ut + f.st),
		    (long long)((f.ut + f.st) / 4000000));
	return err;
}
