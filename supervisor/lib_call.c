/*
 * lib_call.c - vk_syscall(): the caller's strings, buffers and structures
 * become memory of the process for one call, as the table says.
 *
 * Each process has a stretch of memory for this (lib_stage()), laid out anew
 * for every call.  What may come back is put there as well, so that bytes the
 * kernel does not touch stay as they were.
 */
#include "lib_impl.h"

#include <string.h>
#include <sys/mman.h>

struct stage {
	struct vmspace	*vs;
	uint64_t	next, end;	/* next: 0 until there is one */
};

/* Room for n bytes, 16-aligned, or 0. */
static uint64_t
stage_room(struct stage *s, size_t n)
{
	uint64_t at = s->next;

	if (n > s->end - at)
		return 0;
	s->next = at + ((n + 15) & ~(size_t)15);
	if (s->next > s->end)
		s->next = s->end;
	return at;
}

static uint64_t
stage_put(struct stage *s, const void *p, size_t n)
{
	uint64_t at = stage_room(s, n);

	if (at != 0 && n > 0)
		LIB_ASSERT(space_access(s->vs, at, (void *)(uintptr_t)p, n, PROT_WRITE) == n);
	return at;
}

/* An iovec array, its segments moved; what does not fit is cut off. */
static uint64_t
stage_vec(struct stage *s, const struct iovec *iov, size_t count)
{
	struct iovec v[IOV_MAX];
	size_t i, left = VK_BUFFER_MAX;

	if (count > IOV_MAX)
		return s->next;		/* EINVAL, unread */
	for (i = 0; i < count; i++) {
		v[i] = iov[i];
		if (iov[i].iov_base == NULL || (ssize_t)iov[i].iov_len < 0)
			continue;
		v[i].iov_len = min_of(iov[i].iov_len, left);
		left -= v[i].iov_len;
		v[i].iov_base = (void *)stage_put(s, iov[i].iov_base, v[i].iov_len);
	}
	return stage_put(s, v, count * sizeof(*v));
}

/* argv: as many strings as there is room for, else E2BIG is near anyway. */
static uint64_t
stage_strings(struct stage *s, char *const *strv)
{
	uint64_t v[4096];
	size_t n;

	for (n = 0; strv[n] != NULL && n < nitems(v) - 1; n++) {
		v[n] = stage_put(s, strv[n], strlen(strv[n]) + 1);
		if (v[n] == 0)
			break;
	}
	v[n] = 0;
	return stage_put(s, v, (n + 1) * sizeof(*v));
}

/* How many bytes of the caller's an argument is about. */
static size_t
arg_size(const struct abi_row *row, unsigned i, const uint64_t raw[6])
{
	const struct abi_arg *a = &row->args[i];
	int len;

	switch (a->kind) {
	case ABI_KIND_IN:
	case ABI_KIND_OUT:
	case ABI_KIND_INOUT:
		return a->tsize;
	case ABI_KIND_SIGSET_IN:
	case ABI_KIND_SIGSET_OUT:
		return 8;
	case ABI_KIND_INBUF:
	case ABI_KIND_OUTBUF:
		len = abi_arg_len_index(row, i);
		return len >= 0 ? raw[len] : 0;
	default:
		return 0;
	}
}

static uint64_t
stage_arg(struct stage *s, const struct abi_row *row, unsigned i, uint64_t raw[6])
{
	const void *p = (const void *)(uintptr_t)raw[i];
	int len = abi_arg_len_index(row, i);

	switch (row->args[i].kind) {
	case ABI_KIND_INSTR:
		return stage_put(s, p, strnlen(p, ABI_PATH_MAX) + 1);
	case ABI_KIND_INVEC:
	case ABI_KIND_OUTVEC:
		return stage_vec(s, p, len >= 0 ? raw[len] : 0);
	case ABI_KIND_STRV:
		return stage_strings(s, p);
	case ABI_KIND_INBUF:
	case ABI_KIND_OUTBUF:
		if (len >= 0 && (int64_t)raw[len] > 0)
			raw[len] = min_of(raw[len], min_of(VK_BUFFER_MAX, s->end - s->next));
		if (len < 0 || (int64_t)raw[len] < 0)
			return s->next;
		return stage_put(s, p, raw[len]);
	default:
		return stage_put(s, p, arg_size(row, i, raw));
	}
}

static bool
is_pointer(enum abi_kind kind)
{
	switch (kind) {
	case ABI_KIND_INSTR:
	case ABI_KIND_IN:
	case ABI_KIND_OUT:
	case ABI_KIND_INOUT:
	case ABI_KIND_INBUF:
	case ABI_KIND_OUTBUF:
	case ABI_KIND_INVEC:
	case ABI_KIND_OUTVEC:
	case ABI_KIND_STRV:
	case ABI_KIND_SIGSET_IN:
	case ABI_KIND_SIGSET_OUT:
		return true;
	default:
		return false;
	}
}

/* --- back --- */

static void
fetch(struct stage *s, uint64_t at, void *to, size_t n)
{
	space_access(s->vs, at, to, n, PROT_READ);
}

static void
fetch_vec(struct stage *s, uint64_t at, const struct iovec *iov, size_t count, size_t left)
{
	struct iovec v;
	size_t i;

	for (i = 0; i < count && i < IOV_MAX && left > 0; i++) {
		fetch(s, at + i * sizeof(v), &v, sizeof(v));
		v.iov_len = min_of(v.iov_len, left);
		fetch(s, (uint64_t)v.iov_base, iov[i].iov_base, v.iov_len);
		left -= v.iov_len;
	}
}

static void
fetch_arg(struct stage *s, const struct abi_row *row, unsigned i, const uint64_t raw[6],
    const uint64_t args[6], long r)
{
	void *to = (void *)(uintptr_t)args[i];
	size_t n = arg_size(row, i, raw);
	int len = abi_arg_len_index(row, i);

	switch (row->args[i].kind) {
	case ABI_KIND_OUT:
	case ABI_KIND_INOUT:
	case ABI_KIND_SIGSET_OUT:
		fetch(s, raw[i], to, n);
		break;
	case ABI_KIND_OUTBUF:
		/* Calls that tell a size they would need store nothing then. */
		if (row->ret != ABI_RET_SIZE || (size_t)r < n)
			n = row->ret == ABI_RET_SIZE ? (size_t)r : n;
		fetch(s, raw[i], to, n);
		break;
	case ABI_KIND_OUTVEC:
		fetch_vec(s, raw[i], to, len >= 0 ? raw[len] : 0, (size_t)r);
		break;
	default:
		break;
	}
}

static bool
stage_begin(struct vk_proc *p, struct stage *s)
{
	uint64_t base = lib_stage(p);

	if (base == 0)
		return false;
	s->vs = lib_space(p);
	s->end = base + VK_BUFFER_MAX + VK_STAGE_MORE;
	s->next = p->staged > base && p->staged <= s->end ? p->staged : base;
	return true;
}

long
vk_syscall(struct vk_proc *p, unsigned nr, const uint64_t args[6])
{
	const struct abi_row *row = abi_row(nr);
	uint64_t raw[6], before = 0;
	struct stage s = { 0 };
	unsigned i;
	long r;

	memcpy(raw, args, sizeof(raw));
	for (i = 0; row != NULL && i < row->nargs; i++) {
		if (!is_pointer(row->args[i].kind) || raw[i] == 0)
			continue;
		if (s.next == 0 && !stage_begin(p, &s))
			return vk_proc_gone(p) ? VK_GONE : -ENOMEM;
		raw[i] = stage_arg(&s, row, i, raw);
	}
	if (s.next == 0)
		return vk_raw_v(p, nr, raw);
	/* A handler makes its calls behind what this one has. */
	before = p->staged;
	p->staged = s.next;
	r = vk_raw_v(p, nr, raw);
	p->staged = before;
	if (r < 0 || lib_space(p) != s.vs)
		return r;
	for (i = 0; i < row->nargs; i++)
		if (args[i] != 0)
			fetch_arg(&s, row, i, raw, args, r);
	return r;
}
