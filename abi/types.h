/*
 * types.h - guest structures that appear in syscalls.def.
 *
 * Where glibc's structure has the kernel's layout it is used as it is (and
 * its size asserted here); the others are ours and begin with k_.  All are
 * for x86-64: a port replaces this file and the number column of the table.
 *
 * This header pulls in no header of linux/ that redefines what glibc defines.
 * Do not include <linux/sched.h> beside abi.h: its struct clone_args has the
 * name that our table gives to the arguments of clone(2).
 */
#ifndef VKSUP_ABI_TYPES_H
#define VKSUP_ABI_TYPES_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <utime.h>

#include "vksup/base.h"

/* rt_sigaction(2); glibc's struct sigaction is another one. */
struct k_sigaction {
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

/* timerfd_settime(2), timer_settime(2). */
struct k_itimerspec {
	struct timespec it_interval;
	struct timespec it_value;
};

/* wait4(2): the word that WIFEXITED() and its like take apart. */
typedef int k_wstatus_t;

/* waitid(2) writes these fields of siginfo_t and no byte more. */
struct k_waitinfo {
	int32_t signo;
	int32_t error;
	int32_t code;
	int32_t pad;
	int32_t pid;
	uint32_t uid;
	int32_t status;
};

/* futex_waitv(2). */
struct k_futex_waitv {
	uint64_t val;
	uint64_t uaddr;
	uint32_t flags;
	uint32_t reserved;
};

/*
 * clone3(2).  The guest says how large its own is; what is shorter than this
 * reads as zero, what is longer must be zero (copy_struct_from_user).
 */
struct k_clone3 {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};

/* openat2(2); sized like k_clone3. */
struct k_open_how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

/* sched_setattr(2); sized like k_clone3. */
struct k_sched_attr {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
	uint32_t util_min;
	uint32_t util_max;
};

/* sched_setparam(2). */
struct k_sched_param {
	int32_t sched_priority;
};

/* sendmsg(2): glibc's msghdr has the same size, but other field types. */
struct k_msghdr {
	uint64_t name;
	int32_t namelen;
	int32_t pad0;
	uint64_t iov;
	uint64_t iovlen;
	uint64_t control;
	uint64_t controllen;
	uint32_t flags;
	int32_t pad1;
};

struct k_mmsghdr {
	struct k_msghdr hdr;
	uint32_t len;
	uint32_t pad;
};

struct k_iovec {
	uint64_t base;
	uint64_t len;
};

/* getdents(2) and getdents64(2): the part before the name. */
struct k_dirent {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
} __attribute__((packed));

struct k_dirent64 {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
} __attribute__((packed));

/* pselect6(2): what its last argument points to. */
struct k_sigset_arg {
	uint64_t set;
	uint64_t size;
};

/* set_robust_list(2). */
struct k_robust_list_head {
	uint64_t next;
	int64_t futex_offset;
	uint64_t list_op_pending;
};

/* capget(2). */
struct k_cap_header {
	uint32_t version;
	int32_t pid;
};

struct k_cap_data {
	uint32_t effective;
	uint32_t permitted;
	uint32_t inheritable;
};

/* file_getattr(2), Linux 6.17; sized like k_clone3. */
struct k_file_attr {
	uint64_t fa_xflags;
	uint32_t fa_extsize;
	uint32_t fa_nextents;
	uint32_t fa_projid;
	uint32_t fa_cowextsize;
};

#define ABI_SIZE(type, n) \
	_Static_assert(sizeof(type) == (n), #type " has the kernel's size")
ABI_SIZE(struct k_sigaction, 32);
ABI_SIZE(struct k_itimerspec, 32);
ABI_SIZE(struct k_waitinfo, 28);
ABI_SIZE(struct k_futex_waitv, 24);
ABI_SIZE(struct k_clone3, 88);
ABI_SIZE(struct k_open_how, 24);
ABI_SIZE(struct k_sched_attr, 56);
ABI_SIZE(struct k_msghdr, 56);
ABI_SIZE(struct k_mmsghdr, 64);
ABI_SIZE(struct k_dirent, 18);
ABI_SIZE(struct k_dirent64, 19);
ABI_SIZE(struct k_robust_list_head, 24);
ABI_SIZE(struct k_cap_data, 12);
ABI_SIZE(struct k_file_attr, 24);
ABI_SIZE(struct stat, 144);
ABI_SIZE(struct statx, 256);
ABI_SIZE(struct statfs, 120);
ABI_SIZE(struct timespec, 16);
ABI_SIZE(struct timeval, 16);
ABI_SIZE(struct timezone, 8);
ABI_SIZE(struct itimerval, 32);
ABI_SIZE(struct utimbuf, 16);
ABI_SIZE(struct timex, 208);
ABI_SIZE(struct rlimit, 16);
ABI_SIZE(struct rusage, 144);
ABI_SIZE(struct tms, 32);
ABI_SIZE(struct utsname, 390);
ABI_SIZE(struct sysinfo, 112);
ABI_SIZE(struct epoll_event, 12);
ABI_SIZE(stack_t, 24);
ABI_SIZE(siginfo_t, 128);
#undef ABI_SIZE

#endif
