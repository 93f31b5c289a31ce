/* /dev/shm and /tmp: memory file systems of their own, another device than the working directory. */
#include "vktest.h"
#include <sys/statfs.h>

int main(void)
{
	char name[64], dir[64], other[80], b[16];
	struct stat st, here;
	struct statfs sf;
	/* natively this is the host's own: a name of our own, removed at the end */
	snprintf(dir, sizeof dir, "/dev/shm/vksup-test-%d", getpid());
	snprintf(name, sizeof name, "%s/f", dir);
	snprintf(other, sizeof other, "%s/g", dir);
	t_write_file("local", "local");

	MUST(stat("/dev/shm", &st));
	printf("/dev/shm %s\n", t_mode(st.st_mode));
	MUST(stat("/tmp", &st));
	printf("/tmp %s\n", t_mode(st.st_mode));
	SHOW(statfs("/dev/shm", &sf));
	CHECK(sf.f_type == 0x01021994 && sf.f_namelen == 255);

	SHOW_AS(mkdir(dir, 0755), "mkdir");
	t_write_file(name, "in memory");
	MUST(stat(name, &st));
	MUST(stat("local", &here));
	CHECK(st.st_dev != here.st_dev && st.st_size == 9);

	SECTION("another device");
	SHOW_AS(rename("local", other), "rename there");
	SHOW_AS(rename(name, "back"), "rename back");
	SHOW_AS(link("local", other), "link there");
	SHOW_AS(link(name, "back"), "link back");
	SHOW_AS(symlink(name, "sym"), "symlink");
	SHOW_AS(t_read_file("sym", b, sizeof b), "read through the link");

	SECTION("all that a file can do");
	int fd = MUST(open(name, O_RDWR));
	char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST((long)m);
	m[0] = 'I';
	SHOW(pread(fd, b, 9, 0));
	t_quote("b", b, 9);
	pid_t p = t_fork();
	if (p == 0) {
		m[1] = 'N';
		_exit(0);
	}
	t_waitpid(p);
	SHOW(pread(fd, b, 2, 0));
	t_quote("b", b, 2);
	SHOW(ftruncate(fd, 3 * 4096));
	SHOW(pwrite(fd, "x", 1, 8192));
	SHOW(lseek(fd, 4096, SEEK_DATA));
	SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8192, 4096));
	SHOW_AS(link(name, other), "link");
	MUST(fstat(fd, &st));
	SHOW(st.st_nlink);
	SHOW_AS(rename(other, name), "rename over itself");
	SHOW_AS(unlink(other), "unlink");
	SHOW_AS(unlink(name), "unlink");
	SHOW(fstat(fd, &st));
	SHOW(st.st_nlink);

	SECTION("shm_open");
	snprintf(name, sizeof name, "/vksup-shm-%d", getpid());
	int s = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	CHECK(s >= 0);
	SHOW(ftruncate(s, 4096));
	int s2 = shm_open(name, O_RDWR, 0);
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0);
	char *m2 = mmap(NULL, 4096, PROT_READ, MAP_SHARED, s2, 0);
	strcpy(m, "shared");
	SHOW_STR(m2);
	SHOW_AS(shm_unlink(name), "shm_unlink");
	SHOW_AS(shm_open(name, O_RDWR, 0), "shm_open");
	SHOW_AS(rmdir(dir), "rmdir");
	return 0;
}
