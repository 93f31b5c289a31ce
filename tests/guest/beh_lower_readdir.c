/*
 * Listing a directory of which some entries were there before and some are new, changed or deleted.
 * (Called with "setup" it only makes the tree, so that a runner can have it in the lower layer.)
 */
#include "vktest.h"

static int setup(void)
{
	char p[64];
	if (access("lower", F_OK) == 0)
		return 0;
	MUST(mkdir("lower", 0755));
	for (int i = 0; i < 300; i++) {
		snprintf(p, sizeof p, "lower/old%03d", i);
		t_write_file(p, "o");
	}
	MUST(mkdir("lower/sub", 0755));
	t_write_file("lower/sub/x", "x");
	return 0;
}
static void count(const char *what)
{
	int total = 0, dup = 0, wrong = 0, kinds[3] = {0, 0, 0};
	static char seen[2][1000];
	memset(seen, 0, sizeof seen);
	DIR *d = opendir("lower");
	for (struct dirent *e; (e = readdir(d)); total++) {
		int n;
		struct stat st;
		if (sscanf(e->d_name, "old%d", &n) == 1)
			dup += seen[0][n]++ > 0;
		else if (sscanf(e->d_name, "new%d", &n) == 1)
			dup += seen[1][n]++ > 0;
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			wrong++;
		else if (strcmp(e->d_name, "..") && (st.st_ino != e->d_ino || IFTODT(st.st_mode) != e->d_type))
			wrong++;
		kinds[e->d_type == DT_REG ? 0 : e->d_type == DT_DIR ? 1 : 2]++;
	}
	closedir(d);
	printf("%s: %d entries, twice %d, wrong inode or type %d, files %d dirs %d others %d\n", what, total, dup, wrong, kinds[0],
	       kinds[1], kinds[2]);
}

int main(int argc, char **argv)
{
	char p[64], q[64];
	setup();
	if (argc > 1 && !strcmp(argv[1], "setup"))
		return 0;
	count("as it was");
	for (int i = 0; i < 200; i++) {
		snprintf(p, sizeof p, "lower/new%03d", i);
		t_write_file(p, "n");
	}
	count("two hundred new");
	for (int i = 0; i < 300; i += 3) {
		snprintf(p, sizeof p, "lower/old%03d", i);
		MUST(unlink(p));
	}
	count("a hundred old ones deleted");
	for (int i = 1; i < 300; i += 3) {
		snprintf(p, sizeof p, "lower/old%03d", i);
		t_write_file(p, "changed");
	}
	count("a hundred changed");
	for (int i = 0; i < 300; i += 6) {
		snprintf(p, sizeof p, "lower/old%03d", i);
		MUST(mkdir(p, 0755));
	}
	count("fifty of the deleted are directories now");
	for (int i = 2; i < 300; i += 3) {
		snprintf(p, sizeof p, "lower/old%03d", i);
		snprintf(q, sizeof q, "lower/new%03d", 500 + i);
		MUST(rename(p, q));
	}
	count("a hundred renamed");
	t_stat("lower");
	MUST(symlink("x", "lower/sym"));
	MUST(mkfifo("lower/pipe", 0600));
	count("a link and a fifo");

	SECTION("changes while an open directory is read");
	DIR *d = opendir("lower");
	for (int i = 0; i < 10; i++)
		readdir(d);
	for (int i = 0; i < 200; i++) {
		snprintf(p, sizeof p, "lower/new%03d", i);
		MUST(unlink(p));
	}
	int left = 0, ghosts = 0, others = 0;
	static char seen[1000];
	for (struct dirent *e; (e = readdir(d));) {
		int n;
		if (sscanf(e->d_name, "old%d", &n) == 1)
			left++, others += seen[n]++ > 0;
		else if (sscanf(e->d_name, "new%d", &n) == 1 && n < 200)
			ghosts++;
	}
	CHECK(left <= 150 && left >= 140);
	SHOW(others);
	rewinddir(d);
	ghosts = 0;
	for (struct dirent *e; (e = readdir(d));) {
		int n;
		ghosts += sscanf(e->d_name, "new%d", &n) == 1 && n < 200;
	}
	SHOW(ghosts);
	closedir(d);
	count("at the end");
	SHOW(system("ls lower | sort | sha1sum"));
	return 0;
}
