/* settimeofday: not for an ordinary user; wrong times and addresses first. */
#include "vkproc.h"

static long s(const void *tv, const void *tz) { return syscall(SYS_settimeofday, tv, tz); }

int main(void)
{
	p_ordinary();
	struct timeval tv = {1000, 0}, bad = {1000, 1000000}, neg = {0, -1};
	struct timezone tz = {0, 0}, far = {16 * 60, 0};
	SHOW(s(&tv, NULL));
	SHOW(s(&bad, NULL));
	SHOW(s(&neg, NULL));
	SHOW(s(BADP, NULL));
	SHOW(s(NULL, BADP));
	SHOW(s(NULL, &tz));
	SHOW(s(NULL, &far));
	SHOW(s(&bad, BADP));
	SHOW(s(&neg, BADP));
	tv.tv_sec = -1;
	SHOW(s(&tv, NULL));
	SHOW(s(&tv, BADP));
	return 0;
}
