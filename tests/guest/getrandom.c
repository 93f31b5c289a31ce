/* getrandom: sizes, flags, different bytes, errors; /dev/urandom and /dev/random the same way; AT_RANDOM differs between processes. */
#include "vkproc.h"
#include <sys/random.h>

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		return write(1, (void *)getauxval(AT_RANDOM), 16) != 16;
	}
	static unsigned char a[70000], b[70000];
	SHOW(getrandom(a, 16, 0));
	SHOW(getrandom(b, 16, 0));
	CHECK(memcmp(a, b, 16) != 0);
	SHOW(getrandom(a, 0, 0));
	SHOW(getrandom(a, 256, GRND_NONBLOCK));
	SHOW(getrandom(a, 256, GRND_RANDOM));
	SHOW(getrandom(a, 256, GRND_INSECURE));
	SHOW(getrandom(a, sizeof a, 0));
	int seen[256] = {0}, all = 0;
	for (size_t i = 0; i < sizeof a; i++)
		seen[a[i]]++;
	for (int i = 0; i < 256; i++)
		all += seen[i] > 150 && seen[i] < 450;
	SHOW(all);
	static const char *const dev[] = {"/dev/urandom", "/dev/random"};
	for (int i = 0; i < 2; i++) {
		int fd = MUST(open(dev[i], O_RDONLY));
		SHOW(read(fd, a, 64));
		SHOW(read(fd, b, 64));
		CHECK(memcmp(a, b, 64) != 0);
		close(fd);
	}
	/* Parent and child do not draw the same. */
	unsigned char *s = t_shared(4096);
	IN_CHILD("child")
		SHOW(getrandom(s, 16, 0));
	getrandom(a, 16, 0);
	CHECK(memcmp(a, s, 16) != 0);
	int p[2];
	MUST(pipe(p));
	for (int i = 0; i < 2; i++) {
		pid_t k = t_fork();
		if (k == 0) {
			dup2(p[1], 1);
			execl(p_self(), "x", "y", NULL);
			_exit(1);
		}
		t_waitpid(k);
	}
	SHOW(read(p[0], a, 32));
	CHECK(memcmp(a, a + 16, 16) != 0);
	SECTION("errors");
	SHOW(getrandom(a, 16, 8));
	SHOW(getrandom(a, 16, GRND_INSECURE | GRND_RANDOM));
	SHOW(getrandom(BADP, 16, 0));
	SHOW(getrandom(BADP, 16, 8));
	SHOW(getrandom(BADP, 0, 0));
	SHOW(getrandom(t_edge(8), 16, 0));
	SHOW(getrandom((void *)t_readonly(NULL, 16), 16, 0));
	return 0;
}
