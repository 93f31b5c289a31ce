/* What a program made by hand finds at its start: registers, stack, zeroed bss, protection of its segments and stack. */
#include "vkelf.h"

/* Exit status 1 when a register is not zero, 2 when the stack is not aligned, 3 when argc is not 2. */
CODE(regs, "or %rbx,%rax\n or %rcx,%rax\n or %rdx,%rax\n or %rsi,%rax\n or %rdi,%rax\n or %rbp,%rax\n or %r8,%rax\n"
	   "or %r9,%rax\n or %r10,%rax\n or %r11,%rax\n or %r12,%rax\n or %r13,%rax\n or %r14,%rax\n or %r15,%rax\n"
	   "mov $1,%edi\n test %rax,%rax\n jnz 9f\n"
	   "inc %edi\n test $15,%spl\n jnz 9f\n"
	   "inc %edi\n cmpq $2,(%rsp)\n jne 9f\n"
	   "xor %edi,%edi\n 9: mov $60,%eax\n syscall");
/* mxcsr 0x1f80, x87 control word 0x37f, direction flag clear, xmm0 zero, no fs and gs base. */
CODE(fpu, "sub $64,%rsp\n stmxcsr (%rsp)\n mov $1,%edi\n cmpl $0x1f80,(%rsp)\n jne 9f\n"
	  "inc %edi\n fnstcw (%rsp)\n cmpw $0x37f,(%rsp)\n jne 9f\n"
	  "inc %edi\n pushf\n pop %rax\n test $0x400,%eax\n jnz 9f\n"
	  "inc %edi\n movq %xmm0,%rax\n test %rax,%rax\n jnz 9f\n movq %xmm15,%rax\n test %rax,%rax\n jnz 9f\n"
	  "inc %edi\n mov $158,%eax\n mov %edi,%ebx\n mov $0x1003,%edi\n mov %rsp,%rsi\n syscall\n mov %ebx,%edi\n"
	  "cmpq $0,(%rsp)\n jne 9f\n"
	  "inc %edi\n mov %ds,%eax\n test %eax,%eax\n jnz 9f\n mov %es,%eax\n test %eax,%eax\n jnz 9f\n"
	  "mov %fs,%eax\n test %eax,%eax\n jnz 9f\n mov %gs,%eax\n test %eax,%eax\n jnz 9f\n"
	  "inc %edi\n mov %cs,%eax\n cmp $0x33,%eax\n jne 9f\n mov %ss,%eax\n cmp $0x2b,%eax\n jne 9f\n"
	  "xor %edi,%edi\n 9: mov $60,%eax\n syscall");
/* argv[0][0], argv[1][0], NULL, envp[0][0], NULL, and the auxiliary vector's end within 64 entries. */
CODE(stack, "mov $1,%edi\n mov 8(%rsp),%rax\n cmpb $'t',(%rax)\n jne 9f\n"
	    "inc %edi\n mov 16(%rsp),%rax\n cmpb $'a',(%rax)\n jne 9f\n"
	    "inc %edi\n cmpq $0,24(%rsp)\n jne 9f\n"
	    "inc %edi\n mov 32(%rsp),%rax\n cmpw $0x3d41,(%rax)\n jne 9f\n"
	    "inc %edi\n cmpq $0,40(%rsp)\n jne 9f\n"
	    "inc %edi\n lea 48(%rsp),%rbx\n mov $64,%ecx\n 1: cmpq $0,(%rbx)\n je 2f\n add $16,%rbx\n loop 1b\n jmp 9f\n"
	    "2: xor %edi,%edi\n 9: mov $60,%eax\n syscall");
/* The bss: one byte after the file's part up to the end of its second page must be zero, and can be written. */
CODE(bss, "mov $0x410000,%ebx\n mov $1,%edi\n cmpb $'x',(%rbx)\n jne 9f\n inc %edi\n lea 1(%rbx),%rsi\n mov $8191,%ecx\n"
	  "1: cmpb $0,(%rsi)\n jne 9f\n movb $1,(%rsi)\n inc %rsi\n loop 1b\n"
	  "xor %edi,%edi\n 9: mov $60,%eax\n syscall");
CODE(write_text, "lea 0(%rip),%rbx\n movb $1,(%rbx)\n mov $60,%eax\n xor %edi,%edi\n syscall");
CODE(run_data, "mov $0x410000,%ebx\n jmp *%rbx");
CODE(run_stack, "movabs $0x050f3cb000,%rax\n shr $8,%rax\n push %rax\n xor %eax,%eax\n mov $5,%edi\n jmp *%rsp");
CODE(brk, "mov $12,%eax\n xor %edi,%edi\n syscall\n mov %rax,%rbx\n mov $1,%edi\n cmp $0x412000,%rbx\n jb 9f\n"
	  "mov $12,%eax\n lea 4096(%rbx),%rdi\n syscall\n lea 4096(%rbx),%rcx\n mov $2,%edi\n cmp %rcx,%rax\n jne 9f\n"
	  "movb $1,(%rbx)\n xor %edi,%edi\n 9: mov $60,%eax\n syscall");

static struct tiny t;

int main(void)
{
	elf_make(&t, CODE_OF(regs));
	elf_run("registers", &t, 0);
	elf_make(&t, CODE_OF(fpu));
	elf_run("fpu and segments", &t, 0);
	elf_make(&t, CODE_OF(stack));
	elf_run("stack", &t, 0);
	elf_make(&t, CODE_OF(write_text));
	elf_run("write to text", &t, 0);
	t.p[0].p_flags |= PF_W;
	elf_run("write to writable text", &t, 0);

	/* A data segment at 0x410000: two pages, of which the file has one byte, "x"; what follows in the file is not to be seen. */
	static unsigned char file[8192];
	struct tiny *f = (struct tiny *)file;
	elf_make(f, CODE_OF(bss));
	f->e.e_phnum = 2;
	f->p[1] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_offset = 4096, .p_vaddr = 0x410000, .p_filesz = 1,
			       .p_memsz = 8192, .p_align = 4096};
	memcpy(file + 4096, "xy", 2);
	elf_write("bss", file, sizeof file);
	elf_exec("bss", "./bss");
	f->p[1].p_flags = PF_R;
	elf_write("bss", file, sizeof file);
	elf_exec("bss, read-only", "./bss");
	memcpy(f->code, brk_s, brk_e - brk_s);
	f->p[1].p_flags = PF_R | PF_W;
	elf_write("brk", file, sizeof file);
	elf_exec("brk", "./brk");
	memcpy(f->code, run_data_s, run_data_e - run_data_s);
	memcpy(file + 4096, elf_exit42_s, elf_exit42_e - elf_exit42_s);
	f->p[1].p_filesz = 64;
	elf_write("rundata", file, sizeof file);
	elf_exec("run data", "./rundata");
	f->p[1].p_flags |= PF_X;
	elf_write("rundata", file, sizeof file);
	elf_exec("run executable data", "./rundata");

	elf_make(&t, CODE_OF(run_stack));
	elf_run("run the stack, no PT_GNU_STACK", &t, 0);
	t.e.e_phnum = 2;
	t.p[1] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
	elf_run("run the stack, RW", &t, 0);
	t.p[1].p_flags |= PF_X;
	elf_run("run the stack, RWX", &t, 0);
	return 0;
}
