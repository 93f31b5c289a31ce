// build: static static-pie musl-static
/* The auxiliary vector, and what it says against what is. */
#include "vkproc.h"
#include <elf.h>
#include <link.h>

extern void _start(void);

int main(int argc, char **argv)
{
	(void)argc;
	SHOW(getauxval(AT_PAGESZ));
	SHOW(getauxval(AT_CLKTCK));
	SHOW(getauxval(AT_SECURE));
	SHOW(getauxval(AT_FLAGS));
	SHOW(getauxval(AT_PHENT));
	CHECK(getauxval(AT_UID) == getuid() && getauxval(AT_EUID) == geteuid());
	CHECK(getauxval(AT_GID) == getgid() && getauxval(AT_EGID) == getegid());
	CHECK(getauxval(AT_ENTRY) == (unsigned long)_start);
	CHECK(getauxval(AT_HWCAP) != 0);
	SHOW_STR((char *)getauxval(AT_PLATFORM));
	unsigned char *r = (unsigned char *)getauxval(AT_RANDOM);
	int zero = 0;
	for (int i = 0; i < 16; i++)
		zero += r[i] == 0;
	CHECK(zero < 8);

	/* The file name that was given to exec, on the stack above the strings. */
	const char *fn = (char *)getauxval(AT_EXECFN);
	CHECK(strrchr(fn, '/') && strcmp(strrchr(fn, '/'), strrchr(argv[0], '/')) == 0);
	CHECK(fn > argv[0]);
	CHECK((char *)argv < fn && fn + strlen(fn) - (char *)argv < 1 << 20);

	/* The program headers are those of the file, in memory. */
	const ElfW(Phdr) *ph = (void *)getauxval(AT_PHDR);
	unsigned long n = getauxval(AT_PHNUM);
	ElfW(Ehdr) eh;
	int fd = MUST(open(p_self(), O_RDONLY));
	MUST(read(fd, &eh, sizeof eh));
	CHECK(eh.e_phnum == n && n > 2);
	ElfW(Phdr) *file = calloc(n, sizeof *file);
	MUST(pread(fd, file, n * sizeof *file, eh.e_phoff));
	CHECK(memcmp(file, ph, n * sizeof *file) == 0);
	bool interp = false;
	for (unsigned long i = 0; i < n; i++)
		interp |= ph[i].p_type == PT_INTERP;
	CHECK((getauxval(AT_BASE) != 0) == interp);

	/* The vDSO is an ELF image. */
	unsigned char *vdso = (unsigned char *)getauxval(AT_SYSINFO_EHDR);
	CHECK(!vdso || memcmp(vdso, ELFMAG, SELFMAG) == 0);

	/* /proc/self/auxv says the same. */
	unsigned long av[128];
	fd = MUST(open("/proc/self/auxv", O_RDONLY));
	ssize_t len = MUST(read(fd, av, sizeof av));
	CHECK(len > 0 && len % 16 == 0);
	/* The order of things on the stack: argc, argv, NULL, environ, NULL, auxv. */
	CHECK(*((long *)argv - 1) == argc);
	CHECK(argv + argc + 1 == environ);
	char **e = environ;
	while (*e)
		e++;
	unsigned long *stack = (unsigned long *)(e + 1);
	int n_av = 0;
	while (stack[2 * n_av] != AT_NULL)
		n_av++;
	CHECK(n_av >= 15);
	CHECK((n_av + 1) * 16 <= len && memcmp(stack, av, (n_av + 1) * 16) == 0);
	return 0;
}
