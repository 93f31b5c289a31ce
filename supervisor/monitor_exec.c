/*
 * monitor_exec.c - `vksup exec`: another program in a run, a child of init.
 *
 * Its descriptors 0, 1, 2 are pipes of the kernel; threads here carry bytes
 * between them and the client.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debug.h"
#include "feature.h"
#include "monitor.h"
#include "vksup/proc.h"
#include "vksup/watch.h"

#define DRAIN_NS	(2 * NSEC_PER_SEC)

/* Shared by the call, two carriers of output, and the watch for its end. */
struct job {
	_Atomic int	refs;
	pthread_mutex_t	lock;
	pthread_cond_t	changed;
	struct monitor_call *c;		/* [lock] NULL: the client is not there any more */
	struct proc	*p;		/* reference */
	int		open;		/* [lock] outputs that have not ended */
	bool		ended;		/* [lock] */
	int		status;		/* [lock] wait status word */
};

struct output {
	struct job	*j;
	struct file	*f;
	enum frame_kind	kind;
};

static const struct options *run_options;

static void
job_put(struct job *j)
{
	if (atomic_fetch_sub(&j->refs, 1) != 1)
		return;
	if (j->p != NULL)
		proc_put(j->p);
	pthread_mutex_destroy(&j->lock);
	pthread_cond_destroy(&j->changed);
	free(j);
}

static void
output_main(void *arg)
{
	struct output *o = arg;
	struct job *j = o->j;
	char *buf = malloc(PAGE_SIZE);
	struct uio u;
	ssize_t n = 0;

	vk = debug_kernel;
	while (buf != NULL) {
		uio_kernel(&u, buf, PAGE_SIZE);
		n = o->f->ops->read(o->f, &u, NULL);
		if (n <= 0)
			break;
		/* With the lock: the call must not go meanwhile. */
		pthread_mutex_lock(&j->lock);
		if (j->c != NULL)
			monitor_send(j->c, o->kind, buf, (size_t)n);
		pthread_mutex_unlock(&j->lock);
	}
	free(buf);
	file_put(o->f);
	fs_reap();
	unparks_flush();
	pthread_mutex_lock(&j->lock);
	j->open--;
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
	job_put(j);
	free(o);
}

/* Until the process is nobody's child any more. */
static void
end_main(void *arg)
{
	struct job *j = arg;
	int status;

	vk = debug_kernel;
	mutex_lock(&vk->proc_lock);
	while (j->p->state == PS_ALIVE)
		(void)!waitq_wait_nointr(&j->p->exit_wq, &vk->proc_lock, NEVER);
	status = j->p->exit_code;
	mutex_unlock(&vk->proc_lock);
	pthread_mutex_lock(&j->lock);
	j->ended = true;
	j->status = status;
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
	job_put(j);
}

static int
thread_for(void (*fn)(void *), void *arg, struct job *j)
{
	int err;

	atomic_fetch_add(&j->refs, 1);
	err = host_thread(fn, arg, "exec");
	if (err)
		atomic_fetch_sub(&j->refs, 1);
	return err;
}

static int
output_start(struct job *j, struct file *f, enum frame_kind kind)
{
	struct output *o = malloc(sizeof(*o));
	int err = -ENOMEM;

	if (o != NULL) {
		*o = (struct output){ j, f, kind };
		j->open++;
		err = thread_for(output_main, o, j);
	}
	if (err) {
		j->open -= o != NULL;
		free(o);
		file_put(f);
	}
	return err;
}

/* Input, until it ends or the client goes; on a thread that may stay in it. */
struct input {
	struct job	*j;
	int		sock;
	struct file	*f;
};

static void
hang_up(struct job *j)
{
	siginfo_t si;

	siginfo_kernel(&si, SIGHUP);
	mutex_lock(&vk->proc_lock);
	if (j->p->state == PS_ALIVE)
		(void)!signal_proc(j->p, SIGHUP, &si);
	mutex_unlock(&vk->proc_lock);
}

static void
input_main(void *arg)
{
	struct input *in = arg;
	char *buf = malloc(FRAME_DATA_MAX);
	struct uio u;
	ssize_t n = -1;

	vk = debug_kernel;
	while (buf != NULL && (n = monitor_receive(in->sock, buf)) > 0) {
		uio_kernel(&u, buf, (size_t)n);
		while (u.resid > 0 && in->f->ops->write(in->f, &u, NULL) > 0)
			;
		unparks_flush();
	}
	/* As when a terminal goes. */
	if (n < 0)
		hang_up(in->j);
	free(buf);
	close(in->sock);
	file_put(in->f);
	fs_reap();
	unparks_flush();
	job_put(in->j);
	free(in);
}

static void
input_start(struct job *j, struct monitor_call *c, struct file *f)
{
	struct input *in = malloc(sizeof(*in));

	if (in != NULL) {
		*in = (struct input){ j, monitor_input(c), f };
		if (in->sock >= 0 && thread_for(input_main, in, j) == 0)
			return;
		if (in->sock >= 0)
			close(in->sock);
	}
	free(in);
	file_put(f);
}

static void
files_put(struct file **f, int n)
{
	while (n-- > 0)
		if (f[n] != NULL)
			file_put(f[n]);
	fs_reap();
	unparks_flush();
}

static int
status_code(int status)
{
	return (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
}

/* The program has ended; what it wrote is on its way, unless a child of its
 * keeps the pipe. */
static int
job_wait(struct job *j)
{
	struct timespec ts;
	bool over = false;
	int64_t at;
	int code;

	pthread_mutex_lock(&j->lock);
	while (!j->ended && !over) {
		at = host_clock(CLOCK_REALTIME) + NSEC_PER_SEC / 5;
		ts = (struct timespec){ at / NSEC_PER_SEC, at % NSEC_PER_SEC };
		pthread_cond_timedwait(&j->changed, &j->lock, &ts);
		over = monitor_wait_end(0, &code);
	}
	at = host_clock(CLOCK_REALTIME) + DRAIN_NS;
	ts = (struct timespec){ at / NSEC_PER_SEC, at % NSEC_PER_SEC };
	while (!over && j->open > 0 && pthread_cond_timedwait(&j->changed, &j->lock, &ts) == 0)
		;
	j->c = NULL;
	pthread_mutex_unlock(&j->lock);
	return over && !j->ended ? EXIT_OURS : status_code(j->status);
}

static int
job_start(struct job *j, struct monitor_call *c, char **argv)
{
	struct file *f[6] = { NULL };	/* in: read, write; out; err */
	int i, err = 0;

	for (i = 0; i < 3 && err == 0; i++)
		err = pipe_create(0, &f[2 * i], &f[2 * i + 1]);
	if (err == 0)
		err = vkern_spawn(vk, argv, run_options->env, run_options->cwd,
		    (struct file *[]){ f[0], f[3], f[5] }, &j->p);
	if (err == 0)
		err = thread_for(end_main, j, j);
	if (err) {
		files_put(f, nitems(f));
		return err;
	}
	files_put((struct file *[]){ f[0], f[3], f[5] }, 3);
	err = output_start(j, f[2], FRAME_OUT);
	if (err == 0)
		err = output_start(j, f[4], FRAME_ERR);
	else
		file_put(f[4]);
	input_start(j, c, f[1]);
	return err;
}

static int
run_exec(struct monitor_call *c, int argc, char **argv)
{
	struct job *j;
	int err, status;

	if (argc < 2)
		return monitor_usage(c, "exec");
	j = calloc(1, sizeof(*j));
	if (j == NULL)
		return EXIT_OURS;
	j->refs = 1;
	j->c = c;
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->changed, NULL);
	err = job_start(j, c, argv + 1);
	if (err && j->p == NULL) {
		monitor_error(c, "vksup: exec %s: %s\n", argv[1],
		    err == -ENOENT ? "command not found" : strerror(-err));
		status = err == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
	} else {
		status = job_wait(j);
	}
	job_put(j);
	return status;
}

static struct monitor_verb exec_verb = {
	.name = "exec", .usage = "COMMAND [ARG...]", .help = "another program in the run", .run = run_exec,
};

void
monitor_exec_add(const struct options *o)
{
	run_options = o;
	monitor_verb_add(&exec_verb);
}
