/*
 * strace_file.c - fcntl(2), ioctl(2), prctl(2): what their last arguments are
 * hangs on a command, so the row has only RAW.
 */
#define _GNU_SOURCE
#include "strace_impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* ---- fcntl ------------------------------------------------------------------ */

#define K_F_OFD_GETLK	36
#define K_F_OFD_SETLKW	38

bool
fcntl_has_arg(unsigned cmd)
{
	switch (cmd) {
	case F_GETFD:
	case F_GETFL:
	case F_GETOWN:
	case F_GETSIG:
	case F_GETLEASE:
	case F_GETPIPE_SZ:
	case F_GET_SEALS:
		return false;
	default:
		return true;
	}
}

static bool
is_getlk(unsigned cmd)
{
	return cmd == F_GETLK || cmd == K_F_OFD_GETLK;
}

static void
put_flock(struct st *s, unsigned cmd, uint64_t v)
{
	struct flock fl;

	if (v == 0 || (is_getlk(cmd) && !st_ok(s)) ||
	    !st_read(s, &fl, v, sizeof(fl))) {
		text_addr(s->o, v);
		return;
	}
	text_put(s->o, "{l_type=");
	text_enum(s->o, &abi_set_locktype, (uint64_t)fl.l_type);
	text_put(s->o, ", l_whence=");
	text_enum(s->o, &abi_set_whence, (uint64_t)fl.l_whence);
	text_printf(s->o, ", l_start=%ld, l_len=%ld", fl.l_start, fl.l_len);
	if (is_getlk(cmd))
		text_printf(s->o, ", l_pid=%d", fl.l_pid);
	text_char(s->o, '}');
}

void
put_fcntl_arg(struct st *s, unsigned i, uint64_t v)
{
	unsigned cmd = (unsigned)s->raw[1];

	(void)i;
	switch (cmd) {
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case K_F_OFD_GETLK ... K_F_OFD_SETLKW:
		put_flock(s, cmd, v);
		break;
	case F_SETFD:
		text_set(s->o, &abi_set_fdflags, v);
		break;
	case F_SETFL:
		text_set(s->o, &abi_set_open, v);
		break;
	case F_ADD_SEALS:
		text_set(s->o, &abi_set_seals, v);
		break;
	case F_SETLEASE:
		text_enum(s->o, &abi_set_locktype, v);
		break;
	case F_SETSIG:
		text_signal(s->o, (int)v);
		break;
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
	case F_SETOWN:
	case F_SETPIPE_SZ:
		text_printf(s->o, "%d", (int)v);
		break;
	default:
		text_hex(s->o, v);
		break;
	}
}

enum abi_ret
fcntl_result(struct st *s)
{
	switch ((unsigned)s->raw[1]) {
	case F_GETFD:
		if (s->ret == 0)
			return ABI_RET_INT;
		text_put(&s->aux, "flags ");
		text_set(&s->aux, &abi_set_fdflags, (uint64_t)s->ret);
		return ABI_RET_ADDR;
	case F_GETFL:
		text_put(&s->aux, "flags ");
		text_set(&s->aux, &abi_set_open, (uint64_t)s->ret);
		return ABI_RET_ADDR;
	case F_GET_SEALS:
		text_put(&s->aux, "seals ");
		text_set(&s->aux, &abi_set_seals, (uint64_t)s->ret);
		return ABI_RET_ADDR;
	default:
		return ABI_RET_INT;
	}
}

/* ---- ioctl ------------------------------------------------------------------ */

#define K_FICLONE	0x40049409 /* <linux/fs.h>, not with <sys/mount.h> */

bool
ioctl_has_arg(unsigned cmd)
{
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
	case TIOCEXCL:
	case TIOCNXCL:
	case TIOCNOTTY:
		return false;
	default:
		return true;
	}
}

/* Commands that fill in what the argument points to. */
bool
ioctl_is_late(unsigned cmd)
{
	switch (cmd) {
	case TCGETS:
	case TIOCGWINSZ:
	case FIONREAD:
	case TIOCOUTQ:
	case TIOCGPGRP:
	case TIOCGSID:
	case TIOCGPTN:
		return true;
	default:
		return (cmd >> 30 & 2) != 0;	/* _IOC_READ */
	}
}

void
put_ioctl_cmd(struct st *s, unsigned i, uint64_t v)
{
	static const char *const dir[] = {
		"_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE",
	};
	unsigned cmd = (unsigned)v;
	const char *name = abi_set_name(&abi_set_ioctl, cmd);

	(void)i;
	if (name != NULL)
		text_put(s->o, name);
	else
		text_printf(s->o, "_IOC(%s, %#x, %#x, %#x)", dir[cmd >> 30],
		    cmd >> 8 & 0xff, cmd & 0xff, cmd >> 16 & 0x3fff);
}

static void
put_winsize(struct st *s, uint64_t v)
{
	struct winsize w;

	if (v == 0 || !st_read(s, &w, v, sizeof(w)))
		text_addr(s->o, v);
	else
		text_printf(s->o, "{ws_row=%u, ws_col=%u, ws_xpixel=%u,"
		    " ws_ypixel=%u}", w.ws_row, w.ws_col, w.ws_xpixel,
		    w.ws_ypixel);
}

static const char *
baud_name(unsigned cflag)
{
	switch (cflag & 010017) {
	case 015:
		return "B9600";
	case 016:
		return "B19200";
	case 017:
		return "B38400";
	case 010001:
		return "B57600";
	case 010002:
		return "B115200";
	default:
		return "B0";
	}
}

/* strace's short form: the speed and what is on or (with -) off. */
static void
put_termios(struct st *s, uint64_t v)
{
	uint32_t f[4];		/* c_iflag, c_oflag, c_cflag, c_lflag */

	if (v == 0 || !st_read(s, f, v, sizeof(f))) {
		text_addr(s->o, v);
		return;
	}
	text_printf(s->o, "{%s %sopost %sisig %sicanon %secho ...}",
	    baud_name(f[2]), (f[1] & 1) != 0 ? "" : "-",
	    (f[3] & 1) != 0 ? "" : "-", (f[3] & 2) != 0 ? "" : "-",
	    (f[3] & 010) != 0 ? "" : "-");
}

void
put_ioctl_arg(struct st *s, unsigned i, uint64_t v)
{
	unsigned cmd = (unsigned)s->raw[1];

	if (ioctl_is_late(cmd) && !st_ok(s)) {
		text_addr(s->o, v);
		return;
	}
	switch (cmd) {
	case TIOCGWINSZ:
	case TIOCSWINSZ:
		put_winsize(s, v);
		break;
	case TCGETS:
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		put_termios(s, v);
		break;
	case FIONREAD:
	case TIOCOUTQ:
	case TIOCGPGRP:
	case TIOCSPGRP:
	case TIOCGSID:
	case TIOCGPTN:
	case TIOCSPTLCK:
	case FIONBIO:
	case FIOASYNC:
		put_number(s, i, v);
		break;
	case TCSBRK:
	case TCSBRKP:
	case TCXONC:
	case TCFLSH:
	case TIOCSCTTY:
	case K_FICLONE:
		text_printf(s->o, "%d", (int)v);
		break;
	default:
		text_addr(s->o, v);
		break;
	}
}

/* ---- prctl ------------------------------------------------------------------ */

#define K_PR_SET_PDEATHSIG	1
#define K_PR_GET_PDEATHSIG	2
#define K_PR_SET_NAME		15
#define K_PR_GET_NAME		16
#define K_PR_GET_CHILD_SUBREAPER 37

unsigned
prctl_nargs(unsigned option)
{
	switch (option) {
	case 3:			/* GET_DUMPABLE */
	case 7:			/* GET_KEEPCAPS */
	case 21:		/* GET_SECCOMP */
	case 27:		/* GET_SECUREBITS */
	case 30:		/* GET_TIMERSLACK */
		return 1;
	case K_PR_SET_PDEATHSIG:
	case K_PR_GET_PDEATHSIG:
	case 4:			/* SET_DUMPABLE */
	case 8:			/* SET_KEEPCAPS */
	case K_PR_SET_NAME:
	case K_PR_GET_NAME:
	case 23:		/* CAPBSET_READ */
	case 24:		/* CAPBSET_DROP */
	case 28:		/* SET_SECUREBITS */
	case 29:		/* SET_TIMERSLACK */
	case 36:		/* SET_CHILD_SUBREAPER */
	case K_PR_GET_CHILD_SUBREAPER:
		return 2;
	default:
		return 5;
	}
}

void
put_prctl_arg(struct st *s, unsigned i, uint64_t v)
{
	switch ((unsigned)s->raw[0]) {
	case K_PR_SET_NAME:
		st_string(s, v, 15);
		break;
	case K_PR_GET_NAME:
		if (st_ok(s))
			st_string(s, v, 16);
		else
			text_addr(s->o, v);
		break;
	case K_PR_SET_PDEATHSIG:
		text_signal(s->o, (int)v);
		break;
	case K_PR_GET_PDEATHSIG:
	case K_PR_GET_CHILD_SUBREAPER:
		put_number_late(s, i, v);
		break;
	case 4:
	case 8:
	case 23:
	case 24:
	case 29:
	case 36:
	case 38:		/* SET_NO_NEW_PRIVS */
		text_printf(s->o, "%lu", (unsigned long)v);
		break;
	default:
		text_hex(s->o, v);
		break;
	}
}
