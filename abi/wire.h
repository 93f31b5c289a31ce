/*
 * wire.h - the slot: what a carrier's thread and its kthread share.
 *
 * One slot per guest thread, a shared mapping of SLOT_SIZE bytes at
 * SLOTS_BASE + n * SLOT_SIZE in the carrier.  The first page is this header,
 * the rest the host's alternate signal stack on which the trampoline runs, so
 * that the guest's live signal frame (registers, extended state) is in it.
 *
 * `turn` says whose move it is, and is the futex both sides sleep on.  Only
 * the side whose turn it is touches the rest.  The carrier is hostile: the
 * kernel reads each word once and checks it before use.
 *
 * Plain C and assembler (WIRE_ASM) include this.
 */
#ifndef ABI_WIRE_H
#define ABI_WIRE_H

#define TRAMP_BASE	0x7fffc0000000
#define TRAMP_MAX	0x10000			/* text, at most */
#define SLOTS_BASE	0x7fffc1000000
#define SLOT_SIZE	0x10000
#define SLOT_MAX	16000			/* threads of one carrier */
#define SLOT_BOOT_UC	0x1400			/* ucontext for a first start */
#define SLOT_SERVE	0x1600			/* struct vmserve (serve.h) */
#define SLOT_IN		0x2000			/* what the call's arguments point to */
#define SLOT_OUT	0x3000			/* what is to be stored before the guest runs */
#define SLOT_WINDOW	0x1000			/* size of each of the two */
#define SLOT_STACK	0x4000			/* altstack begins here */
#define USER_TOP	0x7ffffffff000		/* end of a 47-bit address space */
/* The vDSO and its data pages are moved to just below the guest's end. */
#define VDSO_END	0x7fffbfff0000
#define VDSO_MAX	0x10000

/* The signal with which the kernel calls a running thread in: SIGURG, which
 * does nothing when it comes too early. */
#define SIGKICK		23

#define TURN_CARRIER	0
#define TURN_KERNEL	1

/* What the kernel tells the carrier. */
#define CMD_RUN		1	/* resume the guest from uc */
#define CMD_ORDERS	2	/* carry out orders[0..norders) */
#define CMD_FORK	3	/* new process; fds: its slot, its socket */
#define CMD_THREAD	4	/* new thread; fd: its slot, to be put at arg[0] */
#define CMD_ATOMIC	5	/* arg: op, addr, operand, compare; result in ret */
#define CMD_EXIT	6	/* this host thread ends */

/* What the carrier reports. */
#define EV_SYSCALL	1
#define EV_FAULT	2
#define EV_KICK		3
#define EV_DONE		4	/* the command is done: err, failed, ret */
#define EV_BOOT		5	/* a clean carrier awaits commands */
#define EV_UNSTORED	6	/* RUN was not done: one of out[] met a bad address */

/* Offsets that entry.S needs; checked in carrier.c. */
#define SLOT_OFF_UC	0x28
#define SLOT_OFF_FS	0x40
#define SLOT_OFF_GS	0x48
#define SLOT_OFF_CMD	0x50

/* The two flag words of clone that the filter lets through. */
#define CLONE_CARRIER	0x00008011	/* CLONE_PARENT | SIGCHLD */
#define CLONE_HTHREAD	0x00050f00	/* VM FS FILES SIGHAND THREAD SYSVSEM */

#ifndef WIRE_ASM
#include <stdint.h>

#include "abi/serve.h"

struct wire_order {
	uint32_t	nr;		/* the host's system call: mmap, munmap... */
	int32_t		fd_index;	/* which received descriptor; -1 none */
	uint64_t	arg[6];
};
#define WIRE_ORDERS	48
#define WIRE_FDS	16

/* A piece of guest memory, and where in the window its bytes are. */
struct wire_piece {
	uint64_t	addr;
	uint32_t	len, off;
};
#define WIRE_PIECES	4

struct slot {
	_Atomic uint32_t turn;		/* 0x00 */
	uint32_t	event;		/* 0x04 EV_* */
	int32_t		signo, code;	/* 0x08 of the siginfo */
	uint64_t	addr;		/* 0x10 si_addr, si_call_addr */
	uint32_t	arch, pad0;	/* 0x18 si_arch */
	uint64_t	self;		/* 0x20 this slot's address in the carrier */
	uint64_t	uc;		/* 0x28 the frame's ucontext, carrier address */
	int32_t		err;		/* 0x30 EV_DONE: 0 or -errno */
	uint32_t	failed;		/* 0x34 index of the order that failed */
	uint64_t	ret;		/* 0x38 host pid or tid, atomic's old value */
	uint64_t	fs_base;	/* 0x40 both ways */
	uint64_t	gs_base;	/* 0x48 */
	uint32_t	cmd;		/* 0x50 CMD_* */
	uint32_t	norders, nfds, pad1;
	uint64_t	arg[4];		/* 0x60 */
	uint64_t	filter_len;	/* template only: the BPF program follows */
	uint32_t	nin, nout;	/* in: with EV_SYSCALL; out: with CMD_RUN */
	struct wire_piece in[WIRE_PIECES], out[WIRE_PIECES];
	struct wire_order orders[WIRE_ORDERS];
};
_Static_assert(sizeof(struct slot) <= SLOT_BOOT_UC, "slot header too big");
_Static_assert(SLOT_SERVE + sizeof(struct vmserve) <= 0x2000, "struct vmserve too big");
_Static_assert(__builtin_offsetof(struct slot, uc) == SLOT_OFF_UC, "entry.S");
_Static_assert(__builtin_offsetof(struct slot, fs_base) == SLOT_OFF_FS, "entry.S");
_Static_assert(__builtin_offsetof(struct slot, cmd) == SLOT_OFF_CMD, "entry.S");
_Static_assert(__builtin_offsetof(struct slot, gs_base) == SLOT_OFF_GS, "entry.S");
#endif

#endif
