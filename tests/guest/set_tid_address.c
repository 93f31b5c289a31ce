/* set_tid_address: the id back; the word is cleared and woken at the end of who shares memory; any address goes. */
#include "vkproc.h"
#include <linux/futex.h>
#include <sched.h>

static int word;
static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	(void)arg;
	word = 77;
	if (syscall(SYS_set_tid_address, &word) != syscall(SYS_gettid))
		return 1;
	return 4;
}

static int bad(void *arg)
{
	syscall(SYS_set_tid_address, arg);
	return 5;
}

int main(void)
{
	int st, left;
	CHECK(syscall(SYS_set_tid_address, &left) == p_gettid());
	CHECK(syscall(SYS_set_tid_address, NULL) == p_gettid());
	CHECK(syscall(SYS_set_tid_address, BADP) == p_gettid());
	CHECK(syscall(SYS_set_tid_address, -1L) == p_gettid());
	CHECK(syscall(SYS_set_tid_address, &left) == p_gettid());
	word = 77;
	fflush(stdout);
	pid_t p = MUST(clone(child, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL));
	/* Cleared before it can be waited for, and with a wake. */
	while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 77)
		syscall(SYS_futex, &word, FUTEX_WAIT, 77, NULL, NULL, 0);
	SHOW(word);
	MUST(waitpid(p, &st, 0));
	printf("%s\n", t_status(st));
	p = MUST(clone(bad, stack + sizeof stack, CLONE_VM | SIGCHLD, BADP));
	MUST(waitpid(p, &st, 0));
	printf("%s\n", t_status(st));
	p = MUST(clone(bad, stack + sizeof stack, CLONE_VM | SIGCHLD, t_readonly("\7\0\0", 4)));
	MUST(waitpid(p, &st, 0));
	printf("%s\n", t_status(st));
	/* Nobody to tell when the memory is its own. */
	int *shared = t_shared(sizeof *shared);
	*shared = 66;
	IN_CHILD("own memory")
		syscall(SYS_set_tid_address, shared);
	SHOW(*shared);
	return 0;
}
