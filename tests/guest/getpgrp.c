/* getpgrp: inherited, changed by setpgid and setsid, the same for all threads. */
#include "vkproc.h"

static void *thread(void *arg)
{
	CHECK(getpgrp() == *(pid_t *)arg);
	return NULL;
}

int main(void)
{
	pid_t mine = getpgrp();
	CHECK(mine == syscall(SYS_getpgrp));
	CHECK(mine == getpgid(0) && mine == getpgid(getpid()));
	IN_CHILD("child") {
		CHECK(getpgrp() == mine);
		MUST(setpgid(0, 0));
		pid_t me = getpid();
		CHECK(getpgrp() == me);
		p_join(p_thread(thread, &me));
		IN_CHILD("its child") {
			CHECK(getpgrp() == getppid());
			MUST(setsid());
			CHECK(getpgrp() == getpid());
		}
	}
	CHECK(getpgrp() == mine);
	return 0;
}
