/*
 * mod_counter.c - /dev/counter: each read is the next number; writing a number
 * sets it, and so does ioctl(fd, COUNTER_SET, number).
 *
 *	vksup -L ./mod_counter.so -- sh -c 'head -n1 /dev/counter; head -n1 /dev/counter'
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vksup/module.h>

#define COUNTER_SET	0x4301u

static _Atomic long counter;

static ssize_t
counter_read(struct mod_file *f, void *buf, size_t n)
{
	char text[32];
	size_t len;

	(void)f;
	len = (size_t)snprintf(text, sizeof(text), "%ld\n", ++counter);
	if (n < len)
		return -EINVAL;
	memcpy(buf, text, len);
	return (ssize_t)len;
}

static ssize_t
counter_write(struct mod_file *f, const void *buf, size_t n)
{
	char text[32];

	(void)f;
	if (n >= sizeof(text))
		return -EINVAL;
	memcpy(text, buf, n);
	text[n] = '\0';
	counter = strtol(text, NULL, 10);
	return (ssize_t)n;
}

static long
counter_ioctl(struct mod_file *f, unsigned cmd, unsigned long arg)
{
	(void)f;
	if (cmd != COUNTER_SET)
		return -ENOTTY;
	counter = (long)arg;
	return 0;
}

static const struct mod_dev device = {
	.read = counter_read, .write = counter_write, .ioctl = counter_ioctl,
};

static int
counter_init(struct mod *m, const char *args)
{
	(void)args;
	return mod_add_dev(m, "counter", 0666, &device, NULL);
}

VKSUP_MODULE("counter", counter_init, NULL);
