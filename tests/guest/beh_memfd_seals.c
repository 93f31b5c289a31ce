/* F_ADD_SEALS on memfds: what each seal refuses, to descriptors and to mappings. */
#include "vktest.h"

int main(void)
{
	char b[64], path[64];
	SECTION("without MFD_ALLOW_SEALING there is one seal: no more seals");
	int m = MUST(memfd_create("plain", 0));
	SHOW_X(fcntl(m, F_GET_SEALS));
	SHOW(fcntl(m, F_ADD_SEALS, F_SEAL_WRITE));

	SECTION("SHRINK, GROW, WRITE");
	int s = MUST(memfd_create("sealed", MFD_ALLOW_SEALING));
	SHOW_X(fcntl(s, F_GET_SEALS));
	SHOW(ftruncate(s, 8192));
	SHOW(fcntl(s, F_ADD_SEALS, F_SEAL_SHRINK));
	SHOW(ftruncate(s, 4096));
	SHOW(ftruncate(s, 12288));
	SHOW(fcntl(s, F_ADD_SEALS, F_SEAL_GROW));
	SHOW(ftruncate(s, 16384));
	SHOW(pwrite(s, "x", 1, 12288));
	SHOW(pwrite(s, "x", 1, 12287));
	SHOW(pwrite(s, "xyz", 3, 12286));
	SHOW(fallocate(s, 0, 0, 20000));
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0);
	MUST((long)map);
	SHOW(fcntl(s, F_ADD_SEALS, F_SEAL_WRITE));
	SHOW(munmap(map, 4096));
	SHOW(fcntl(s, F_ADD_SEALS, F_SEAL_WRITE));
	SHOW(write(s, "x", 1));
	SHOW(fallocate(s, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	SHOW(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0) == MAP_FAILED ? -1 : 0);
	SHOW(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, s, 0) == MAP_FAILED ? -1 : 0);
	char *ro = mmap(NULL, 4096, PROT_READ, MAP_SHARED, s, 0);
	SHOW(ro == MAP_FAILED ? -1 : 0);
	SHOW(mprotect(ro, 4096, PROT_READ | PROT_WRITE));
	SHOW(read(s, b, 4));
	SHOW_X(fcntl(s, F_GET_SEALS));
	SHOW(fcntl(s, F_ADD_SEALS, F_SEAL_SEAL));
	SHOW(fcntl(s, F_ADD_SEALS, F_SEAL_SHRINK));
	SHOW(fcntl(s, F_ADD_SEALS, 0x1000));

	SECTION("FUTURE_WRITE: an old mapping may still write");
	int fw = MUST(memfd_create("fw", MFD_ALLOW_SEALING));
	MUST(ftruncate(fw, 4096));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fw, 0);
	SHOW(fcntl(fw, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	map[0] = 'k';
	SHOW(pread(fw, b, 1, 0));
	t_quote("b", b, 1);
	SHOW(pwrite(fw, "x", 1, 0));
	SHOW(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fw, 0) == MAP_FAILED ? -1 : 0);

	SECTION("seals are the file's, not the descriptor's; a descriptor for reading cannot seal");
	SHOW_X(fcntl(MUST(dup(s)), F_GET_SEALS));
	int sealable = MUST(memfd_create("ro", MFD_ALLOW_SEALING));
	snprintf(path, sizeof path, "/proc/self/fd/%d", sealable);
	SHOW(fcntl(MUST(open(path, O_RDONLY)), F_ADD_SEALS, F_SEAL_WRITE));
	SHOW_X(fcntl(MUST(open(path, O_RDONLY)), F_GET_SEALS));

	SECTION("other files have no seals");
	SHOW(fcntl(MUST(open("f", O_RDWR | O_CREAT, 0600)), F_GET_SEALS));
	SHOW(fcntl(MUST(open("f", O_RDWR)), F_ADD_SEALS, F_SEAL_WRITE));
	SHOW(fcntl(-1, F_GET_SEALS));
	return 0;
}
