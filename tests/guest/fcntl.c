/* fcntl: descriptor flags, status flags, duplication, owners, pipes. Locks are in fcntl_lock.c, seals in memfd_create.c. */
#include "vktest.h"
#include <sys/socket.h>

int main(void)
{
	int p[2], s[2];
	t_write_file("f", "0123456789");
	int f = MUST(open("f", O_RDWR)), r = MUST(open("f", O_RDONLY));
	MUST(pipe(p));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));

	SECTION("F_DUPFD and F_DUPFD_CLOEXEC");
	SHOW(fcntl(f, F_DUPFD, 30));
	SHOW(fcntl(f, F_DUPFD, 30));
	SHOW(fcntl(f, F_DUPFD_CLOEXEC, 30));
	SHOW(fcntl(31, F_GETFD));
	SHOW(fcntl(32, F_GETFD));
	SHOW(fcntl(f, F_DUPFD, -1));
	SHOW(fcntl(f, F_DUPFD, 1 << 30));
	SHOW(fcntl(-1, F_DUPFD, 30));
	SHOW(fcntl(999, F_DUPFD, -1));

	SECTION("F_GETFD, F_SETFD");
	SHOW(fcntl(f, F_SETFD, FD_CLOEXEC));
	SHOW(fcntl(f, F_GETFD));
	SHOW(fcntl(30, F_GETFD));
	SHOW(fcntl(f, F_SETFD, 0xfe));
	SHOW(fcntl(f, F_GETFD));
	SHOW(fcntl(f, F_SETFD, -1));
	SHOW(fcntl(f, F_GETFD));
	SHOW(fcntl(999, F_GETFD));
	SHOW(fcntl(999, F_SETFD, 0));

	SECTION("F_GETFL, F_SETFL: only APPEND, ASYNC, DIRECT, NOATIME, NONBLOCK change");
	SHOW_X(fcntl(f, F_GETFL));
	SHOW(fcntl(f, F_SETFL, O_NONBLOCK | O_APPEND));
	SHOW_X(fcntl(f, F_GETFL));
	SHOW_X(fcntl(30, F_GETFL));
	SHOW(fcntl(f, F_SETFL, O_RDONLY | O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY));
	SHOW_X(fcntl(f, F_GETFL));
	SHOW(fcntl(f, F_SETFL, O_SYNC | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	SHOW_X(fcntl(f, F_GETFL));
	SHOW(fcntl(r, F_SETFL, O_RDWR));
	SHOW_X(fcntl(r, F_GETFL));
	SHOW_X(fcntl(p[0], F_GETFL));
	SHOW_X(fcntl(p[1], F_GETFL));
	SHOW_X(fcntl(s[0], F_GETFL));
	SHOW(fcntl(s[0], F_SETFL, O_NONBLOCK));
	SHOW_X(fcntl(s[0], F_GETFL));
	SHOW_X(fcntl(s[1], F_GETFL));
	SHOW(fcntl(999, F_GETFL));
	SHOW(fcntl(999, F_SETFL, 0));

	SECTION("owners and signals");
	SHOW(fcntl(p[0], F_GETOWN));
	SHOW(fcntl(p[0], F_SETOWN, getpid()));
	CHECK(fcntl(p[0], F_GETOWN) == getpid());
	SHOW(fcntl(p[0], F_SETOWN, -getpgrp()));
	struct f_owner_ex o;
	SHOW(fcntl(p[0], F_GETOWN_EX, &o));
	CHECK(o.type == F_OWNER_PGRP && o.pid == getpgrp());
	o = (struct f_owner_ex){F_OWNER_TID, getpid()};
	SHOW(fcntl(p[0], F_SETOWN_EX, &o));
	SHOW(fcntl(p[0], F_GETOWN_EX, &o));
	CHECK(o.type == F_OWNER_TID && o.pid == getpid());
	o = (struct f_owner_ex){9, getpid()};
	SHOW(fcntl(p[0], F_SETOWN_EX, &o));
	SHOW(fcntl(p[0], F_SETOWN_EX, BADP));
	SHOW(fcntl(p[0], F_SETOWN, 0));
	SHOW(fcntl(p[0], F_GETOWN));
	SHOW(fcntl(p[0], F_SETOWN, 99999999));
	SHOW(fcntl(p[0], F_GETSIG));
	SHOW(fcntl(p[0], F_SETSIG, SIGUSR1));
	SHOW(fcntl(p[0], F_GETSIG));
	SHOW(fcntl(p[0], F_SETSIG, 65));
	SHOW(fcntl(p[0], F_SETSIG, -1));
	SHOW(fcntl(p[0], F_SETSIG, 0));

	SECTION("unknown commands, wrong kinds");
	SHOW(fcntl(f, 12345));
	SHOW(fcntl(999, 12345));
	SHOW(fcntl(f, F_GETPIPE_SZ));
	SHOW(fcntl(f, F_SETPIPE_SZ, 4096));
	SHOW(fcntl(f, F_GET_SEALS));
	SHOW(fcntl(f, F_ADD_SEALS, F_SEAL_SHRINK));
	int path = MUST(open("f", O_PATH));
	SHOW(fcntl(path, F_SETFL, O_NONBLOCK));
	SHOW(fcntl(path, F_GETOWN));
	SHOW(fcntl(path, F_GETFD));
	SHOW(fcntl(path, 12345));
	SHOW(fcntl(path, F_SETLK, &(struct flock){.l_type = F_RDLCK}));
	return 0;
}
