/*
 * sys_sys.c - calls about the machine as a whole: its names, memory, chance.
 *
 * The machine's clocks are the host's (the vDSO shows them to guests without
 * asking), so uptime counts from the host's boot.  Memory is what the host
 * says a run may have.  host_info() is read anew each time.
 */
#include <linux/capability.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/personality.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"
#include "vksup/tty.h"

#define GRND_RANDOM_BIT		2u
#define GRND_INSECURE_BIT	4u

/*
 * personality(UNAME26): "6.18.44-x" shows as "2.6.78-x", for programs that
 * cannot read a version without a 2 in front.
 */
static void
uts_release26(char *out, size_t n, const char *release)
{
	const char *rest = release;
	unsigned major = 0, minor = 0;
	int dots = 0;

	sscanf(release, "%u.%u", &major, &minor);
	for (; *rest != '\0'; rest++) {
		if (*rest == '.' && ++dots >= 3)
			break;
		if ((*rest < '0' || *rest > '9') && *rest != '.')
			break;
	}
	snprintf(out, n, "2.6.%u%.48s", minor + 60, rest);
}

long
sys_uname(struct thread *t, struct uname_args *a)
{
	const struct host_info *hi = host_info();
	unsigned per = t->proc->personality;

	memset(a->buf, 0, sizeof(*a->buf));
	strcpy(a->buf->sysname, "Linux");
	snprintf(a->buf->release, sizeof(a->buf->release), "%s", hi->release);
	snprintf(a->buf->version, sizeof(a->buf->version), "%s", hi->version);
	snprintf(a->buf->machine, sizeof(a->buf->machine), "%s", hi->machine);
	mutex_lock(&vk->uts_lock);
	memcpy(a->buf->nodename, vk->hostname, sizeof(a->buf->nodename));
	memcpy(a->buf->domainname, vk->domainname, sizeof(a->buf->domainname));
	mutex_unlock(&vk->uts_lock);
	if (per & UNAME26)
		uts_release26(a->buf->release, sizeof(a->buf->release), hi->release);
	if ((per & 0xff) == PER_LINUX32)
		strcpy(a->buf->machine, "i686");
	return 0;
}

static long
uts_set(char name[65], gaddr_t from, int len)
{
	char buf[65] = "";
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > 64)
		return -EINVAL;
	err = copyin(buf, from, (size_t)len);
	if (err != 0)
		return err;
	mutex_lock(&vk->uts_lock);
	memcpy(name, buf, sizeof(buf));
	mutex_unlock(&vk->uts_lock);
	return 0;
}

long
sys_sethostname(struct thread *t, struct sethostname_args *a)
{
	(void)t;
	return uts_set(vk->hostname, a->name, a->len);
}

long
sys_setdomainname(struct thread *t, struct setdomainname_args *a)
{
	(void)t;
	return uts_set(vk->domainname, a->name, a->len);
}

void
host_loads(unsigned long load[3])
{
	char text[128];
	unsigned whole, cent;
	ssize_t n;
	char *p = text;
	int i;

	load[0] = load[1] = load[2] = 0;
	n = host_proc_text("loadavg", text, sizeof(text) - 1);
	if (n <= 0)
		return;
	text[n] = '\0';
	for (i = 0; i < 3 && sscanf(p, "%u.%u", &whole, &cent) == 2; i++) {
		load[i] = ((unsigned long)whole << LOAD_SHIFT) + ((unsigned long)cent << LOAD_SHIFT) / 100;
		p = strchr(p, ' ');
		if (p == NULL)
			break;
		p++;
	}
}

long
sys_sysinfo(struct thread *t, struct sysinfo_args *a)
{
	const struct host_info *hi = host_info();
	unsigned long load[3];
	int i;

	(void)t;
	memset(a->info, 0, sizeof(*a->info));
	a->info->uptime = (host_clock(CLOCK_BOOTTIME) + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
	host_loads(load);
	for (i = 0; i < 3; i++)
		a->info->loads[i] = load[i] << (SI_LOAD_SHIFT - LOAD_SHIFT);
	a->info->totalram = hi->mem_total;
	a->info->freeram = hi->mem_free;
	a->info->mem_unit = 1;
	mutex_lock(&vk->proc_lock);
	a->info->procs = (unsigned short)vk->nthreads;
	mutex_unlock(&vk->proc_lock);
	return 0;
}

/* --- for the administrator, who has little to do here --- */

long
sys_reboot(struct thread *t, struct reboot_args *a)
{
	(void)t;
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (a->magic != LINUX_REBOOT_MAGIC1 || (a->magic2 != LINUX_REBOOT_MAGIC2 &&
	    a->magic2 != LINUX_REBOOT_MAGIC2A && a->magic2 != LINUX_REBOOT_MAGIC2B &&
	    a->magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	/* Ctrl-Alt-Del reaches no guest; the rest would end the run. */
	if (a->op == LINUX_REBOOT_CMD_CAD_ON || a->op == LINUX_REBOOT_CMD_CAD_OFF)
		return 0;
	return -EPERM;
}

long
sys_swapon(struct thread *t, struct swapon_args *a)
{
	int err = abi_string_error(a->path);

	(void)t;
	if ((a->swapflags & ~0x7ffff) != 0)
		return -EINVAL;
	return capable(CAP_SYS_ADMIN) && err != 0 ? err : -EPERM;
}

long
sys_swapoff(struct thread *t, struct swapoff_args *a)
{
	int err = abi_string_error(a->path);

	(void)t;
	return capable(CAP_SYS_ADMIN) && err != 0 ? err : -EPERM;
}

long
sys_acct(struct thread *t, struct acct_args *a)
{
	int err = abi_string_error(a->filename);

	(void)t;
	if (!capable(CAP_SYS_PACCT))
		return -EPERM;
	return err != 0 ? err : -ENOSYS;
}

long
sys_vhangup(struct thread *t, struct vhangup_args *a)
{
	(void)t;
	(void)a;
	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty_vhangup_current();
	return 0;
}

/* The log is empty and not for guests to clear; see the table's note. */
long
sys_syslog(struct thread *t, struct syslog_args *a)
{
	enum { READ_ALL = 3, SIZE_UNREAD = 9, SIZE_BUFFER = 10 };

	(void)t;
	if (a->type != READ_ALL && a->type != SIZE_BUFFER && !capable(CAP_SYSLOG))
		return -EPERM;
	if (a->type < 0 || a->type > SIZE_BUFFER)
		return -EINVAL;
	if (a->type == SIZE_UNREAD || a->type == SIZE_BUFFER)
		return 0;
	return -EPERM;
}

long
sys_getrandom(struct thread *t, struct getrandom_args *a)
{
	const unsigned long both = GRND_RANDOM_BIT | GRND_INSECURE_BIT;
	char buf[1024];
	struct uio u;
	ssize_t done = 0, r;
	size_t n;

	if ((a->flags & both) == both)
		return -EINVAL;
	uio_guest(&u, a->buf, a->buflen);
	while (u.resid > 0) {
		n = min_of(u.resid, sizeof(buf));
		host_random(buf, n);
		r = uio_put(&u, buf, n);
		if (r < 0)
			return done > 0 ? done : r;
		done += r;
		if ((size_t)r < n)
			break;
		/* As Linux: a long one may be cut short, a short one never. */
		if (done % (ssize_t)PAGE_SIZE == 0 && signal_pending(t))
			break;
	}
	memset(buf, 0, sizeof(buf));
	return done;
}
