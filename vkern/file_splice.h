/*
 * file_splice.h - transfers between pipes, files and memory (file_splice.c),
 * for the handlers in sys_file_splice.c.
 *
 * All give the number of bytes, 0 at the end of the input, or -errno; they
 * wait as splice(2) does unless nowait.  Positions are the caller's to keep
 * and may be NULL for files without one.
 */
#ifndef VKSUP_FILE_SPLICE_H
#define VKSUP_FILE_SPLICE_H

#include "vkern/file_impl.h"

ssize_t splice_file_to_pipe(struct file *in, int64_t *pos, struct pipe *p, size_t len, bool nowait);
ssize_t splice_pipe_to_file(struct pipe *p, struct file *out, int64_t *pos, size_t len, bool nowait);
ssize_t splice_pipe_to_pipe(struct pipe *in, struct pipe *out, size_t len, bool nowait, bool tee);
ssize_t splice_guest_to_pipe(struct uio *from, struct pipe *p, bool nowait);
ssize_t splice_pipe_to_guest(struct pipe *p, struct uio *to, bool nowait);
ssize_t splice_file_to_file(struct file *in, int64_t *ipos, struct file *out, int64_t *opos,
    size_t len);

#endif
