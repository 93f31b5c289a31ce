/* bombs.c - processes, threads, memory, descriptors, files, signals without end: each
 * timeout: 180
 * meets a limit, and the kernel goes on.
 */
#include "attack.h"

#include <pthread.h>

/* Each in a child with limits; the parent then makes sure that all is as before. */
static void
in_child(const char *what, void (*fn)(void), double seconds)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setpgid(0, 0);
		fn();
		_exit(0);
	}
	status = child_wait(pid, seconds);
	kill(-pid, SIGKILL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	fprintf(stderr, "%s: %x\n", what, status);
	pid = fork();
	if (pid == 0)
		_exit(7);
	if (pid < 0 || (status = child_wait(pid, 20)) < 0 || WEXITSTATUS(status) != 7)
		broke("after %s there are no more processes", what);
}

static void
limit(int which, rlim_t n)
{
	struct rlimit r = { n, n };

	setrlimit(which, &r);
}

static void
forks(void)
{
	int i;

	for (i = 0; i < 200; i++)
		if (fork() == 0)
			for (;;)
				pause();
}

static void *
sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void
threads(void)
{
	pthread_attr_t a;
	pthread_t th;
	int i;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 65536);
	for (i = 0; i < 300; i++)
		if (pthread_create(&th, &a, sleeper, NULL) != 0)
			break;
}

static void
memory(void)
{
	char *p;

	limit(RLIMIT_AS, 256 << 20);
	while ((p = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED)
		memset(p, 1, 16 << 20);
}

static void
mappings(void)
{
	int i;

	for (i = 0; i < 20000; i++)
		if (mmap(NULL, PAGE, i % 2 != 0 ? PROT_READ : PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			break;
}

static void
descriptors(void)
{
	int p[2], n = 0;

	while (pipe(p) == 0 && n++ < 20000)
		;
	while (open("/", O_PATH) >= 0 && n++ < 40000)
		;
}

static void
disk(void)
{
	static char block[1 << 20];
	int fd = open("big", O_WRONLY | O_CREAT, 0600), i;

	limit(RLIMIT_FSIZE, 64 << 20);
	signal(SIGXFSZ, SIG_IGN);
	for (i = 0; i < 100; i++)
		if (write(fd, block, sizeof(block)) < 0)
			break;
	unlink("big");
}

static void
signal_queue(void)
{
	union sigval v = { 0 };
	sigset_t s;
	int i;

	sigemptyset(&s);
	sigaddset(&s, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &s, NULL);
	limit(RLIMIT_SIGPENDING, 1000);
	for (i = 0; i < 20000; i++)
		if (sigqueue(getpid(), SIGRTMIN, v) != 0)
			break;
	if (i > 2000)
		broke("%d signals are queued", i);
}

/* Ten thousand directories, one in the other; names of 255 bytes, not UTF-8. */
static void
deep(void)
{
	int i, n;

	for (n = 0; n < 10000; n++)
		if (mkdir("d", 0700) != 0 || chdir("d") != 0)
			break;
	getcwd((char[65536]){ 0 }, 65536);
	for (i = 0; i < n; i++)
		if (chdir("..") != 0 || rmdir("d") != 0) {
			broke("directory %d of %d cannot be left and removed: %s", i, n, strerror(errno));
			break;
		}
}

static void
names(void)
{
	char name[257];
	int i, fd;

	for (i = 0; i < 300; i++) {
		memset(name, 1 + (int)(rnd() % 255), 255);
		name[rnd() % 255] = (char)(1 + rnd() % 255);
		for (char *p = name; p < name + 255; p++)
			if (*p == '/')
				*p = (char)0xff;
		name[255] = '\0';
		fd = open(name, O_CREAT | O_RDWR, 0600);
		if (fd < 0)
			broke("a name of 255 bytes: %s", strerror(errno));
		close(fd);
		unlink(name);
	}
	memset(name, 'x', 256);
	name[256] = '\0';
	if (open(name, O_CREAT | O_RDWR, 0600) >= 0 || errno != ENAMETOOLONG)
		broke("a name of 256 bytes");
}

int
main(void)
{
	guest_only();
	in_child("processes", forks, 60);
	in_child("threads", threads, 60);
	in_child("memory", memory, 60);
	in_child("mappings", mappings, 60);
	in_child("descriptors", descriptors, 60);
	in_child("disk", disk, 60);
	in_child("signals", signal_queue, 60);
	in_child("depth", deep, 100);
	in_child("names", names, 60);
	return attack_bad;
}
