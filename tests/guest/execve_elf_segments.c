/* execve of an ELF file with strange segments: sizes, alignment, overlap, protection, none at all. */
#include "vkelf.h"

static struct tiny good;

#define TRY(change)                                                                                                    \
	do {                                                                                                           \
		struct tiny t = good;                                                                                  \
		t.change;                                                                                              \
		elf_run(#change, &t, 0);                                                                               \
	} while (0)

int main(void)
{
	elf_make(&good, CODE_OF(elf_exit42));
	SECTION("one segment");
	TRY(p[0].p_type = PT_NULL);
	TRY(p[0].p_type = PT_NOTE);
	TRY(p[0].p_type = 0x12345678);
	TRY(p[0].p_flags = PF_R);
	TRY(p[0].p_flags = PF_X);
	TRY(p[0].p_flags = PF_W);
	TRY(p[0].p_flags = 0);
	TRY(p[0].p_flags = PF_R | PF_W | PF_X);
	TRY(p[0].p_flags = 0xffffffff);
	TRY(p[0].p_filesz = 0);
	TRY(p[0].p_filesz = 1);
	TRY(p[0].p_filesz = sizeof(struct tiny) + 1);
	TRY(p[0].p_filesz = -1UL);
	TRY(p[0].p_memsz = 0);
	TRY(p[0].p_memsz = sizeof(struct tiny) - 1);
	TRY(p[0].p_memsz = -1UL);
	TRY(p[0].p_memsz = 1UL << 47);
	TRY(p[0].p_offset = 1);
	TRY(p[0].p_offset = 4096);
	TRY(p[0].p_offset = -4096UL);
	TRY(p[0].p_offset = -1UL);
	TRY(p[0].p_vaddr = ELF_BASE + 1);
	TRY(p[0].p_vaddr = 0x7ffffffff000);
	TRY(p[0].p_vaddr = 0x800000000000);
	TRY(p[0].p_vaddr = 0xffff800000000000);
	TRY(p[0].p_vaddr = -4096UL);
	TRY(p[0].p_align = 0);
	TRY(p[0].p_align = 3);
	TRY(p[0].p_align = 1);
	TRY(p[0].p_align = 1UL << 30);
	TRY(p[0].p_align = -1UL);
	TRY(p[0].p_paddr = -1UL);

	SECTION("two segments");
	struct tiny two = good;
	two.e.e_phnum = 2;
	two.p[1] = two.p[0];
	elf_run("the same twice", &two, 0);
	two.p[1].p_flags = PF_R;
	elf_run("the second takes execution away", &two, 0);
	two.p[1] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = ELF_BASE + 0x10000, .p_memsz = 8192};
	elf_run("only bss", &two, 0);
	two.p[1].p_memsz = 0;
	elf_run("nothing", &two, 0);
	two.p[1].p_memsz = 1UL << 46;
	elf_run("bss too big", &two, 0);
	two.p[1] = good.p[0];
	two.p[1].p_vaddr = ELF_BASE - 0x10000;
	elf_run("descending", &two, 0);
	two.p[1].p_vaddr = 0x100000000000;
	elf_run("far apart", &two, 0);

	SECTION("position independent");
	struct tiny pie = good;
	pie.e.e_type = ET_DYN;
	pie.e.e_entry = offsetof(struct tiny, code);
	pie.p[0].p_vaddr = 0;
	elf_run("ET_DYN", &pie, 0);
	pie.p[0].p_align = 1 << 21;
	elf_run("ET_DYN, 2 MiB alignment", &pie, 0);
	pie.p[0].p_vaddr = 0x10000;
	pie.e.e_entry += 0x10000;
	elf_run("ET_DYN with a base", &pie, 0);
	pie.p[0].p_memsz = 1UL << 48;
	elf_run("ET_DYN too big", &pie, 0);
	pie.p[0].p_type = PT_NULL;
	elf_run("ET_DYN without a segment", &pie, 0);
	return 0;
}
