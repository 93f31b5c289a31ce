/* The rest of /proc/self/maps: heap, stack, vdso, program and libraries where they are; smaps and statm do not contradict. */
#include "vkproc.h"

static int global;

static const char *find(unsigned long addr, char *prot)
{
	static char b[1 << 18], name[400];
	MUST(t_read_file("/proc/self/maps", b, sizeof b));
	for (char *line = strtok(b, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned long s, e;
		name[0] = 0;
		sscanf(line, "%lx-%lx %7s %*s %*s %*s %399[^\n]", &s, &e, prot, name);
		if (addr >= s && addr < e)
			return name[0] ? strrchr(name, '/') ? "a file" : name : "anonymous";
	}
	prot[0] = 0;
	return "not mapped";
}

static void show(const char *what, const void *p)
{
	char prot[8] = "";
	const char *n = find((unsigned long)p, prot);
	printf("%s: %s %s\n", what, n, prot);
}

static void *thread(void *arg)
{
	int local;
	show("a thread's stack", &local);
	return arg;
}

int main(int argc, char **argv)
{
	(void)argc;
	int local;
	show("main", main);
	show("global", &global);
	show("constant", "text");
	show("local", &local);
	show("argv", argv[0]);
	show("environment", environ);
	show("malloc", malloc(10));
	show("brk's last byte", (char *)sbrk(0) - 1);
	show("malloc of 1 MiB", malloc(1 << 20));
	show("printf", printf);
	show("vdso", (void *)getauxval(AT_SYSINFO_EHDR));
	show("NULL", NULL);
	p_join(p_thread(thread, NULL));
	/* The break is the end of the heap. */
	char b[4096];
	t_read_file("/proc/self/statm", b, sizeof b);
	long size, res, share, text, lib, data;
	SHOW(sscanf(b, "%ld %ld %ld %ld %ld %ld", &size, &res, &share, &text, &lib, &data));
	CHECK(size > 100 && res > 10 && res <= size && text >= 1 && lib == 0 && data > 1);
	char *p = mmap(NULL, 1 << 24, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	t_read_file("/proc/self/statm", b, sizeof b);
	long size2, res2;
	sscanf(b, "%ld %ld", &size2, &res2);
	CHECK(size2 - size >= 4096 && size2 - size < 4200);
	memset(p, 1, 1 << 24);
	t_read_file("/proc/self/statm", b, sizeof b);
	sscanf(b, "%ld %ld", &size2, &res2);
	CHECK(res2 - res >= 4000);
	return 0;
}
