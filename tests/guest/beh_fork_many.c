/* Many processes: 100 alive at once, 400 in turn, a chain 30 deep, a tree, a long pipeline; nothing lost. */
#include "vkproc.h"

static int chain(int n)
{
	if (n == 0)
		return 1;
	pid_t p = t_fork();
	if (p == 0)
		t_exit(chain(n - 1));
	return WEXITSTATUS(t_waitpid(p)) + 1;
}

static int tree(int depth)
{
	int n = 1;
	pid_t p[3];
	if (depth == 0)
		return n;
	for (int i = 0; i < 3; i++)
		if ((p[i] = t_fork()) == 0)
			t_exit(tree(depth - 1));
	for (int i = 0; i < 3; i++)
		n += WEXITSTATUS(t_waitpid(p[i]));
	return n;
}

int main(void)
{
	enum { N = 100 };
	static pid_t p[N];
	int *count = t_shared(4096);
	struct t_gate go = t_gate();
	for (int i = 0; i < N; i++)
		if ((p[i] = t_fork()) == 0) {
			char c;
			__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
			close(go.fd[1]);
			/* All are let go at once by the end of the pipe. */
			t_exit(read(go.fd[0], &c, 1) == 0 ? i : 255);
		}
	p_until(count, N);
	SHOW(*count);
	int same = 0;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < i; j++)
			same += p[i] == p[j];
	SHOW(same);
	close(go.fd[1]);
	long sum = 0;
	int n = 0, st;
	pid_t r;
	while ((r = wait(&st)) > 0) {
		n++;
		for (int i = 0; i < N; i++)
			if (p[i] == r)
				sum += WEXITSTATUS(st) == i;
	}
	printf("%d waited for, %ld right\n", n, sum);
	sum = 0;
	for (int i = 0; i < 400; i++) {
		pid_t q = t_fork();
		if (q == 0)
			_exit(i & 127);
		sum += WEXITSTATUS(t_waitpid(q)) == (i & 127);
	}
	SHOW(sum);
	printf("chain %d\n", chain(30));
	printf("tree %d\n", tree(3));
	/* A pipeline of 40: each adds one. */
	int in, fd[2];
	MUST(pipe(fd));
	in = fd[0];
	int first = fd[1];
	for (int i = 0; i < 40; i++) {
		MUST(pipe(fd));
		if ((p[i] = t_fork()) == 0) {
			int v;
			close(fd[0]), close(first);
			while (read(in, &v, sizeof v) == sizeof v) {
				v++;
				if (write(fd[1], &v, sizeof v) != sizeof v)
					t_exit(1);
			}
			t_exit(0);
		}
		close(in), close(fd[1]);
		in = fd[0];
	}
	for (int i = 0; i < 20; i++)
		MUST(write(first, &i, sizeof i));
	close(first);
	int v, bad = 0;
	n = 0;
	while (read(in, &v, sizeof v) == sizeof v)
		bad += v != n++ + 40;
	printf("pipeline: %d came, %d wrong\n", n, bad);
	for (int i = 0; i < 40; i++)
		bad += t_waitpid(p[i]);
	SHOW(bad);
	return 0;
}
