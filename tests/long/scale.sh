#!/bin/bash
# timeout: 2400
# serial
# Many of everything at once, and no leak in the vkernel afterwards.
set -u
cat > scale.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *meet(void *b) { pthread_barrier_wait(b); return NULL; }

static int processes(int n)
{
	int p[2], i, reaped = 0;
	char c;

	if (pipe(p)) return 1;
	for (i = 0; i < n; i++) {
		pid_t k = fork();
		if (k < 0) { perror("fork"); return 1; }
		if (k == 0) { close(p[1]); _exit((int)read(p[0], &c, 1)); }
	}
	close(p[1]);
	while (wait(NULL) > 0) reaped++;
	printf("%d processes\n", reaped);
	return reaped != n;
}

static int threads(int n)
{
	pthread_t *t = calloc((size_t)n, sizeof *t);
	pthread_barrier_t b;
	pthread_attr_t a;
	int i;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 65536);
	pthread_barrier_init(&b, NULL, (unsigned)n + 1);
	for (i = 0; i < n; i++)
		if (pthread_create(&t[i], &a, meet, &b)) { printf("thread %d failed\n", i); return 1; }
	pthread_barrier_wait(&b);
	for (i = 0; i < n; i++) pthread_join(t[i], NULL);
	printf("%d threads\n", n);
	return 0;
}

static int forks(int n)
{
	int i, st;

	for (i = 0; i < n; i++) {
		pid_t k = fork();
		if (k == 0) _exit(i & 127);
		if (k < 0 || waitpid(k, &st, 0) != k || WEXITSTATUS(st) != (i & 127)) { printf("fork %d failed\n", i); return 1; }
		if (i % 10000 == 9999) printf("%d forked\n", i + 1);	/* progress */
	}
	printf("%d forks\n", n);
	return 0;
}

int main(int argc, char **argv)
{
	char c;
	int i;

	setvbuf(stdout, NULL, _IONBF, 0);
	(void)argc;
	/* Twice: with the stacks that the C library keeps of threads, a process is bigger. */
	for (i = 0; i < 2; i++)
		if (forks(2000) || processes(atoi(argv[1])) || threads(atoi(argv[2]))) return 1;
	puts("warm");			/* tables have grown to what they need */
	if (read(0, &c, 1) != 1) return 1;
	if (forks(atoi(argv[3])) || processes(atoi(argv[1])) || threads(atoi(argv[2]))) return 1;
	puts("done");
	return read(0, &c, 1) != 1;
}
END
cc -O1 -pthread -o scale scale.c || exit 1

# A line from the program, or fail.
expect() {
	local line
	while read -r -t 400 line <&"${P[0]}"; do
		echo "$line"
		[ "$line" = "$1" ] && return
	done
	echo "no '$1'"; exit 1
}
facts() { echo "$(awk '/VmRSS/{print $2}' "/proc/$V/status") $(ls "/proc/$V/fd" | wc -l)"; }

coproc P { exec "$VKSUP" -- ./scale 1000 2000 100000 2>&1; }
V=$P_PID
expect warm; sleep 1; read -r rss0 fds0 <<< "$(facts)"; printf g >&"${P[1]}"
expect done; sleep 1; read -r rss1 fds1 <<< "$(facts)"; printf g >&"${P[1]}"
wait "$V" || exit 1
echo "vkernel: $rss0 -> $rss1 kB, $fds0 -> $fds1 descriptors"
# The table of pids is touched as numbers go up to 32768: 40 bytes each.
[ $((rss1 - rss0)) -lt 4096 ] && [ $((fds1 - fds0)) -lt 8 ] || exit 1

out=$(timeout -s KILL 300 "$VKSUP" -- bash -c 'c="echo through"; for i in $(seq 200); do c="$c | cat"; done; eval "$c"')
[ "$out" = through ] || { echo "200 stages: $out"; exit 1; }
echo "200 stages"
