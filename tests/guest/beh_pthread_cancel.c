// build: musl-static
/* pthread_cancel: deferred and asynchronous, at blocking calls, cleanup handlers, disabled, of a thread that is gone. */
#include "vkproc.h"

static struct t_gate ready, asked;
static int pfd[2];
static volatile int spinning;

static void cleanup(void *arg)
{
	p_say("cleanup %s", (char *)arg);
}

static void *in_read(void *arg)
{
	char c;
	pthread_cleanup_push(cleanup, arg);
	pthread_cleanup_push(cleanup, "inner");
	t_gate_open(&ready);
	read(pfd[0], &c, 1) == 1 ? abort() : (void)0;
	p_say("not reached");
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *in_sleep(void *arg)
{
	pthread_cleanup_push(cleanup, arg);
	t_gate_open(&ready);
	sleep(30);
	pthread_cleanup_pop(0);
	return NULL;
}

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static void unlock(void *arg)
{
	p_say("cleanup: mutex held: %s", pthread_mutex_trylock(arg) == EBUSY ? "yes" : "no");
	pthread_mutex_unlock(arg);
}
static void *in_cond(void *arg)
{
	pthread_mutex_lock(&m);
	pthread_cleanup_push(unlock, &m);
	t_gate_open(&ready);
	for (;;)
		pthread_cond_wait(&c, &m);
	pthread_cleanup_pop(0);
	return arg;
}

static void *async(void *arg)
{
	int old;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	t_gate_open(&ready);
	for (;;)
		spinning++;
	return arg;
}

static void *disabled(void *arg)
{
	int old;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	t_gate_open(&ready);
	t_gate_pass(&asked);
	t_gate_open(&asked);
	p_say("disabled: goes on");
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	pthread_testcancel();
	p_say("not reached");
	return arg;
}

static void *self_cancel(void *arg)
{
	pthread_cancel(pthread_self());
	spinning = -1;
	pthread_testcancel();
	spinning = -2;
	return arg;
}

static void *quick(void *arg)
{
	return arg;
}

static void try(const char *what, void *(*fn)(void *), bool cancel)
{
	pthread_t t = p_thread(fn, (void *)what);
	int e = 0;
	if (cancel) {
		t_gate_pass(&ready);
		t_sleep_ms(5);
		e = pthread_cancel(t);
		t_gate_open(&asked);
	}
	void *r = p_join(t);
	char ch;
	if (cancel && read(asked.fd[0], &ch, 1) < 0)
		e = -1;
	printf("%s: %s, pthread_cancel %d\n", what, r == PTHREAD_CANCELED ? "cancelled" : "returned", e);
}

int main(void)
{
	ready = t_gate();
	asked = t_gate();
	MUST(pipe(pfd));
	try("read", in_read, true);
	try("sleep", in_sleep, true);
	try("condition", in_cond, true);
	try("asynchronous", async, true);
	try("disabled", disabled, true);
	try("itself", self_cancel, false);
	SHOW(spinning);
	try("not at all", quick, false);
	/* The handler of SIGCANCEL does not disturb others: signals of the program still come. */
	for (int i = 0; i < 30; i++) {
		pthread_t t = p_thread(in_sleep, NULL);
		(void)t;
		t_gate_pass(&ready);
		if (i < 29) {
			pthread_cancel(t);
			p_join(t);
		} else
			pthread_detach(t);
	}
	return 5;
}
