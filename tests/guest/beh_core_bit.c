/* The core-dump bit of the wait status: none without permission to dump, by limit (as the host has it), and for signals that never dump. */
#include "vkproc.h"

int main(void)
{
	static const int sigs[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGXCPU, SIGXFSZ, SIGTERM, SIGKILL};
	for (int lim = 0; lim < 2; lim++)
		for (size_t i = 0; i < T_COUNT(sigs); i++) {
			pid_t p = t_fork();
			if (p == 0) {
				p_no_core();
				if (lim)
					prctl(PR_SET_DUMPABLE, 0);
				raise(sigs[i]);
				t_exit(0);
			}
			int st = t_waitpid(p);
			printf("%s, %s: %s, core %d\n", lim ? "not dumpable" : "limit 0", t_signame(sigs[i]), t_status(st), !!WCOREDUMP(st));
		}
	return 0;
}
