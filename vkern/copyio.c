/*
 * copyio.c - the only door to guest memory.
 *
 * A guest address is a number that the guest chose: it is checked here, used
 * once, and never becomes a pointer.  Everything from GUEST_TOP up belongs to
 * the trampoline and is EFAULT whatever is mapped there.  What a copy met
 * before a bad address may have been copied; callers promise nothing about it.
 */
#include <limits.h>
#include <string.h>

#include "vksup/proc.h"
#include "vksup/vkern.h"

/* As Linux: the most that one read or write moves. */
#define MAX_RW_COUNT	(INT_MAX & ~(int)PAGE_MASK)

/* How many of n bytes at a are below GUEST_TOP. */
static size_t
guest_clip(gaddr_t a, size_t n)
{
	if (a.v >= GUEST_TOP)
		return 0;
	return min_of(n, (size_t)(GUEST_TOP - a.v));
}

static struct vmspace *
current_space(void)
{
	struct vm_map *vm = curthread->proc->vm;

	return vm != NULL ? vm->space : NULL;
}

/* Bytes read; short at the first bad address. */
static size_t
space_read(struct vmspace *vs, void *dst, gaddr_t src, size_t n)
{
	ssize_t r;

	n = guest_clip(src, n);
	if (n == 0 || vs == NULL)
		return 0;
	r = vmspace_pread(vs, dst, n, src);
	return r > 0 ? (size_t)r : 0;
}

static size_t
space_write(struct vmspace *vs, gaddr_t dst, const void *src, size_t n)
{
	ssize_t r;

	n = guest_clip(dst, n);
	if (n == 0 || vs == NULL)
		return 0;
	r = vmspace_pwrite(vs, src, n, dst);
	return r > 0 ? (size_t)r : 0;
}

/* Up to n bytes at src that came along with the call, put into dst. */
static size_t
window_read(void *dst, gaddr_t src, size_t n)
{
	const void *p = NULL;

	if (curthread->vt != NULL)
		p = vmthread_window(curthread->vt, src, &n);
	if (p == NULL)
		return 0;
	memcpy(dst, p, n);
	return n;
}

/* The current thread's own memory: what came along is as good. */
static size_t
own_read(void *dst, gaddr_t src, size_t n)
{
	if (n <= PAGE_SIZE && window_read(dst, src, n) == n)
		return n;
	return space_read(current_space(), dst, src, n);
}

static size_t
own_write(gaddr_t dst, const void *src, size_t n)
{
	if (curthread->vt != NULL)
		vmthread_window_drop(curthread->vt);
	return space_write(current_space(), dst, src, n);
}

int
copyin(void *dst, gaddr_t src, size_t n)
{
	return own_read(dst, src, n) == n ? 0 : -EFAULT;
}

int
copyout(gaddr_t dst, const void *src, size_t n)
{
	return own_write(dst, src, n) == n ? 0 : -EFAULT;
}

int
vm_copyin(struct vm_map *vm, void *dst, gaddr_t src, size_t n)
{
	return space_read(vm->space, dst, src, n) == n ? 0 : -EFAULT;
}

int
vm_copyout(struct vm_map *vm, gaddr_t dst, const void *src, size_t n)
{
	return space_write(vm->space, dst, src, n) == n ? 0 : -EFAULT;
}

static const char zeroes[PAGE_SIZE];

int
copyout_zero(gaddr_t dst, size_t n)
{
	size_t k;
	int err;

	for (; n > 0; n -= k, dst = ga_add(dst, k)) {
		k = min_of(n, sizeof(zeroes));
		err = copyout(dst, zeroes, k);
		if (err != 0)
			return err;
	}
	return 0;
}

/*
 * A page at a time: the string may end just before memory that is not there,
 * and what lies behind its end is nobody's business.
 */
long
copyinstr(char *dst, gaddr_t src, size_t max)
{
	struct vmspace *vs = current_space();
	size_t done, want, got;
	char *nul;

	got = window_read(dst, src, max);
	nul = memchr(dst, '\0', got);
	if (nul != NULL)
		return nul - dst;
	for (done = 0; done < max; done += got) {
		want = min_of(max - done, PAGE_SIZE - ((src.v + done) & PAGE_MASK));
		got = space_read(vs, dst + done, ga_add(src, done), want);
		nul = memchr(dst + done, '\0', got);
		if (nul != NULL)
			return nul - dst;
		if (got < want)
			return -EFAULT;
	}
	return -ENAMETOOLONG;
}

/* --- uio --- */

static void
uio_init(struct uio *u, uint64_t base, size_t n, bool kernel)
{
	*u = (struct uio){
		.nseg = 1, .resid = min_of(n, (size_t)MAX_RW_COUNT), .kernel = kernel,
	};
	u->one = (struct uio_seg){ base, u->resid };
	u->seg = &u->one;
}

void
uio_kernel(struct uio *u, void *buf, size_t n)
{
	uio_init(u, (uintptr_t)buf, n, true);
}

void
uio_guest(struct uio *u, gaddr_t buf, size_t n)
{
	uio_init(u, buf.v, n, false);
}

/*
 * Lengths are checked in order, as import_iovec() does: a negative one is
 * EINVAL, a range outside the guest's part EFAULT, and what exceeds the
 * largest transfer is cut off.
 */
static int
uio_check_segs(struct uio *u)
{
	struct uio_seg *s;

	for (s = u->seg; s < u->seg + u->nseg; s++) {
		if ((int64_t)s->len < 0)
			return -EINVAL;
		if (s->len != 0 && guest_clip(ga(s->base), s->len) != s->len)
			return -EFAULT;
		s->len = min_of(s->len, (uint64_t)MAX_RW_COUNT - u->resid);
		u->resid += s->len;
	}
	return 0;
}

int
uio_from_iovec(struct uio *u, gaddr_t iov, uint64_t count)
{
	int err;

	*u = (struct uio){ .seg = &u->one };
	if (count > UIO_MAXIOV)
		return -EINVAL;
	if (count > 1) {
		u->seg = kalloc(count * sizeof(*u->seg));
		if (u->seg == NULL) {
			u->seg = &u->one;
			return -ENOMEM;
		}
	}
	u->nseg = (int)count;
	/* struct uio_seg is laid out as struct iovec. */
	err = copyin(u->seg, iov, count * sizeof(*u->seg));
	if (err == 0)
		err = uio_check_segs(u);
	if (err != 0)
		uio_free(u);
	return err;
}

void
uio_free(struct uio *u)
{
	if (u->seg != &u->one)
		kfree(u->seg);
	u->seg = &u->one;
	u->nseg = u->cur = 0;
	u->resid = 0;
}

/* The current stretch: at most n bytes; steps over empty segments. */
static size_t
uio_stretch(struct uio *u, size_t n, uint64_t *at)
{
	struct uio_seg *s;

	while (u->cur < u->nseg && u->off == u->seg[u->cur].len) {
		u->cur++;
		u->off = 0;
	}
	if (u->cur == u->nseg)
		return 0;
	s = &u->seg[u->cur];
	*at = s->base + u->off;
	return min_of(n, (size_t)(s->len - u->off));
}

static void
uio_advance(struct uio *u, size_t n)
{
	u->off += n;
	u->resid -= n;
}

ssize_t
uio_put(struct uio *u, const void *buf, size_t n)
{
	size_t done, want, got;
	uint64_t at = 0;

	for (done = 0; done < n; done += got) {
		want = uio_stretch(u, n - done, &at);
		if (want == 0)
			break;
		if (u->kernel) {
			memcpy((void *)(uintptr_t)at, (const char *)buf + done, want);
			got = want;
		} else {
			got = own_write(ga(at), (const char *)buf + done, want);
		}
		uio_advance(u, got);
		if (got < want)
			return done + got > 0 ? (ssize_t)(done + got) : -EFAULT;
	}
	return (ssize_t)done;
}

ssize_t
uio_get(struct uio *u, void *buf, size_t n)
{
	size_t done, want, got;
	uint64_t at = 0;

	for (done = 0; done < n; done += got) {
		want = uio_stretch(u, n - done, &at);
		if (want == 0)
			break;
		if (u->kernel) {
			memcpy((char *)buf + done, (const void *)(uintptr_t)at, want);
			got = want;
		} else {
			got = own_read((char *)buf + done, ga(at), want);
		}
		uio_advance(u, got);
		if (got < want)
			return done + got > 0 ? (ssize_t)(done + got) : -EFAULT;
	}
	return (ssize_t)done;
}

ssize_t
uio_put_zero(struct uio *u, size_t n)
{
	size_t done, want;
	ssize_t r;

	n = min_of(n, u->resid);
	for (done = 0; done < n; done += (size_t)r) {
		want = min_of(n - done, sizeof(zeroes));
		r = uio_put(u, zeroes, want);
		if (r < 0)
			return done > 0 ? (ssize_t)done : r;
		if ((size_t)r < want)
			return (ssize_t)(done + (size_t)r);
	}
	return (ssize_t)done;
}
