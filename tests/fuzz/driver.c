/*
 * driver.c - a fuzz target without libFuzzer: for the tests.
 *
 *	fuzz_X [-t SECONDS] [-s SEED] [FILE|DIRECTORY...]
 *
 * Every file is an input.  Then, for so many seconds, inputs are made from those
 * and from nothing by a generator that depends on the seed alone.  The input
 * under way is in ./crash-TARGET, which stays when it crashes.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX	4096
#define INPUTS_MAX	512

static struct { uint8_t *data; size_t size; } inputs[INPUTS_MAX];
static int ninputs;
static char under_way[256];
static uint8_t *copy;
static int copy_fd;
static uint64_t state;

static uint32_t
chance(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state >> 33) % below;
}

/* A file that is mapped has what it has whatever happens to us. */
static void
under_way_open(void)
{
	int fd = open(under_way, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd >= 0 && ftruncate(fd, INPUT_MAX) == 0)
		copy = mmap(NULL, INPUT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (copy == MAP_FAILED || copy == NULL) {
		perror(under_way);
		exit(2);
	}
	copy_fd = fd;
}

static void
run(const uint8_t *data, size_t size)
{
	if (ftruncate(copy_fd, (off_t)size) != 0)
		exit(2);
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(data, size);
}

static void
file_run(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MAX);
	size_t n;

	if (f == NULL || data == NULL) {
		perror(path);
		exit(2);
	}
	n = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	run(data, n);
	if (ninputs < INPUTS_MAX) {
		inputs[ninputs].data = data;
		inputs[ninputs++].size = n;
	} else {
		free(data);
	}
}

static void
path_run(const char *path)
{
	struct dirent **e;
	char file[4096];
	struct stat st;
	int i, n;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		file_run(path);
		return;
	}
	n = scandir(path, &e, NULL, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, e[i]->d_name);
		if (e[i]->d_name[0] != '.')
			file_run(file);
		free(e[i]);
	}
	free(e);
}

static size_t
input_make(uint8_t *buf)
{
	size_t n = 0, i, from;
	int k;

	if (ninputs > 0 && chance(3) != 0) {
		k = (int)chance((uint32_t)ninputs);
		n = inputs[k].size;
		memcpy(buf, inputs[k].data, n);
	}
	if (n == 0) {
		n = 16 + chance(1200);
		for (i = 0; i < n; i++)
			buf[i] = (uint8_t)chance(256);
		return n;
	}
	for (k = (int)chance(16); k >= 0; k--)
		buf[chance((uint32_t)n)] = (uint8_t)chance(256);
	if (chance(4) == 0) {
		from = chance((uint32_t)n);
		memmove(buf, buf + from, n - from);
		n -= from;
	}
	return n;
}

int
main(int argc, char **argv)
{
	static uint8_t buf[INPUT_MAX];
	struct timespec now, end;
	long seconds = 0, runs = 0;
	const char *base = strrchr(argv[0], '/');
	int c, i;

	state = 1;
	snprintf(under_way, sizeof(under_way), "crash-%s", base != NULL ? base + 1 : argv[0]);
	while ((c = getopt(argc, argv, "t:s:")) != -1) {
		if (c == 't')
			seconds = strtol(optarg, NULL, 10);
		else if (c == 's')
			state = strtoull(optarg, NULL, 10);
		else
			return 2;
	}
	under_way_open();
	for (i = optind; i < argc; i++)
		path_run(argv[i]);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (;; runs++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec))
			break;
		run(buf, input_make(buf));
	}
	unlink(under_way);
	printf("%d files, %ld inputs made\n", ninputs, runs);
	return 0;
}
