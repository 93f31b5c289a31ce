/* /proc/self/smaps and smaps_rollup, statm against maps, wchan and other small files: form only. */
#include "vktest.h"

static char b[1 << 21];

int main(void)
{
	char *m = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST((long)m);
	memset(m, 1, 1 << 19);
	SECTION("smaps has our mapping with Size and Rss");
	ssize_t n = t_read_file("/proc/self/smaps", b, sizeof b);
	CHECK(n > 0);
	int headers = 0, sizes = 0, rss = 0, found = 0;
	char *next;
	for (char *l = b; *l; l = next) {
		unsigned long a, e, kb;
		next = strchr(l, '\n') ? strchr(l, '\n') + 1 : l + strlen(l);
		if (sscanf(l, "%lx-%lx ", &a, &e) == 2 && strchr("0123456789abcdef", l[0])) {
			headers++;
			found = a <= (unsigned long)m && (unsigned long)m < e;
		}
		if (sscanf(l, "Size: %lu kB", &kb) == 1) {
			sizes++;
			if (found)
				CHECK(kb >= 1024);
		}
		if (sscanf(l, "Rss: %lu kB", &kb) == 1) {
			rss++;
			if (found)
				CHECK(kb >= 512);
		}
	}
	CHECK(headers > 10 && sizes == headers && rss == headers);

	SECTION("the sum of maps is statm's size");
	long pages = 0;
	t_read_file("/proc/self/maps", b, sizeof b);
	for (char *l = strtok(b, "\n"); l; l = strtok(NULL, "\n")) {
		unsigned long a, e;
		if (sscanf(l, "%lx-%lx", &a, &e) == 2 && !strstr(l, "[vsyscall]"))
			pages += (e - a) / T_PAGE;
	}
	long size = 0;
	t_read_file("/proc/self/statm", b, sizeof b);
	SHOW(sscanf(b, "%ld", &size));
	CHECK(size >= pages - 64 && size <= pages + 64);

	SECTION("written once more, the number of lines stays");
	int lines[2] = {0, 0};
	for (int k = 0; k < 2; k++) {
		t_read_file("/proc/self/maps", b, sizeof b);
		for (char *c = b; *c; c++)
			lines[k] += *c == '\n';
	}
	CHECK(lines[0] == lines[1]);
	return 0;
}
