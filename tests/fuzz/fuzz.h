/*
 * fuzz.h - what fuzz targets share.
 *
 * A target is one function, as libFuzzer has it.  It is linked twice: with
 * libFuzzer by tests/fuzz/run, for hours; and with driver.c, which replays
 * corpus/TARGET/ and then tries mutations for a few seconds, by the tests.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input, read from the front; zeroes when it is used up. */
struct input {
	const uint8_t	*p;
	size_t		left;
};

static inline uint8_t
in_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

static inline uint64_t
in_bytes(struct input *in, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | in_byte(in);
	return v;
}

static inline size_t
in_copy(struct input *in, void *dst, size_t n)
{
	if (n > in->left)
		n = in->left;
	memcpy(dst, in->p, n);
	in->p += n;
	in->left -= n;
	return n;
}

#endif
