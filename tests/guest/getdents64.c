/* getdents64: entries, types, buffers too small, seeking back. */
#include "vktest.h"

struct dent {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

static char *list[3000];
static int count;
static int cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}
static void add(const struct dent *e)
{
	char b[300];
	snprintf(b, sizeof b, "%s:%s", e->name, t_dtype(e->type));
	if (count < 3000)
		list[count++] = strdup(b);
}
static int collect(int fd, size_t size)
{
	char buf[8192] __attribute__((aligned(8)));
	long n;
	int calls = 0, bad = 0;
	count = 0;
	while ((n = syscall(SYS_getdents64, fd, buf, size)) > 0) {
		calls++;
		for (long at = 0; at < n;) {
			struct dent *e = (void *)(buf + at);
			if (e->reclen % 8 || e->ino == 0 || at + e->reclen > n ||
			    strlen(e->name) + offsetof(struct dent, name) >= e->reclen)
				bad++;
			add(e);
			at += e->reclen;
		}
	}
	if (n < 0)
		printf("getdents64 = -1 %s\n", t_errname(errno));
	if (bad)
		printf("%d malformed entries\n", bad);
	qsort(list, count, sizeof *list, cmp);
	return calls;
}

int main(void)
{
	char name[64], b[512];
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/sub", 0755));
	t_write_file("d/file", "x");
	MUST(symlink("file", "d/link"));
	MUST(mkfifo("d/fifo", 0600));
	MUST(mknod("d/sock", S_IFSOCK | 0600, 0));
	int fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
	collect(fd, 8192);
	for (int i = 0; i < count; i++)
		printf("%s\n", list[i]);

	SECTION("at the end, and from the start again");
	SHOW(syscall(SYS_getdents64, fd, b, sizeof b));
	SHOW(lseek(fd, 0, SEEK_SET));
	collect(fd, 8192);
	SHOW(count);
	t_write_file("d/late", "x");
	SHOW(lseek(fd, 0, SEEK_SET));
	collect(fd, 8192);
	SHOW(count);

	SECTION("an empty directory has . and ..");
	collect(MUST(open("d/sub", O_RDONLY)), 8192);
	for (int i = 0; i < count; i++)
		printf("%s\n", list[i]);

	SECTION("four hundred entries, small and large buffers, each once");
	MUST(mkdir("many", 0755));
	for (int i = 0; i < 400; i++) {
		snprintf(name, sizeof name, "many/entry%04d", i);
		MUST(close(MUST(open(name, O_CREAT | O_WRONLY, 0600))));
	}
	static const size_t sizes[] = {64, 300, 8192};
	for (size_t s = 0; s < T_COUNT(sizes); s++) {
		fd = MUST(open("many", O_RDONLY));
		int calls = collect(fd, sizes[s]), missing = 0;
		for (int i = 0; i < 400; i++) {
			snprintf(name, sizeof name, "entry%04d:reg", i);
			missing += i + 2 >= count || strcmp(list[i + 2], name) != 0;
		}
		printf("buffer %zu: entries %d missing %d, more than one call %d\n", sizes[s], count, missing, calls > 1);
	}

	SECTION("d_ino is st_ino");
	fd = MUST(open("d", O_RDONLY));
	char buf[2048] __attribute__((aligned(8)));
	long n = MUST(syscall(SYS_getdents64, fd, buf, sizeof buf));
	struct stat st;
	int differ = 0;
	for (long at = 0; at < n;) {
		struct dent *e = (void *)(buf + at);
		if (strcmp(e->name, "..") && (fstatat(fd, e->name, &st, AT_SYMLINK_NOFOLLOW) || st.st_ino != e->ino))
			differ++;
		at += e->reclen;
	}
	SHOW(differ);

	SECTION("errors");
	MUST(lseek(fd, 0, SEEK_SET));
	SHOW(syscall(SYS_getdents64, fd, b, 8));
	SHOW(syscall(SYS_getdents64, fd, b, 0));
	SHOW(syscall(SYS_getdents64, fd, BADP, 1000));
	SHOW(syscall(SYS_getdents64, -1, b, sizeof b));
	SHOW(syscall(SYS_getdents64, MUST(open("d/file", O_RDONLY)), b, sizeof b));
	SHOW(syscall(SYS_getdents64, MUST(open("d", O_PATH)), b, sizeof b));
	SHOW(syscall(SYS_getdents64, MUST(open("d/file", O_RDONLY)), BADP, 8));
	int sub = MUST(open("d/sub", O_RDONLY));
	MUST(rmdir("d/sub"));
	SHOW(syscall(SYS_getdents64, sub, b, sizeof b));
	return 0;
}
