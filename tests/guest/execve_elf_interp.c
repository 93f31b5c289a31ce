/* execve of an ELF file with PT_INTERP: missing, not executable, a directory, no ELF file, hostile names and sizes. */
#include "vkelf.h"

static struct tiny good, interp;
CODE(exit7, "mov $60,%eax\n mov $7,%edi\n syscall\n ud2");

static struct tiny with(const char *path, size_t size)
{
	struct tiny t = good;
	t.e.e_phnum = 2;
	t.p[1] = t.p[0];
	t.p[0] = (Elf64_Phdr){.p_type = PT_INTERP, .p_flags = PF_R, .p_offset = offsetof(struct tiny, str), .p_filesz = size,
			      .p_memsz = size};
	snprintf(t.str, sizeof t.str, "%s", path);
	return t;
}

static void try(const char *what, const char *path)
{
	struct tiny t = with(path, strlen(path) + 1);
	elf_run(what, &t, 0);
}

int main(void)
{
	elf_make(&good, CODE_OF(elf_exit42));
	elf_make(&interp, CODE_OF(exit7));
	interp.p[0].p_vaddr = 0x600000;
	interp.e.e_entry += 0x200000;
	elf_write("ld", &interp, sizeof interp);
	try("a static program as interpreter", "./ld");
	struct tiny dyn = interp;
	dyn.e.e_type = ET_DYN;
	dyn.p[0].p_vaddr = 0;
	dyn.e.e_entry = offsetof(struct tiny, code);
	elf_write("ld-dyn", &dyn, sizeof dyn);
	try("an ET_DYN interpreter", "ld-dyn");

	SECTION("its name");
	try("missing", "/no/such/ld.so");
	try("empty", "");
	try("directory", "/");
	try("below a file", "./ld/x");
	MUST(symlink("loop", "loop"));
	try("loop", "loop");
	MUST(mkfifo("fifo", 0755));
	try("fifo", "fifo");
	try("device", "/dev/null");
	t_write_bytes("not-x", &interp, sizeof interp);
	try("not executable", "not-x");

	SECTION("its contents");
	elf_write("txt", "some text, rather long, so that a header fits in here: but it is none at all. really.\n", 87);
	try("text", "txt");
	elf_write("script", "#!/bin/sh\nexit 3\n", 17);
	try("script", "script");
	elf_write("none", "", 0);
	try("empty file", "none");
	elf_write("short", &interp, 63);
	try("63 bytes", "short");
	elf_write("short", &interp, 64);
	try("64 bytes", "short");
	dyn = interp;
	dyn.e.e_machine = EM_ARM;
	elf_write("arm", &dyn, sizeof dyn);
	try("another machine", "arm");
	dyn = interp;
	dyn.e.e_type = ET_REL;
	elf_write("rel", &dyn, sizeof dyn);
	try("relocatable", "rel");
	dyn = interp;
	dyn.e.e_phnum = 0;
	elf_write("nophdr", &dyn, sizeof dyn);
	try("no program headers", "nophdr");
	dyn = interp;
	dyn.e.e_phentsize = 1;
	elf_write("phent", &dyn, sizeof dyn);
	try("wrong header size", "phent");
	dyn = interp;
	dyn.p[0].p_type = PT_NULL;
	elf_write("noload", &dyn, sizeof dyn);
	try("nothing to load", "noload");

	SECTION("the header");
	struct tiny t = with("./ld", 4);
	elf_run("not terminated", &t, 0);
	t = with("./ld", 0);
	elf_run("size 0", &t, 0);
	t = with("", 1);
	elf_run("size 1", &t, 0);
	t = with("./ld", 4097);
	elf_run("size 4097", &t, 0);
	t = with("./ld", -1UL);
	elf_run("size -1", &t, 0);
	t = with("./ld", 6);
	elf_run("a byte more than the name", &t, 0);
	t = with("./ld", 5);
	t.p[0].p_offset = 1 << 20;
	elf_run("past the end of the file", &t, 0);
	t.p[0].p_offset = -16UL;
	elf_run("negative offset", &t, 0);
	t = with("./ld", 5);
	t.e.e_phnum = 3;
	t.p[2] = t.p[0];
	t.p[2].p_offset = 1 << 20;
	elf_run("two of them: the first counts", &t, 0);
	return 0;
}
