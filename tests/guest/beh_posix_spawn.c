// build: static-pie
/* posix_spawn with all its attributes: file actions in order, group, mask, default signals, ids; errors without a child. */
#include "vkproc.h"
#include <spawn.h>

static void on_usr1(int s) { (void)s; }

static void run(const char *what, posix_spawn_file_actions_t *fa, posix_spawnattr_t *at, const char *cmd)
{
	char *argv[] = {"sh", "-c", (char *)cmd, NULL}, *env[] = {"PATH=/usr/bin:/bin", "E=env", NULL};
	pid_t p = 0;
	fflush(stdout);
	int e = posix_spawn(&p, "/bin/sh", fa, at, argv, env);
	if (e)
		printf("%s: %s\n", what, t_errname(e));
	else
		p_wait(what, p);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		struct sigaction sa;
		for (int s = SIGUSR1; s <= SIGPIPE; s++) {
			sigaction(s, NULL, &sa);
			printf("%s %s\n", t_signame(s), sa.sa_handler == SIG_IGN ? "ignored" : "default");
		}
		p_showmask("mask");
		CHECK((getpgrp() == getpid()) == (argv[1][0] == 'g'));
		return 5;
	}
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	run("plain", NULL, NULL, "echo $E; exit 7");
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 5, "new", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	posix_spawn_file_actions_adddup2(&fa, 5, 1);
	posix_spawn_file_actions_addclose(&fa, 5);
	run("file actions", &fa, NULL, "echo into the file; echo x >&5 || exit 8");
	t_cat("new");
	posix_spawn_file_actions_destroy(&fa);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "missing", O_RDONLY, 0);
	run("a file action that fails", &fa, NULL, "echo not reached");
	posix_spawn_file_actions_destroy(&fa);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addclose(&fa, 77);
	posix_spawn_file_actions_adddup2(&fa, 78, 1);
	run("dup2 of nothing", &fa, NULL, "echo not reached");
	posix_spawn_file_actions_destroy(&fa);
	MUST(mkdir("dir", 0755));
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addchdir_np(&fa, "dir");
	run("chdir", &fa, NULL, "basename $(pwd)");
	SHOW(access("dir", F_OK));

	SECTION("attributes");
	signal(SIGUSR1, on_usr1);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	p_block(SIGHUP);
	posix_spawnattr_init(&at);
	char *av[] = {"self", "-", NULL};
	pid_t p;
	fflush(stdout);
	int e = posix_spawn(&p, p_self(), NULL, NULL, av, environ);
	p_wait("inherits", p);
	SHOW_E(e);
	sigset_t s = p_set(SIGTERM, 0), d = p_set(SIGPIPE, 0);
	posix_spawnattr_setsigmask(&at, &s);
	posix_spawnattr_setsigdefault(&at, &d);
	posix_spawnattr_setpgroup(&at, 0);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	av[1] = "g";
	fflush(stdout);
	e = posix_spawn(&p, p_self(), NULL, &at, av, environ);
	p_wait("attributes", p);
	SHOW_E(e);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSID);
	fflush(stdout);
	e = posix_spawn(&p, p_self(), NULL, &at, av, environ);
	p_wait("session", p);
	SHOW_E(e);
	p_showmask("here the mask is as it was");
	SECTION("errors");
	setenv("PATH", "/usr/bin:/bin", 1);
	SHOW_E(posix_spawn(&p, "/no/such", NULL, NULL, av, environ));
	SHOW_E(posix_spawn(&p, "/", NULL, NULL, av, environ));
	SHOW_E(posix_spawnp(&p, "no-such-program", NULL, NULL, av, environ));
	t_write_file("text", "not a program");
	chmod("text", 0755);
	SHOW_E(posix_spawn(&p, "./text", NULL, NULL, av, environ));
	SHOW(waitpid(-1, NULL, 0));
	return 0;
}
