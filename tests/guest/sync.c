/* sync: gives 0 whatever happens. */
#include "vktest.h"

int main(void)
{
	t_write_file("f", "x");
	SHOW(syscall(SYS_sync));
	SHOW(syscall(SYS_sync, -1L, BADP));
	t_cat("f");
	return 0;
}
