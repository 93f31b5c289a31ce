/* Eight processes append to one file: no line is lost or mixed; and a file made with O_EXCL has one maker. */
#include "vktest.h"

int main(void)
{
	static char b[200000];
	pid_t kids[8];
	for (int k = 0; k < 8; k++) {
		kids[k] = t_fork();
		if (kids[k] == 0) {
			int fd = MUST(open("log", O_WRONLY | O_APPEND | O_CREAT, 0644));
			for (int i = 0; i < 200; i++) {
				char line[64];
				int n = snprintf(line, sizeof line, "%d %03d abcdefghijklmnopqrstuvwxyz\n", k, i);
				if (write(fd, line, n) != n)
					_exit(1);
			}
			_exit(0);
		}
	}
	int st = 0;
	for (int k = 0; k < 8; k++)
		st |= t_waitpid(kids[k]);
	SHOW(st);
	SHOW(t_read_file("log", b, sizeof b));
	int next[8] = {0}, bad = 0, lines = 0;
	for (char *l = strtok(b, "\n"); l; l = strtok(NULL, "\n"), lines++) {
		int k, i;
		char rest[64];
		if (sscanf(l, "%d %d %63s", &k, &i, rest) != 3 || k < 0 || k > 7 || i != next[k]++ ||
		    strcmp(rest, "abcdefghijklmnopqrstuvwxyz"))
			bad++;
	}
	SHOW(lines);
	SHOW(bad);

	SECTION("O_EXCL: one wins, each time");
	int *wins = t_shared(4096);
	for (int k = 0; k < 8; k++) {
		kids[k] = t_fork();
		if (kids[k] == 0) {
			for (int i = 0; i < 50; i++) {
				char name[32];
				snprintf(name, sizeof name, "excl%d", i);
				if (open(name, O_CREAT | O_EXCL | O_WRONLY, 0600) >= 0)
					__atomic_fetch_add(wins, 1, __ATOMIC_SEQ_CST);
			}
			_exit(0);
		}
	}
	for (int k = 0; k < 8; k++)
		t_waitpid(kids[k]);
	SHOW(*wins);

	SECTION("mkdir, symlink, rename: one wins");
	*wins = 0;
	t_write_file("src", "x");
	for (int k = 0; k < 8; k++) {
		kids[k] = t_fork();
		if (kids[k] == 0) {
			if (mkdir("only", 0700) == 0)
				__atomic_fetch_add(wins, 1, __ATOMIC_SEQ_CST);
			if (symlink("src", "lnk") == 0)
				__atomic_fetch_add(wins, 1, __ATOMIC_SEQ_CST);
			if (rename("src", "dst") == 0)
				__atomic_fetch_add(wins, 1, __ATOMIC_SEQ_CST);
			_exit(0);
		}
	}
	for (int k = 0; k < 8; k++)
		t_waitpid(kids[k]);
	CHECK(*wins == 3);
	CHECK(access("src", F_OK) == -1 && access("dst", F_OK) == 0);

	SECTION("processes with one descriptor: offsets do not overlap");
	int fd = MUST(open("shared", O_RDWR | O_CREAT, 0600));
	for (int k = 0; k < 4; k++) {
		kids[k] = t_fork();
		if (kids[k] == 0) {
			for (int i = 0; i < 100; i++)
				write(fd, "0123456789", 10);
			_exit(0);
		}
	}
	for (int k = 0; k < 4; k++)
		t_waitpid(kids[k]);
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(lseek(fd, 0, SEEK_END));
	return 0;
}
