/* reboot: not for an ordinary user, before the magic numbers are looked at. (As root it would do it.) */
#include "vkproc.h"
#include <linux/reboot.h>

static long rb(unsigned a, unsigned b, unsigned op) { return syscall(SYS_reboot, a, b, op, NULL); }

int main(void)
{
	p_ordinary();
	if (geteuid() == 0)
		return 77;
	/* Of all the commands only one that would do no harm. */
	SHOW(rb(LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF));
	SHOW(rb(LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2C, LINUX_REBOOT_CMD_CAD_OFF));
	SHOW(rb(LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, 77));
	SHOW(rb(LINUX_REBOOT_MAGIC1, 1, LINUX_REBOOT_CMD_CAD_OFF));
	SHOW(rb(1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF));
	SHOW(rb(0, 0, 0));
	return 0;
}
