/* getrlimit, setrlimit, prlimit64: values and order of soft and hard, raising, of other processes, inheritance, errors. */
#include "vkproc.h"

static long pl(pid_t p, unsigned res, const void *new, void *old)
{
	return syscall(SYS_prlimit64, p, res, new, old);
}

static const char *v(rlim_t x)
{
	static char b[2][32];
	static int t;
	t ^= 1;
	if (x == RLIM_INFINITY)
		return "unlimited";
	snprintf(b[t], 32, "%lu", (unsigned long)x);
	return b[t];
}

int main(void)
{
	struct rlimit a, o;
	static const char *const names[] = {"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE",
					    "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};
	IN_CHILD("lower and read back") {
		for (unsigned i = 0; i < 16; i++) {
			MUST(pl(0, i, NULL, &o));
			bool sane = o.rlim_cur <= o.rlim_max;
			rlim_t h = o.rlim_max < 900000 ? o.rlim_max : 900000 + i, s = h ? h - 1 : 0;
			a = (struct rlimit){s, h};
			long r = pl(0, i, &a, NULL);
			pl(0, i, NULL, &o);
			struct rlimit g;
			getrlimit(i, &g);
			printf("%s: sane %d, %ld, as set %d, getrlimit agrees %d\n", names[i], sane, r, o.rlim_cur == s && o.rlim_max == h,
			       g.rlim_cur == o.rlim_cur && g.rlim_max == o.rlim_max);
		}
	}
	IN_CHILD("raising") {
		if (geteuid() == 0)
			MUST(syscall(SYS_setresuid, 65534L, 65534L, 65534L));
		a = (struct rlimit){100, 200};
		SHOW(setrlimit(RLIMIT_NOFILE, &a));
		a = (struct rlimit){200, 200};
		SHOW(setrlimit(RLIMIT_NOFILE, &a));
		a = (struct rlimit){200, 201};
		SHOW(setrlimit(RLIMIT_NOFILE, &a));
		a = (struct rlimit){201, 200};
		SHOW(setrlimit(RLIMIT_NOFILE, &a));
		a = (struct rlimit){50, 150};
		SHOW(pl(0, RLIMIT_NOFILE, &a, &o));
		printf("old %s %s\n", v(o.rlim_cur), v(o.rlim_max));
		IN_CHILD("inherited") {
			getrlimit(RLIMIT_NOFILE, &o);
			printf("%s %s\n", v(o.rlim_cur), v(o.rlim_max));
		}
		IN_CHILD("sh")
			execl("/bin/sh", "sh", "-c", "ulimit -n; ulimit -Hn; ulimit -n 60; ulimit -n; ulimit -c 0; ulimit -c", NULL);
	}
	IN_CHILD("another process") {
		struct t_gate g = t_gate(), h = t_gate();
		pid_t p = t_fork();
		if (p == 0) {
			t_gate_pass(&g);
			getrlimit(RLIMIT_FSIZE, &o);
			printf("child has %s %s\n", v(o.rlim_cur), v(o.rlim_max));
			t_gate_open(&h);
			for (;;)
				pause();
		}
		a = (struct rlimit){4096, 8192};
		SHOW(pl(p, RLIMIT_FSIZE, &a, &o));
		t_gate_open(&g);
		t_gate_pass(&h);
		SHOW(pl(p, RLIMIT_FSIZE, NULL, &o));
		printf("%s %s\n", v(o.rlim_cur), v(o.rlim_max));
		kill(p, SIGKILL);
		p_wait("child", p);
		SHOW(pl(p, RLIMIT_FSIZE, NULL, &o));
	}
	SECTION("errors");
	SHOW(pl(0, 16, NULL, &o));
	SHOW(pl(0, -1, NULL, &o));
	SHOW(pl(INT_MAX, 0, NULL, &o));
	SHOW(pl(-1, 0, NULL, &o));
	SHOW(pl(0, 0, BADP, NULL));
	SHOW(pl(0, 0, NULL, BADP));
	SHOW(pl(0, 16, BADP, NULL));
	SHOW(pl(INT_MAX, 16, NULL, NULL));
	SHOW(pl(0, RLIMIT_CORE, NULL, NULL));
	SHOW(syscall(SYS_getrlimit, 16, &o));
	SHOW(syscall(SYS_getrlimit, 0, BADP));
	SHOW(syscall(SYS_setrlimit, 16, &o));
	SHOW(syscall(SYS_setrlimit, 0, BADP));
	SHOW(syscall(SYS_setrlimit, 16, BADP));
	a = (struct rlimit){2, 1};
	SHOW(syscall(SYS_setrlimit, RLIMIT_CORE, &a));
	SHOW(syscall(SYS_setrlimit, 99, &a));
	return 0;
}
