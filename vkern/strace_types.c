/*
 * strace_types.c - structures as strace(1) writes them without -v.
 *
 * Each function is found by the name that the type has in syscalls.def.
 */
#define _GNU_SOURCE
#include "strace_impl.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static void
put_timespec(struct text *o, const void *p)
{
	const struct timespec *ts = p;

	/* utimensat(2): not times, but what to do */
	if (ts->tv_nsec == UTIME_NOW)
		text_put(o, "UTIME_NOW");
	else if (ts->tv_nsec == UTIME_OMIT)
		text_put(o, "UTIME_OMIT");
	else
		text_printf(o, "{tv_sec=%ld, tv_nsec=%ld}", ts->tv_sec,
		    ts->tv_nsec);
}

static void
put_timeval(struct text *o, const void *p)
{
	const struct timeval *tv = p;

	text_printf(o, "{tv_sec=%ld, tv_usec=%ld}", tv->tv_sec, tv->tv_usec);
}

static void
put_timezone(struct text *o, const void *p)
{
	const struct timezone *tz = p;

	text_printf(o, "{tz_minuteswest=%d, tz_dsttime=%d}",
	    tz->tz_minuteswest, tz->tz_dsttime);
}

static void
put_itimerval(struct text *o, const void *p)
{
	const struct itimerval *it = p;

	text_put(o, "{it_interval=");
	put_timeval(o, &it->it_interval);
	text_put(o, ", it_value=");
	put_timeval(o, &it->it_value);
	text_char(o, '}');
}

static void
put_itimerspec(struct text *o, const void *p)
{
	const struct k_itimerspec *it = p;

	text_put(o, "{it_interval=");
	put_timespec(o, &it->it_interval);
	text_put(o, ", it_value=");
	put_timespec(o, &it->it_value);
	text_char(o, '}');
}

static void
put_stat(struct text *o, const void *p)
{
	const struct stat *st = p;

	text_put(o, "{st_mode=");
	text_mode_named(o, st->st_mode);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		text_put(o, ", st_rdev=");
		text_dev(o, st->st_rdev);
	} else {
		text_printf(o, ", st_size=%ld", st->st_size);
	}
	text_put(o, ", ...}");
}

static void
put_statx(struct text *o, const void *p)
{
	const struct statx *st = p;

	text_put(o, "{stx_mask=");
	text_set(o, &abi_set_statx_mask, st->stx_mask);
	text_put(o, ", stx_attributes=");
	text_hex(o, st->stx_attributes);
	text_put(o, ", stx_mode=");
	text_mode_named(o, st->stx_mode);
	text_printf(o, ", stx_size=%llu, ...}",
	    (unsigned long long)st->stx_size);
}

static const char *
fs_magic(unsigned long type)
{
	switch (type) {
	case 0xef53:
		return "EXT2_SUPER_MAGIC";
	case 0x01021994:
		return "TMPFS_MAGIC";
	case 0x9fa0:
		return "PROC_SUPER_MAGIC";
	case 0x62656572:
		return "SYSFS_MAGIC";
	case 0x794c7630:
		return "OVERLAYFS_SUPER_MAGIC";
	case 0x9123683e:
		return "BTRFS_SUPER_MAGIC";
	case 0x58465342:
		return "XFS_SUPER_MAGIC";
	case 0x27e0eb:
		return "CGROUP_SUPER_MAGIC";
	case 0x63677270:
		return "CGROUP2_SUPER_MAGIC";
	case 0x19800202:
		return "MQUEUE_MAGIC";
	case 0x958458f6:
		return "HUGETLBFS_MAGIC";
	case 0x1cd1:
		return "DEVPTS_SUPER_MAGIC";
	default:
		return NULL;
	}
}

static void
put_statfs(struct text *o, const void *p)
{
	const struct statfs *sf = p;
	const char *magic = fs_magic((unsigned long)sf->f_type);

	text_put(o, "{f_type=");
	if (magic != NULL)
		text_put(o, magic);
	else
		text_hex(o, (uint64_t)sf->f_type);
	text_printf(o, ", f_bsize=%ld, f_blocks=%lu, f_bfree=%lu, f_bavail=%lu,"
	    " f_files=%lu, f_ffree=%lu, f_fsid={val=[%#x, %#x]},"
	    " f_namelen=%ld, f_frsize=%ld, f_flags=",
	    (long)sf->f_bsize, sf->f_blocks, sf->f_bfree, sf->f_bavail,
	    sf->f_files, sf->f_ffree, (unsigned)sf->f_fsid.__val[0],
	    (unsigned)sf->f_fsid.__val[1], (long)sf->f_namelen,
	    (long)sf->f_frsize);
	text_set(o, &abi_set_statfs, (uint64_t)sf->f_flags);
	text_char(o, '}');
}

static void
put_limit(struct text *o, rlim_t v)
{
	if (v == RLIM_INFINITY)
		text_put(o, "RLIM64_INFINITY");
	else if (v > 1024 && v % 1024 == 0)
		text_printf(o, "%lu*1024", v / 1024);
	else
		text_printf(o, "%lu", v);
}

static void
put_rlimit(struct text *o, const void *p)
{
	const struct rlimit *r = p;

	text_put(o, "{rlim_cur=");
	put_limit(o, r->rlim_cur);
	text_put(o, ", rlim_max=");
	put_limit(o, r->rlim_max);
	text_char(o, '}');
}

static void
put_rusage(struct text *o, const void *p)
{
	const struct rusage *r = p;

	text_put(o, "{ru_utime=");
	put_timeval(o, &r->ru_utime);
	text_put(o, ", ru_stime=");
	put_timeval(o, &r->ru_stime);
	text_put(o, ", ...}");
}

static void
put_tms(struct text *o, const void *p)
{
	const struct tms *t = p;

	text_printf(o, "{tms_utime=%ld, tms_stime=%ld, tms_cutime=%ld,"
	    " tms_cstime=%ld}", t->tms_utime, t->tms_stime, t->tms_cutime,
	    t->tms_cstime);
}

static void
put_utsname(struct text *o, const void *p)
{
	const struct utsname *u = p;

	text_put(o, "{sysname=");
	text_quote(o, u->sysname, strnlen(u->sysname, 65), false, false);
	text_put(o, ", nodename=");
	text_quote(o, u->nodename, strnlen(u->nodename, 65), false, false);
	text_put(o, ", ...}");
}

static void
put_sysinfo(struct text *o, const void *p)
{
	const struct sysinfo *s = p;

	text_printf(o, "{uptime=%ld, loads=[%lu, %lu, %lu], totalram=%lu,"
	    " freeram=%lu, sharedram=%lu, bufferram=%lu, totalswap=%lu,"
	    " freeswap=%lu, procs=%u, totalhigh=%lu, freehigh=%lu,"
	    " mem_unit=%u}", s->uptime, s->loads[0], s->loads[1], s->loads[2],
	    s->totalram, s->freeram, s->sharedram, s->bufferram, s->totalswap,
	    s->freeswap, (unsigned)s->procs, s->totalhigh, s->freehigh,
	    s->mem_unit);
}

static void
put_sigaction(struct text *o, const void *p)
{
	const struct k_sigaction *sa = p;

	text_put(o, "{sa_handler=");
	if (sa->handler == 0)
		text_put(o, "SIG_DFL");
	else if (sa->handler == 1)
		text_put(o, "SIG_IGN");
	else
		text_hex(o, sa->handler);
	text_put(o, ", sa_mask=");
	text_sigset(o, sa->mask);
	text_put(o, ", sa_flags=");
	text_set(o, &abi_set_sigaction, sa->flags);
	if ((sa->flags & 0x04000000) != 0) {
		text_put(o, ", sa_restorer=");
		text_addr(o, sa->restorer);
	}
	text_char(o, '}');
}

static void
put_stack(struct text *o, const void *p)
{
	const stack_t *ss = p;

	text_put(o, "{ss_sp=");
	text_addr(o, (uintptr_t)ss->ss_sp);
	text_put(o, ", ss_flags=");
	text_set(o, &abi_set_sigaltstack, (unsigned)ss->ss_flags);
	text_printf(o, ", ss_size=%zu}", ss->ss_size);
}

/* What a positive code means depends on the signal. */
static const struct abi_set *
code_set(int sig, int code)
{
	if (code <= 0)
		return &abi_set_sicode;
	switch (sig) {
	case SIGCHLD: return &abi_set_cldcode;
	case SIGSEGV: return &abi_set_segvcode;
	case SIGBUS: return &abi_set_buscode;
	case SIGILL: return &abi_set_illcode;
	case SIGFPE: return &abi_set_fpecode;
	case SIGTRAP: return &abi_set_trapcode;
	default: return &abi_set_sicode;
	}
}

static void
put_code(struct text *o, int sig, int code)
{
	const struct abi_set *set = code_set(sig, code);

	text_put(o, ", si_code=");
	text_enum(o, set, (uint64_t)(int64_t)code);
}

static void
put_child(struct text *o, int sig, int code, int pid, unsigned uid, int status)
{
	text_put(o, "{si_signo=");
	text_signal(o, sig);
	put_code(o, sig, code);
	text_printf(o, ", si_pid=%d, si_uid=%u, si_status=", pid, uid);
	if (code == CLD_EXITED)
		text_printf(o, "%d", status);
	else
		text_signal(o, status);
}

static void
put_waitinfo(struct text *o, const void *p)
{
	const struct k_waitinfo *w = p;

	if (w->signo == 0 && w->pid == 0) {
		text_put(o, "{}");
		return;
	}
	put_child(o, w->signo, w->code, w->pid, w->uid, w->status);
	text_char(o, '}');
}

static bool
is_fault(const siginfo_t *i)
{
	return i->si_code > 0 && i->si_code != SI_KERNEL &&
	    (i->si_signo == SIGSEGV || i->si_signo == SIGBUS ||
	     i->si_signo == SIGILL || i->si_signo == SIGFPE ||
	     i->si_signo == SIGTRAP);
}

void
text_siginfo(struct text *o, const siginfo_t *i)
{
	if (i->si_signo == SIGCHLD && i->si_code > 0) {
		put_child(o, i->si_signo, i->si_code, i->si_pid, i->si_uid,
		    i->si_status);
		text_printf(o, ", si_utime=%ld, si_stime=%ld}",
		    (long)i->si_utime, (long)i->si_stime);
		return;
	}
	text_put(o, "{si_signo=");
	text_signal(o, i->si_signo);
	put_code(o, i->si_signo, i->si_code);
	if (is_fault(i)) {
		text_put(o, ", si_addr=");
		text_addr(o, (uintptr_t)i->si_addr);
	} else if (i->si_code == SI_TIMER) {
		text_printf(o, ", si_timerid=%#x, si_overrun=%d",
		    (unsigned)i->si_timerid, i->si_overrun);
	} else if (i->si_code != SI_KERNEL) {
		text_printf(o, ", si_pid=%d, si_uid=%u", i->si_pid, i->si_uid);
	}
	if (i->si_code == SI_QUEUE) {
		text_printf(o, ", si_value={sival_int=%d, sival_ptr=",
		    i->si_int);
		text_addr(o, (uintptr_t)i->si_ptr);
		text_char(o, '}');
	}
	text_char(o, '}');
}

static void
put_siginfo(struct text *o, const void *p)
{
	text_siginfo(o, p);
}

static void
put_sigset(struct text *o, const void *p)
{
	text_sigset(o, *(const uint64_t *)p);
}

static void
put_wstatus(struct text *o, const void *p)
{
	text_wstatus(o, *(const k_wstatus_t *)p);
}

static void
put_utimbuf(struct text *o, const void *p)
{
	const struct utimbuf *u = p;

	text_printf(o, "{actime=%ld, modtime=%ld}", u->actime, u->modtime);
}

static void
put_timex(struct text *o, const void *p)
{
	const struct timex *t = p;

	text_printf(o, "{modes=%#x, offset=%ld, freq=%ld, maxerror=%ld,"
	    " esterror=%ld, status=%#x, ...}", t->modes, t->offset, t->freq,
	    t->maxerror, t->esterror, (unsigned)t->status);
}

static void
put_u32(struct text *o, const void *p)
{
	text_printf(o, "[%d]", *(const int *)p);
}

static void
put_u64(struct text *o, const void *p)
{
	text_printf(o, "[%#lx]", *(const unsigned long *)p);
}

static void
put_i64(struct text *o, const void *p)
{
	text_printf(o, "[%ld]", *(const long *)p);
}

static const struct {
	const char *tname;
	void (*put)(struct text *o, const void *p);
} types[] = {
	{ "struct timespec", put_timespec },
	{ "struct timeval", put_timeval },
	{ "struct timezone", put_timezone },
	{ "struct itimerval", put_itimerval },
	{ "struct k_itimerspec", put_itimerspec },
	{ "struct stat", put_stat },
	{ "struct statx", put_statx },
	{ "struct statfs", put_statfs },
	{ "struct rlimit", put_rlimit },
	{ "struct rusage", put_rusage },
	{ "struct tms", put_tms },
	{ "struct utsname", put_utsname },
	{ "struct sysinfo", put_sysinfo },
	{ "struct k_sigaction", put_sigaction },
	{ "stack_t", put_stack },
	{ "struct k_waitinfo", put_waitinfo },
	{ "siginfo_t", put_siginfo },
	{ "sigset", put_sigset },
	{ "k_wstatus_t", put_wstatus },
	{ "struct utimbuf", put_utimbuf },
	{ "struct timex", put_timex },
	{ "uint32_t", put_u32 },
	{ "uint64_t", put_u64 },
	{ "int64_t", put_i64 },
};

bool
text_struct(struct text *o, const char *tname, const void *p)
{
	for (size_t i = 0; i < nitems(types); i++) {
		if (strcmp(types[i].tname, tname) == 0) {
			types[i].put(o, p);
			return true;
		}
	}
	return false;
}

/* ---- socket addresses -------------------------------------------------- */

static void
put_unix(struct text *o, const struct sockaddr_un *un, size_t len)
{
	size_t n = len - offsetof(struct sockaddr_un, sun_path);

	if (n == 0)
		return;
	text_put(o, ", sun_path=");
	if (un->sun_path[0] != '\0') {
		text_quote(o, un->sun_path, strnlen(un->sun_path, n), false,
		    false);
		return;
	}
	text_char(o, '@');
	text_quote(o, un->sun_path + 1, n - 1, false, false);
}

static void
put_inet(struct text *o, const struct sockaddr_in *in)
{
	char name[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &in->sin_addr, name, sizeof(name));
	text_printf(o, ", sin_port=htons(%u), sin_addr=inet_addr(\"%s\")",
	    ntohs(in->sin_port), name);
}

static void
put_inet6(struct text *o, const struct sockaddr_in6 *in)
{
	char name[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &in->sin6_addr, name, sizeof(name));
	text_printf(o, ", sin6_port=htons(%u), sin6_flowinfo=htonl(%u),"
	    " inet_pton(AF_INET6, \"%s\", &sin6_addr), sin6_scope_id=%u",
	    ntohs(in->sin6_port), ntohl(in->sin6_flowinfo), name,
	    in->sin6_scope_id);
}

void
text_sockaddr(struct text *o, const void *sa, size_t len)
{
	struct sockaddr_storage ss;

	memset(&ss, 0, sizeof(ss));
	memcpy(&ss, sa, min_of(len, sizeof(ss)));
	text_put(o, "{sa_family=");
	text_enum(o, &abi_set_domain, ss.ss_family);
	if (ss.ss_family == AF_UNIX && len <= sizeof(struct sockaddr_un)) {
		put_unix(o, (struct sockaddr_un *)&ss, len);
	} else if (ss.ss_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
		put_inet(o, (struct sockaddr_in *)&ss);
	} else if (ss.ss_family == AF_INET6 &&
	    len >= sizeof(struct sockaddr_in6)) {
		put_inet6(o, (struct sockaddr_in6 *)&ss);
	} else if (len > sizeof(ss.ss_family)) {
		text_put(o, ", sa_data=");
		text_quote(o, (char *)&ss + sizeof(ss.ss_family),
		    min_of(len, sizeof(ss)) - sizeof(ss.ss_family), false,
		    false);
	}
	text_char(o, '}');
}
