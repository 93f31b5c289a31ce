/* elf.c - programs whose headers are made of noise.
 * timeout: 120
 */
#include "attack.h"

#include <elf.h>

static uint8_t image[1 << 20];

int
main(void)
{
	int fd, i, j, n, rounds = (int)env_number("ATTACK_ROUNDS", 250), ran = 0, status;
	ssize_t len;
	pid_t pid;

	guest_only();
	fd = open("/bin/true", O_RDONLY);
	len = read(fd, image, sizeof(image));
	close(fd);
	for (i = 0; i < rounds; i++) {
		uint8_t *copy = malloc((size_t)len);
		size_t area = sizeof(Elf64_Ehdr) + 13 * sizeof(Elf64_Phdr);

		memcpy(copy, image, (size_t)len);
		n = 1 + (int)(rnd() % 8);
		for (j = 0; j < n; j++) {
			size_t at = 4 + rnd() % (area - 12);
			uint64_t v = rnd() % 2 != 0 ? rnd() : 1UL << rnd() % 64;

			memcpy(copy + at, &v, 1UL << rnd() % 4);
		}
		unlink("prog");
		fd = open("prog", O_WRONLY | O_CREAT | O_EXCL, 0700);
		/* Some are cut short. */
		write(fd, copy, rnd() % 8 == 0 ? rnd() % (size_t)len : (size_t)len);
		close(fd);
		free(copy);
		pid = fork();
		if (pid == 0) {
			alarm(5);
			execl("./prog", "prog", NULL);
			_exit(126);
		}
		if (pid < 0) {
			broke("no process for round %d", i);
			break;
		}
		status = child_wait(pid, 10);
		ran += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	fprintf(stderr, "%d of %d ran\n", ran, i);
	pid = fork();
	if (pid == 0) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	if (child_wait(pid, 20) != 0)
		broke("after that /bin/true does not run");
	return attack_bad;
}
