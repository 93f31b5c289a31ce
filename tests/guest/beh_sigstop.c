/* Stopping and continuing: all threads stop, SIGCHLD tells, SIGCONT's handler, stop signals with handlers, what is delivered when. */
#include "vkproc.h"

static volatile int *shared;
static volatile int events;
static siginfo_t log_[16];
static void on_chld(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	if (events < 16)
		log_[events] = *si;
	events++;
}

static struct t_gate said;
static void on_cont(int s)
{
	p_say("child: handler %s", t_signame(s));
	t_gate_open(&said);
}

static void on_tstp(int s)
{
	p_say("child: handler %s", t_signame(s));
}

static void *count(void *arg)
{
	(void)arg;
	for (;;) {
		__atomic_add_fetch(&shared[0], 1, __ATOMIC_RELAXED);
		sched_yield();
	}
	return NULL;
}

static void w(const char *what, pid_t p)
{
	int st = 0;
	pid_t r = waitpid(p, &st, WUNTRACED | WCONTINUED);
	printf("%s: %s\n", what, r == p ? t_status(st) : "?");
}

int main(void)
{
	shared = t_shared(4096);
	said = t_gate();
	p_sigaction(SIGCHLD, on_chld, SA_RESTART);
	IN_CHILD("session") {
		setsid();
		struct t_gate g = t_gate();
		events = 0;
		SECTION("threads stand still");
		pid_t p = t_fork();
		if (p == 0) {
			setpgid(0, 0);
			p_thread(count, NULL);
			p_thread(count, NULL);
			t_gate_open(&g);
			count(NULL);
		}
		t_gate_pass(&g);
		while (shared[0] < 100)
			t_sleep_ms(1);
		kill(p, SIGSTOP);
		w("STOP", p);
		int before = shared[0];
		t_sleep_ms(50);
		CHECK(shared[0] == before);
		CHECK(p_state(p, p) == 'T');
		kill(p, SIGUSR1);
		SHOW(waitpid(p, NULL, WNOHANG));
		kill(p, SIGCONT);
		p_wait("CONT, with a deadly one pending", p);

		SECTION("SIGCHLD's information");
		events = 0;
		p = t_fork();
		if (p == 0) {
			setpgid(0, 0);
			p_handler(SIGCONT, on_cont, 0);
			t_gate_open(&g);
			for (;;)
				pause();
		}
		t_gate_pass(&g);
		kill(p, SIGTSTP);
		w("TSTP", p);
		p_until(&events, 1);
		kill(p, SIGCONT);
		t_gate_pass(&said);
		w("CONT", p);
		p_until(&events, 2);
		kill(p, SIGCONT);
		t_gate_pass(&said);
		printf("a CONT to a running one: %d events\n", events);
		kill(p, SIGTERM);
		w("TERM", p);
		p_until(&events, 3);
		for (int i = 0; i < events && i < 16; i++)
			p_siginfo("SIGCHLD", &log_[i], p);

		SECTION("a stop signal that is caught, blocked or ignored does not stop");
		p = t_fork();
		if (p == 0) {
			setpgid(0, 0);
			p_handler(SIGTSTP, on_tstp, 0);
			signal(SIGTTIN, SIG_IGN);
			p_block(SIGTTOU);
			raise(SIGTSTP);
			raise(SIGTTIN);
			raise(SIGTTOU);
			p_showpending("child: pending");
			/* SIGCONT takes a pending stop away, also when it is ignored. */
			signal(SIGCONT, SIG_IGN);
			raise(SIGCONT);
			p_showpending("child: pending after CONT");
			raise(SIGTTOU);
			t_gate_open(&g);
			p_unblock(SIGTTOU);
			t_gate_pass(&said);
			p_say("child: went on");
			t_exit(5);
		}
		t_gate_pass(&g);
		w("unblocked", p);
		kill(p, SIGCONT);
		w("CONT, ignored, continues", p);
		t_gate_open(&said);
		w("end", p);

		SECTION("stopping oneself");
		p = t_fork();
		if (p == 0) {
			p_say("child: before");
			raise(SIGSTOP);
			t_gate_pass(&said);
			p_say("child: after");
			kill(getpid(), SIGSTOP);
			t_gate_pass(&said);
			p_say("child: after kill");
			t_exit(6);
		}
		w("one", p), kill(p, SIGCONT);
		w("cont", p), t_gate_open(&said);
		w("two", p), kill(p, SIGCONT);
		w("cont", p), t_gate_open(&said);
		w("end", p);
	}
	return 0;
}
