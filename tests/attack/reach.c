/* reach.c - names and numbers that lead out: pids of the host, /proc, hidden files,
 * fifos and sockets of the host, devices, the terminal.
 * timeout: 120
 */
#include "attack.h"

#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>

static void
signals(void)
{
	struct iovec l = { "x", 1 }, r = { (void *)TRAMP_BASE, 1 };
	int pid, mine = getpid();
	char path[64];

	signal(SIGUSR1, SIG_IGN);
	for (pid = 2; pid < 40000; pid++) {
		if (pid == mine || pid == getppid())
			continue;
		if (pid < 3000 || pid % 97 == 0) {
			if (kill(pid, SIGKILL) == 0)
				broke("process %d of the host was killed", pid);
			if (process_vm_writev(pid, &l, 1, &r, 1, 0) > 0)
				broke("memory of process %d of the host was written", pid);
			snprintf(path, sizeof(path), "/proc/%d/mem", pid);
			if (open(path, O_RDWR) >= 0)
				broke("%s", path);
			if (syscall(SYS_pidfd_open, pid, 0) >= 0)
				broke("pidfd of %d", pid);
		}
	}
	kill(-1, SIGUSR1);
}

static void
memory(void)
{
	struct iovec l = { "x", 1 }, r = { (void *)TRAMP_BASE, 1 };
	int fd = open("/proc/self/mem", O_RDWR);

	if (fd >= 0 && pwrite(fd, "x", 1, (off_t)TRAMP_BASE) > 0)
		broke("the trampoline can be written through /proc/self/mem");
	if (fd >= 0 && pwrite(fd, "x", 1, (off_t)SLOTS_BASE) > 0)
		broke("the slot can be written through /proc/self/mem");
	if (process_vm_writev(getpid(), &l, 1, &r, 1, 0) > 0)
		broke("the trampoline can be written with process_vm_writev");
	if (write(open("/dev/null", O_WRONLY), (void *)TRAMP_BASE, 1) > 0 &&
	    write(open("out", O_WRONLY | O_CREAT, 0600), (void *)TRAMP_BASE, 1) > 0)
		broke("the trampoline can be read by a call");
	if (ptrace(PTRACE_ATTACH, 1, 0, 0) == 0)
		broke("ptrace of init");
	close(fd);
}

/* A name that must not lead to the same file as a path of the host's own. */
static void
proc_names(void)
{
	static const char *const names[] = { "/proc/1/root/", "/proc/1/cwd", "/proc/self/root/..",
		"/proc/self/cwd/../../../../../../..", "/proc/thread-self/root", "/proc/1/task/1/root" };
	struct stat root, st;
	size_t i;
	char hidden[256];

	stat("/", &root);
	for (i = 0; i < nitems(names); i++) {
		if (stat(names[i], &st) == 0 && st.st_ino != root.st_ino && i != 1)
			broke("%s is not our root", names[i]);
		snprintf(hidden, sizeof(hidden), "%s/etc/shadow", names[i]);
		if (open(hidden, O_RDONLY) >= 0)
			broke("%s can be read", hidden);
	}
	if (link("/etc/shadow", "linked") == 0 || linkat(AT_FDCWD, "/etc/shadow", AT_FDCWD, "linked", AT_SYMLINK_FOLLOW) == 0)
		broke("a hard link to a hidden file");
	if (symlink("/etc/shadow", "soft") == 0 && open("soft", O_RDONLY) >= 0)
		broke("a symbolic link to a hidden file");
	if (rename("/etc", "/etc-moved") == 0 && open("/etc-moved/shadow", O_RDONLY) >= 0)
		broke("a hidden file under another name");
	rename("/etc-moved", "/etc");
}

/* The witnesses of tests/run: what we do to them is ours alone, it looks afterwards. */
static void
witnesses(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/private" };
	int fd, s = socket(AF_UNIX, SOCK_STREAM, 0);

	fd = open("witness", O_RDWR | O_TRUNC);
	write(fd, "changed", 7);
	mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0);
	fchmod(fd, 0777);
	chmod("secret", 0666);
	chown("witness", 1, 1);
	unlink("hardlink");
	rename("dir", "moved");
	unlink("link");
	mkdir("new", 0777);
	/* A fifo of the host is here one of our own: nobody reads it. */
	fd = open("fifo", O_WRONLY | O_NONBLOCK);
	if (fd >= 0)
		broke("somebody reads the fifo");
	mknod("device", S_IFCHR | 0666, 0x101);
	fd = open("device", O_RDWR);
	if (fd >= 0)
		broke("a device node of our own opens");
	if (connect(s, (void *)&a, sizeof(a)) == 0)
		broke("a socket of the host answers");
	strcpy(a.sun_path + 1, "/tmp/.X11-unix/X0");
	a.sun_path[0] = 0;
	if (connect(s, (void *)&a, sizeof(a)) == 0)
		broke("an abstract socket of the host answers");
}

static void
terminal(void)
{
	char c = 'x';
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (ioctl(fd, TIOCSTI, &c) == 0 && !isatty(fd))
			broke("TIOCSTI on what is no terminal");
}

int
main(void)
{
	guest_only();
	if (sigsetjmp(fault_to, 1) != 0) {
		broke("signal %d", fault_signal);
		return 1;
	}
	memory();
	proc_names();
	witnesses();
	terminal();
	signals();
	return attack_bad;
}
