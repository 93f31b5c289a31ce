/*
 * fs_proc_root.c - /proc itself: the processes, and the files about the machine.
 *
 * The machine is partly the host's (processors, load, time since boot) and
 * partly ours (processes, switches, memory as host_info() grants it).  Host
 * texts that speak of every CPU are cut to those a run may use.
 */
#include <sys/mman.h>

#include "vkern/fs_proc.h"

/* --- text of the host, cut to our CPUs --- */

/* The end of the line that begins at s. */
static const char *
line_end(const char *s, const char *end)
{
	const char *nl = memchr(s, '\n', (size_t)(end - s));

	return nl != NULL ? nl + 1 : end;
}

static int
show_cpuinfo(struct pnode *n, struct pbuf *b)
{
	const char *s, *end, *next;
	struct pbuf host = { 0 };
	int cpus = 0, i;

	(void)n;
	if (pb_host(&host, "cpuinfo") != 0) {
		for (i = 0; i < machine_ncpu_online(); i++)
			pb_printf(b, "processor\t: %d\n\n", i);
		kfree(host.p);
		return 0;
	}
	end = host.p + host.len;
	for (s = host.p; s < end; s = next) {
		next = line_end(s, end);
		if (strncmp(s, "processor", min_of((size_t)9, (size_t)(next - s))) == 0) {
			if (cpus == machine_ncpu_online())
				break;
			/* Numbered from 0, whichever of the host's they are. */
			pb_printf(b, "processor\t: %d\n", cpus++);
			continue;
		}
		pb_put(b, s, (size_t)(next - s));
	}
	kfree(host.p);
	return 0;
}

/* user nice system idle iowait irq softirq steal guest guest_nice, in ticks. */
#define CPU_TIMES	10

static bool
parse_cpu_line(const char *s, const char *end, unsigned long long v[CPU_TIMES])
{
	char line[256];
	size_t n = min_of((size_t)(end - s), sizeof(line) - 1);

	memset(v, 0, CPU_TIMES * sizeof(v[0]));
	if (n < 4 || strncmp(s, "cpu", 3) != 0 || s[3] == ' ')
		return false;
	memcpy(line, s, n);
	line[n] = '\0';
	return sscanf(line, "cpu%*d %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0],
	    &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7], &v[8], &v[9]) >= 4;
}

static void
cpu_line(struct pbuf *b, const char *name, const unsigned long long v[CPU_TIMES])
{
	int i;

	pb_puts(b, name);
	for (i = 0; i < CPU_TIMES; i++)
		pb_printf(b, " %llu", v[i]);
	pb_puts(b, "\n");
}

/* The CPU lines; what the CPUs were idle for, all together, in ticks. */
static unsigned long long
cpu_lines(struct pbuf *b)
{
	unsigned long long v[64][CPU_TIMES], sum[CPU_TIMES] = { 0 };
	struct pbuf host = { 0 };
	const char *s, *end;
	int i, k, ncpu = machine_ncpu_online(), seen = 0;
	char name[16];

	memset(v, 0, sizeof(v));
	if (pb_host(&host, "stat") == 0)
		for (s = host.p, end = s + host.len; s < end && seen < ncpu; s = line_end(s, end))
			if (parse_cpu_line(s, line_end(s, end), v[seen]))
				seen++;
	kfree(host.p);
	for (i = seen; i < ncpu; i++)
		v[i][3] = (unsigned long long)host_clock(CLOCK_BOOTTIME) / 10000000;
	for (i = 0; i < ncpu; i++)
		for (k = 0; k < CPU_TIMES; k++)
			sum[k] += v[i][k];
	if (b == NULL)
		return sum[3];
	cpu_line(b, "cpu ", sum);
	for (i = 0; i < ncpu; i++) {
		snprintf(name, sizeof(name), "cpu%d", i);
		cpu_line(b, name, v[i]);
	}
	return sum[3];
}

/* --- counts of processes --- */

struct proc_counts { int threads, running, blocked, last_pid; };

static void
proc_counts(struct proc_counts *c)
{
	struct proc *p;
	struct thread *t;

	memset(c, 0, sizeof(*c));
	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(p, &vk->procs, all) {
		c->last_pid = max_of(c->last_pid, p->pid);
		TAILQ_FOREACH(t, &p->threads, link) {
			c->threads++;
			c->running += t->parked == 0 && !t->parked_stop;
			c->blocked += t->parked == 'D';
		}
	}
	mutex_unlock(&vk->proc_lock);
}

static int
show_stat_all(struct pnode *n, struct pbuf *b)
{
	struct proc_counts c;

	(void)n;
	proc_counts(&c);
	cpu_lines(b);
	pb_printf(b, "intr 0\nctxt %llu\nbtime %lld\nprocesses %llu\n",
	    (unsigned long long)vk->switches, (long long)(host_info()->boot_ns / NSEC_PER_SEC),
	    (unsigned long long)vk->forks);
	pb_printf(b, "procs_running %d\nprocs_blocked %d\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n",
	    max_of(c.running, 1), c.blocked);
	return 0;
}

static int
show_loadavg(struct pnode *n, struct pbuf *b)
{
	struct proc_counts c;
	unsigned long load[3];
	int i;

	(void)n;
	proc_counts(&c);
	host_loads(load);
	for (i = 0; i < 3; i++) {
		/* Rounded to what was read. */
		load[i] += (1 << LOAD_SHIFT) / 200;
		pb_printf(b, "%lu.%02lu ", load[i] >> LOAD_SHIFT,
		    (load[i] & ((1 << LOAD_SHIFT) - 1)) * 100 >> LOAD_SHIFT);
	}
	pb_printf(b, "%d/%d %d\n", max_of(c.running, 1), max_of(c.threads, 1), c.last_pid);
	return 0;
}

static int
show_uptime(struct pnode *n, struct pbuf *b)
{
	int64_t up = host_clock(CLOCK_BOOTTIME) / 10000000;
	unsigned long long idle = cpu_lines(NULL);

	(void)n;
	pb_printf(b, "%lld.%02lld %llu.%02llu\n", (long long)up / 100, (long long)up % 100,
	    idle / 100, idle % 100);
	return 0;
}

static int
show_version(struct pnode *n, struct pbuf *b)
{
	const struct host_info *hi = host_info();

	(void)n;
	pb_printf(b, "Linux version %s (vksup@vksup) (vksup) %s\n", hi->release, hi->version);
	return 0;
}

/* --- memory --- */

static int
show_meminfo(struct pnode *n, struct pbuf *b)
{
	static const char *const zero[] = {
		"SwapCached", "Active", "Inactive", "Active(anon)", "Inactive(anon)",
		"Active(file)", "Inactive(file)", "Unevictable", "Mlocked", "SwapTotal",
		"SwapFree", "Zswap", "Zswapped", "Dirty", "Writeback", "AnonPages", "Mapped",
		"Shmem", "KReclaimable", "Slab", "SReclaimable", "SUnreclaim", "KernelStack",
		"PageTables", "SecPageTables", "NFS_Unstable", "Bounce", "WritebackTmp",
	};
	const struct host_info *hi = host_info();
	unsigned long long total = hi->mem_total >> 10, avail = hi->mem_avail >> 10;
	unsigned long long free_kb = hi->mem_free >> 10;
	size_t i;

	(void)n;
	pb_printf(b, "%-15s %8llu kB\n%-15s %8llu kB\n%-15s %8llu kB\n", "MemTotal:", total,
	    "MemFree:", free_kb, "MemAvailable:", avail);
	pb_printf(b, "%-15s %8d kB\n%-15s %8llu kB\n", "Buffers:", 0, "Cached:",
	    avail > free_kb ? avail - free_kb : 0);
	for (i = 0; i < nitems(zero); i++)
		pb_printf(b, "%s:%*d kB\n", zero[i], 23 - (int)strlen(zero[i]), 0);
	pb_printf(b, "%-15s %8llu kB\n%-15s %8llu kB\n", "CommitLimit:", total / 2,
	    "Committed_AS:", total - avail);
	pb_puts(b, "VmallocTotal:   34359738367 kB\nVmallocUsed:           0 kB\n"
	    "VmallocChunk:          0 kB\nPercpu:                0 kB\n"
	    "AnonHugePages:         0 kB\nHugePages_Total:       0\nHugePages_Free:        0\n"
	    "HugePages_Rsvd:        0\nHugePages_Surp:        0\nHugepagesize:       2048 kB\n"
	    "Hugetlb:               0 kB\n");
	return 0;
}

static int
show_vmstat(struct pnode *n, struct pbuf *b)
{
	const struct host_info *hi = host_info();

	(void)n;
	pb_printf(b, "nr_free_pages %llu\n", (unsigned long long)hi->mem_free / PAGE_SIZE);
	pb_puts(b, "nr_inactive_anon 0\nnr_active_anon 0\nnr_inactive_file 0\nnr_active_file 0\n"
	    "nr_anon_pages 0\nnr_mapped 0\nnr_file_pages 0\nnr_dirty 0\nnr_writeback 0\n"
	    "pgpgin 0\npgpgout 0\npswpin 0\npswpout 0\npgfault 0\npgmajfault 0\n"
	    "oom_kill 0\n");
	return 0;
}

/* --- what never changes --- */

static int
show_text(struct pnode *n, struct pbuf *b)
{
	pb_puts(b, n->e->arg);
	return 0;
}

static const char filesystems_text[] =
    "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\tsockfs\n"
    "nodev\tpipefs\nnodev\tdevpts\nnodev\toverlay\nnodev\tmqueue\n";
static const char devices_text[] =
    "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n"
    " 10 misc\n128 ptm\n136 pts\n\nBlock devices:\n";
static const char cgroups_text[] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n";
static const char diskstats_text[] = "";

/* --- self, thread-self --- */

static ssize_t
link_text(char *buf, size_t size, const char *text)
{
	size_t n = min_of(size, strlen(text));

	memcpy(buf, text, n);
	return (ssize_t)n;
}

static ssize_t
link_self(struct pnode *n, char *buf, size_t size)
{
	char text[32];

	(void)n;
	if (curthread == NULL)
		return -ENOENT;
	snprintf(text, sizeof(text), "%d", curthread->proc->pid);
	return link_text(buf, size, text);
}

static ssize_t
link_thread_self(struct pnode *n, char *buf, size_t size)
{
	char text[64];

	(void)n;
	if (curthread == NULL)
		return -ENOENT;
	snprintf(text, sizeof(text), "%d/task/%d", curthread->proc->pid, curthread->tid);
	return link_text(buf, size, text);
}

static ssize_t
link_const(struct pnode *n, char *buf, size_t size)
{
	return link_text(buf, size, n->e->arg);
}

/* --- the processes --- */

/* Any thread's number leads to its process, though only main ones are listed. */
static int
root_find(struct pnode *dir, int id, struct pnode *n)
{
	struct thread *t;

	(void)dir;
	mutex_lock(&vk->proc_lock);
	n->p = proc_find(id);
	if (n->p == NULL) {
		t = thread_find(id);
		if (t != NULL) {
			n->t = thread_ref(t);
			n->p = t->proc;
		}
	}
	if (n->p != NULL)
		proc_ref(n->p);
	mutex_unlock(&vk->proc_lock);
	return n->p != NULL ? 0 : -ENOENT;
}

static bool
root_next(struct pnode *dir, int *id)
{
	int best = INT32_MAX;
	struct proc *p;

	(void)dir;
	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(p, &vk->procs, all)
		if (p->pid >= *id && p->pid < best)
			best = p->pid;
	mutex_unlock(&vk->proc_lock);
	*id = best;
	return best != INT32_MAX;
}

#define REG(n, s)	{ .name = n, .mode = S_IFREG | 0444, .show = s }
#define TEXT(n, text)	{ .name = n, .mode = S_IFREG | 0444, .show = show_text, .arg = text }
#define DIR_(n, d)	{ .name = n, .mode = S_IFDIR | 0555, .dir = d }
#define LNK(n, l, text)	{ .name = n, .mode = S_IFLNK | 0777, .link = l, .arg = text }

static const struct pent root_ents[] = {
	TEXT("cgroups", cgroups_text),
	TEXT("cmdline", "BOOT_IMAGE=/vksup\n"),
	REG("cpuinfo", show_cpuinfo),
	TEXT("devices", devices_text),
	TEXT("diskstats", diskstats_text),
	TEXT("filesystems", filesystems_text),
	REG("loadavg", show_loadavg),
	REG("meminfo", show_meminfo),
	TEXT("misc", ""),
	TEXT("modules", ""),
	LNK("mounts", link_const, "self/mounts"),
	LNK("net", link_const, "self/net"),
	TEXT("partitions", "major minor  #blocks  name\n\n"),
	LNK("self", link_self, NULL),
	REG("stat", show_stat_all),
	TEXT("swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
	DIR_("sys", &proc_sys_dir),
	DIR_("sysvipc", &proc_sysvipc_dir),
	LNK("thread-self", link_thread_self, NULL),
	REG("uptime", show_uptime),
	REG("version", show_version),
	REG("vmstat", show_vmstat),
};

static const struct pdir root_dir = {
	.ents = root_ents, .nents = nitems(root_ents),
	.num = &proc_pid_ent, .find = root_find, .next = root_next,
};
const struct pent proc_root_ent = { .name = "", .mode = S_IFDIR | 0555, .dir = &root_dir };
