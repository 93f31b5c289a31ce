/* umask: old value back, twelve bits ignored, per process, applied to all that makes names. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	SHOW_O(umask(077));
	SHOW_O(umask(0));
	SHOW_O(umask(07777));
	SHOW_O(umask(0170022));
	SHOW_O(umask(027));
	static const struct {
		const char *name;
		mode_t mask;
	} t[] = {{"a", 0}, {"b", 022}, {"c", 027}, {"d", 0777}};
	for (size_t i = 0; i < T_COUNT(t); i++) {
		char n[16];
		umask(t[i].mask);
		printf("umask %04o\n", t[i].mask);
		snprintf(n, sizeof n, "%s.file", t[i].name);
		close(MUST(open(n, O_CREAT | O_WRONLY, 0777)));
		t_stat(n);
		snprintf(n, sizeof n, "%s.dir", t[i].name);
		MUST(mkdir(n, 0777));
		t_stat(n);
		snprintf(n, sizeof n, "%s.fifo", t[i].name);
		MUST(mkfifo(n, 0666));
		t_stat(n);
		snprintf(n, sizeof n, "%s.link", t[i].name);
		MUST(symlink("x", n));
		t_stat(n);
		struct sockaddr_un sa = {.sun_family = AF_UNIX};
		snprintf(sa.sun_path, sizeof sa.sun_path, "%s.sock", t[i].name);
		MUST(bind(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&sa, sizeof sa));
		t_stat(sa.sun_path);
	}
	SECTION("inherited, then its own");
	umask(037);
	pid_t p = t_fork();
	if (p == 0) {
		printf("child: %03o\n", umask(0));
		t_exit(0);
	}
	t_waitpid(p);
	SHOW_O(umask(022));
	SECTION("chmod does not care");
	MUST(chmod("a.file", 0777));
	t_stat("a.file");
	return 0;
}
