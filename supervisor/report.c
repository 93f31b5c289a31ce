/*
 * report.c - files and JSON of reports.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "report.h"

int
report_open(const char *option, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);

	if (fd < 0)
		bad_value(option, *path != '\0' ? path : "''", strerror(errno));
	return fd;
}

bool
write_all(int fd, const char *buf, size_t n)
{
	ssize_t r;

	while (n > 0) {
		r = write(fd, buf, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		buf += r;
		n -= (size_t)r;
	}
	return true;
}

/* Bytes of the UTF-8 character at s, or 0 (RFC 3629). */
static size_t
utf8_length(const unsigned char *s)
{
	static const struct { unsigned char lo, hi; unsigned char n, lo2, hi2; } forms[] = {
		{ 0x01, 0x7f, 1, 0, 0 }, { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
		{ 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
		{ 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
	};
	size_t i, k;

	for (i = 0; i < nitems(forms); i++) {
		if (s[0] < forms[i].lo || s[0] > forms[i].hi)
			continue;
		if (forms[i].n > 1 && (s[1] < forms[i].lo2 || s[1] > forms[i].hi2))
			return 0;
		for (k = 2; k < forms[i].n; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].n;
	}
	return 0;
}

struct json_object *
json_text(const char *s)
{
	static const char hex[] = "0123456789abcdef";
	struct json_object *o;
	size_t n = 0, len;
	char *buf;

	if (s == NULL)
		return NULL;
	buf = malloc(4 * strlen(s) + 1);
	if (buf == NULL)
		return NULL;
	for (; *s != '\0'; s += len) {
		len = utf8_length((const unsigned char *)s);
		if (len > 0) {
			memcpy(buf + n, s, len);
			n += len;
			continue;
		}
		buf[n++] = '\\';
		buf[n++] = 'x';
		buf[n++] = hex[(unsigned char)*s >> 4];
		buf[n++] = hex[*s & 15];
		len = 1;
	}
	o = json_object_new_string_len(buf, (int)n);
	free(buf);
	return o;
}

void
json_line(int fd, struct json_object *o)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	const char *s = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE);

	pthread_mutex_lock(&lock);
	if (s != NULL && write_all(fd, s, strlen(s)))
		(void)write_all(fd, "\n", 1);
	pthread_mutex_unlock(&lock);
	json_object_put(o);
}

const char *
errno_text(int err, char *buf, size_t n)
{
	const char *name = strerrorname_np(err);

	if (name != NULL)
		return name;
	snprintf(buf, n, "%d", err);
	return buf;
}

const char *
signal_text(int sig, char *buf, size_t n)
{
	const char *name = sigabbrev_np(sig);

	if (name != NULL)
		snprintf(buf, n, "SIG%s", name);
	else
		snprintf(buf, n, "SIGRT_%d", sig - 32);
	return buf;
}
