/* execve of an ELF file whose header is wrong in one field each, and of files cut short at every interesting length. */
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
	elf_run("good", &good, 0);

	SECTION("identification");
	TRY(e.e_ident[0] = 0x7e);
	TRY(e.e_ident[1] = 'e');
	TRY(e.e_ident[2] = 'l');
	TRY(e.e_ident[3] = 'f');
	TRY(e.e_ident[EI_DATA] = ELFDATA2MSB);
	TRY(e.e_ident[EI_VERSION] = 0);
	TRY(e.e_ident[EI_OSABI] = ELFOSABI_FREEBSD);
	TRY(e.e_ident[EI_OSABI] = ELFOSABI_LINUX);

	SECTION("type and machine");
	TRY(e.e_type = ET_NONE);
	TRY(e.e_type = ET_REL);
	TRY(e.e_type = ET_CORE);
	TRY(e.e_type = 0xfe00);
	TRY(e.e_machine = EM_NONE);
	TRY(e.e_machine = EM_ARM);
	TRY(e.e_machine = EM_AARCH64);
	TRY(e.e_machine = EM_RISCV);
	TRY(e.e_machine = EM_386);
	TRY(e.e_version = 0);
	TRY(e.e_flags = 0xffffffff);
	TRY(e.e_ehsize = 0);

	SECTION("program headers");
	TRY(e.e_phentsize = 0);
	TRY(e.e_phentsize = 32);
	TRY(e.e_phentsize = 57);
	TRY(e.e_phnum = 0);
	TRY(e.e_phnum = 6);
	TRY(e.e_phnum = 1170);
	TRY(e.e_phnum = 1171);
	TRY(e.e_phnum = 0xffff);
	TRY(e.e_phoff = 0x7fffffff);
	TRY(e.e_phoff = -1UL);
	TRY(e.e_phoff = 1UL << 63);
	TRY(e.e_phoff = sizeof(struct tiny) - 8);
	TRY(e.e_shoff = -1UL);
	TRY(e.e_shnum = 0xffff);

	SECTION("entry");
	TRY(e.e_entry = 0);
	TRY(e.e_entry = 0x10);
	TRY(e.e_entry = 0x123456789000);
	TRY(e.e_entry = 0x8000000000000000);
	TRY(e.e_entry = -1UL);
	TRY(e.e_entry = ELF_BASE + 4096);

	SECTION("cut short");
	static const size_t lens[] = {1, 2, 3, 4, 5, 16, 20, 51, 52, 63, 64, 65, 119, 120, 400, 464, 475, sizeof(struct tiny) - 1};
	for (size_t i = 0; i < T_COUNT(lens); i++) {
		char what[40];
		snprintf(what, sizeof what, "%zu bytes", lens[i]);
		elf_run(what, &good, lens[i]);
	}
	elf_write("empty", "", 0);
	elf_exec("empty", "./empty");
	elf_write("zeros", (char[4096]){0}, 4096);
	elf_exec("zeros", "./zeros");
	elf_write("text", "just text\n", 10);
	elf_exec("text", "./text");
	return 0;
}
