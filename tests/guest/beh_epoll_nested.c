/* epoll inside epoll, inside poll; waiting in threads; ready lists that change under the waiter. */
#include "vktest.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int outer, inner, efd;
static void *writer(void *arg)
{
	(void)arg;
	t_sleep_ms(40);
	eventfd_write(efd, 1);
	return NULL;
}
static volatile int woken;
static void *waiter(void *arg)
{
	struct epoll_event ev;
	if (epoll_wait(*(int *)arg, &ev, 1, 2000) == 1)
		__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

int main(void)
{
	struct epoll_event ev[4], e = {.events = EPOLLIN, .data.u32 = 1};
	pthread_t t, ts[4];
	outer = MUST(epoll_create1(0));
	inner = MUST(epoll_create1(0));
	efd = MUST(eventfd(0, EFD_NONBLOCK));
	MUST(epoll_ctl(inner, EPOLL_CTL_ADD, efd, &e));
	e.data.u32 = 2;
	MUST(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &e));

	SECTION("ready inside is readable outside");
	SHOW(epoll_wait(outer, ev, 4, 0));
	struct pollfd p = {inner, POLLIN, 0};
	SHOW(poll(&p, 1, 0));
	eventfd_write(efd, 1);
	SHOW(epoll_wait(outer, ev, 4, 0));
	SHOW(ev[0].data.u32);
	SHOW(poll(&p, 1, 0));
	SHOW_X(p.revents);
	SHOW(epoll_wait(inner, ev, 4, 0));
	SHOW(ev[0].data.u32);
	eventfd_t v;
	eventfd_read(efd, &v);
	SHOW(epoll_wait(outer, ev, 4, 0));

	SECTION("woken through two levels");
	pthread_create(&t, NULL, writer, NULL);
	SHOW(epoll_wait(outer, ev, 4, 5000));
	pthread_join(t, NULL);
	eventfd_read(efd, &v);

	SECTION("a descriptor added while another thread waits");
	int late = MUST(eventfd(1, 0)), ep = MUST(epoll_create1(0));
	pthread_create(&t, NULL, waiter, &ep);
	t_sleep_ms(30);
	e.events = EPOLLIN;
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, late, &e));
	pthread_join(t, NULL);
	SHOW(woken);

	SECTION("edge-triggered: one event wakes one of four waiters");
	woken = 0;
	int one = MUST(eventfd(0, 0)), ep4 = MUST(epoll_create1(0));
	e.events = EPOLLIN | EPOLLET;
	MUST(epoll_ctl(ep4, EPOLL_CTL_ADD, one, &e));
	for (int i = 0; i < 4; i++)
		pthread_create(&ts[i], NULL, waiter, &ep4);
	t_sleep_ms(50);
	eventfd_write(one, 1);
	t_sleep_ms(200);
	SHOW(woken);
	for (int i = 0; i < 3; i++) {
		eventfd_write(one, 1);
		t_sleep_ms(30);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(ts[i], NULL);
	SHOW(woken);

	SECTION("five levels are allowed, more are not");
	int chain[8], made = 0, r = 0, err = 0;
	chain[0] = MUST(epoll_create1(0));
	e.events = EPOLLIN;
	for (int i = 1; i < 8 && r == 0; i++) {
		chain[i] = MUST(epoll_create1(0));
		r = epoll_ctl(chain[i], EPOLL_CTL_ADD, chain[i - 1], &e);
		err = errno;
		made += r == 0;
	}
	SHOW(made);
	SHOW_AS((errno = err, r), "the next one");
	return 0;
}
