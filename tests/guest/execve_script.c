/* Scripts: #! with and without an argument, blanks, nesting, and every way for it to be wrong. */
#include "vkproc.h"

static void script(const char *name, const char *text)
{
	unlink(name);
	t_write_file(name, text);
	MUST(chmod(name, 0755));
}

static void run(const char *path)
{
	int *err = t_shared(4096);
	pid_t p = t_fork();
	if (p == 0) {
		char *argv[] = {"zero", "one", "two words", NULL}, *env[] = {NULL};
		execve(path, argv, env);
		*err = errno;
		_exit(0);
	}
	int st = t_waitpid(p);
	printf("%s: %s\n", path, *err ? t_errname(*err) : t_status(st));
	munmap(err, 4096);
}

static void try(const char *name, const char *text)
{
	script(name, text);
	run(name);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		/* We are the interpreter. */
		for (int i = 1; i < argc; i++)
			printf(" [%s]", argv[i]);
		printf("\n");
		return 9;
	}
	static char self[300], b[5000];
	MUST(symlink(p_self(), "interp"));
	snprintf(self, sizeof self, "interp");
	SECTION("arguments");
	try("plain", "#!interp\n");
	try("argument", "#!interp arg\n");
	try("one argument of several words", "#!interp  a  b c \n");
	try("blanks before", "#! \t interp x\n");
	try("blanks behind", "#!interp   \t \n");
	try("tab between", "#!interp\tx\n");
	try("no newline", "#!interp x");
	try("carriage return", "#!interp\r\n");
	try("body", "#!interp\nthis is not read\n");
	try("nul in the line", "#!interp x");
	t_write_bytes("nul in the line", "#!interp a\0b\n", 13);
	run("nul in the line");

	SECTION("a shell");
	try("sh", "#!/bin/sh\necho \"$# $1 $2\"; exit 5\n");
	try("sh -e", "#!/bin/sh -e\nfalse\nexit 6\n");
	run("./sh");
	MUST(symlink("sh", "link"));
	run("link");

	SECTION("nested");
	script("n1", "#!interp a1\n");
	script("n2", "#!n1 a2\n");
	script("n3", "#!n2 a3\n");
	script("n4", "#!n3 a4\n");
	script("n5", "#!n4 a5\n");
	script("n6", "#!n5 a6\n");
	script("n7", "#!n6 a7\n");
	run("n2"), run("n3"), run("n4"), run("n5"), run("n6"), run("n7");
	try("self", "#!self\n");

	SECTION("wrong");
	try("no interpreter", "#!\n");
	try("only blanks", "#!   \n");
	try("only #!", "#!");
	try("missing", "#!/no/such/interpreter\n");
	MUST(mkdir("dir", 0755));
	try("directory", "#!dir\n");
	t_write_file("noexec", "#!interp\n");
	run("noexec");
	try("interpreter is not executable", "#!noexec\n");
	script("garbage", "\x7f" "ELF but no more than that, really\n");
	try("interpreter is garbage", "#!garbage\n");
	try("one character", "#");
	try("blank first", " #!interp\n");
	try("empty", "");
	script("text", "text\n");
	try("interpreter is text", "#!text\n");

	SECTION("long lines");
	for (int n = 100; n <= 300; n += n == 250 ? 1 : n == 260 ? 40 : n < 250 ? 150 : 1) {
		/* The path alone, then the path and a long argument, n bytes in all. */
		memset(b, '/', sizeof b);
		memcpy(b, "#!.", 3);
		snprintf(b + n - 7, 8, "interp\n");
		char name[40];
		snprintf(name, sizeof name, "path %d", n);
		try(name, b);
		snprintf(b, sizeof b, "#!interp %0*d\n", n - 10, 7);
		script("arg", b);
		IN_CHILD("long argument") {
			fflush(stdout);
			int fd[2];
			MUST(pipe(fd));
			if (fork() == 0) {
				dup2(fd[1], 1);
				execl("arg", "arg", NULL);
				dprintf(1, "%s", t_errname(errno));
				_exit(1);
			}
			close(fd[1]);
			int got = 0;
			ssize_t r;
			while ((r = read(fd[0], b + got, sizeof b - got)) > 0)
				got += r;
			printf("%d: %d bytes come back, first %.3s\n", n, got, b);
		}
	}
	return 0;
}
