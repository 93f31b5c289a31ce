/* Reading a directory while it changes: what was there all the time comes exactly once; telldir and seekdir. */
#include "vktest.h"

int main(void)
{
	char name[64];
	static int seen[600];
	MUST(mkdir("d", 0755));
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "d/keep_and_make_it_longer_%03d", i);
		t_write_file(name, "");
	}

	SECTION("files are removed and made during the walk");
	DIR *d = opendir("d");
	int n = 0, made = 0;
	for (struct dirent *e; (e = readdir(d));) {
		int i;
		if (sscanf(e->d_name, "keep_and_make_it_longer_%d", &i) != 1)
			continue;
		seen[i]++;
		if (++n % 50 == 0) {
			snprintf(name, sizeof name, "d/new%d", made++);
			t_write_file(name, "");
		}
		if (i % 2) { /* remove what was just returned */
			snprintf(name, sizeof name, "d/%s", e->d_name);
			MUST(unlink(name));
		}
	}
	int never = 0, twice = 0;
	for (int i = 0; i < 500; i++)
		never += seen[i] == 0, twice += seen[i] > 1;
	SHOW(never);
	SHOW(twice);
	rewinddir(d);
	n = 0;
	while (readdir(d))
		n++;
	SHOW(n);

	SECTION("telldir and seekdir come back to the same entry");
	rewinddir(d);
	for (int i = 0; i < 100; i++)
		readdir(d);
	long at = telldir(d);
	char want[256];
	snprintf(want, sizeof want, "%s", readdir(d)->d_name);
	for (int i = 0; i < 50; i++)
		readdir(d);
	seekdir(d, at);
	CHECK(strcmp(readdir(d)->d_name, want) == 0);
	closedir(d);

	SECTION("rm -r while reading leaves nothing");
	d = opendir("d");
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	t_ls("d");
	SHOW(rmdir("d"));

	SECTION("a directory of the system, twice the same set");
	unsigned long sum[2] = {0, 0}, cnt[2] = {0, 0};
	for (int k = 0; k < 2; k++) {
		d = opendir("/usr/include");
		for (struct dirent *e; (e = readdir(d)); cnt[k]++)
			for (char *c = e->d_name; *c; c++)
				sum[k] += *c * (c - e->d_name + 1);
		closedir(d);
	}
	CHECK(sum[0] == sum[1] && cnt[0] == cnt[1]);
	printf("entries %lu\n", cnt[0]);
	return 0;
}
