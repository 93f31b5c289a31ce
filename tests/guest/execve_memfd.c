/* Programs from a memfd, an unlinked file, a file that is open for writing or being run (ETXTBSY). */
#include "vkelf.h"

static char *arg[] = {"x", NULL}, *env[] = {NULL};

static void fexec(const char *what, int fd)
{
	int *err = t_shared(4096);
	pid_t p = t_fork();
	if (p == 0) {
		syscall(SYS_execveat, fd, "", arg, env, AT_EMPTY_PATH);
		*err = errno;
		_exit(0);
	}
	int st = t_waitpid(p);
	printf("%s: %s\n", what, *err ? t_errname(*err) : t_status(st));
}

int main(void)
{
	struct tiny t;
	elf_make(&t, CODE_OF(elf_exit42));

	SECTION("memfd");
	int fd = MUST(memfd_create("m", 0));
	MUST(write(fd, &t, sizeof t));
	SHOW_O(MUST(fcntl(fd, F_GETFL)) & O_ACCMODE);
	fexec("writable memfd", fd);
	char path[40];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int ro = MUST(open(path, O_RDONLY));
	close(fd);
	fexec("read-only descriptor of it", ro);
	fd = MUST(memfd_create("m", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	MUST(write(fd, &t, sizeof t));
	MUST(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW));
	fexec("sealed memfd", fd);
	fd = MUST(memfd_create("empty", 0));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ro = MUST(open(path, O_RDONLY));
	close(fd);
	fexec("empty memfd", ro);

	SECTION("unlinked");
	elf_write("gone", &t, sizeof t);
	fd = MUST(open("gone", O_RDONLY));
	MUST(unlink("gone"));
	fexec("unlinked", fd);

	SECTION("busy");
	elf_write("busy", &t, sizeof t);
	fd = MUST(open("busy", O_WRONLY | O_APPEND));
	elf_exec("open for writing", "./busy");
	close(fd);
	fd = MUST(open("busy", O_RDWR));
	elf_exec("open for both", "./busy");
	close(fd);
	elf_exec("closed", "./busy");
	fd = MUST(open("busy", O_RDONLY));
	elf_exec("open for reading", "./busy");
	MUST(link("busy", "busy2"));
	fd = MUST(open("busy2", O_WRONLY | O_APPEND));
	elf_exec("open by another name", "./busy");
	close(fd);
	/* A running program cannot be written, but unlinked and replaced. */
	system("cp /bin/sleep ./run");
	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		execl("./run", "run", "30", NULL);
		_exit(1);
	}
	close(g.fd[1]);
	char c;
	read(g.fd[0], &c, 1) ? abort() : (void)0;
	SHOW(open("run", O_WRONLY));
	SHOW(open("run", O_RDWR | O_TRUNC));
	SHOW(truncate("run", 0));
	SHOW(open("run", O_RDWR | O_CREAT, 0755));
	SHOW(unlink("run"));
	SHOW_OK(open("run", O_WRONLY | O_CREAT, 0755));
	kill(p, SIGTERM);
	p_wait("running program", p);
	return 0;
}
