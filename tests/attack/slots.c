/* slots.c - the slot scribbled on while requests are in flight, the trampoline's pages
 * timeout: 180
 * unmapped and remapped, descriptors guessed.
 */
#include "attack.h"

#include <linux/futex.h>
#include <pthread.h>

static volatile int scribbling = 1;

/* Every slot of the process that is there: the header, the window, the frame. */
static void *
scribble(void *arg)
{
	uint64_t kind = (uint64_t)arg, at;

	faults_catch();
	while (scribbling) {
		if (sigsetjmp(fault_to, 1) != 0)
			continue;
		at = SLOTS_BASE + rnd() % 3 * SLOT_SIZE;
		switch (kind % 5) {
		case 0: at += rnd() % 0x400; break;
		case 1: at += rnd() % SLOT_BOOT_UC; break;
		case 2: at += rnd() % SLOT_SIZE; break;
		case 3: at += SLOT_OFF_UC + rnd() % 64; break;
		default: at += SLOT_OFF_CMD + rnd() % 512; break;
		}
		*(volatile uint32_t *)(at & ~3UL) = rnd() % 2 != 0 ? (uint32_t)rnd() : (uint32_t)(rnd() % 8);
	}
	return NULL;
}

static void
calls_under_fire(int kind)
{
	char buf[256];
	pthread_t th;
	int i, fd, p[2];
	pid_t pid;

	pthread_create(&th, NULL, scribble, (void *)(long)kind);
	for (i = 0; i < 300; i++) {
		fd = open("/etc/passwd", O_RDONLY);
		read(fd, buf, sizeof(buf));
		close(fd);
		munmap(mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 65536);
		if (pipe(p) == 0) {
			write(p[1], buf, 16);
			read(p[0], buf, 16);
			close(p[0]);
			close(p[1]);
		}
		if (i % 50 == 0) {
			pid = fork();
			if (pid == 0)
				_exit(0);
			if (pid > 0)
				waitpid(pid, NULL, 0);
		}
	}
	_exit(0);
}

/* The trampoline from under us: refused by the kernel, deadly at the gadget. */
static void
pages_taken(void)
{
	static const long nr[] = { SYS_munmap, SYS_mprotect, SYS_mremap, SYS_mmap, SYS_madvise };
	static const uint64_t where[] = { TRAMP_BASE, SLOTS_BASE, VDSO_END - VDSO_MAX };
	int i, j, status;
	pid_t pid;

	for (i = 0; i < (int)nitems(nr); i++) {
		for (j = 0; j < 2 * (int)nitems(where); j++) {
			pid = fork();
			if (pid == 0) {
				if (sigsetjmp(fault_to, 1) != 0)
					_exit(0);
				if (j % 2 == 0)
					syscall(nr[i], where[j / 2], TRAMP_MAX, i == 4 ? 4 : i == 1 ? 0 : 3,
					    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
				else
					gadget6(nr[i], (long)where[j / 2], TRAMP_MAX, i == 4 ? 4 : i == 1 ? 0 : 3,
					    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
				getppid();
				_exit(0);
			}
			status = child_wait(pid, 10);
			/* By the plain call nothing of ours can be reached. */
			if (j % 2 == 0 && j / 2 < 2 && status != 0)
				broke("call %ld at %#lx ended the process: %x", nr[i], (long)where[j / 2], status);
		}
	}
}

/* A carrier has a socket and nothing else: no number maps or leads anywhere. */
static void
descriptors_guessed(void)
{
	long r;
	int fd;

	open("/etc/passwd", O_RDONLY);
	for (fd = -2; fd < 100; fd++) {
		if (sigsetjmp(fault_to, 1) != 0)
			continue;
		r = gadget6(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
		if (r > 0 || r < -4095)
			broke("descriptor %d can be mapped", fd);
		r = gadget6(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (r > 0 || r < -4095)
			broke("descriptor %d can be mapped shared", fd);
	}
}

/* Kernel threads sleep on the slot's word: they must not be moved away or kept from waking. */
static void
futexes(void)
{
	static uint32_t other;
	long ops[] = { FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_LOCK_PI, FUTEX_WAIT_REQUEUE_PI,
		FUTEX_CMP_REQUEUE_PI, FUTEX_TRYLOCK_PI };
	size_t i, s;
	long r;

	for (s = 0; s < 4; s++)
		for (i = 0; i < nitems(ops); i++) {
			if (sigsetjmp(fault_to, 1) != 0)
				continue;
			r = gadget6(SYS_futex, (long)(SLOTS_BASE + s * SLOT_SIZE), ops[i], 1, 100, (long)&other, 0);
			(void)r;
		}
}

int
main(void)
{
	int kind, status, dead = 0, rounds = (int)env_number("ATTACK_ROUNDS", 8);
	pid_t pid;

	guest_only();
	gadgets_find();
	descriptors_guessed();
	futexes();
	for (kind = 0; kind < rounds; kind++) {
		rnd_state = (uint64_t)kind;
		pid = fork();
		if (pid == 0)
			calls_under_fire(kind);
		status = child_wait(pid, 3);
		dead += status != 0;
	}
	fprintf(stderr, "%d of %d died of what they scribbled\n", dead, rounds);
	pages_taken();
	return attack_bad;
}
