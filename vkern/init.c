/*
 * init.c - boot order, and the first program.
 *
 * Pid 1 is the kernel's own init: a process without threads that adopts and
 * reaps orphans.  The program is its child, pid 2; the run ends with it.
 */
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_plan.h"
#include "proc_impl.h"
#include "vksup/handlers.h"
#include "vksup/host.h"
#include "vksup/inject.h"
#include "vksup/net.h"
#include "vksup/tty.h"
#include "vksup/watch.h"

__thread struct vkern *vk;
__thread struct thread *curthread;

static int
init_create(void)
{
	struct proc *p = proc_alloc();
	struct session *s;
	int pid;

	if (p == NULL)
		return -ENOMEM;
	s = xcalloc(1, sizeof(*s));
	s->refs = 1;
	mutex_lock(&vk->proc_lock);
	pid = pid_alloc();
	p->pid = s->sid = pid;
	p->sighand = sighand_new();
	pid_attach(pid, p, NULL);
	proc_set_pgid(p, pid);
	proc_set_session(p, s);
	session_put(s);
	TAILQ_INSERT_TAIL(&vk->procs, p, all);
	vk->init = p;
	mutex_unlock(&vk->proc_lock);
	return 0;
}

int
vkern_boot(const struct vkern_config *cfg, struct vkern **out)
{
	struct vkern *k = calloc(1, sizeof(*k));
	int err;

	if (k == NULL)
		return -ENOMEM;
	vk = k;
	k->cfg = *cfg;
	k->nkthreads = 1;
	TAILQ_INIT(&k->procs);
	mutex_init(&k->proc_lock, RANK_PROC);
	mutex_init(&k->ns_lock, RANK_NS);
	mutex_init(&k->rename_lock, RANK_RENAME);
	mutex_init(&k->timer_lock, RANK_TIMER);
	mutex_init(&k->uts_lock, RANK_LEAF);
	mutex_init(&k->watch_lock, RANK_LEAF);
	snprintf(k->hostname, sizeof(k->hostname), "%s",
	    cfg->hostname != NULL ? cfg->hostname : host_info()->nodename);
	snprintf(k->domainname, sizeof(k->domainname), "(none)");
	k->boot_time = ktime_now();
	err = pids_init();
	if (err == 0)
		err = timers_init(k);
	if (err == 0) {
		limits_init(cfg->limits);
		k->cfg.limits = NULL;
		futex_init();
		vmspace_on_death(proc_space_died, k);
		err = init_create();
	}
	if (err == 0)
		err = fs_init();
	*out = k;
	return err;
}

/* --- the first program --- */

#define ALL_CAPS	((2ULL << CAP_LAST_CAP) - 1)

struct launch {
	const char	*path, *cwd;
	char *const	*argv, *const *envp;
	struct file	*const *files;	/* descriptors 0, 1, 2; NULL: the host's */
	struct thread	*thread;
	struct host_parker done;
	int		err;
};

/* As asked for: no other groups, and capabilities as that user has them. */
static void
cred_as(struct cred *c, const struct vkern_ids *ids)
{
	c->uid = c->euid = c->suid = c->fsuid = ids->uid;
	c->gid = c->egid = c->sgid = c->fsgid = ids->gid;
	c->ngroups = 0;
	if (ids->all_caps)
		c->cap_bset = c->cap_permitted = ALL_CAPS;
	if (ids->uid != 0)
		c->cap_permitted = 0;
	c->cap_effective = c->cap_permitted;
}

static void
cred_first(struct thread *t)
{
	const struct host_info *hi = host_info();
	struct cred *c = xcalloc(1, sizeof(*c));
	uint32_t i;

	c->refs = 1;
	c->uid = c->euid = c->suid = c->fsuid = hi->uid;
	c->gid = c->egid = c->sgid = c->fsgid = hi->gid;
	c->ngroups = (int)hi->ngroups;
	c->groups = xcalloc(hi->ngroups + 1, sizeof(*c->groups));
	for (i = 0; i < hi->ngroups; i++)
		c->groups[i] = hi->groups[i];
	c->cap_bset = hi->uid == 0 ? hi->caps : hi->caps_bset;
	if (hi->uid == 0)
		c->cap_permitted = c->cap_effective = hi->caps;
	if (vk->cfg.ids != NULL)
		cred_as(c, vk->cfg.ids);
	t->cred = c;
}

/* What a program inherits from whoever starts vksup. */
static void
proc_first(struct proc *p)
{
	const struct host_info *hi = host_info();
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		p->rlim[i] = (struct rlimit){ limit_rlimit(i, hi->rlim[i].rlim_cur),
			limit_rlimit(i, hi->rlim[i].rlim_max) };
	p->sighand = sighand_new();
	p->nice = hi->nice;
	for (i = 1; i <= NSIG_MAX; i++)
		if ((hi->sig_ignored & SIGBIT(i)) != 0)
			p->sighand->act[i].handler = 1;
	p->parent = vk->init;
}

static void
proc_enroll_first(struct proc *p, struct thread *t) REQUIRES(vk->proc_lock)
{
	struct session *s = xcalloc(1, sizeof(*s));
	int pid = pid_alloc();

	s->refs = 1;
	s->sid = pid;
	p->pid = t->tid = pid;
	pid_attach(pid, p, t);
	p->leader = t;
	proc_set_pgid(p, pid);
	proc_set_session(p, s);
	session_put(s);
	TAILQ_INSERT_TAIL(&vk->procs, p, all);
	TAILQ_INSERT_TAIL(&vk->init->children, p, sibling);
	TAILQ_INSERT_TAIL(&p->threads, t, link);
	p->nthreads = 1;
	vk->nthreads++;
}

/* Find the program as execvp(3) does, in the guest's own tree. */
static int
program_open(struct launch *l, struct file **f, char *name, size_t n)
{
	const char *path = "/bin:/usr/bin", *end;
	int i, err, denied = 0;

	snprintf(name, n, "%s", l->path);
	if (l->path[0] == '\0')
		return -ENOENT;
	if (strchr(l->path, '/') != NULL)
		return exec_open(AT_FDCWD, l->path, LOOKUP_FOLLOW, f);
	for (i = 0; l->envp[i] != NULL; i++)
		if (strncmp(l->envp[i], "PATH=", 5) == 0)
			path = l->envp[i] + 5;
	for (;; path = end + 1) {
		end = strchrnul(path, ':');
		snprintf(name, n, "%.*s%s%s", (int)(end - path), path, end > path ? "/" : "", l->path);
		err = exec_open(AT_FDCWD, name, LOOKUP_FOLLOW, f);
		if (err == 0)
			return 0;
		if (err == -EACCES)
			denied = err;
		if (*end == '\0')
			return denied ? denied : -ENOENT;
	}
}

/* As shells have it: no ELF file, and no zero byte in the first line. */
static bool
is_shell_text(struct file *f)
{
	char head[128];
	ssize_t n = file_pread(f, head, sizeof(head), 0);
	const char *end;

	if (n <= 0)
		return n == 0;
	if (n >= 4 && memcmp(head, "\177ELF", 4) == 0)
		return false;
	end = memchr(head, '\n', (size_t)n);
	return memchr(head, '\0', end != NULL ? (size_t)(end - head) : (size_t)n) == NULL;
}

static char **
strings_copy(char *const *v, int *n, size_t *bytes)
{
	char **out;
	int i;

	for (*n = 0; v[*n] != NULL; ++*n)
		;
	out = xcalloc((size_t)*n + 1, sizeof(*out));
	for (i = 0; i < *n; i++) {
		out[i] = xstrdup(v[i]);
		*bytes += strlen(v[i]) + 1;
	}
	return out;
}

static int
program_exec(struct launch *l, struct thread *t)
{
	struct exec_args ea = { 0 };
	char name[PATH_MAX];
	struct file *f;
	int err = program_open(l, &f, name, sizeof(name));

	if (err)
		return err;
	ea.argv = strings_copy(l->argv, &ea.argc, &ea.bytes);
	ea.envp = strings_copy(l->envp, &ea.envc, &ea.bytes);
	err = (int)proc_exec(t, f, name, name, &ea);
	/* A text file without "#!" is for the shell, as execvp(3) has it. */
	if (err == -ENOEXEC && is_shell_text(f)) {
		file_put(f);
		exec_args_free(&ea);
		ea = (struct exec_args){ 0 };
		ea.argv = strings_copy(l->argv, &ea.argc, &ea.bytes);
		ea.envp = strings_copy(l->envp, &ea.envc, &ea.bytes);
		err = exec_open(AT_FDCWD, "/bin/sh", LOOKUP_FOLLOW, &f);
		if (err)
			return -ENOEXEC;
		exec_args_shell(&ea, name);
		err = (int)proc_exec(t, f, "/bin/sh", "/bin/sh", &ea);
	}
	exec_args_free(&ea);
	file_put(f);
	return err;
}

static int
first_files(struct launch *l, struct thread *t)
{
	struct path root, cwd;
	int fd, err = path_lookup_kernel("/", LOOKUP_DIRECTORY, &root);

	if (err)
		return err;
	if (path_lookup_kernel(l->cwd, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &cwd) != 0)
		cwd = path_ref(root);
	t->fs = fs_ctx_new(root, cwd, host_info()->umask);
	path_put(cwd);
	path_put(root);
	t->fds = fdtable_new();
	if (l->files == NULL)
		return stdio_files(t->fds);
	for (fd = 0; fd < 3; fd++) {
		err = fd_install_at(l->files[fd], fd, false);
		if (err < 0)
			return err;
	}
	return 0;
}

/* The first kthread: become the program, then serve it. */
static void
launch_main(void *arg)
{
	struct launch *l = arg;
	struct thread *t = l->thread;

	vk = t->vk;
	curthread = t;
	l->err = first_files(l, t);
	if (l->err == 0 && l->files == NULL)
		tty_console_attach(t->proc);
	if (l->err == 0) {
		l->err = l->path != NULL ? program_exec(l, t) : proc_exec_none(t, "none");
		uses_tell(t);
		refuse_forget(t);
	}
	/* A program that does not begin ends as any other would. */
	if (l->err != 0) {
		mutex_lock(&vk->proc_lock);
		proc_kill_threads(t->proc, SIGKILL);
		mutex_unlock(&vk->proc_lock);
	}
	curthread = NULL;
	t->start = 1;
	host_unpark(&l->done);
	thread_main(t);
}

/* A process that is init's child; *out, if there is one, gets a reference. */
static int
program_start(struct launch *l, struct proc **out)
{
	struct proc *p = proc_alloc();
	struct thread *t = p != NULL ? thread_alloc(p) : NULL;
	int err;

	if (t == NULL) {
		if (p != NULL)
			proc_put(p);
		return -ENOMEM;
	}
	cred_first(t);
	proc_first(p);
	t->sigmask = host_info()->sig_blocked & ~SIG_UNBLOCKABLE;
	t->restart_nr = -1;
	t->leave = t;
	l->thread = t;
	mutex_lock(&vk->proc_lock);
	proc_enroll_first(p, t);
	if (l->files == NULL)
		vk->main_proc = p;
	if (out != NULL)
		*out = proc_ref(p);
	WATCH(thread_start, t, NULL);
	mutex_unlock(&vk->proc_lock);
	thread_ref(t);			/* the kthread's */
	vk->nkthreads++;
	err = host_thread(launch_main, l, "kthread");
	if (err) {
		vk->nkthreads--;
		mutex_lock(&vk->proc_lock);
		thread_unhash(t);
		mutex_unlock(&vk->proc_lock);
		thread_put(t);
		return err;
	}
	host_park(&l->done, NEVER);
	return l->err;
}

int
vkern_start(struct vkern *k, const char *path, char *const argv[], char *const envp[], const char *cwd)
{
	struct launch l = { .path = path, .cwd = cwd, .argv = argv, .envp = envp };

	vk = k;
	return program_start(&l, NULL);
}

int
vkern_spawn(struct vkern *k, char *const argv[], char *const envp[], const char *cwd,
    struct file *const files[3], struct proc **out)
{
	struct launch l = { .path = argv[0], .cwd = cwd, .argv = argv, .envp = envp, .files = files };
	int err;

	vk = k;
	*out = NULL;
	err = program_start(&l, out);
	if (err && *out != NULL) {
		proc_put(*out);
		*out = NULL;
	}
	return err;
}

/* Kill until nobody is left; a fork under way may add one. */
static void
guests_end(struct vkern *k)
{
	struct proc *p;
	bool last = false;

	while (!last) {
		mutex_lock(&vk->proc_lock);
		TAILQ_FOREACH(p, &k->procs, all)
			if (p != k->init && p->nthreads > 0)
				proc_kill_threads(p, SIGKILL);
		mutex_unlock(&vk->proc_lock);
		unparks_flush();
		last = atomic_fetch_sub(&k->nkthreads, 1) == 1;
		if (last)
			break;
		last = host_park(&k->idle, ktime_after(NSEC_PER_SEC)) == 0;
		if (!last)
			k->nkthreads++;
	}
}

/* Zombies, and init itself. */
static void
procs_free(struct vkern *k)
{
	struct proc *p;

	mutex_lock(&vk->proc_lock);
	while ((p = TAILQ_LAST(&k->procs, proc_list)) != NULL) {
		sighand_put(p->sighand);
		p->sighand = NULL;
		proc_unhash(p);
		proc_put(p);
	}
	mutex_unlock(&vk->proc_lock);
}

void
vkern_shutdown(struct vkern *k)
{
	vk = k;
	guests_end(k);
	procs_free(k);
	net_fini();
	tty_fini();
	fs_reap();
	fs_fini();
	files_fini(k);
	timers_fini(k);
	kfree(k->futex);
	pids_fini();
	limits_fini();
	modules_free(k);
	inject_free(k);
	watchers_free(k);
	kfree(k);
	vk = NULL;
}
