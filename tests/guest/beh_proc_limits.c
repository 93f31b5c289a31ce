/* /proc/self/limits, mounts, mountinfo, task, auxv, oom_score_adj; the read rules of /proc files. */
#include "vktest.h"
#include <elf.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/resource.h>

static void *thread(void *arg)
{
	t_gate_pass(arg);
	return NULL;
}

int main(void)
{
	static char b[65536], c[65536];
	SECTION("limits");
	struct rlimit rl = {123, 456};
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
	MUST(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
	t_read_file("/proc/self/limits", b, sizeof b);
	int lines = 0;
	for (char *l = b; *l; l++)
		lines += *l == '\n';
	SHOW(lines);
	char *l = strstr(b, "Max open files");
	if (!l)
		return 1;
	printf("%.*s\n", (int)strcspn(l, "\n"), l);
	l = strstr(b, "Max core file size");
	if (!l)
		return 1;
	printf("%.*s\n", (int)strcspn(l, "\n"), l);
	printf("%.*s\n", (int)strcspn(b, "\n"), b);

	SECTION("mountinfo: eleven fields or more, / and /proc are there");
	FILE *f = fopen("/proc/self/mountinfo", "r");
	int bad = 0, root = 0, proc = 0;
	while (f && fgets(b, sizeof b, f)) {
		int id, parent;
		unsigned maj, min;
		char mroot[4096], point[4096], type[64];
		char *sep = strstr(b, " - ");
		if (sscanf(b, "%d %d %u:%u %4095s %4095s", &id, &parent, &maj, &min, mroot, point) != 6 || !sep ||
		    sscanf(sep + 3, "%63s", type) != 1)
			bad++;
		else {
			root |= !strcmp(point, "/");
			proc |= !strcmp(point, "/proc") && !strcmp(type, "proc");
		}
	}
	SHOW(bad);
	SHOW(root);
	SHOW(proc);
	f = fopen("/proc/mounts", "r");
	bad = 0, proc = 0;
	while (f && fgets(b, sizeof b, f)) {
		char dev[1024], point[1024], type[1024], opt[4096];
		int freq, pass;
		if (sscanf(b, "%1023s %1023s %1023s %4095s %d %d", dev, point, type, opt, &freq, &pass) != 6)
			bad++;
		else
			proc |= !strcmp(point, "/proc") && !strcmp(type, "proc");
	}
	SHOW(bad);
	SHOW(proc);

	SECTION("auxv");
	ssize_t n = t_read_file("/proc/self/auxv", b, sizeof b);
	CHECK(n > 0 && n % sizeof(Elf64_auxv_t) == 0);
	if (n <= 0)
		return 1;
	Elf64_auxv_t *a = (void *)b;
	bool same = true;
	for (; a->a_type != AT_NULL; a++)
		if (a->a_type == AT_PHDR || a->a_type == AT_ENTRY || a->a_type == AT_PAGESZ || a->a_type == AT_RANDOM)
			same = same && a->a_un.a_val == getauxval(a->a_type);
	CHECK(same);
	CHECK((char *)(a + 1) <= b + n);

	SECTION("task");
	struct t_gate g = t_gate();
	pthread_t t;
	pthread_create(&t, NULL, thread, &g);
	DIR *d = opendir("/proc/self/task");
	int threads = 0, me = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			threads++, me += atoi(e->d_name) == gettid();
	SHOW(threads);
	SHOW(me);
	struct stat st;
	MUST(stat("/proc/self/task", &st));
	SHOW(st.st_nlink);
	t_gate_open(&g);
	pthread_join(t, NULL);
	snprintf(b, sizeof b, "/proc/self/task/%d/comm", gettid());
	CHECK(t_read_file(b, c, sizeof c) > 0);

	SECTION("oom_score_adj");
	t_read_file("/proc/self/oom_score_adj", b, sizeof b);
	int fd = MUST(open("/proc/self/oom_score_adj", O_RDWR));
	SHOW(write(fd, "500\n", 4));
	t_cat("/proc/self/oom_score_adj");
	SHOW(write(fd, "1001", 4));
	SHOW(write(fd, "abc", 3));

	SECTION("reading: pieces, seeking, pread, size 0");
	fd = MUST(open("/proc/self/limits", O_RDONLY));
	n = read(fd, b, sizeof b);
	MUST(lseek(fd, 0, SEEK_SET));
	ssize_t total = 0, r;
	while ((r = read(fd, c + total, 7)) > 0)
		total += r;
	CHECK(total == n && memcmp(b, c, n) == 0);
	CHECK(pread(fd, c, 10, 5) == 10 && memcmp(c, b + 5, 10) == 0);
	MUST(fstat(fd, &st));
	SHOW(st.st_size);
	SHOW(write(fd, "x", 1));
	SHOW(read(fd, BADP, 10));
	SHOW(lseek(fd, -1, SEEK_SET));
	return 0;
}
