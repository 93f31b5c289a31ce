/*
 * fuzz_elf.c - a program file that the guest brings, and runs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fakehost.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest *g;
	uint64_t path, argv;
	uint64_t v[2] = { 0 };
	uint8_t *file;
	const void *elf;
	size_t n;

	/* The input is what is different from a program that runs. */
	elf = fake_elf(&n);
	file = malloc(n + size);
	if (file == NULL)
		return 0;
	memcpy(file, elf, n);
	while (size >= 3) {
		file[(data[0] | (size_t)data[1] << 8) % n] = data[2];
		data += 3;
		size -= 3;
	}
	fake_init();
	fake_host_data("/bin/new", file, n, 0755);
	g = fake_boot();
	path = guest_str(g, "/bin/new");
	v[0] = path;
	argv = guest_buf(g, v, sizeof(v));
	(void)guest_call(g, SYS_execve, path, argv, 0);
	fake_shutdown();
	free(file);
	return 0;
}
