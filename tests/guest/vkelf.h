/*
 * vkelf.h - ELF files made by hand, for the tests of exec.
 *
 *   CODE(name, "asm")           machine code as name_s .. name_e
 *   elf_make(&t, CODE_OF(name)) a good little program: one segment at ELF_BASE that holds everything
 *   elf_run("what", &t, len)    writes it (len bytes, or all with 0), executes it, prints the errno or how it ended
 */
#ifndef VKELF_H
#define VKELF_H

#include "vkproc.h"
#include <elf.h>

#define ELF_BASE 0x400000UL

struct tiny {
	Elf64_Ehdr e;
	Elf64_Phdr p[6];
	char str[64];
	unsigned char code[512];
};

#define CODE(name, text)                                                                                               \
	__asm__(".pushsection .rodata\n" #name "_s:\n" text "\n" #name "_e:\n.popsection\n");                          \
	extern const unsigned char name##_s[] __attribute__((visibility("hidden"))),                                   \
		name##_e[] __attribute__((visibility("hidden")))
#define CODE_OF(name) name##_s, (size_t)(name##_e - name##_s)

/* exit(42) */
CODE(elf_exit42, "mov $60,%eax\n mov $42,%edi\n syscall\n ud2");

static T_UNUSED void elf_make(struct tiny *t, const unsigned char *code, size_t n)
{
	memset(t, 0, sizeof *t);
	memcpy(t->e.e_ident, ELFMAG, SELFMAG);
	t->e.e_ident[EI_CLASS] = ELFCLASS64;
	t->e.e_ident[EI_DATA] = ELFDATA2LSB;
	t->e.e_ident[EI_VERSION] = EV_CURRENT;
	t->e.e_type = ET_EXEC;
	t->e.e_machine = EM_X86_64;
	t->e.e_version = EV_CURRENT;
	t->e.e_entry = ELF_BASE + offsetof(struct tiny, code);
	t->e.e_phoff = offsetof(struct tiny, p);
	t->e.e_ehsize = sizeof t->e;
	t->e.e_phentsize = sizeof(Elf64_Phdr);
	t->e.e_phnum = 1;
	t->p[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = ELF_BASE, .p_paddr = ELF_BASE,
			       .p_filesz = sizeof *t, .p_memsz = sizeof *t, .p_align = 4096};
	memcpy(t->code, code, n);
}

static T_UNUSED void elf_write(const char *path, const void *data, size_t len)
{
	unlink(path);
	t_write_bytes(path, data, len);
	MUST(chmod(path, 0755));
}

/* Executes a file in a child; prints the error or how the program ended. */
static T_UNUSED void elf_exec(const char *what, const char *path)
{
	int *err = t_shared(4096);
	pid_t p = t_fork();
	if (p == 0) {
		char *argv[] = {"tiny", "arg", NULL}, *envp[] = {"A=B", NULL};
		p_no_core();
		execve(path, argv, envp);
		*err = errno;
		_exit(0);
	}
	int st = t_waitpid(p);
	printf("%s: %s\n", what, *err ? t_errname(*err) : t_status(st));
	munmap(err, 4096);
}

static T_UNUSED void elf_run(const char *what, const struct tiny *t, size_t len)
{
	elf_write("tiny", t, len ? len : sizeof *t);
	elf_exec(what, "./tiny");
}

#endif
