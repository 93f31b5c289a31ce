/* capget and capset: version negotiation, own and other processes, what can be dropped and not taken back, PR_CAPBSET and ambient; errors. */
#include "vkproc.h"
#include <linux/capability.h>

static long cg(void *h, void *d) { return syscall(SYS_capget, h, d); }
static long cs(void *h, const void *d) { return syscall(SYS_capset, h, d); }

int main(void)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2], e[2];
	memset(d, 0x5a, sizeof d);
	SHOW(cg(&h, d));
	/* Inheritable within permitted or not, effective always is. */
	CHECK((d[0].effective & ~d[0].permitted) == 0 && (d[1].effective & ~d[1].permitted) == 0);
	CHECK((d[0].permitted != 0) == (geteuid() == 0));
	h.pid = getpid();
	SHOW(cg(&h, e));
	CHECK(memcmp(d, e, sizeof d) == 0);
	h.pid = getppid();
	SHOW(cg(&h, e));
	SECTION("versions");
	h = (struct __user_cap_header_struct){0, 0};
	SHOW(cg(&h, NULL));
	SHOW_X(h.version);
	h.version = 0x12345;
	SHOW(cg(&h, d));
	SHOW_X(h.version);
	h.version = _LINUX_CAPABILITY_VERSION_1;
	SHOW(cg(&h, d));
	h.version = _LINUX_CAPABILITY_VERSION_2;
	SHOW(cg(&h, d));
	SECTION("errors");
	h = (struct __user_cap_header_struct){_LINUX_CAPABILITY_VERSION_3, -1};
	SHOW(cg(&h, d));
	h.pid = INT_MAX;
	SHOW(cg(&h, d));
	SHOW(cg(BADP, d));
	h.pid = 0;
	SHOW(cg(&h, BADP));
	SHOW(cg(&h, NULL));
	SHOW(cs(BADP, d));
	SHOW(cs(&h, BADP));
	h.pid = getppid();
	SHOW(cs(&h, d));
	h.version = 1;
	SHOW(cs(&h, d));
	SECTION("setting");
	h = (struct __user_cap_header_struct){_LINUX_CAPABILITY_VERSION_3, 0};
	MUST(cg(&h, d));
	SHOW(cs(&h, d));
	IN_CHILD("drop all") {
		memset(e, 0, sizeof e);
		SHOW(cs(&h, e));
		MUST(cg(&h, e));
		CHECK(e[0].permitted == 0 && e[0].effective == 0);
		e[0].permitted = 1;
		SHOW(cs(&h, e));
		e[0].permitted = 0, e[0].effective = 1;
		SHOW(cs(&h, e));
		/* Without them root is like anybody: but it owns its files. */
		SHOW(syscall(SYS_setgroups, 0, NULL));
		SHOW(syscall(SYS_setresuid, 3, 3, 3));
		SHOW(setpriority(PRIO_PROCESS, 0, -10));
		SHOW(chroot("/"));
	}
	SHOW(prctl(PR_CAPBSET_READ, 63));
	SHOW(prctl(PR_CAPBSET_READ, 64));
	SHOW(prctl(PR_CAPBSET_DROP, 64));
	SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 0, 0));
	SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 64, 0, 0));
	SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
	SHOW(prctl(PR_CAP_AMBIENT, 9, 0, 0, 0));
	SHOW(prctl(PR_GET_SECUREBITS));
	if (geteuid() != 0) {
		SHOW(prctl(PR_CAPBSET_DROP, 1));
		return 0;
	}
	IN_CHILD("setuid away from root drops them, KEEPCAPS keeps the permitted") {
		for (int keep = 0; keep < 2; keep++)
			IN_CHILD(keep ? "KEEPCAPS" : "plain") {
				MUST(prctl(PR_SET_KEEPCAPS, keep));
				MUST(syscall(SYS_setresuid, 9, 9, 9));
				MUST(cg(&h, e));
				printf("effective %s, permitted %s\n", e[0].effective ? "some" : "none", e[0].permitted ? "some" : "none");
				if (keep) {
					e[0].effective = e[0].permitted & 1 << CAP_CHOWN;
					SHOW(cs(&h, e));
				}
			}
		MUST(syscall(SYS_setresuid, -1, 9, -1));
		MUST(cg(&h, e));
		printf("seteuid: effective %s, permitted %s\n", e[0].effective ? "some" : "none", e[0].permitted ? "some" : "none");
		MUST(syscall(SYS_setresuid, -1, 0, -1));
		MUST(cg(&h, e));
		printf("back: effective %s\n", e[0].effective == e[0].permitted ? "all" : "not all");
	}
	IN_CHILD("bounding set") {
		SHOW(prctl(PR_CAPBSET_DROP, CAP_CHOWN));
		SHOW(prctl(PR_CAPBSET_READ, CAP_CHOWN));
		SHOW(prctl(PR_CAPBSET_READ, CAP_KILL));
		execl("/bin/sh", "sh", "-c", "touch f; chown 5 f 2>/dev/null || echo no chown", NULL);
	}
	return 0;
}
