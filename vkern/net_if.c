/*
 * net_if.c - the requests on interfaces that any socket answers: there is lo,
 * and it cannot be changed.
 */
#include "vkern/net_impl.h"

#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#define K_SIOCGIFNAME	0x8910u
#define K_SIOCGIFCONF	0x8912u
#define K_SIOCGIFINDEX	0x8933u
#define K_SIOCGIFTXQLEN	0x8942u
#define K_SIOCETHTOOL	0x8946u
#define LO_FLAGS	(IFF_UP | IFF_LOOPBACK | IFF_RUNNING)
#define ARPHRD_LO	772

static void
put_inet(struct sockaddr *sa, uint32_t addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(addr) };

	memcpy(sa, &sin, sizeof(sin));
}

/* All interfaces: how many bytes, or as many as there is room for. */
static long
if_conf(unsigned long arg)
{
	struct ifconf ifc;
	struct ifreq r;

	if (copyin(&ifc, ga(arg), sizeof(ifc)))
		return -EFAULT;
	memset(&r, 0, sizeof(r));
	strcpy(r.ifr_name, "lo");
	put_inet(&r.ifr_addr, INADDR_LOOPBACK);
	if (ifc.ifc_buf == NULL || ifc.ifc_len >= (int)sizeof(r)) {
		if (ifc.ifc_buf != NULL && copyout(ga((uintptr_t)ifc.ifc_buf), &r, sizeof(r)))
			return -EFAULT;
		ifc.ifc_len = sizeof(r);
	} else
		ifc.ifc_len = 0;
	return copyout(ga(arg), &ifc, sizeof(ifc));
}

/* The answer goes into r; -ENOTTY: not a question. */
static long
if_answer(unsigned cmd, struct ifreq *r)
{
	switch (cmd) {
	case SIOCGIFFLAGS:
		r->ifr_flags = LO_FLAGS;
		return 0;
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
		put_inet(&r->ifr_addr, INADDR_LOOPBACK);
		return 0;
	case SIOCGIFNETMASK:
		put_inet(&r->ifr_netmask, 0xff000000);
		return 0;
	case SIOCGIFBRDADDR:
		put_inet(&r->ifr_broadaddr, 0);
		return 0;
	case SIOCGIFMETRIC:
		r->ifr_metric = 0;
		return 0;
	case SIOCGIFMTU:
		r->ifr_mtu = 65536;
		return 0;
	case SIOCGIFHWADDR:
		memset(&r->ifr_hwaddr, 0, sizeof(r->ifr_hwaddr));
		r->ifr_hwaddr.sa_family = ARPHRD_LO;
		return 0;
	case K_SIOCGIFINDEX:
		r->ifr_ifindex = 1;
		return 0;
	case K_SIOCGIFTXQLEN:
		r->ifr_qlen = 1000;
		return 0;
	case SIOCGIFMAP:
		memset(&r->ifr_map, 0, sizeof(r->ifr_map));
		return 0;
	case K_SIOCETHTOOL:
		return -EOPNOTSUPP;
	default:
		return -ENOTTY;
	}
}

static bool
if_changes(unsigned cmd)
{
	switch (cmd) {
	case SIOCSIFFLAGS:
	case SIOCSIFADDR:
	case SIOCSIFDSTADDR:
	case SIOCSIFNETMASK:
	case SIOCSIFBRDADDR:
	case SIOCSIFMETRIC:
	case SIOCSIFMTU:
	case SIOCSIFHWADDR:
	case SIOCSIFNAME:
	case SIOCADDMULTI:
	case SIOCDELMULTI:
	case SIOCADDRT:
	case SIOCDELRT:
		return true;
	default:
		return false;
	}
}

static long
if_name(struct ifreq *r, unsigned long arg)
{
	if (r->ifr_ifindex != 1)
		return -ENODEV;
	memset(r->ifr_name, 0, sizeof(r->ifr_name));
	strcpy(r->ifr_name, "lo");
	return copyout(ga(arg), r, sizeof(*r));
}

long
netif_ioctl(unsigned cmd, unsigned long arg)
{
	struct ifreq r;
	long err;

	if (cmd < 0x8900 || cmd > 0x89ff)
		return -ENOTTY;
	if (if_changes(cmd))
		return -EPERM;
	if (cmd == K_SIOCGIFCONF)
		return if_conf(arg);
	memset(&r, 0, sizeof(r));
	if (cmd != K_SIOCGIFNAME && if_answer(cmd, &r) == -ENOTTY)
		return -ENOTTY;
	if (copyin(&r, ga(arg), sizeof(r)))
		return -EFAULT;
	if (cmd == K_SIOCGIFNAME)
		return if_name(&r, arg);
	r.ifr_name[IFNAMSIZ - 1] = '\0';
	if (strcmp(r.ifr_name, "lo") != 0)
		return -ENODEV;
	err = if_answer(cmd, &r);
	return err ? err : copyout(ga(arg), &r, sizeof(r));
}
