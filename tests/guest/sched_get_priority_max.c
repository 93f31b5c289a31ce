/* sched_get_priority_max: for each policy, and for what is none. */
#include "vkproc.h"

int main(void)
{
	for (int p = -2; p < 7; p++)
		SHOW_AS(sched_get_priority_max(p), "policy %d", p);
	SHOW(sched_get_priority_max(INT_MAX));
	return 0;
}
