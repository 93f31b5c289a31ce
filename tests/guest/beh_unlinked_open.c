/* Files and directories that are open but have no name any more, or another file has it. */
#include "vktest.h"

int main(void)
{
	char b[4096], path[64];
	struct stat st, st2;
	t_write_file("f", "first");
	int fd = MUST(open("f", O_RDWR));

	SECTION("unlinked: goes on as a file");
	SHOW(unlink("f"));
	t_ls(".");
	SHOW(pwrite(fd, "1", 1, 0));
	SHOW(pread(fd, b, 10, 0));
	t_quote("b", b, 5);
	SHOW(ftruncate(fd, 100));
	SHOW(fchmod(fd, 0600));
	SHOW(futimens(fd, NULL));
	SHOW(fsync(fd));
	char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	m[0] = 'M';
	SHOW(pread(fd, b, 1, 0));
	t_quote("b", b, 1);
	MUST(fstat(fd, &st));
	printf("%s nlink %lu size %ld\n", t_mode(st.st_mode), (unsigned long)st.st_nlink, (long)st.st_size);

	SECTION("a new file of the same name is another");
	t_write_file("f", "second");
	MUST(stat("f", &st2));
	CHECK(st.st_ino != st2.st_ino);
	SHOW(pwrite(fd, "old", 3, 0));
	t_cat("f");

	SECTION("a child has it, the parent's close does not end it");
	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		t_gate_pass(&g);
		SHOW(pread(fd, b, 3, 0));
		t_quote("child", b, 3);
		t_exit(0);
	}
	close(fd);
	munmap(m, 4096);
	t_gate_open(&g);
	t_waitpid(p);

	SECTION("renamed over");
	t_write_file("a", "aaa");
	t_write_file("b", "bbb");
	int a = MUST(open("a", O_RDONLY)), bb = MUST(open("b", O_RDONLY));
	SHOW(rename("a", "b"));
	SHOW(pread(a, b, 3, 0));
	t_quote("a", b, 3);
	SHOW(pread(bb, b, 3, 0));
	t_quote("b", b, 3);
	MUST(fstat(a, &st));
	SHOW(st.st_nlink);
	MUST(fstat(bb, &st));
	SHOW(st.st_nlink);
	t_cat("b");

	SECTION("one of two names");
	MUST(link("b", "c"));
	int c = MUST(open("c", O_RDONLY));
	SHOW(unlink("b"));
	MUST(fstat(c, &st));
	SHOW(st.st_nlink);
	SHOW(unlink("c"));
	MUST(fstat(c, &st));
	SHOW(st.st_nlink);
	SHOW(pread(c, b, 3, 0));

	SECTION("executed and unlinked");
	SHOW(system("cp /bin/sleep prog"));
	p = t_fork();
	if (p == 0) {
		execl("./prog", "prog", "5", NULL);
		_exit(127);
	}
	for (int i = 0; i < 200; i++) { /* until it runs the new program */
		snprintf(path, sizeof path, "/proc/%d/cmdline", p);
		t_read_file(path, b, sizeof b);
		if (!strcmp(b, "prog"))
			break;
		t_sleep_ms(5);
	}
	SHOW_OK(open("prog", O_RDWR));
	SHOW(unlink("prog"));
	snprintf(path, sizeof path, "/proc/%d/exe", p);
	ssize_t n = readlink(path, b, sizeof b - 1);
	b[n > 0 ? n : 0] = 0;
	CHECK(n > 15 && !strcmp(b + n - 15, "/prog (deleted)"));
	kill(p, SIGTERM);
	printf("it: %s\n", t_status(t_waitpid(p)));

	SECTION("directories");
	MUST(mkdir("d", 0755));
	int d = MUST(open("d", O_RDONLY));
	SHOW(rmdir("d"));
	SHOW(fchdir(d));
	SHOW_OK(openat(d, ".", O_RDONLY));
	SHOW_OK(openat(d, "new", O_CREAT | O_WRONLY, 0600));
	SHOW(fchmod(d, 0700));
	MUST(fstat(d, &st));
	SHOW(st.st_nlink);
	return 0;
}
