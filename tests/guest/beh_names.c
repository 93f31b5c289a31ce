/* Names: any byte but / and NUL, up to 255 bytes; paths deeper than PATH_MAX by chdir; very many entries and levels. */
#include "vktest.h"

int main(void)
{
	char n[300], cwd[4096];
	SECTION("odd bytes");
	static const char *const names[] = {"with space", "new\nline", "tab\t", "\xff\xfe", "\xc3\xa4\xc3\xb6", "-rf", "*", "...",
					    ".hidden", "a\\b", "\"q\"", "\001", "CON", "trailing.", "colon:name", "UPPER", "upper"};
	MUST(mkdir("odd", 0755));
	for (size_t i = 0; i < T_COUNT(names); i++) {
		char p[64];
		snprintf(p, sizeof p, "odd/%s", names[i]);
		t_write_file(p, names[i]);
	}
	int found = 0, total = 0;
	DIR *d = opendir("odd");
	for (struct dirent *e; (e = readdir(d)); total++)
		for (size_t i = 0; i < T_COUNT(names); i++)
			found += !strcmp(e->d_name, names[i]);
	closedir(d);
	CHECK(found == (int)T_COUNT(names) && total == found + 2);
	for (size_t i = 0; i < T_COUNT(names); i++) {
		char p[64], b[64];
		snprintf(p, sizeof p, "odd/%s", names[i]);
		if (t_read_file(p, b, sizeof b) != (ssize_t)strlen(names[i]) || strcmp(b, names[i]))
			printf("%zu: wrong content\n", i);
	}

	SECTION("255 bytes");
	memset(n, 'L', 255);
	n[255] = 0;
	SHOW_AS(mkdir(n, 0755), "mkdir(255)");
	SHOW_AS(chdir(n), "chdir(255)");
	t_write_file("in", "x");
	SHOW(chdir(".."));
	n[255] = 'L', n[256] = 0;
	SHOW_AS(mkdir(n, 0755), "mkdir(256)");
	SHOW_AS(access(n, F_OK), "access(256)");
	SHOW_AS(rename("odd", n), "rename(.., 256)");

	SECTION("deeper than PATH_MAX");
	memset(n, 'd', 200);
	n[200] = 0;
	int start = MUST(open(".", O_RDONLY));
	for (int i = 0; i < 25; i++) {
		MUST(mkdir(n, 0755));
		MUST(chdir(n));
	}
	t_write_file("bottom", "here");
	t_cat("bottom");
	SHOW(syscall(SYS_getcwd, cwd, sizeof cwd));
	char *long_ = getcwd(NULL, 0);
	CHECK(long_ == NULL || strlen(long_) > 5000);
	free(long_);
	SHOW(access("../../bottom", F_OK));
	MUST(unlink("bottom"));
	for (int i = 0; i < 25; i++) {
		MUST(chdir(".."));
		MUST(rmdir(n));
	}
	struct stat a, b;
	MUST(fstat(start, &a));
	MUST(stat(".", &b));
	CHECK(a.st_ino == b.st_ino);

	SECTION("two hundred levels in one path");
	strcpy(cwd, "l");
	for (int i = 0; i < 200; i++) {
		MUST(mkdir(cwd, 0755));
		strcat(cwd, "/l");
	}
	t_write_file(cwd, "deep");
	SHOW_AS(access(cwd, R_OK), "access");
	SHOW_AS(unlink(cwd), "unlink");
	for (int i = 0; i < 200; i++) {
		cwd[strlen(cwd) - 2] = 0;
		MUST(rmdir(cwd));
	}

	SECTION("many");
	MUST(mkdir("many", 0755));
	for (int i = 0; i < 600; i++) {
		snprintf(n, sizeof n, "many/%d", i);
		MUST(close(MUST(open(n, O_CREAT | O_WRONLY, 0600))));
	}
	total = 0;
	d = opendir("many");
	while (readdir(d))
		total++;
	closedir(d);
	SHOW(total);
	SHOW(system("rm -r many; ls | wc -l"));
	return 0;
}
