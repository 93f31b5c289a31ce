/* Robust lists: owner death in a thread, a process, by kill and by exec; get_robust_list; errors. */
#include "vkproc.h"
#include <linux/futex.h>

static pthread_mutex_t *m;

static void fresh(void)
{
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &a);
}

static void after(const char *what)
{
	int e = pthread_mutex_lock(m);
	printf("%s: %s\n", what, e ? t_errname(e) : "0");
	if (e == EOWNERDEAD)
		SHOW_E(pthread_mutex_consistent(m));
	SHOW_E(pthread_mutex_unlock(m));
}

static void *dies(void *arg)
{
	pthread_mutex_lock(m);
	return arg;
}

static void *waits(void *arg)
{
	int e = pthread_mutex_lock(m);
	p_say("waiter: %s", e ? t_errname(e) : "0");
	pthread_mutex_consistent(m);
	pthread_mutex_unlock(m);
	return arg;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 0;
	m = t_shared(sizeof *m);
	fresh();
	p_join(p_thread(dies, NULL));
	after("thread ended");
	IN_CHILD("exit")
		pthread_mutex_lock(m);
	after("process exited");
	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		pthread_mutex_lock(m);
		t_gate_open(&g);
		for (;;)
			pause();
	}
	t_gate_pass(&g);
	SHOW_E(pthread_mutex_trylock(m));
	kill(p, SIGKILL);
	p_wait("killed", p);
	after("process killed");
	IN_CHILD("exec") {
		pthread_mutex_lock(m);
		execl(p_self(), "x", "y", NULL);
	}
	after("process exec'd");
	/* A waiter is woken by the death. */
	p = t_fork();
	if (p == 0) {
		pthread_mutex_lock(m);
		t_gate_open(&g);
		t_sleep_ms(50);
		kill(getpid(), SIGKILL);
	}
	t_gate_pass(&g);
	p_join(p_thread(waits, NULL));
	p_wait("owner", p);
	/* Not made consistent: never again. */
	IN_CHILD("child")
		pthread_mutex_lock(m);
	SHOW_E(pthread_mutex_lock(m));
	SHOW_E(pthread_mutex_unlock(m));
	SHOW_E(pthread_mutex_lock(m));

	SECTION("the calls");
	struct robust_list_head *h = NULL;
	size_t len = 0;
	SHOW(syscall(SYS_get_robust_list, 0, &h, &len));
	CHECK(h != NULL);
	SHOW(len);
	struct robust_list_head mine = {{&mine.list}, 0, NULL};
	SHOW(syscall(SYS_set_robust_list, &mine, 23));
	SHOW(syscall(SYS_set_robust_list, &mine, 0));
	SHOW(syscall(SYS_get_robust_list, 0, BADP, &len));
	SHOW(syscall(SYS_get_robust_list, 0, &h, BADP));
	SHOW(syscall(SYS_get_robust_list, INT_MAX, &h, &len));
	IN_CHILD("own list, by hand") {
		/* A list of one: the word of the caller, which the kernel marks at its end. */
		static int *word;
		struct node {
			struct robust_list l;
			int word;
		} *n = t_shared(sizeof *n);
		word = &n->word;
		IN_CHILD("owner") {
			struct robust_list_head hd = {{&n->l}, offsetof(struct node, word), NULL};
			n->l.next = &hd.list;
			*word = p_gettid();
			SHOW(syscall(SYS_set_robust_list, &hd, sizeof hd));
		}
		SHOW_X((unsigned)*word);
	}
	IN_CHILD("a list that leads nowhere") {
		struct robust_list_head hd = {{BADP}, 0, BADP};
		SHOW(syscall(SYS_set_robust_list, &hd, sizeof hd));
	}
	IN_CHILD("a list that never ends") {
		struct robust_list l = {&l};
		struct robust_list_head hd = {{&l}, 0, NULL};
		SHOW(syscall(SYS_set_robust_list, &hd, sizeof hd));
	}
	return 0;
}
