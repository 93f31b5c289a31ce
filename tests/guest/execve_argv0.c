/* execve with no argv, or an empty one: the kernel gives an empty argv[0], and the environment is not taken for arguments. */
#include "vkproc.h"

int main(int argc, char **argv)
{
	if (argc == 0 || getenv("VK_AGAIN")) {
		printf("argc %d, argv[0] %s, argv[1] %s\n", argc, argv[0] ? *argv[0] ? argv[0] : "empty" : "NULL",
		       argc < 1 ? "-" : argv[1] ? argv[1] : "NULL");
		printf("VK_AGAIN %s\n", getenv("VK_AGAIN"));
		return 0;
	}
	char *env[] = {"VK_AGAIN=yes", NULL}, *none[] = {NULL};
	const char *self = p_self();
	IN_CHILD("NULL")
		SHOW(syscall(SYS_execve, self, NULL, env));
	IN_CHILD("empty")
		SHOW(syscall(SYS_execve, self, none, env));
	return 0;
}
