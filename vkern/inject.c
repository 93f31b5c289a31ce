/*
 * inject.c - failures on demand (vksup/inject.h).
 *
 * For calls a rule is a module of its own: its hook answers instead of the
 * handler.  For the host and for memory the rules are a list that only grows.
 */
#include "vksup/inject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vksup/handlers.h"
#include "vksup/host.h"

enum inject_what { WHAT_CALL, WHAT_HOST, WHAT_ALLOC };

struct inject_rule {
	struct inject_rule *next;	/* [a] older */
	char		text[128];	/* [I] as given */
	enum inject_what what;		/* [I] */
	char		call[64];	/* [I] WHAT_CALL: its name, or "*" */
	int		host;		/* [I] WHAT_HOST: which; -1: all */
	int		err;		/* [I] positive */
	uint64_t	nth;		/* [I] 0: always */
	bool		from;		/* [I] and all after it */
	uint32_t	chance;		/* [I] of 1e6 */
	_Atomic uint64_t dice;		/* [a] */
	_Atomic uint64_t seen, done;	/* [a] */
	_Atomic bool	off;		/* [a] cleared */
};

struct inject_state {
	struct inject_rule *_Atomic rules; /* newest first */
};

static const char *const host_names[] = {
#define INJECT_NAME(name)	#name,
	INJECT_HOST(INJECT_NAME)
#undef INJECT_NAME
};

/* --- the decision --- */

/* splitmix64: the n-th throw is the same whoever makes it. */
static bool
rule_dice(struct inject_rule *r)
{
	uint64_t z = atomic_fetch_add(&r->dice, 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (z ^ z >> 31) % 1000000 < r->chance;
}

/* 0, or the -errno with which this occasion fails. */
static int
rule_hit(struct inject_rule *r)
{
	uint64_t n;

	if (r->off)
		return 0;
	n = atomic_fetch_add(&r->seen, 1) + 1;
	if (r->nth != 0 && (r->from ? n < r->nth : n != r->nth))
		return 0;
	if (!rule_dice(r))
		return 0;
	r->done++;
	return -r->err;
}

/* host_fault: 0, or the -errno to fail with. */
static int
inject_host(unsigned which)
{
	struct inject_rule *r;
	int err = 0;

	if (vk == NULL || vk->inject == NULL)
		return 0;
	for (r = vk->inject->rules; err == 0 && r != NULL; r = r->next)
		if (r->what == WHAT_HOST && (r->host < 0 || r->host == (int)which))
			err = rule_hit(r);
	return err;
}

bool
inject_alloc_slow(void)
{
	struct inject_rule *r;
	bool fail = false;

	for (r = vk->inject->rules; r != NULL; r = r->next)
		if (r->what == WHAT_ALLOC)
			fail |= rule_hit(r) != 0;
	return fail;
}

static long
inject_call(struct mod_call *c, void *arg)
{
	int err = rule_hit(arg);

	return err != 0 ? err : mod_next(c);
}

/* --- the text --- */

static int
number_of_error(const char *name, size_t len)
{
	const char *s;
	int e;

	for (e = 1; e < 4096; e++) {
		s = strerrorname_np(e);
		if (s != NULL && strlen(s) == len && strncmp(s, name, len) == 0)
			return e;
	}
	return 0;
}

static int
number_of_host(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(host_names); i++)
		if (strcmp(host_names[i], name) == 0)
			return (int)i;
	return -1;
}

static int
wrong(char *why, size_t n, const char *what)
{
	snprintf(why, n, "%s", what);
	return -EINVAL;
}

/* @N[+] %P ~SEED, each at most once and in this order. */
static int
rule_when(struct inject_rule *r, const char *p, char *why, size_t n)
{
	unsigned long chance = 100, unit = 10000;
	char *end;

	if (*p == '@') {
		r->nth = strtoul(p + 1, &end, 10);
		if (p[1] < '0' || p[1] > '9' || r->nth == 0)
			return wrong(why, n, "a number from 1 on is needed after @");
		r->from = *end == '+';
		p = end + r->from;
	}
	if (*p == '%') {
		chance = strtoul(p + 1, &end, 10);
		if (p[1] < '0' || p[1] > '9' || chance > 100)
			return wrong(why, n, "a number from 0 to 100 is needed after %");
		p = end;
	}
	r->chance = (uint32_t)(chance * unit);
	/* Up to four decimals. */
	if (*p == '.' && chance < 100)
		for (p++; *p >= '0' && *p <= '9' && unit > 1; p++)
			r->chance += (uint32_t)(*p - '0') * (uint32_t)(unit /= 10);
	r->dice = 1;
	if (*p == '~') {
		r->dice = strtoul(p + 1, &end, 10);
		if (p[1] < '0' || p[1] > '9')
			return wrong(why, n, "a number is needed after ~");
		p = end;
	}
	return *p == '\0' ? 0 : wrong(why, n, "what follows the error is @N, @N+, %PERCENT and ~SEED");
}

static int
rule_whom(struct inject_rule *r, const char *name, char *why, size_t n)
{
	if (r->what == WHAT_HOST) {
		r->host = number_of_host(name);
		if (r->host < 0 && strcmp(name, "*") != 0)
			return wrong(why, n, "the host has no function of that name that can fail");
		return 0;
	}
	if (abi_row_by_name(name) == NULL && strcmp(name, "*") != 0)
		return wrong(why, n, "there is no such call");
	snprintf(r->call, sizeof(r->call), "%s", name);
	return 0;
}

static int
rule_parse(struct inject_rule *r, const char *text, char *why, size_t n)
{
	const char *p = text, *colon;
	char name[64];
	size_t len;
	int err;

	if (strlen(text) >= sizeof(r->text))
		return wrong(why, n, "it is too long");
	snprintf(r->text, sizeof(r->text), "%s", text);
	len = strcspn(p, "@%~");
	if (strncmp(p, "alloc", 5) == 0 && len == 5) {
		r->what = WHAT_ALLOC;
		r->err = ENOMEM;
		return rule_when(r, p + 5, why, n);
	}
	if (strncmp(p, "host:", 5) == 0) {
		r->what = WHAT_HOST;
		p += 5;
	}
	colon = strchr(p, ':');
	if (colon == NULL || colon == p || (size_t)(colon - p) >= sizeof(name))
		return wrong(why, n, "CALL:ERRNO is needed, as in openat:EIO@3");
	snprintf(name, sizeof(name), "%.*s", (int)(colon - p), p);
	err = rule_whom(r, name, why, n);
	if (err != 0)
		return err;
	p = colon + 1;
	len = strcspn(p, "@%~");
	r->err = number_of_error(p, len);
	if (r->err == 0)
		return wrong(why, n, "the name of an error is needed, as EIO");
	return rule_when(r, p + len, why, n);
}

int
inject_check(const char *text, char *why, size_t n)
{
	struct inject_rule r = { 0 };

	return rule_parse(&r, text, why, n);
}

/* --- rules --- */

static int
inject_init(struct mod *m, const char *args)
{
	struct inject_rule *r = (void *)(uintptr_t)args;

	return mod_wrap(m, r->call, inject_call, r);
}

static const struct mod_info inject_module = { VKSUP_MODULE_ABI, "inject", inject_init, NULL };

static void
rule_insert(struct vkern *k, struct inject_rule *r)
{
	mutex_lock(&k->watch_lock);
	if (k->inject == NULL) {
		struct inject_state *is = xcalloc(1, sizeof(*is));

		__atomic_store_n(&k->inject, is, __ATOMIC_RELEASE);
	}
	if (r->what == WHAT_HOST)
		host_fault = inject_host;
	r->next = k->inject->rules;
	k->inject->rules = r;
	mutex_unlock(&k->watch_lock);
}

int
inject_add(struct vkern *k, const char *text, char *why, size_t n)
{
	struct inject_rule *r = xcalloc(1, sizeof(*r));
	int err = rule_parse(r, text, why, n);

	/* Through args, which a module gets as they are. */
	if (err == 0 && r->what == WHAT_CALL)
		err = module_load(k, &inject_module, (const char *)r, why, n);
	if (err != 0) {
		kfree(r);
		return err;
	}
	rule_insert(k, r);
	return 0;
}

void
inject_clear(struct vkern *k)
{
	struct inject_rule *r;

	if (k->inject != NULL)
		for (r = k->inject->rules; r != NULL; r = r->next)
			r->off = true;
}

const char *
inject_at(struct vkern *k, unsigned i, uint64_t *seen, uint64_t *done)
{
	struct inject_rule *r = k->inject != NULL ? k->inject->rules : NULL;

	while (r != NULL && i-- > 0)
		r = r->next;
	if (r == NULL)
		return NULL;
	*seen = r->seen;
	*done = r->done;
	return r->text;
}

void
inject_free(struct vkern *k)
{
	struct inject_state *is = k->inject;
	struct inject_rule *r, *next;

	if (is == NULL)
		return;
	k->inject = NULL;
	for (r = is->rules; r != NULL; r = next) {
		next = r->next;
		kfree(r);
	}
	kfree(is);
}
