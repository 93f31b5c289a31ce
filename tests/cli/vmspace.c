/*
 * vmspace.c - libvmspace on the real machine; run by vmspace.sh.
 *
 * Guests are a few bytes of code: LOAD and STORE touch what rdi says and make a
 * system call, LOOP never makes one.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vksup/vms.h"

#define CODE	0x400000UL
#define DATA	0x10000000UL
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define P	PAGE_SIZE
#define LOAD	"\x8b\x07\x0f\x05"
#define STORE	"\x89\x37\x0f\x05"
#define LOOP	"\xeb\xfe"
#define STORES	"\x89\x37\xeb\xfc"

static int failures, a, b;
static struct vregs r;
static struct vmevent ev;

#define is(call, want) do {						\
	long is_r = (long)(call), is_w = (long)(want);			\
	if (is_r != is_w) {						\
		printf("FAILED: line %d: %s is %ld, not %ld\n", __LINE__, #call, is_r, is_w); \
		failures++;						\
	}								\
} while (0)

static void
space(void *id)
{
	is(vms_create(id), 0);
	is(vms_mmap(id, CODE, P, RW | PROT_EXEC, ANON, -1, 0), 0);
}

/* Run code with rdi and rsi. */
static long
go(void *id, const char *code, uint64_t rdi, uint64_t rsi)
{
	char text[32] = "";

	strncpy(text, code, sizeof(text) - 1);
	is(vms_pwrite(id, text, sizeof(text), CODE), sizeof(text));
	r = (struct vregs){ .rip = CODE, .rsp = CODE + P, .rdi = rdi, .rsi = rsi, .rax = 1000,
		.eflags = 0x202, .csgsfs = 0x33UL | 0x2bUL << 48 };
	return vms_run(id, &r, &ev, 20 * NSEC_PER_SEC);
}

static void
names(void)
{
	is(vms_destroy(&a), -ENOENT);
	is(vms_run(&a, &r, &ev, NEVER), -ENOENT);
	is(vms_pread(&a, &r, 1, CODE), -ENOENT);
	is(vms_mmap(&a, CODE, P, RW, ANON, -1, 0), -ENOENT);
	is(vms_kick(&a), -ENOENT);
	is(vms_create(&a), 0);
	is(vms_create(&a), -EEXIST);
	is(vms_destroy(&a), 0);
	is(vms_create(&a), 0);
	is(vms_mmap(&a, CODE + 1, P, RW, ANON, -1, 0), -EINVAL);
	is(vms_mmap(&a, CODE, 0, RW, ANON, -1, 0), -EINVAL);
	is(vms_mmap(&a, GUEST_TOP, P, RW, ANON, -1, 0), -EINVAL);
	is(vms_munmap(&a, GUEST_TOP - P, 2 * P), -EINVAL);
	is(vms_destroy(&a), 0);
}

static void
calls_and_registers(void)
{
	space(&a);
	is(vms_mmap(&a, DATA, P, RW, ANON, -1, 0), 0);
	is(go(&a, STORE, DATA, 77), 0);
	is(ev.cause, VMC_SYSCALL);
	is(r.rax, 1000);
	is(r.rip, CODE + 4);
	is(go(&a, LOAD, DATA, 0), 0);
	is(r.rax, 77);
	is(vms_destroy(&a), 0);
}

static void
shared_memory(void)
{
	int fd = memfd_create("ram", MFD_CLOEXEC), v = 5;

	is(ftruncate(fd, 4 * P), 0);
	space(&a);
	space(&b);
	/* The same page at two addresses of a, and in b. */
	is(vms_mmap(&a, DATA, P, RW, MAP_SHARED, fd, P), 0);
	is(vms_mmap(&a, DATA + 8 * P, P, PROT_READ, MAP_SHARED, fd, P), 0);
	is(vms_mmap(&b, DATA, 2 * P, RW, MAP_SHARED, fd, 0), 0);
	is(go(&a, STORE, DATA, 4242), 0);
	is(go(&a, LOAD, DATA + 8 * P, 0), 0);
	is(r.rax, 4242);
	is(go(&b, LOAD, DATA + P, 0), 0);
	is(r.rax, 4242);
	is(pread(fd, &v, 4, P), 4);
	is(v, 4242);
	is(go(&a, STORE, DATA + 8 * P, 1), 0);
	is(ev.cause, VMC_FAULT);
	close(fd);
	is(vms_destroy(&a), 0);
	is(vms_destroy(&b), 0);
}

static void
faults(void)
{
	static const struct {
		const char *code;
		uint64_t rdi;
		int signo, sicode;
	} t[] = {
		{ LOAD, DATA, SIGSEGV, SEGV_MAPERR },
		{ STORE, DATA + P, SIGSEGV, SEGV_ACCERR },
		{ "\x0f\x0b", 0, SIGILL, ILL_ILLOPN },
		{ "\xcc", 0, SIGTRAP, SI_KERNEL },
		{ "\x31\xc9\xf7\xf1", 0, SIGFPE, FPE_INTDIV },
	};
	size_t i;

	space(&a);
	is(vms_mmap(&a, DATA + P, P, PROT_READ, ANON, -1, 0), 0);
	for (i = 0; i < nitems(t); i++) {
		is(go(&a, t[i].code, t[i].rdi, 0), 0);
		is(ev.cause, VMC_FAULT);
		is(ev.signo, t[i].signo);
		is(ev.code, t[i].sicode);
		if (t[i].signo == SIGSEGV)
			is(ev.addr, t[i].rdi);
	}
	/* Write or read: bit 1 of the error code. */
	is(go(&a, STORE, DATA, 0), 0);
	is(r.err & 2, 2);
	is(go(&a, LOAD, DATA, 0), 0);
	is(r.err & 2, 0);
	is(vms_destroy(&a), 0);
}

static void
short_counts(void)
{
	char buf[3 * PAGE_SIZE];

	space(&a);
	memset(buf, 7, sizeof(buf));
	is(vms_mmap(&a, DATA, P, RW, ANON, -1, 0), 0);
	is(vms_mmap(&a, DATA + 2 * P, P, PROT_NONE, ANON, -1, 0), 0);
	is(vms_pwrite(&a, buf, sizeof(buf), DATA), P);
	is(vms_pwrite(&a, buf, 100, DATA + P - 10), 10);
	is(vms_pread(&a, buf, sizeof(buf), DATA + 5), P - 5);
	is(vms_pread(&a, buf, 1, DATA + P), 0);
	is(vms_pread(&a, buf, 1, GUEST_TOP), 0);
	is(vms_pread(&a, buf, 1, ~0UL), 0);
	is(vms_munmap(&a, DATA, P), 0);
	is(vms_pread(&a, buf, 1, DATA), 0);
	is(vms_destroy(&a), 0);
}

static void
time_and_kicks(void)
{
	space(&a);
	is(go(&a, "\x0f\x05", 0, 0), 0);
	is(vms_pwrite(&a, LOOP, 2, CODE), 2);
	r.rip = CODE;
	is(vms_run(&a, &r, &ev, NSEC_PER_SEC / 20), -ETIMEDOUT);
	is(r.rip, CODE);
	is(vms_run(&a, &r, &ev, -1), -EINVAL);
	is(vms_kick(&a), 0);
	is(vms_run(&a, &r, &ev, NEVER), 0);
	is(ev.cause, VMC_KICK);
	is(vms_destroy(&a), 0);
}

static void *
runner(void *arg)
{
	*(int *)arg = vms_run(&a, &r, &ev, NEVER);
	return NULL;
}

/* A guest that writes all the time; its page becomes read-only. */
static void
while_running(void)
{
	int v = 0, err = -1;
	pthread_t th;

	space(&a);
	is(vms_mmap(&a, DATA, P, RW, ANON, -1, 0), 0);
	is(vms_pwrite(&a, STORES, 4, CODE), 4);
	r = (struct vregs){ .rip = CODE, .rdi = DATA, .rsi = 9, .eflags = 0x202,
		.csgsfs = 0x33UL | 0x2bUL << 48 };
	pthread_create(&th, NULL, runner, &err);
	while (vms_pread(&a, &v, 4, DATA) == 4 && v != 9)
		usleep(1000);
	is(vms_destroy(&a), -EBUSY);
	is(vms_mprotect(&a, DATA, P, PROT_READ), -EBUSY);
	is(vms_mmap(&a, DATA, P, RW, ANON, -1, 0), -EBUSY);
	is(vms_create(&a), -EEXIST);
	is(vms_kick(&a), 0);
	pthread_join(th, NULL);
	is(err, 0);
	is(ev.cause, VMC_KICK);
	is(vms_mprotect(&a, DATA, P, PROT_READ), 0);
	is(vms_run(&a, &r, &ev, NEVER), 0);
	is(ev.cause, VMC_FAULT);
	is(ev.code, SEGV_ACCERR);
	is(vms_mprotect(&a, DATA, P, RW), 0);
	is(vms_run(&a, &r, &ev, NSEC_PER_SEC / 20), -ETIMEDOUT);
	is(vms_destroy(&a), 0);
}

static uint64_t
entry(int fd, uint64_t at)
{
	uint64_t v = 0;

	is(pread(fd, &v, 8, (off_t)at), 8);
	return v;
}

static void
set(int fd, uint64_t at, uint64_t v)
{
	is(pwrite(fd, &v, 8, (off_t)at), 8);
}

/* RAM: tables in pages 1 to 4, data in 5 and 6. */
static void
page_tables(void)
{
	uint64_t pte = 4 * P;
	int fd = memfd_create("ram", MFD_CLOEXEC), i, v = 55, w = 66;

	is(ftruncate(fd, 16 * P), 0);
	for (i = 1; i < 4; i++)
		set(fd, (uint64_t)i * P, ((uint64_t)i + 1) * P | VPTE_V | VPTE_RW);
	set(fd, pte, 5 * P | VPTE_V | VPTE_RW);
	set(fd, pte + 8, 5 * P | VPTE_V);
	is(pwrite(fd, &v, 4, 5 * P), 4);
	is(pwrite(fd, &w, 4, 6 * P), 4);
	space(&a);
	is(vms_mcontrol(&a, DATA, 16 * P, VMS_SETMAP, P), -EINVAL);
	is(vms_vpagetable(&a, DATA, 16 * P, fd), 0);
	is(vms_vpagetable(&a, DATA, 16 * P, fd), -EEXIST);
	is(go(&a, LOAD, DATA, 0), 0);
	is(ev.cause, VMC_FAULT);
	is(vms_mcontrol(&a, DATA, P, VMS_SETMAP, P), -EINVAL);
	is(vms_mcontrol(&a, DATA, 16 * P, 99, P), -EOPNOTSUPP);
	is(vms_mcontrol(&a, DATA, 16 * P, VMS_SETMAP, P), 0);
	is(go(&a, LOAD, DATA, 0), 0);
	is(ev.cause, VMC_SYSCALL);
	is(r.rax, 55);
	is(entry(fd, pte) & (VPTE_A | VPTE_M), VPTE_A);
	is(go(&a, STORE, DATA, 56), 0);
	is(ev.cause, VMC_SYSCALL);
	is(entry(fd, pte) & (VPTE_A | VPTE_M), VPTE_A | VPTE_M);
	/* The second page shows the same frame, and may not be written. */
	is(go(&a, LOAD, DATA + P, 0), 0);
	is(r.rax, 56);
	is(go(&a, STORE, DATA + P, 1), 0);
	is(ev.cause, VMC_FAULT);
	is(ev.addr, DATA + P);
	is(go(&a, LOAD, DATA + 2 * P, 0), 0);
	is(ev.cause, VMC_FAULT);
	/* A changed entry is seen after VMS_INVAL, not before. */
	set(fd, pte, 6 * P | VPTE_V | VPTE_RW);
	is(go(&a, LOAD, DATA, 0), 0);
	is(r.rax, 56);
	is(vms_mcontrol(&a, DATA, P, VMS_INVAL, 0), 0);
	is(go(&a, LOAD, DATA, 0), 0);
	is(r.rax, 66);
	is(vms_destroy(&a), 0);
	close(fd);
}

int
main(void)
{
	if (vms_start() != 0) {
		printf("no guest processes here\n");
		return 77;
	}
	names();
	calls_and_registers();
	shared_memory();
	faults();
	short_counts();
	time_and_kicks();
	while_running();
	page_tables();
	vms_finish();
	return failures != 0;
}
