/* capset: less is always possible, more never; one's own only; versions and addresses. */
#include "vkproc.h"
#include <linux/capability.h>

static long cs(void *h, const void *d) { return syscall(SYS_capset, h, d); }

int main(void)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2], e[2];
	MUST(syscall(SYS_capget, &h, d));
	SHOW(cs(&h, d));
	h.pid = getpid();
	SHOW(cs(&h, d));
	h.pid = getppid();
	SHOW(cs(&h, d));
	h.pid = -1;
	SHOW(cs(&h, d));
	h.pid = INT_MAX;
	SHOW(cs(&h, d));
	h.pid = 0;
	SHOW(cs(&h, BADP));
	SHOW(cs(BADP, d));
	h.version = 7;
	SHOW(cs(&h, d));
	SHOW_X(h.version);
	IN_CHILD("effective only") {
		h.version = _LINUX_CAPABILITY_VERSION_3;
		memcpy(e, d, sizeof e);
		e[0].effective = e[1].effective = 0;
		SHOW(cs(&h, e));
		SHOW(chroot("."));
		/* Permitted ones can be taken up again. */
		SHOW(cs(&h, d));
		e[0].permitted = e[1].permitted = 0;
		SHOW(cs(&h, e));
		e[0].effective = 1;
		SHOW(cs(&h, e));
		e[0].permitted = 1;
		SHOW(cs(&h, e));
	}
	return 0;
}
