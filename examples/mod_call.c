/*
 * mod_call.c - a system call of one's own: number 1000 adds two numbers from
 * the guest's memory and stores the sum behind them.
 *
 *	long sum[3] = { 2, 3 };
 *	syscall(1000, sum);
 *
 * It also shows a watcher: at the end it says how many calls there were.
 */
#include <errno.h>
#include <stdatomic.h>

#include <vksup/module.h>
#include <vksup/watch.h>

#define NR_SUM	1000

static _Atomic unsigned long calls;

static long
call_sum(struct mod_call *c, void *arg)
{
	int64_t v[3];

	(void)arg;
	if (mod_copyin(v, c->raw[0], 2 * sizeof(v[0])) != 0)
		return -EFAULT;
	if (__builtin_add_overflow(v[0], v[1], &v[2]))
		return -EOVERFLOW;
	return mod_copyout(c->raw[0] + 2 * sizeof(v[0]), &v[2], sizeof(v[2]));
}

static void
count_call(struct watcher *w, struct thread *t, const struct abi_row *row)
{
	(void)w;
	(void)t;
	(void)row;
	calls++;
}

static struct watcher watcher = { .call_enter = count_call };

static int
call_init(struct mod *m, const char *args)
{
	int err;

	(void)args;
	err = mod_watch(m, &watcher);
	return err != 0 ? err : mod_add_call(m, NR_SUM, call_sum, NULL);
}

static void
call_fini(struct mod *m)
{
	(void)m;
	mod_log("the module has seen %s", calls > 0 ? "calls" : "nothing");
}

VKSUP_MODULE("sum", call_init, call_fini);
