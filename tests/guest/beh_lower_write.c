/*
 * Changing files that were there before: what a copy-up must not show. Descriptors, mappings and other names that were
 * there before the first write see it; mode, times, xattrs and inode number stay.
 * (Called with "setup" it only makes the tree, so that a runner can have it in the lower layer.)
 */
#include "vktest.h"
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/xattr.h>

static int setup(void)
{
	static char big[200000];
	if (access("lower", F_OK) == 0)
		return 0;
	MUST(mkdir("lower", 0755));
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
	for (size_t i = 0; i < T_COUNT(names); i++) {
		char p[32];
		snprintf(p, sizeof p, "lower/%s", names[i]);
		t_write_file(p, "0123456789");
		MUST(chmod(p, 0640));
		MUST(setxattr(p, "user.mark", "kept", 4, 0));
		struct timespec t[2] = {{1000000000, 1}, {1000000000, 2}};
		MUST(utimensat(AT_FDCWD, p, t, 0));
	}
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = i * 7 % 251;
	t_write_bytes("lower/big", big, sizeof big);
	MUST(link("lower/h", "lower/h2"));
	MUST(symlink("i", "lower/link"));
	return 0;
}
static void attrs(const char *p)
{
	struct stat st;
	char b[16];
	MUST(stat(p, &st));
	ssize_t n = getxattr(p, "user.mark", b, sizeof b);
	printf("   %s: %s nlink %lu size %ld mtime %s xattr %zd\n", p, t_mode(st.st_mode), (unsigned long)st.st_nlink,
	       (long)st.st_size, st.st_mtim.tv_sec == 1000000000 && st.st_mtim.tv_nsec == 2 ? "old" : "new", n);
}

int main(int argc, char **argv)
{
	char b[64];
	struct stat st, st2;
	setup();
	if (argc > 1 && !strcmp(argv[1], "setup"))
		return 0;

	SECTION("a reader, a mapping and the inode number from before the write");
	int r = MUST(open("lower/a", O_RDONLY));
	MUST(fstat(r, &st));
	char *sh = mmap(NULL, 4096, PROT_READ, MAP_SHARED, r, 0), *pr = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, r, 0);
	t_quote("shared", sh, 10);
	int w = MUST(open("lower/a", O_WRONLY));
	SHOW(pwrite(w, "AB", 2, 4));
	SHOW(pread(r, b, 10, 0));
	t_quote("reader", b, 10);
	t_quote("shared", sh, 10);
	t_quote("private", pr, 10);
	MUST(fstat(r, &st2));
	CHECK(st.st_ino == st2.st_ino);
	MUST(stat("lower/a", &st2));
	CHECK(st.st_ino == st2.st_ino && st.st_dev == st2.st_dev);
	attrs("lower/a");

	SECTION("opening for writing changes nothing");
	close(MUST(open("lower/b", O_RDWR)));
	attrs("lower/b");
	close(MUST(open("lower/b", O_WRONLY | O_APPEND)));
	attrs("lower/b");

	SECTION("append, truncate");
	w = MUST(open("lower/b", O_WRONLY | O_APPEND));
	SHOW(write(w, "+", 1));
	t_cat("lower/b");
	SHOW(truncate("lower/c", 4));
	t_cat("lower/c");
	attrs("lower/c");
	close(MUST(open("lower/d", O_RDONLY | O_TRUNC)));
	attrs("lower/d");

	SECTION("chmod, utimens, setxattr: only that");
	SHOW(chmod("lower/e", 0600));
	attrs("lower/e");
	t_cat("lower/e");
	SHOW(utimensat(AT_FDCWD, "lower/f", NULL, 0));
	attrs("lower/f");
	t_cat("lower/f");
	SHOW(setxattr("lower/g", "user.more", "x", 1, 0));
	attrs("lower/g");
	SHOW(getxattr("lower/g", "user.more", b, sizeof b));
	SHOW(removexattr("lower/g", "user.mark"));
	attrs("lower/g");

	SECTION("the other name of the same file");
	CHECK(t_same_file("lower/h", "lower/h2"));
	int h2 = MUST(open("lower/h2", O_RDONLY));
	w = MUST(open("lower/h", O_WRONLY));
	SHOW(pwrite(w, "XY", 2, 0));
	t_cat("lower/h2");
	SHOW(pread(h2, b, 10, 0));
	t_quote("b", b, 2);
	CHECK(t_same_file("lower/h", "lower/h2"));
	attrs("lower/h2");
	SHOW(unlink("lower/h"));
	attrs("lower/h2");

	SECTION("through a symlink");
	w = MUST(open("lower/link", O_WRONLY | O_TRUNC));
	SHOW(write(w, "via link", 8));
	t_cat("lower/i");
	t_stat("lower/link");

	SECTION("a big one, one byte in the middle");
	r = MUST(open("lower/big", O_RDONLY));
	w = MUST(open("lower/big", O_RDWR));
	SHOW(pwrite(w, "Z", 1, 100000));
	int bad = 0;
	static char big[200000];
	SHOW(pread(r, big, sizeof big, 0));
	for (int i = 0; i < (int)sizeof big; i++)
		bad += big[i] != (i == 100000 ? 'Z' : (char)(i * 7 % 251));
	SHOW(bad);

	SECTION("shared mapping for writing");
	w = MUST(open("lower/j", O_RDWR));
	char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, w, 0);
	MUST((long)m);
	m[3] = 'M';
	t_cat("lower/j");

	SECTION("locks and watches from before the first write");
	t_write_file("lower/k", "x");
	int l1 = MUST(open("lower/e", O_RDONLY)), in = MUST(inotify_init1(IN_NONBLOCK));
	SHOW(flock(l1, LOCK_EX | LOCK_NB));
	SHOW(inotify_add_watch(in, "lower/e", IN_MODIFY));
	int l2 = MUST(open("lower/e", O_RDWR));
	SHOW(write(l2, "w", 1));
	SHOW(flock(l2, LOCK_EX | LOCK_NB));
	SHOW(read(in, b, sizeof b));
	return 0;
}
