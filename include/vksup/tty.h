/*
 * tty.h - pseudo terminals: a pair of a master and a slave with the line
 * discipline of Linux (N_TTY) between them.
 *
 * What is written to the master waits in `raw`, goes through the discipline
 * (line editing, signals, echo) into `buf`, and is read from the slave.  What
 * is written to the slave goes through output processing into `out`, and is
 * read from the master.  One struct tty is both ends: they share termios, size
 * and foreground group anyway.  The master end of the run's console is no file
 * but the supervisor's (tty_console_*).
 *
 * Files: file_tty.c open, read, write, poll; tty_ldisc.c and
 * tty_output.c the discipline; tty_ioctl.c termios and ioctls; tty_job.c sessions and job control;
 * fs_devpts.c names; tty_console.c the console.
 *
 * Locks: tty.lock (RANK_OBJ) [m] covers what passes through the terminal;
 * vk->proc_lock [p], inside it, covers session and foreground group; the table
 * lock of tty_state (RANK_LEAF) [t] covers numbers and references.
 */
#ifndef VKSUP_TTY_H
#define VKSUP_TTY_H

#include <sys/ioctl.h>

#include "vksup/file.h"
#include "vksup/lock.h"
#include "vksup/vkern.h"
#include "vksup/wait.h"

struct session;
struct proc;

/* struct termios2 of the kernel; its head is the kernel's struct termios. */
#define TTY_NCCS	19
struct tty_termios {
	uint32_t	iflag, oflag, cflag, lflag;
	uint8_t		line;
	uint8_t		cc[TTY_NCCS];
	uint32_t	ispeed, ospeed;
};

/* A queue of bytes; indices run free, size is a power of two. */
#define TTY_RAW_SIZE	8192u
#define TTY_OUT_SIZE	16384u
#define TTY_ECHO_SIZE	4096u
#define TTY_BUF_SIZE	4096u
/* Bytes that a slave may write before it waits: Linux has 8192 of flip buffer
 * and the master's discipline of 4095. */
#define TTY_OUT_LIMIT	(8192u + 4095u)
#define TTY_MASTER_CHUNK 4095u

struct tty_ring {
	uint32_t	head, tail, size;
	uint8_t		*data;
};

static inline uint32_t
ring_count(const struct tty_ring *r)
{
	return r->head - r->tail;
}

static inline void
ring_put(struct tty_ring *r, uint8_t c)
{
	r->data[r->head++ & (r->size - 1)] = c;
}

static inline uint8_t
ring_get(struct tty_ring *r)
{
	return r->data[r->tail++ & (r->size - 1)];
}

struct tty {
	int		refs;		/* [t] */
	int		index;		/* [I] N of /dev/pts/N */
	struct vkern	*vk;		/* [I] */
	struct inode	*inode;		/* [t] the slave's; NULL when its name is gone */
	struct mutex	lock;

	struct tty_termios tio;		/* [m] */
	struct winsize	ws;		/* [m] */
	struct session	*session;	/* [p] whose controlling terminal it is; no reference */
	int		pgrp;		/* [p] foreground group, 0: none */

	bool		master_open;	/* [m] */
	bool		master_eof;	/* [m] all slaves were closed: master reads EIO */
	bool		lock_flag;	/* [m] TIOCSPTLCK: slaves cannot be opened */
	bool		excl[2];	/* [m] TIOCEXCL of slave, master */
	int		nslaves;	/* [m] open slave files */
	unsigned	hup_gen;	/* [m] slave files of older generations are hung up */
	bool		packet;		/* [m] master is in packet mode */
	uint8_t		pktstatus;	/* [m] TIOCPKT_* to tell */
	bool		stopped;	/* [m] output of the slave is stopped */
	bool		tco_stopped;	/* [m] by TCOOFF: only TCOON starts it */
	bool		reading[2], writing[2]; /* [m] one call at a time; slave, master */
	struct waitq	wq[2];		/* waiters on the slave, on the master */

	/* the line discipline [m] */
	size_t		read_head, commit_head, canon_head, read_tail;
	bool		icanon, lnext, erasing, push;
	unsigned	column, canon_column;
	uint8_t		buf[TTY_BUF_SIZE];
	uint64_t	eol[TTY_BUF_SIZE / 64];	/* bit: a line ends at that byte */
	struct tty_ring	raw, echo, out;		/* [m] */
	bool		pulling;		/* [m] input is being worked on... */
	uint32_t	pull_mark;		/* [m] ...and out.head when that began */
	uint32_t	echo_seen;		/* [m] echo.head when echoes were last worked off */
	uint32_t	echo_old;		/* [m] ring_count(&echo) at the last commit */

	/* the console [I], but for the flags [m] */
	void		(*kick)(void *arg);
	void		*kick_arg;
	bool		wanted;		/* a guest waits for input or changed modes */
	bool		modes_set;	/* by a guest */
	uint64_t	console_rdev;	/* of the host's terminal, 0: any */
};

#define TTY_SLAVE	0
#define TTY_MASTER	1

/* file.priv of both ends. */
struct tty_file {
	struct tty	*tty;		/* [I] reference */
	int		side;		/* [I] TTY_SLAVE, TTY_MASTER */
	unsigned	gen;		/* [I] hup_gen at open */
};

/* One per kernel (vk->tty), made when first asked for. */
#define TTY_MAX		4096
struct tty_state {
	struct mutex	lock;		/* RANK_LEAF */
	struct tty	*tab[TTY_MAX];	/* [t] no references */
	int		count;		/* [t] */
	struct superblock *devpts;	/* [t] */
	struct inode	*ptmx;		/* [I] /dev/pts/ptmx */
	struct tty	*console;	/* [I] reference; NULL: none */
};
struct tty_state *tty_state(void);
/* Frees what is left when the kernel goes down; no file may be open any more. */
void tty_fini(void);

/* --- file_tty.c --- */
/* A new pair without any file, with its number and its name; -ENOSPC. */
int tty_new(struct tty **out) must_check;
struct tty *tty_ref(struct tty *t);
void tty_unref(struct tty *t);
/* Referenced, or NULL. */
struct tty *tty_lookup(int index);
/* For chrdev_open(): 5:2, and 5:0 (-ENXIO without a controlling terminal). */
int ptmx_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out) must_check;
int tty_open_current(struct inode *ino, const struct path *p, unsigned flags, struct file **out) must_check;
/* Slaves, majors 136 to 143 (by inode->rdev). */
int pts_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out) must_check;
/* A slave file of t at p; flags as open(2)'s. */
int tty_open_slave(struct tty *t, struct inode *ino, const struct path *p, unsigned flags,
    struct file **out) must_check;
/* The same at its name in /dev/pts as the kernel sees it. */
int tty_open_peer(struct tty *t, unsigned flags, struct file **out) must_check;
/* The master side ends: everything is hung up. */
void tty_master_close(struct tty *t);
/* Is f a terminal, and which? */
struct tty_file *file_tty(struct file *f);
bool tty_file_hung(struct tty *t, const struct tty_file *tf) REQUIRES(t->lock);
/* Something changed for waiters of that side. */
void tty_wake(struct tty *t, int side, unsigned events) REQUIRES(t->lock);
/* Guests want input from the console. */
void tty_want(struct tty *t) REQUIRES(t->lock);

/* --- tty_ldisc.c, tty_output.c; [m] all --- */
void ldisc_init(struct tty *t);
/* Take bytes from the master for the slave: those that fit. */
size_t ldisc_input(struct tty *t, const uint8_t *p, size_t n) REQUIRES(t->lock);
size_t ldisc_input_room(struct tty *t) REQUIRES(t->lock);
/* Past the raw queue, at once (TIOCSTI). */
void ldisc_inject(struct tty *t, uint8_t c) REQUIRES(t->lock);
bool ldisc_readable(struct tty *t, bool poll) REQUIRES(t->lock);
/* Canonical: (part of) a line; *done at its end.  Raw: what there is. */
size_t ldisc_read(struct tty *t, uint8_t *p, size_t n, bool *done) REQUIRES(t->lock);
/* After a read: more of the raw queue may come through. */
void ldisc_pull(struct tty *t) REQUIRES(t->lock);
/* Bytes that TIOCINQ tells. */
size_t ldisc_inq(struct tty *t) REQUIRES(t->lock);
void ldisc_flush_input(struct tty *t) REQUIRES(t->lock);
void ldisc_flush_output(struct tty *t) REQUIRES(t->lock);
/* Slave output with processing; the bytes of p taken. */
size_t ldisc_write(struct tty *t, const uint8_t *p, size_t n) REQUIRES(t->lock);
size_t ldisc_out_room(struct tty *t) REQUIRES(t->lock);
/* Echoes that had no room yet. */
void ldisc_echoes(struct tty *t) REQUIRES(t->lock);
/* Take output for the master. */
size_t ldisc_take(struct tty *t, uint8_t *p, size_t n) REQUIRES(t->lock);
void tty_stop(struct tty *t) REQUIRES(t->lock);
void tty_start(struct tty *t) REQUIRES(t->lock);
/* t->tio has just changed from *old. */
void ldisc_termios_changed(struct tty *t, const struct tty_termios *old) REQUIRES(t->lock);
/* A signal from the keyboard: flushes unless NOFLSH. */
void ldisc_signal(struct tty *t, int sig) REQUIRES(t->lock);

/* --- tty_ioctl.c --- */
void termios_init(struct tty_termios *tio);
long tty_ioctl(struct file *f, unsigned cmd, unsigned long arg);
/* Set the size; SIGWINCH to the foreground group if it changed. */
void tty_resize(struct tty *t, const struct winsize *ws) EXCLUDES(t->lock);

/* --- tty_job.c --- */
/* The current process's controlling terminal; no reference. */
struct tty *tty_current(void) REQUIRES(vk->proc_lock);
/* SIGTTIN and SIGTTOU: 0, -EIO, or -ERESTARTSYS with the signal sent. */
int tty_check_change(struct tty *t, int sig) must_check;
/* An open without O_NOCTTY: becomes the controlling terminal if it may. */
void tty_open_ctty(struct tty *t);
void tty_make_ctty(struct tty *t, struct proc *p) REQUIRES(vk->proc_lock);
/* To the foreground group. */
void tty_signal_fg(struct tty *t, int sig);
/* Hang up: signals and end of the session's use of it; files by hup_gen. */
void tty_hangup(struct tty *t) EXCLUDES(t->lock);
long tty_job_ioctl(struct file *f, unsigned cmd, unsigned long arg);
/* vhangup(2), without its permission check. */
void tty_vhangup_current(void);

/* --- fs_devpts.c --- */
/* The inode of /dev/pts/N, owned by the current thread's user. */
struct inode *devpts_inode(struct tty *t);

/*
 * --- tty_console.c: the terminal of the run ---
 *
 * The supervisor holds the master end.  kick(arg) is called with locks held
 * when there is output to take, when there is room for input again, or when
 * tty_console_wanted() became true: it must only make another thread look
 * (write to an eventfd).  All others may be called by any host thread with vk
 * set, curthread may be NULL.
 */
/* tio NULL: the defaults.  After boot, before pid 1 starts.  Its slave is
 * /dev/pts/0, and what stdio_files() gives for terminals whose st_rdev is rdev
 * (0: for all). */
int tty_console_create(const struct tty_termios *tio, const struct winsize *ws,
    uint64_t rdev, void (*kick)(void *arg), void *arg) must_check;
/* Make it the controlling terminal of p's session (p: guest pid 1 or the
 * leader of the session to have it), with p's group in the foreground. */
void tty_console_attach(struct proc *p);
/* Input typed by the user: bytes taken; the others when kicked again. */
size_t tty_console_input(const void *buf, size_t n);
/* Output for the user: bytes given; 0: none now. */
size_t tty_console_output(void *buf, size_t n);
/* The host's modes are others than those of the start: ours too, unless a guest
 * has set some. */
void tty_console_modes(const struct tty_termios *tio);
/* Has a guest asked for input, or changed modes, since the start? */
bool tty_console_wanted(void);
void tty_console_winsize(const struct winsize *ws);
/* SIGINT, SIGQUIT, SIGTSTP from outside, as if typed (SIGTSTP stops the group
 * also when nobody looks after it); SIGHUP: hang up; any other goes to the
 * foreground group. */
void tty_console_signal(int sig);

#endif
