/* Shared file mappings and the file: what is written on one side is read on the other, between processes, over truncation, msync. */
#include "vkproc.h"

#define RW (PROT_READ | PROT_WRITE)

int main(void)
{
	t_write_file("f", "0123456789abcdef");
	int fd = MUST(open("f", O_RDWR));
	char *m = mmap(NULL, T_PAGE, RW, MAP_SHARED, fd, 0), b[32] = "";
	SECTION("mapping to file");
	memcpy(m, "MAPPED", 6);
	SHOW(pread(fd, b, 16, 0));
	SHOW_STR(b);
	SHOW(msync(m, T_PAGE, MS_SYNC));
	SHOW(msync(m, T_PAGE, MS_ASYNC));
	SHOW(msync(m, T_PAGE, MS_ASYNC | MS_INVALIDATE));
	t_cat("f");
	SECTION("file to mapping");
	SHOW(pwrite(fd, "WRITTEN", 7, 3));
	printf("%.16s\n", m);
	/* Beyond the end, within the page: kept in memory, not in the file. */
	m[100] = 'z';
	SHOW(lseek(fd, 0, SEEK_END));
	struct stat st;
	fstat(fd, &st);
	SHOW(st.st_size);
	SECTION("a second mapping, another open, a private one");
	int fd2 = MUST(open("f", O_RDWR));
	char *n = mmap(NULL, T_PAGE, RW, MAP_SHARED, fd2, 0), *p = mmap(NULL, T_PAGE, RW, MAP_PRIVATE, fd2, 0);
	n[0] = 'n';
	printf("%c %c\n", m[0], p[0]);
	p[0] = 'p';
	m[0] = 'm', m[1] = 'm';
	printf("%c %c %c\n", n[0], p[0], m[0]);
	SECTION("another process");
	struct t_gate a = t_gate(), c = t_gate();
	pid_t k = t_fork();
	if (k == 0) {
		int f = MUST(open("f", O_RDWR));
		char *q = mmap(NULL, T_PAGE, RW, MAP_SHARED, f, 0);
		q[5] = '#';
		m[6] = '%';
		t_gate_open(&a);
		t_gate_pass(&c);
		printf("child sees %c %c\n", q[7], m[8]);
		t_exit(0);
	}
	t_gate_pass(&a);
	printf("parent sees %c %c\n", m[5], n[6]);
	m[7] = '!', n[8] = '?';
	t_gate_open(&c);
	p_wait("child", k);
	/* A program that was exec'd sees it too. */
	m[9] = '=';
	IN_CHILD("cat")
		execl("/bin/cat", "cat", "f", NULL);
	printf("\n");
	SECTION("truncation and growth");
	MUST(ftruncate(fd, 4));
	printf("%d %d %d\n", m[3] != 0, m[4], m[100]);
	MUST(ftruncate(fd, 200));
	printf("%d %d %d\n", m[4], m[100], m[199]);
	m[150] = 'g';
	SHOW(pread(fd, b, 1, 150));
	SHOW(b[0]);
	SECTION("after unlink and close");
	unlink("f");
	close(fd), close(fd2);
	m[0] = 'U';
	SHOW(n[0]);
	SHOW(msync(m, T_PAGE, MS_SYNC));
	/* A hole becomes a page. */
	fd = MUST(open("sparse", O_RDWR | O_CREAT, 0644));
	MUST(ftruncate(fd, 1 << 20));
	m = mmap(NULL, 1 << 20, RW, MAP_SHARED, fd, 0);
	m[500000] = 's';
	SHOW(pread(fd, b, 1, 500000));
	printf("%c %d\n", b[0], m[499999]);
	return 0;
}
