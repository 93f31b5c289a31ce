/*
 * entry.S - every `syscall` instruction of the trampoline (the gadgets, the
 * only ones the filter lets through), and the places where there is no stack.
 */
#define WIRE_ASM
#include "abi/wire.h"

#define NR_mmap		9
#define NR_munmap	11
#define NR_rt_sigreturn	15
#define NR_madvise	28
#define NR_dup2		33
#define NR_close	3
#define NR_clone	56
#define NR_exit		60
#define NR_futex	202
#define NR_prctl	157
#define NR_exit_group	231

	.section .text.gadget, "ax", @progbits

/* long tramp_syscall(long nr, long a, long b, long c, long d, long e, long f) */
	.globl tramp_syscall
	.type tramp_syscall, @function
tramp_syscall:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	movq	%r9, %r8
	movq	8(%rsp), %r9
	syscall
	nop				/* room that recorders of calls like to find */
	nop
	nop
	ret

/* Where signal handlers return to: %rsp is at the ucontext. */
	.globl tramp_restorer
	.type tramp_restorer, @function
tramp_restorer:
	movl	$NR_rt_sigreturn, %eax
	syscall
	nop
	nop
	nop
	hlt

/*
 * long tramp_fork(struct slot *s, int slotfd, int sockfd)
 *
 * The parent returns with the pid or -errno.  The child is born without its
 * slot (MADV_DONTFORK), so without a stack: registers only, until its own
 * slot is mapped at the same address.  There the kernel has put a copy of the
 * parent's frame, to which it returns.
 */
	.globl tramp_fork
	.type tramp_fork, @function
tramp_fork:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	movq	%rdi, %rbx		/* slot */
	movslq	%esi, %rbp		/* its descriptor */
	movslq	%edx, %r12		/* the socket */
	movl	$CLONE_CARRIER, %edi
	xorl	%esi, %esi
	xorl	%edx, %edx
	xorl	%r10d, %r10d
	xorl	%r8d, %r8d
	movl	$NR_clone, %eax
	syscall
	nop
	nop
	nop
	testq	%rax, %rax
	jz	1f
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
1:	/* child: mmap(slot, SLOT_SIZE, RW, SHARED|FIXED, slotfd, 0) */
	movq	%rbx, %rdi
	movl	$SLOT_SIZE, %esi
	movl	$3, %edx
	movl	$0x11, %r10d
	movq	%rbp, %r8
	xorl	%r9d, %r9d
	movl	$NR_mmap, %eax
	syscall
	cmpq	%rbx, %rax
	jne	tramp_die
	movq	%rbx, %rdi		/* madvise(DONTFORK) */
	movl	$SLOT_SIZE, %esi
	movl	$10, %edx
	movl	$NR_madvise, %eax
	syscall
	movq	%rbp, %rdi
	movl	$NR_close, %eax
	syscall
	movq	%r12, %rdi		/* dup2(sock, 0) */
	xorl	%esi, %esi
	movl	$NR_dup2, %eax
	syscall
	movq	%r12, %rdi
	movl	$NR_close, %eax
	syscall
	movl	$1, %edi		/* prctl(PR_SET_PDEATHSIG, SIGKILL) */
	movl	$9, %esi
	xorl	%edx, %edx
	xorl	%r10d, %r10d
	xorl	%r8d, %r8d
	movl	$NR_prctl, %eax
	syscall
	jmp	start_when_told

/*
 * long tramp_thread(struct slot *child): a new host thread that resumes from
 * the frame in its slot (already mapped).
 */
	.globl tramp_thread
	.type tramp_thread, @function
tramp_thread:
	pushq	%rbx
	movq	%rdi, %rbx
	movl	$CLONE_HTHREAD, %edi
	leaq	SLOT_SIZE-64(%rbx), %rsi
	xorl	%edx, %edx
	xorl	%r10d, %r10d
	xorl	%r8d, %r8d
	movl	$NR_clone, %eax
	syscall
	nop
	nop
	nop
	testq	%rax, %rax
	jz	1f
	popq	%rbx
	ret
1:	/* fall through */

/*
 * A new thread of a new or old carrier, slot in %rbx: it is the kernel's turn
 * first.  No stack is used.  Anything but RUN means that it is not wanted.
 */
start_when_told:
	cmpl	$TURN_KERNEL, (%rbx)
	jne	2f
	movq	%rbx, %rdi		/* futex(turn, FUTEX_WAIT, TURN_KERNEL, NULL) */
	xorl	%esi, %esi
	movl	$TURN_KERNEL, %edx
	xorl	%r10d, %r10d
	movl	$NR_futex, %eax
	syscall
	jmp	start_when_told
2:	movq	%rbx, %rdi
	cmpl	$CMD_RUN, SLOT_OFF_CMD(%rbx)
	je	tramp_resume

/* void tramp_exit(struct slot *s): unmap the stack we stand on and end. */
	.globl tramp_exit
	.type tramp_exit, @function
tramp_exit:
	movl	$SLOT_SIZE, %esi
	movl	$NR_munmap, %eax
	syscall
	xorl	%edi, %edi
	movl	$NR_exit, %eax
	syscall
	hlt

	.globl tramp_die
	.type tramp_die, @function
tramp_die:
	movl	$127, %edi
	movl	$NR_exit_group, %eax
	syscall
	hlt

/* void tramp_resume(struct slot *s): become the guest described by s->uc. */
	.globl tramp_resume
	.type tramp_resume, @function
tramp_resume:
	movq	SLOT_OFF_FS(%rdi), %rax
	wrfsbase %rax
	movq	SLOT_OFF_GS(%rdi), %rax
	wrgsbase %rax
	movq	SLOT_OFF_UC(%rdi), %rsp
	jmp	tramp_restorer

	.text
/*
 * long tramp_atomic_op(op, uint32_t *addr, arg, cmp, uint32_t *old): on guest
 * memory.  A fault between tramp_guest_start and _end is made -EFAULT by
 * tramp_handler.
 * ops: 0 set 1 add 2 or 3 andn 4 xor 5 cmpxchg (enum vmatomic).
 */
	.globl tramp_atomic_op
	.type tramp_atomic_op, @function
tramp_atomic_op:
	movl	%edx, %r10d		/* operand */
	movl	%ecx, %r11d		/* compare */
	.globl tramp_guest_start
tramp_guest_start:
	movl	(%rsi), %eax
1:	movl	%eax, %r9d
	cmpl	$0, %edi
	jne	2f
	movl	%r10d, %r9d
	jmp	7f
2:	cmpl	$1, %edi
	jne	3f
	addl	%r10d, %r9d
	jmp	7f
3:	cmpl	$2, %edi
	jne	4f
	orl	%r10d, %r9d
	jmp	7f
4:	cmpl	$3, %edi
	jne	5f
	movl	%r10d, %edx
	notl	%edx
	andl	%edx, %r9d
	jmp	7f
5:	cmpl	$4, %edi
	jne	6f
	xorl	%r10d, %r9d
	jmp	7f
6:	cmpl	%r11d, %eax		/* cmpxchg: differs, then only look */
	jne	8f
	movl	%r10d, %r9d
7:	lock cmpxchgl %r9d, (%rsi)
	jne	1b
8:
	movl	%eax, (%r8)
	xorl	%eax, %eax
	ret

/* long tramp_copy(void *dst, const void *src, size_t n): 0 or -EFAULT. */
	.globl tramp_copy
	.type tramp_copy, @function
tramp_copy:
	movq	%rdx, %rcx
	rep movsb
	xorl	%eax, %eax
	ret

/* long tramp_copystr(char *dst, const char *src, size_t max): bytes copied, the
 * last of them the NUL unless they are max; or -EFAULT. */
	.globl tramp_copystr
	.type tramp_copystr, @function
tramp_copystr:
	xorl	%eax, %eax
1:	cmpq	%rdx, %rax
	je	2f
	movb	(%rsi,%rax), %cl
	movb	%cl, (%rdi,%rax)
	incq	%rax
	testb	%cl, %cl
	jne	1b
2:	ret
	.globl tramp_guest_end
tramp_guest_end:
/* Where a fault in between goes on; nothing has been pushed. */
	.globl tramp_guest_fault
tramp_guest_fault:
	movq	$-14, %rax
	ret

	.section .note.GNU-stack, "", @progbits
