/*
 * mem.c - memory of the kernel itself.
 *
 * kalloc() is for what a guest can make large: it may fail, and the caller
 * answers ENOMEM.  xcalloc() and xstrdup() are for small things whose number
 * is bounded otherwise; when there is no memory for these the run is over.
 * Everything comes zeroed: nothing that was freed can reach a guest.
 */
#include <stdlib.h>
#include <string.h>

#include "vksup/inject.h"
#include "vksup/vkern.h"

void *
kalloc(size_t n)
{
	if (inject_alloc())
		return NULL;
	return calloc(1, n != 0 ? n : 1);
}

void *
xcalloc(size_t n, size_t size)
{
	void *p;

	p = calloc(n != 0 ? n : 1, size != 0 ? size : 1);
	if (p == NULL)
		host_panic("out of memory (%zu * %zu bytes)", n, size);
	return p;
}

char *
xstrdup(const char *s)
{
	size_t n;
	char *p;

	n = strlen(s) + 1;
	p = xcalloc(n, 1);
	memcpy(p, s, n);
	return p;
}

void
kfree(void *p)
{
	free(p);
}
