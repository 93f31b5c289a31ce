/*
 * fs_proc_sys.c - /proc/sys: what the kernel could be told, and what it is.
 *
 * Most values are facts of this kernel and cannot be changed: writing gives
 * EPERM.  The host's name and the domain can; what is written to a switch that
 * does nothing here (drop_caches) is taken.
 */
#include "vkern/fs_proc.h"

static int
show_value(struct pnode *n, struct pbuf *b)
{
	pb_printf(b, "%s\n", (const char *)n->e->arg);
	return 0;
}

static ssize_t
write_ignored(struct pnode *n, char *text, size_t len)
{
	(void)n;
	(void)text;
	return (ssize_t)len;
}

/* --- names --- */

static int
show_osrelease(struct pnode *n, struct pbuf *b)
{
	(void)n;
	pb_printf(b, "%s\n", host_info()->release);
	return 0;
}

static int
show_osversion(struct pnode *n, struct pbuf *b)
{
	(void)n;
	pb_printf(b, "%s\n", host_info()->version);
	return 0;
}

static int
show_uts(struct pbuf *b, const char name[65])
{
	char copy[65];

	mutex_lock(&vk->uts_lock);
	memcpy(copy, name, sizeof(copy));
	mutex_unlock(&vk->uts_lock);
	pb_printf(b, "%.64s\n", copy);
	return 0;
}

static ssize_t
write_uts(char name[65], char *text, size_t len)
{
	size_t n = strcspn(text, "\n");

	n = min_of(n, (size_t)64);
	mutex_lock(&vk->uts_lock);
	memset(name, 0, 65);
	memcpy(name, text, n);
	mutex_unlock(&vk->uts_lock);
	return (ssize_t)len;
}

static int
show_hostname(struct pnode *n, struct pbuf *b)
{
	(void)n;
	return show_uts(b, vk->hostname);
}

static ssize_t
write_hostname(struct pnode *n, char *text, size_t len)
{
	(void)n;
	return write_uts(vk->hostname, text, len);
}

static int
show_domainname(struct pnode *n, struct pbuf *b)
{
	(void)n;
	return show_uts(b, vk->domainname);
}

static ssize_t
write_domainname(struct pnode *n, char *text, size_t len)
{
	(void)n;
	return write_uts(vk->domainname, text, len);
}

/* --- random/ --- */

static void
pb_uuid(struct pbuf *b, const uint8_t u[16])
{
	int i;

	for (i = 0; i < 16; i++)
		pb_printf(b, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", u[i]);
	pb_puts(b, "\n");
}

void
proc_uuid_new(uint8_t u[16])
{
	host_random(u, 16);
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x40);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
}

static int
show_uuid(struct pnode *n, struct pbuf *b)
{
	uint8_t u[16];

	(void)n;
	proc_uuid_new(u);
	pb_uuid(b, u);
	return 0;
}

/* One per kernel: it is made with the superblock. */
static int
show_boot_id(struct pnode *n, struct pbuf *b)
{
	pb_uuid(b, ((struct proc_super *)n->i.sb)->boot_id);
	return 0;
}

/* --- numbers that change --- */

static int
show_last_pid(struct pnode *n, struct pbuf *b)
{
	struct proc *p;
	int last;

	(void)n;
	mutex_lock(&vk->proc_lock);
	p = TAILQ_LAST(&vk->procs, proc_list);
	last = p != NULL ? p->pid : 0;
	mutex_unlock(&vk->proc_lock);
	pb_printf(b, "%d\n", last);
	return 0;
}

static int
show_file_nr(struct pnode *n, struct pbuf *b)
{
	(void)n;
	pb_puts(b, "0\t0\t9223372036854775807\n");
	return 0;
}

/* --- the tables --- */

#define F(n, m, s)	{ .name = n, .mode = S_IFREG | (m), .flags = PE_SEEK_END, .show = s }
#define FW(n, s, w)	{ .name = n, .mode = S_IFREG | 0644, .flags = PE_SEEK_END, .show = s, \
	.write = w }
#define V(n, text)	{ .name = n, .mode = S_IFREG | 0644, .flags = PE_SEEK_END, \
	.show = show_value, .arg = text }
#define VR(n, text)	{ .name = n, .mode = S_IFREG | 0444, .flags = PE_SEEK_END, \
	.show = show_value, .arg = text }
#define D(n, d)		{ .name = n, .mode = S_IFDIR | 0555, .dir = &(d) }
#define DIR_OF(e)	{ .ents = e, .nents = nitems(e) }

static const struct pent random_ents[] = {
	F("boot_id", 0444, show_boot_id), VR("entropy_avail", "256"), VR("poolsize", "256"),
	V("urandom_min_reseed_secs", "60"), F("uuid", 0444, show_uuid),
	V("write_wakeup_threshold", "256"),
};
static const struct pdir random_dir = DIR_OF(random_ents);

static const struct pent pty_ents[] = {
	V("max", "4096"), VR("nr", "0"), V("reserve", "1024"),
};
static const struct pdir pty_dir = DIR_OF(pty_ents);

static const struct pent seccomp_ents[] = { VR("actions_avail", ""), V("actions_logged", "") };
static const struct pdir seccomp_dir = DIR_OF(seccomp_ents);

static const struct pent kernel_ents[] = {
	VR("arch", "x86_64"), VR("cap_last_cap", "40"), V("core_pattern", "core"),
	V("core_uses_pid", "0"), V("ctrl-alt-del", "0"), V("dmesg_restrict", "1"),
	FW("domainname", show_domainname, write_domainname),
	FW("hostname", show_hostname, write_hostname), V("kptr_restrict", "2"),
	V("msgmax", "8192"), V("msgmnb", "16384"), V("msgmni", "32000"),
	VR("ngroups_max", "65536"), F("ns_last_pid", 0644, show_last_pid),
	F("osrelease", 0444, show_osrelease), VR("ostype", "Linux"), V("overflowgid", "65534"),
	V("overflowuid", "65534"), V("panic", "0"), V("perf_event_paranoid", "3"),
	V("pid_max", "32768"), V("printk", "4\t4\t1\t7"), D("pty", pty_dir),
	D("random", random_dir), V("randomize_va_space", "2"), V("sched_rr_timeslice_ms", "100"),
	D("seccomp", seccomp_dir), V("sem", "32000\t1024000000\t500\t32000"),
	V("shmall", "18446744073692774399"), V("shmmax", "18446744073692774399"),
	V("shmmni", "4096"), V("sysctl_writes_strict", "1"), V("tainted", "0"),
	V("threads-max", "32768"), V("unprivileged_bpf_disabled", "2"),
	F("version", 0444, show_osversion),
};
static const struct pdir kernel_dir = DIR_OF(kernel_ents);

static const struct pent inotify_ents[] = {
	V("max_queued_events", "16384"), V("max_user_instances", "128"),
	V("max_user_watches", "65536"),
};
static const struct pdir inotify_dir = DIR_OF(inotify_ents);

static const struct pent epoll_ents[] = { V("max_user_watches", "1000000") };
static const struct pdir epoll_dir = DIR_OF(epoll_ents);

static const struct pent mqueue_ents[] = {
	V("msg_default", "10"), V("msg_max", "10"), V("msgsize_default", "8192"),
	V("msgsize_max", "8192"), V("queues_max", "256"),
};
static const struct pdir mqueue_dir = DIR_OF(mqueue_ents);

static const struct pent fs_ents[] = {
	V("aio-max-nr", "65536"), VR("aio-nr", "0"), VR("dentry-state", "0\t0\t45\t0\t0\t0"),
	D("epoll", epoll_dir), V("file-max", "9223372036854775807"),
	F("file-nr", 0444, show_file_nr), VR("inode-nr", "0\t0"), D("inotify", inotify_dir),
	V("lease-break-time", "45"), V("leases-enable", "1"), V("mount-max", "100000"),
	D("mqueue", mqueue_dir), V("nr_open", "1048576"), V("overflowgid", "65534"),
	V("overflowuid", "65534"), V("pipe-max-size", "1048576"),
	V("pipe-user-pages-hard", "0"), V("pipe-user-pages-soft", "16384"),
	V("protected_fifos", "0"), V("protected_hardlinks", "1"), V("protected_regular", "0"),
	V("protected_symlinks", "1"), V("suid_dumpable", "0"),
};
static const struct pdir fs_dir = DIR_OF(fs_ents);

static const struct pent vm_ents[] = {
	V("dirty_background_ratio", "10"), V("dirty_ratio", "20"),
	{ .name = "drop_caches", .mode = S_IFREG | 0200, .flags = PE_SEEK_END,
	  .show = show_value, .write = write_ignored, .arg = "0" },
	V("legacy_va_layout", "0"), V("max_map_count", "65530"), V("memfd_noexec", "0"),
	V("min_free_kbytes", "67584"), V("mmap_min_addr", "65536"), V("nr_hugepages", "0"),
	V("nr_overcommit_hugepages", "0"), V("overcommit_kbytes", "0"),
	V("overcommit_memory", "0"), V("overcommit_ratio", "50"), V("page-cluster", "3"),
	V("swappiness", "60"), V("unprivileged_userfaultfd", "0"), V("vfs_cache_pressure", "100"),
};
static const struct pdir vm_dir = DIR_OF(vm_ents);

static const struct pent core_ents[] = {
	V("netdev_max_backlog", "1000"), V("rmem_default", "212992"), V("rmem_max", "212992"),
	V("somaxconn", "4096"), V("wmem_default", "212992"), V("wmem_max", "212992"),
};
static const struct pdir core_dir = DIR_OF(core_ents);

static const struct pent ipv4_ents[] = {
	V("ip_forward", "0"), V("ip_local_port_range", "32768\t60999"),
	V("ip_unprivileged_port_start", "1024"), V("tcp_congestion_control", "cubic"),
	V("tcp_fin_timeout", "60"), V("tcp_rmem", "4096\t131072\t6291456"),
	V("tcp_wmem", "4096\t16384\t4194304"),
};
static const struct pdir ipv4_dir = DIR_OF(ipv4_ents);

static const struct pent unix_ents[] = { V("max_dgram_qlen", "512") };
static const struct pdir unix_dir = DIR_OF(unix_ents);

static const struct pent net_ents[] = {
	D("core", core_dir), D("ipv4", ipv4_dir), D("unix", unix_dir),
};
static const struct pdir net_dir = DIR_OF(net_ents);

static const struct pent user_ents[] = { V("max_user_namespaces", "0") };
static const struct pdir user_dir = DIR_OF(user_ents);

static const struct pent sys_ents[] = {
	D("fs", fs_dir), D("kernel", kernel_dir), D("net", net_dir), D("user", user_dir),
	D("vm", vm_dir),
};
const struct pdir proc_sys_dir = DIR_OF(sys_ents);
