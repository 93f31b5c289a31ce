/*
 * kinds.h - the closed list of argument kinds, as macros for syscalls.def.
 *
 * Include it with ABI_K defined to get them, and once more to be rid of them
 * (their names are short):
 *
 *	ABI_K(kind, field, ctype, tsize, tname, set, len, optional)
 *
 * kind: ABI_KIND_<kind>.  ctype: of the field in struct NAME_args.  tsize,
 * tname: of what an IN, OUT or INOUT points to.  set: the flag set or NULL.
 * len: the field that says how long a buffer is, or the field itself if none.
 *
 * What a kind means, and who does the work (decode: abi_decode() does it,
 * the rest is the handler's):
 *
 * scalars
 *	FD	an open descriptor		FDNUM	the number of one
 *	DIRFD	a directory or AT_FDCWD		PID	process, group or thread
 *	SIG	a signal number			MODE	file mode bits
 *	INT UINT LONG ULONG LEN OFF ADDR	RAW	means what another one says
 *	FLAGS	a strict set; decode gives EINVAL for a bit that is not in it
 *	BITS	a set that nobody checks here	ENUM	one value of a set
 *	SIGSETSIZE	decode gives EINVAL unless it is 8
 *	SIGSETSIZE_OPT	the same, only if the set it goes with is not NULL
 * fetched by decode
 *	INSTR	a string, ENAMETOOLONG from PATH_MAX bytes on, EFAULT
 *	IN	a structure			SIGSET_IN	64 bits, may be NULL
 *	INOUT	a structure, copied both ways
 * stored after the handler, when its result is >= 0
 *	OUT	a structure			SIGSET_OUT	64 bits, may be NULL
 *	A handler that sets the field to NULL has nothing stored.
 * left to the handler, as guest addresses
 *	INBUF OUTBUF	bytes			INVEC OUTVEC	struct iovec array
 *	STRV	argv, envp
 *
 * With _OPT the guest may pass NULL, and the field is NULL then.  INSTR_LATE is
 * a string that Linux looks at after some other check of the handler: a bad one
 * is no error of decode, but the field is an error pointer (abi_string_error()).
 */
#ifndef ABI_KINDS_ON
#define ABI_KINDS_ON

#define ABI_KS(k, n, ct)	ABI_K(k, n, ct, 0, "", NULL, n, 0)
#define ABI_KSET(k, n, ct, set)	ABI_K(k, n, ct, 0, "", &abi_set_##set, n, 0)
#define ABI_KLEN(k, n, len, o)	ABI_K(k, n, gaddr_t, 0, "", NULL, len, o)

#define NOARGS
#define FD(n)		ABI_KS(FD, n, int)
#define DIRFD(n)	ABI_KS(DIRFD, n, int)
#define FDNUM(n)	ABI_KS(FDNUM, n, int)
#define PID(n)		ABI_KS(PID, n, int)
#define SIG(n)		ABI_KS(SIG, n, int)
#define INT(n)		ABI_KS(INT, n, int)
#define UINT(n)		ABI_KS(UINT, n, unsigned)
#define LONG(n)		ABI_KS(LONG, n, long)
#define ULONG(n)	ABI_KS(ULONG, n, unsigned long)
#define LEN(n)		ABI_KS(LEN, n, size_t)
#define OFF(n)		ABI_KS(OFF, n, int64_t)
#define ADDR(n)		ABI_KS(ADDR, n, gaddr_t)
#define MODE(n)		ABI_KS(MODE, n, unsigned)
#define RAW(n)		ABI_KS(RAW, n, unsigned long)
#define FLAGS(n, set)	ABI_KSET(FLAGS, n, unsigned long, set)
#define BITS(n, set)	ABI_KSET(BITS, n, unsigned long, set)
#define ENUM(n, set)	ABI_KSET(ENUM, n, int, set)
#define SIGSETSIZE(n)	ABI_KS(SIGSETSIZE, n, size_t)
#define SIGSETSIZE_OPT(n, set) \
	ABI_K(SIGSETSIZE_OPT, n, size_t, 0, "", NULL, set, 0)
#define INSTR(n)	ABI_K(INSTR, n, const char *, 0, "", NULL, n, 0)
#define INSTR_OPT(n)	ABI_K(INSTR, n, const char *, 0, "", NULL, n, 1)
#define INSTR_LATE(n)	ABI_K(INSTR, n, const char *, 0, "", NULL, n, 2)
#define INSTR_LATE_OPT(n) ABI_K(INSTR, n, const char *, 0, "", NULL, n, 3)
#define IN(n, type)	ABI_K(IN, n, const type *, sizeof(type), #type, NULL, n, 0)
#define IN_OPT(n, type)	ABI_K(IN, n, const type *, sizeof(type), #type, NULL, n, 1)
#define OUT(n, type)	ABI_K(OUT, n, type *, sizeof(type), #type, NULL, n, 0)
#define OUT_OPT(n, type) ABI_K(OUT, n, type *, sizeof(type), #type, NULL, n, 1)
#define INOUT(n, type)	ABI_K(INOUT, n, type *, sizeof(type), #type, NULL, n, 0)
#define INOUT_OPT(n, type) \
	ABI_K(INOUT, n, type *, sizeof(type), #type, NULL, n, 1)
#define SIGSET_IN(n) \
	ABI_K(SIGSET_IN, n, const uint64_t *, 8, "sigset", NULL, n, 1)
#define SIGSET_OUT(n)	ABI_K(SIGSET_OUT, n, uint64_t *, 8, "sigset", NULL, n, 1)
#define INBUF(n, len)	ABI_KLEN(INBUF, n, len, 0)
#define OUTBUF(n, len)	ABI_KLEN(OUTBUF, n, len, 0)
#define INVEC(n, cnt)	ABI_KLEN(INVEC, n, cnt, 0)
#define OUTVEC(n, cnt)	ABI_KLEN(OUTVEC, n, cnt, 0)
#define STRV(n)		ABI_KS(STRV, n, gaddr_t)

#else
#undef ABI_KINDS_ON
#undef ABI_KS
#undef ABI_KSET
#undef ABI_KLEN
#undef NOARGS
#undef FD
#undef DIRFD
#undef FDNUM
#undef PID
#undef SIG
#undef INT
#undef UINT
#undef LONG
#undef ULONG
#undef LEN
#undef OFF
#undef ADDR
#undef MODE
#undef RAW
#undef FLAGS
#undef BITS
#undef ENUM
#undef SIGSETSIZE
#undef SIGSETSIZE_OPT
#undef INSTR
#undef INSTR_OPT
#undef INSTR_LATE
#undef INSTR_LATE_OPT
#undef IN
#undef IN_OPT
#undef OUT
#undef OUT_OPT
#undef INOUT
#undef INOUT_OPT
#undef SIGSET_IN
#undef SIGSET_OUT
#undef INBUF
#undef OUTBUF
#undef INVEC
#undef OUTVEC
#undef STRV
#undef ABI_K
#endif
