/* Permission bits as an ordinary user meets them: EACCES from files, directories, and each step of a path. */
#include "vktest.h"

static int body(void)
{
	SHOW(mkdir("mine", 0755));
	MUST(chdir("mine"));
	int here = MUST(open(".", O_RDONLY));
	for (int m = 0; m < 8; m++) {
		char name[8];
		snprintf(name, sizeof name, "f%d00", m);
		close(MUST(open(name, O_WRONLY | O_CREAT, 0600)));
		MUST(chmod(name, m << 6));
		SHOW_AS(open(name, O_RDONLY) >= 0 ? 0 : -1, "open(%s, O_RDONLY)", name);
		SHOW_AS(open(name, O_WRONLY) >= 0 ? 0 : -1, "open(%s, O_WRONLY)", name);
		SHOW_AS(open(name, O_RDWR) >= 0 ? 0 : -1, "open(%s, O_RDWR)", name);
		SHOW_AS(open(name, O_ACCMODE) >= 0 ? 0 : -1, "open(%s, 3)", name);
		SHOW_AS(open(name, O_PATH) >= 0 ? 0 : -1, "open(%s, O_PATH)", name);
		SHOW_AS(open(name, O_RDONLY | O_TRUNC) >= 0 ? 0 : -1, "open(%s, O_TRUNC)", name);
		SHOW_AS(access(name, X_OK), "access(%s, X_OK)", name);
	}
	for (int m = 0; m < 8; m++) {
		char d[8], p[32];
		snprintf(d, sizeof d, "d%d00", m);
		MUST(mkdir(d, 0700));
		snprintf(p, sizeof p, "%s/old", d);
		t_write_file(p, "old");
		MUST(chmod(d, m << 6));
		SHOW_AS(open(p, O_RDONLY) >= 0 ? 0 : -1, "open(%s)", p);
		SHOW_AS(open(d, O_RDONLY) >= 0 ? 0 : -1, "open(%s)", d);
		snprintf(p, sizeof p, "%s/missing", d);
		SHOW_AS(open(p, O_RDONLY) >= 0 ? 0 : -1, "open(%s)", p);
		SHOW_AS(open(p, O_RDWR | O_CREAT, 0600) >= 0 ? 0 : -1, "open(%s, O_CREAT)", p);
		SHOW_AS(unlink(p), "unlink(%s)", p);
		snprintf(p, sizeof p, "%s/sub", d);
		SHOW_AS(mkdir(p, 0700), "mkdir(%s)", p);
		if (SHOW_AS(chdir(d), "chdir(%s)", d) == 0)
			MUST(fchdir(here));
		MUST(chmod(d, 0700));
	}
	return 0;
}

int main(void)
{
	MUST(chmod(".", 0777));
	t_unprivileged("body", body);
	return 0;
}
