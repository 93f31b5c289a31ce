#!/bin/bash
# --strace: lines as strace(1) writes them; -e, -f, -c, -o.
# needs: strace gcc
. "$ROOT/tests/cli/cli.bash"

cat > p.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct timespec ts = { 0, 1000000 };
	struct stat st;
	struct pollfd pf = { 0, POLLIN, 0 };
	sigset_t set;
	char buf[64];
	int fds[2], fd;

	fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0640);
	write(fd, "hello\n\t\"x\"\1", 11);
	write(fd, "0123456789012345678901234567890123456789", 40);
	lseek(fd, 1, SEEK_SET);
	read(fd, buf, 8);
	syscall(SYS_ftruncate, fd, 5L);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_GETFL);
	close(fd);
	close(99);
	open("/no/such", O_RDONLY);
	syscall(SYS_access, "file", R_OK | W_OK);
	syscall(SYS_mkdir, "d", 0700);
	syscall(SYS_rename, "d", "e");
	syscall(SYS_rmdir, "e");
	syscall(SYS_unlink, "none");
	pipe2(fds, O_CLOEXEC);
	dup2(fds[0], 20);
	syscall(SYS_poll, &pf, 1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR2, SIG_IGN);
	syscall(SYS_nanosleep, &ts, NULL);
	syscall(SYS_kill, getpid(), 0);
	socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mprotect(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096, PROT_READ);
	syscall(SYS_umask, 022);
	syscall(SYS_getpriority, 0, 0);
	syscall(SYS_stat, "file", &st);
	if (syscall(SYS_fork) == 0)
		syscall(SYS_exit_group, 3);
	syscall(SYS_wait4, -1, fds, 0, NULL);
	syscall(SYS_exit_group, 5);
}
END
gcc -w -o p p.c || fail "cannot compile"

# What differs from run to run: addresses, pids, numbers of inodes, times.
plain() {
	sed -E 's/0x[0-9a-f]{6,}/ADDR/g; s/(getpid\(\) += )[0-9]+/\1PID/; s/kill\([0-9]+,/kill(PID,/; s/(fork\(\) += )[0-9]+/\1PID/
		s/(wait4\(-1, .*\) = )[0-9]+/\1PID/; s/si_pid=[0-9]+/si_pid=PID/; s/si_[us]time=[0-9]+/T/g; s/ += /  = /
		s/st_mode=S_IFREG\|0640, st_size=5, \.\.\./S/; s/^\[pid +[0-9]+\] //' "$@" | grep -vE '^(---|\+\+\+|strace:)|resumed|unfinished'
}
calls=openat,write,lseek,read,ftruncate,fcntl,close,access,mkdir,rename,rmdir,unlink,pipe2,dup2,poll,rt_sigprocmask,nanosleep,kill,socket,mprotect,umask,getpriority,stat,fork,wait4,exit_group
mkdir n v
(cd n && strace -o ../n.out -e trace=$calls ../p < /dev/null); nst=$?
(cd v && vk --strace -o ../v.out -e trace=$calls -- ../p < /dev/null 2> ../v.err); vst=$?
if ((nst == 5)); then
	from='/openat\(AT_FDCWD, "file"/,$'
	is "status" $vst $nst
	plain n.out | sed -nE "$from p" > n.lines
	plain v.out | sed -nE "$from p" > v.lines
	cmp -s n.lines v.lines || fail "lines differ from strace's:
$(diff n.lines v.lines)"
fi
is "nothing on standard error with -o" "$(<v.err)" ""
is "the end" "$(tail -n 1 v.out)" "+++ exited with 5 +++"

# Known lines, whatever strace says.
for line in 'openat(AT_FDCWD, "file", O_RDWR|O_CREAT|O_TRUNC, 0640) = 3' \
    'write(3, "hello\n\t\"x\"\1", 11)' 'write(3, "01234567890123456789012345678901"..., 40)' 'read(3, "ello\n\t\"x", 8)' \
    'close(99)' '= -1 EBADF (Bad file descriptor)' 'openat(AT_FDCWD, "/no/such", O_RDONLY) = -1 ENOENT (No such file or directory)' \
    'rt_sigprocmask(SIG_BLOCK, [USR1 CHLD], NULL, 8) = 0' 'exit_group(5)'; do
	[[ $(sed -E 's/ += / = /' v.out) == *"$line"* ]] || fail "no line with $line"
done

# --- the options
run vk --strace -- true
like "to standard error" "$err" 'exit_group\(0\) += \?'
is "its own output stays" "$(vk --strace -o /dev/null -- echo out)" out
run vk --strace -e trace=openat -- cat /etc/passwd
is "-e trace=: only these" "$(grep -vcE '^(openat\(|\+\+\+)' .err)" 0
run vk --strace -e 'trace=!openat,read' -- cat /etc/passwd
is "-e trace=!: not these" "$(grep -cE '^(openat|read)\(' .err)" 0
like "-e trace=!: the others" "$err" 'mmap\('
run vk --strace -e trace=%file -- cat /etc/passwd
like "-e trace=%file" "$err" 'openat\('
is "-e trace=%file: nothing else" "$(grep -cE '^(read|write|mmap|close)\(' .err)" 0
for set in process network signal memory desc; do
	run vk --strace -e trace=%$set -- true
	is "-e trace=%$set" "$status" 0
done
run vk --strace -e trace=getppid -- bash -c '/bin/true; (sh -c "exit 0")'
is "without -f only the program" "$(grep -c '^\[pid' .err)" 0
run vk --strace -f -e trace=execve -- bash -c '/bin/true; /bin/echo x; exit 0'
is "-f: all execve" "$(grep -cE 'execve\("/bin/(true|echo)"' .err)" 2
like "-f: whose" "$err" '\[pid +[0-9]+\] execve\("/bin/true"'
run vk --strace -f -o f.out -e trace=execve -- bash -c '/bin/true; /bin/echo x'
like "-f -o: pids" "$(<f.out)" '(^|
)[0-9]+ execve\("/bin/true"'
run vk --strace -c -- cat /etc/passwd
like "-c: head" "$err" '% time +seconds +usecs/call +calls +errors +syscall'
like "-c: a row" "$err" '[0-9]+ +[0-9]+ +[0-9]* *openat'
like "-c: total" "$err" '100\.00 .* total'
is "-c: no lines" "$(grep -c '= ' .err)" 0
run vk --strace -c -o c.out -- true
is "-c -o" "$err" ""
like "-c -o" "$(<c.out)" 'total'
# Signals and death.
run vk --strace -e trace=kill,tgkill -- sh -c 'kill -TERM $$'
is "killed" "$status" 143
like "killed" "$err" '\+\+\+ killed by SIGTERM \+\+\+'
# Lines of threads do not mix, and a call that is not there says so.
run vk --strace -f -o t.out -- /usr/bin/python3 -c '
import threading, os
ts = [threading.Thread(target=lambda: [os.getppid() for _ in range(200)]) for _ in range(8)]
[t.start() for t in ts]; [t.join() for t in ts]'
is "threads" "$status" 0
is "threads: whole lines" "$(grep -c 'getppid() *= [0-9]*$' t.out)" 1600
is "threads: no line in another" "$(grep -cE '\) *= .*\) *= ' t.out)" 0
