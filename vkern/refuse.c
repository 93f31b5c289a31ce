/*
 * refuse.c - what was refused, and what files were used: noted where it
 * happens, with whatever locks are held there, and told to the watchers at the
 * end of the call, with none.
 *
 * A refusal is a rule of this run (deny()), or can be read off the result: a
 * call that is not there, an address that cannot be reached, a file that is
 * not this user's.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "abi/abi.h"
#include "vkern/fs_impl.h"
#include "vksup/watch.h"

struct use {
	struct use	*next;
	enum watch_use	use;
	int		err;
	char		path[];
};

void
deny(const char *rule, int err, const char *object)
{
	struct thread *t = curthread;

	if (t == NULL || !WATCHED(denied))
		return;
	t->denied_rule = rule;
	t->denied_err = err;
	kfree(t->denied_object);
	t->denied_object = object != NULL ? xstrdup(object) : NULL;
}

void
file_used(enum watch_use use, const char *path, int err)
{
	struct thread *t = curthread;
	struct use *u, **at;
	size_t n = strlen(path) + 1;

	if (t == NULL || !WATCHED(file))
		return;
	u = xcalloc(1, sizeof(*u) + n);
	u->use = use;
	u->err = err < 0 ? -err : err;
	memcpy(u->path, path, n);
	for (at = (struct use **)&t->uses; *at != NULL; at = &(*at)->next)
		;
	*at = u;
}

void
refuse_forget(struct thread *t)
{
	struct use *u;

	while ((u = t->uses) != NULL) {
		t->uses = u->next;
		kfree(u);
	}
	kfree(t->denied_object);
	t->denied_object = NULL;
	t->denied_rule = NULL;
}

void
uses_tell(struct thread *t)
{
	struct use *u;

	while ((u = t->uses) != NULL) {
		t->uses = u->next;
		WATCH(file, t, u->use, u->path, u->err);
		kfree(u);
	}
}

/* --- what a call was about --- */

static const struct abi_arg *
arg_find(const struct abi_row *row, enum abi_kind kind, unsigned *at)
{
	for (*at = 0; *at < row->nargs; ++*at)
		if (row->args[*at].kind == kind)
			return &row->args[*at];
	return NULL;
}

/* The name of what relative paths begin at; "" if it has none. */
static void
name_of_dir(struct thread *t, int dirfd, char *buf, size_t n)
{
	struct file *f = NULL;
	struct path p;

	buf[0] = '\0';
	if (dirfd != AT_FDCWD) {
		f = file_get_any(dirfd);
		if (f == NULL)
			return;
		p = path_ref(f->path);
	} else {
		mutex_lock(&t->fs->lock);
		p = path_ref(t->fs->cwd);
		mutex_unlock(&t->fs->lock);
	}
	if (p.dentry != NULL && path_name(&p, buf, n) < 0)
		buf[0] = '\0';
	path_put(p);
	if (f != NULL)
		file_put(f);
}

static bool
object_path(struct thread *t, const struct abi_row *row, char *buf, size_t n)
{
	unsigned at, dir;
	size_t len;

	if (arg_find(row, ABI_KIND_INSTR, &at) == NULL)
		return false;
	len = 0;
	if (copyinstr(buf, ga(t->args[at]), n) < 0)
		return false;
	if (buf[0] == '/')
		return true;
	dir = at > 0 && row->args[at - 1].kind == ABI_KIND_DIRFD ? at - 1 : at;
	name_of_dir(t, dir != at ? (int)t->args[dir] : AT_FDCWD, buf, n);
	len = strlen(buf);
	if (len == 0 || len + 2 >= n)
		return false;
	if (len > 1)
		buf[len++] = '/';
	return copyinstr(buf + len, ga(t->args[at]), n - len) >= 0;
}

/* host:port of the address that a call of the network names. */
static bool
object_address(struct thread *t, const struct abi_row *row, char *buf, size_t n)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a;
	char text[INET6_ADDRSTRLEN];
	unsigned at;

	if (arg_find(row, ABI_KIND_ADDR, &at) == NULL || at + 1 >= row->nargs)
		return false;
	memset(&a, 0, sizeof(a));
	if (copyin(&a, ga(t->args[at]), min_of((size_t)(uint32_t)t->args[at + 1], sizeof(a))) != 0)
		return false;
	if (a.sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a.in.sin_addr, text, sizeof(text));
		snprintf(buf, n, "%s:%u", text, ntohs(a.in.sin_port));
	} else if (a.sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a.in6.sin6_addr, text, sizeof(text));
		snprintf(buf, n, "[%s]:%u", text, ntohs(a.in6.sin6_port));
	}
	return buf[0] != '\0';
}

/* --- rules that are seen in the result --- */

static const char *
rule_of_result(const struct abi_row *row, int err)
{
	if (err == ENOSYS)
		return row != NULL && strcmp(row->name, "ptrace") == 0 ? "ptrace" : "enosys";
	if (row == NULL)
		return NULL;
	if (err == EROFS)
		return "ro";
	if (row->family == ABI_FAMILY_net) {
		if (err == ENETUNREACH || err == EADDRNOTAVAIL || err == EAFNOSUPPORT)
			return "network";
		return NULL;
	}
	if (err != EACCES && err != EPERM)
		return NULL;
	return row->family == ABI_FAMILY_path ? "permission" : "privilege";
}

static void
denied_tell(struct thread *t, const struct abi_row *row, int err)
{
	struct watch_denial d = { .rule = t->denied_rule, .err = err, .object = t->denied_object };
	char buf[PATH_MAX_LEN] = "";

	if (d.rule == NULL)
		d.rule = rule_of_result(row, err);
	if (d.rule == NULL)
		return;
	if (d.object == NULL && row != NULL && strncmp(d.rule, "limit", 5) != 0 &&
	    (object_path(t, row, buf, sizeof(buf)) ||
	    (row->family == ABI_FAMILY_net && object_address(t, row, buf, sizeof(buf)))))
		d.object = buf;
	WATCH(denied, t, &d);
}

void
refuse_tell(struct thread *t, const struct abi_row *row, long ret)
{
	if (t->uses != NULL)
		uses_tell(t);
	if (ret < 0 && ret >= -4095 && WATCHED(denied))
		denied_tell(t, row, (int)-ret);
	if (t->denied_rule != NULL)
		refuse_forget(t);
}
