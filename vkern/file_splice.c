/*
 * file_splice.c - moving buffers between pipes and files: what splice, tee,
 * vmsplice, sendfile and copy_file_range are made of.
 *
 * A transfer between a pipe and a file must not hold pipe.lock while the file
 * is read or written (its locks come before).  So room in the pipe is reserved
 * first and filled later; and buffers are taken out first, their places kept
 * reserved, and what could not be written is put back in front.
 */
#include "vkern/file_splice.h"

#define COPY_CHUNK	65536U

/* --- buffers into a pipe --- */

static void
pipe_unreserve(struct pipe *p, unsigned n)
{
	mutex_lock(&p->lock);
	p->reserved -= n;
	if (n > 0 && !pipe_full(p))
		pipe_wake_writers(p);
	mutex_unlock(&p->lock);
}

/* Wait for room, and keep up to `want` places: their number, or -errno. */
static int
pipe_reserve(struct pipe *p, unsigned want, bool nowait)
{
	unsigned n = 0;
	int err;

	mutex_lock(&p->lock);
	err = pipe_wait_room(p, nowait);
	if (err == 0) {
		n = min_of(want, p->max_usage - (p->head - p->tail) - p->reserved);
		p->reserved += n;
	}
	mutex_unlock(&p->lock);
	return err != 0 ? err : (int)n;
}

/* Bytes in the n buffers, now in the pipe; of the places, `kept` are freed. */
static ssize_t
pipe_append(struct pipe *p, struct pipe_buf *bufs, unsigned n, unsigned kept)
{
	ssize_t bytes = 0;
	unsigned i;

	mutex_lock(&p->lock);
	for (i = 0; i < n; i++) {
		bytes += bufs[i].len;
		*pipe_at(p, p->head++) = bufs[i];
	}
	p->reserved -= kept;
	if (n > 0)
		pipe_wake_readers(p);
	if (n < kept)
		pipe_wake_writers(p);
	mutex_unlock(&p->lock);
	return bytes;
}

/* Segments of pages that start with `skip` bytes not in use. */
struct batch {
	struct pipe_buf	bufs[PIPE_BATCH];
	struct uio_seg	segs[PIPE_BATCH];
	unsigned	n;
};

/* Pages for up to len bytes; the number of bytes. */
static size_t
batch_alloc(struct batch *b, unsigned max, size_t skip, size_t len)
{
	size_t room, bytes = 0;
	struct pipe_page *pg;

	for (b->n = 0; b->n < max && len > 0; b->n++) {
		pg = pipe_page_new();
		if (pg == NULL)
			break;
		room = min_of(PAGE_SIZE - skip, len);
		b->bufs[b->n] = (struct pipe_buf){ pg, (uint32_t)skip, (uint32_t)room, 0 };
		b->segs[b->n] = (struct uio_seg){ (uintptr_t)pg->data + skip, room };
		bytes += room;
		len -= room;
		skip = 0;
	}
	return bytes;
}

static void
batch_uio(struct batch *b, struct uio *u, size_t bytes, bool nowait)
{
	*u = (struct uio){
		.seg = b->segs, .nseg = (int)b->n, .resid = bytes, .kernel = true,
		.rwf = nowait ? K_RWF_NOWAIT : 0,
	};
}

/* Only the first `bytes` were filled. */
static unsigned
batch_trim(struct batch *b, size_t bytes)
{
	unsigned i, used = 0;

	for (i = 0; i < b->n; i++) {
		if (bytes == 0) {
			pipe_buf_drop(&b->bufs[i]);
			continue;
		}
		b->bufs[i].len = (uint32_t)min_of((size_t)b->bufs[i].len, bytes);
		bytes -= b->bufs[i].len;
		used++;
	}
	b->n = used;
	return used;
}

static ssize_t
file_to_pipe_once(struct file *in, int64_t *pos, struct pipe *p, size_t len, bool nowait)
{
	struct batch b;
	struct uio u;
	size_t bytes;
	ssize_t r;
	int places;

	places = pipe_reserve(p, PIPE_BATCH, nowait);
	if (places < 0)
		return places;
	bytes = batch_alloc(&b, (unsigned)places, pos != NULL ? (size_t)*pos & PAGE_MASK : 0, len);
	if (bytes == 0) {
		pipe_unreserve(p, (unsigned)places);
		return -ENOMEM;
	}
	batch_uio(&b, &u, bytes, nowait);
	r = file_read_uio(in, &u, pos);
	batch_trim(&b, r > 0 ? (size_t)r : 0);
	pipe_append(p, b.bufs, b.n, (unsigned)places);
	return r;
}

/* Wait for room once; then a regular file goes on as long as both can. */
ssize_t
splice_file_to_pipe(struct file *in, int64_t *pos, struct pipe *p, size_t len, bool nowait)
{
	size_t done = 0;
	ssize_t r;

	do {
		r = file_to_pipe_once(in, pos, p, len - done, nowait || done > 0);
		if (r > 0)
			done += (size_t)r;
	} while (r > 0 && done < len && S_ISREG(in->inode->mode));
	return done > 0 ? (ssize_t)done : r;
}

/* --- buffers out of a pipe --- */

/* Take the first of the pipe, or its first len bytes. */
static void
pipe_take_one(struct pipe *p, struct pipe_buf *out, size_t len) REQUIRES(p->lock)
{
	struct pipe_buf *b = pipe_at(p, p->tail);

	*out = *b;
	if (b->len <= len) {
		p->tail++;
		p->reserved++;
		return;
	}
	/* The page is shared now: nothing may be added behind our part. */
	out->page->refs++;
	out->len = (uint32_t)len;
	b->off += (uint32_t)len;
	b->len -= (uint32_t)len;
}

static size_t
pipe_take(struct pipe *p, struct batch *b, size_t len) REQUIRES(p->lock)
{
	size_t bytes = 0;

	for (b->n = 0; b->n < PIPE_BATCH && bytes < len && !pipe_empty(p); b->n++) {
		pipe_take_one(p, &b->bufs[b->n], len - bytes);
		b->segs[b->n] = (struct uio_seg){
			(uintptr_t)b->bufs[b->n].page->data + b->bufs[b->n].off,
			b->bufs[b->n].len,
		};
		bytes += b->bufs[b->n].len;
	}
	return bytes;
}

/* In front of everything; its other half may still be there. */
static void
pipe_put_back(struct pipe *p, struct pipe_buf *b) REQUIRES(p->lock)
{
	struct pipe_buf *first = pipe_at(p, p->tail);

	if (!pipe_empty(p) && first->page == b->page && first->off == b->off + b->len) {
		first->off = b->off;
		first->len += b->len;
		pipe_buf_drop(b);
		return;
	}
	if (p->head - p->tail == p->ring_size) {
		pipe_buf_drop(b);	/* cannot be: places are reserved */
		return;
	}
	*pipe_at(p, --p->tail) = *b;
}

/* `done` bytes of the batch are used up. */
static void
pipe_untake(struct pipe *p, struct batch *b, unsigned places, size_t done)
{
	unsigned i;

	for (i = 0; i < b->n && b->bufs[i].len <= done; i++) {
		done -= b->bufs[i].len;
		pipe_buf_drop(&b->bufs[i]);
	}
	if (i < b->n) {
		b->bufs[i].off += (uint32_t)done;
		b->bufs[i].len -= (uint32_t)done;
	}
	mutex_lock(&p->lock);
	p->reserved -= places;
	while (b->n > i)
		pipe_put_back(p, &b->bufs[--b->n]);
	if (!pipe_full(p))
		pipe_wake_writers(p);
	if (!pipe_empty(p))
		pipe_wake_readers(p);
	mutex_unlock(&p->lock);
}

/* One batch of what is there, after waiting for something. */
static ssize_t
pipe_to_uio_op(struct pipe *p, size_t len, bool nowait,
    ssize_t (*op)(void *arg, struct uio *u), void *arg)
{
	unsigned before, places;
	struct batch b;
	struct uio u;
	size_t bytes;
	ssize_t r;

	mutex_lock(&p->lock);
	r = pipe_wait_data(p, nowait);
	if (r <= 0) {
		mutex_unlock(&p->lock);
		return r;
	}
	before = p->reserved;
	bytes = pipe_take(p, &b, len);
	places = p->reserved - before;
	mutex_unlock(&p->lock);
	batch_uio(&b, &u, bytes, nowait);
	r = op(arg, &u);
	pipe_untake(p, &b, places, r > 0 ? (size_t)r : 0);
	return r;
}

struct file_at {
	struct file	*f;
	int64_t		*pos;
};

static ssize_t
write_op(void *arg, struct uio *u)
{
	struct file_at *at = arg;

	return file_write_uio(at->f, u, at->pos);
}

/* Wait for the first data only; more as long as there is some at once. */
ssize_t
splice_pipe_to_file(struct pipe *p, struct file *out, int64_t *pos, size_t len, bool nowait)
{
	struct file_at at = { out, pos };
	size_t done = 0;
	ssize_t r = 0;

	while (done < len) {
		r = pipe_to_uio_op(p, len - done, nowait || done > 0, write_op, &at);
		if (r <= 0)
			break;
		done += (size_t)r;
	}
	return done > 0 ? (ssize_t)done : r;
}

/* To guest memory, as far as it goes. */
static ssize_t
guest_op(void *arg, struct uio *u)
{
	struct uio *to = arg;
	size_t done = 0;
	ssize_t r = 0;
	int i;

	for (i = 0; i < u->nseg; i++) {
		r = uio_put(to, (void *)(uintptr_t)u->seg[i].base, u->seg[i].len);
		if (r > 0)
			done += (size_t)r;
		if (r < (ssize_t)u->seg[i].len)
			break;
	}
	return done > 0 ? (ssize_t)done : r;
}

ssize_t
splice_pipe_to_guest(struct pipe *p, struct uio *to, bool nowait)
{
	size_t done = 0;
	ssize_t r = 0;

	while (to->resid > 0) {
		r = pipe_to_uio_op(p, to->resid, nowait || done > 0, guest_op, to);
		if (r <= 0)
			break;
		done += (size_t)r;
	}
	return done > 0 ? (ssize_t)done : r;
}

/* Copies: the guest may write to its pages afterwards, and we would not see it. */
ssize_t
splice_guest_to_pipe(struct uio *from, struct pipe *p, bool nowait)
{
	size_t done = 0;
	struct batch b;
	ssize_t r = 0;
	int places;
	unsigned i;

	while (from->resid > 0) {
		places = pipe_reserve(p, PIPE_BATCH, nowait || done > 0);
		if (places < 0)
			return done > 0 ? (ssize_t)done : places;
		batch_alloc(&b, (unsigned)places, 0, from->resid);
		for (i = 0; i < b.n; i++) {
			r = uio_get(from, b.bufs[i].page->data, b.bufs[i].len);
			if (r < (ssize_t)b.bufs[i].len)
				break;
			done += (size_t)r;
		}
		batch_trim(&b, (size_t)i * PAGE_SIZE);
		pipe_append(p, b.bufs, b.n, (unsigned)places);
		if (i == 0 || r <= 0)
			return done > 0 ? (ssize_t)done : (r < 0 ? r : -EFAULT);
	}
	return (ssize_t)done;
}

/* --- pipe to pipe --- */

/* The next of `in` goes to `out`: bytes. */
static size_t
pipe_move_one(struct pipe *in, struct pipe *out, size_t len)
    REQUIRES(in->lock) REQUIRES(out->lock)
{
	struct pipe_buf *b = pipe_at(in, in->tail), moved = *b;

	if (b->len <= len) {
		in->tail++;
	} else {
		moved.page->refs++;
		moved.len = (uint32_t)len;
		b->off += (uint32_t)len;
		b->len -= (uint32_t)len;
		moved.flags &= ~(PB_MERGE | PB_PACKET);
	}
	*pipe_at(out, out->head++) = moved;
	return moved.len;
}

/* Both locked.  Bytes; -EAGAIN: wait and come again; -EPIPE. */
static ssize_t
pipe_move(struct pipe *in, struct pipe *out, size_t len)
    REQUIRES(in->lock) REQUIRES(out->lock)
{
	size_t done = 0;

	while (done < len) {
		if (out->readers == 0) {
			file_sigpipe();
			return done > 0 ? (ssize_t)done : -EPIPE;
		}
		if (pipe_empty(in) && in->writers == 0)
			break;
		if (pipe_empty(in) || pipe_full(out))
			return done > 0 ? (ssize_t)done : -EAGAIN;
		done += pipe_move_one(in, out, len - done);
	}
	return (ssize_t)done;
}

/* The same pages once more. */
static ssize_t
pipe_link(struct pipe *in, struct pipe *out, size_t len)
    REQUIRES(in->lock) REQUIRES(out->lock)
{
	struct pipe_buf b;
	size_t done = 0;
	unsigned i;

	for (i = in->tail; done < len; i++) {
		if (out->readers == 0) {
			file_sigpipe();
			return done > 0 ? (ssize_t)done : -EPIPE;
		}
		if (i == in->head || pipe_full(out))
			break;
		b = *pipe_at(in, i);
		b.page->refs++;
		/* What the original gets added is behind the copy's end. */
		b.flags &= ~PB_MERGE;
		b.len = (uint32_t)min_of((size_t)b.len, len - done);
		*pipe_at(out, out->head++) = b;
		done += b.len;
	}
	if (done == 0 && (in->writers != 0 || !pipe_empty(in)))
		return -EAGAIN;
	return (ssize_t)done;
}

/* Until `in` has data (or no writers) and `out` has room. */
static int
pipes_ready(struct pipe *in, struct pipe *out, bool nowait)
{
	int r;

	mutex_lock(&in->lock);
	r = pipe_wait_data(in, nowait);
	mutex_unlock(&in->lock);
	if (r < 0)
		return r;
	mutex_lock(&out->lock);
	r = pipe_wait_room(out, nowait);
	mutex_unlock(&out->lock);
	return r;
}

NO_TSA ssize_t
splice_pipe_to_pipe(struct pipe *in, struct pipe *out, size_t len, bool nowait, bool tee)
{
	ssize_t r;
	int err;

	do {
		err = pipes_ready(in, out, nowait);
		if (err < 0)
			return err;
		pipe_lock_two(in, out);
		r = tee ? pipe_link(in, out, len) : pipe_move(in, out, len);
		if (r > 0) {
			pipe_wake_readers(out);
			if (!tee)
				pipe_wake_writers(in);
		}
		mutex_unlock(&in->lock);
		mutex_unlock(&out->lock);
	} while (r == -EAGAIN && !nowait);
	return r;
}

/* --- file to file --- */

/*
 * Through a buffer of the kernel's.  What the second file did not take is not
 * counted as read; a short write ends the copy.
 */
ssize_t
splice_file_to_file(struct file *in, int64_t *ipos, struct file *out, int64_t *opos, size_t len)
{
	ssize_t r = 0, w = 0;
	size_t done = 0;
	struct uio u;
	char *buf;

	buf = kalloc(min_of(len, (size_t)COPY_CHUNK));
	if (buf == NULL)
		return -ENOMEM;
	while (done < len) {
		int64_t at = *ipos;

		uio_kernel(&u, buf, min_of(len - done, (size_t)COPY_CHUNK));
		r = file_read_uio(in, &u, &at);
		if (r <= 0)
			break;
		uio_kernel(&u, buf, (size_t)r);
		w = file_write_uio(out, &u, opos);
		if (w > 0) {
			*ipos += w;
			done += (size_t)w;
		}
		if (w < r) {
			r = w;
			break;
		}
	}
	kfree(buf);
	return done > 0 ? (ssize_t)done : r;
}
