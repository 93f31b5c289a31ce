/*
 * fuzz_decode.c - arguments of any call, with any memory behind them: decoding,
 * and storing what was decoded.
 */
#include "abi/abi.h"
#include "fuzz.h"

static struct input memory;

/* Addresses below 64 KiB are there, and read as the input goes on. */
static int
fuzz_copyin(void *ctx, void *dst, gaddr_t src, size_t n)
{
	(void)ctx;
	if (src.v >= 65536 || n > 65536 - src.v)
		return -EFAULT;
	memset(dst, 0, n);
	in_copy(&memory, dst, n);
	return 0;
}

static int
fuzz_copyout(void *ctx, gaddr_t dst, const void *src, size_t n)
{
	static volatile uint8_t sum;
	size_t i;

	(void)ctx;
	if (dst.v >= 65536 || n > 65536 - dst.v)
		return -EFAULT;
	for (i = 0; i < n; i++)
		sum += ((const uint8_t *)src)[i];
	return 0;
}

static long
fuzz_copyinstr(void *ctx, char *dst, gaddr_t src, size_t max)
{
	size_t n;

	(void)ctx;
	if (src.v >= 65536)
		return -EFAULT;
	for (n = 0; n < max; n++) {
		dst[n] = (char)in_byte(&memory);
		if (dst[n] == '\0')
			return (long)n;
	}
	return (long)max;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct abi_mem mem = { NULL, fuzz_copyin, fuzz_copyout, fuzz_copyinstr };
	static _Alignas(16) uint8_t scratch[ABI_SCRATCH_SIZE];
	uint64_t raw[6], args[ABI_ARGS_MAX / 8];
	const struct abi_row *row;
	int i, err;

	memory = (struct input){ data, size };
	while (memory.left > 0) {
		row = abi_row((unsigned)in_bytes(&memory, 2) % ABI_NR_LIMIT);
		for (i = 0; i < 6; i++)
			raw[i] = in_bytes(&memory, in_byte(&memory) % 9);
		if (row == NULL)
			continue;
		err = abi_decode(row, raw, args, scratch, sizeof(scratch), &mem);
		if (err == 0)
			err = abi_copyout(row, raw, args, &mem);
		if (err != 0 && err != -EFAULT && err != -EINVAL && err != -ENAMETOOLONG)
			__builtin_trap();
	}
	return 0;
}
