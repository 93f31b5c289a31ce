/* openat: where a name is looked up, what exists, what is created; each error of the path walk. */
#include "vktest.h"

int main(void)
{
	char longname[300], longpath[5000];
	memset(longname, 'n', sizeof longname);
	longname[256] = 0;
	for (size_t i = 0; i < sizeof longpath; i++)
		longpath[i] = i % 2 ? '/' : '.';
	longpath[4999] = 0;

	MUST(mkdir("dir", 0755));
	t_write_file("file", "hello");
	t_write_file("dir/inner", "inner");
	MUST(symlink("file", "link"));
	MUST(symlink("dir", "dirlink"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop2", "loop1"));
	MUST(symlink("loop1", "loop2"));
	int dir = MUST(open("dir", O_RDONLY | O_DIRECTORY));
	int file = MUST(open("file", O_RDONLY));
	int cwd = MUST(open(".", O_PATH));

	SECTION("where the name is looked up");
	SHOW_OK(openat(AT_FDCWD, "file", O_RDONLY));
	SHOW_OK(openat(dir, "inner", O_RDONLY));
	SHOW_OK(openat(dir, "../file", O_RDONLY));
	SHOW_OK(openat(cwd, "dir/inner", O_RDONLY));
	SHOW_OK(openat(dir, ".", O_RDONLY));
	SHOW_OK(openat(dir, "..", O_RDONLY));
	SHOW_OK(openat(dir, "file", O_RDONLY));
	SHOW_OK(openat(-1, "/", O_RDONLY));
	SHOW_OK(openat(999, "/etc/passwd", O_RDONLY));
	SHOW_OK(openat(-1, "file", O_RDONLY));
	SHOW_OK(openat(999, "file", O_RDONLY));
	SHOW_OK(openat(file, "file", O_RDONLY));
	SHOW_OK(openat(file, ".", O_RDONLY));
	SHOW_OK(openat(file, "", O_RDONLY));
	SHOW_OK(openat(-1, "", O_RDONLY));
	SHOW_OK(openat(AT_FDCWD, "", O_RDONLY | O_CREAT, 0644));

	SECTION("slashes and dots");
	SHOW_OK(open("./././file", O_RDONLY));
	SHOW_OK(open("dir//inner", O_RDONLY));
	SHOW_OK(open("dir/", O_RDONLY));
	SHOW_OK(open("dir/.", O_RDONLY));
	SHOW_OK(open("dir/./../file", O_RDONLY));
	SHOW_OK(open("file/", O_RDONLY));
	SHOW_OK(open("file/.", O_RDONLY));
	SHOW_OK(open("file/x", O_RDONLY));
	SHOW_OK(open("file/..", O_RDONLY));
	SHOW_OK(open("missing/", O_RDONLY));
	SHOW_OK(open("missing/../file", O_RDONLY));
	SHOW_OK(open("missing/", O_RDONLY | O_CREAT, 0644));
	SHOW_OK(open("file/", O_RDONLY | O_CREAT, 0644));
	SHOW_OK(open("link/", O_RDONLY));
	SHOW_OK(open("dirlink/", O_RDONLY));
	SHOW_OK(open("dirlink/inner", O_RDONLY));
	SHOW_OK(open("dirlink/../file", O_RDONLY));
	SHOW_OK(open("/..", O_RDONLY));
	SHOW_OK(open("/../../etc/passwd", O_RDONLY));

	SECTION("names too long, loops, pointers");
	SHOW_AS(open(longname, O_RDONLY), "open(256 bytes)");
	SHOW_AS(open(longname, O_RDWR | O_CREAT, 0644), "open(256 bytes, O_CREAT)");
	longname[255] = 0;
	SHOW_AS(open(longname, O_RDONLY), "open(255 bytes)");
	SHOW_AS(open(longname, O_RDWR | O_CREAT | O_EXCL, 0644) >= 0 ? 0 : -1, "open(255 bytes, O_CREAT)");
	SHOW_AS(unlink(longname), "unlink(255 bytes)");
	SHOW_AS(open(longpath, O_RDONLY), "open(4999 bytes of ./)");
	longpath[4096] = 0;
	SHOW_AS(open(longpath, O_RDONLY), "open(4096 bytes of ./)");
	longpath[4095] = 0;
	SHOW_AS(open(longpath, O_RDONLY) >= 0 ? 0 : -1, "open(4095 bytes of ./)");
	SHOW_OK(open("loop1", O_RDONLY));
	SHOW_OK(open("loop1/x", O_RDONLY));
	SHOW_OK(open("dangling", O_RDONLY));
	SHOW_OK(open(NULLP, O_RDONLY));
	SHOW_OK(open(BADP, O_RDONLY));
	SHOW_OK(openat(-1, BADP, O_RDONLY));
	SHOW_OK(openat(-1, BADP, O_TMPFILE | O_RDONLY));
	char *edge = (char *)t_edge(4) ;
	memcpy(edge, "file", 4);
	SHOW_OK(open(edge, O_RDONLY));
	memcpy(t_edge(5), "file", 5);
	edge = memcpy(t_edge(5), "file", 5);
	SHOW_OK(open(edge, O_RDONLY));
	return 0;
}
