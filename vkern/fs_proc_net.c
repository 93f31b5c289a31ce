/*
 * fs_proc_net.c - /proc/PID/net and /proc/sysvipc: what the programs that look
 * there need to find.  The rows of the tables of sockets come from net_proc.c;
 * routes and interfaces are those of a machine that has only its loopback.
 */
#include "vkern/fs_proc.h"

#include "vksup/net.h"

static int
show_text(struct pnode *n, struct pbuf *b)
{
	pb_puts(b, n->e->arg);
	return 0;
}

/* A heading, and the sockets of the table with this name. */
static int
show_sockets(struct pnode *n, struct pbuf *b)
{
	char *rows = net_proc_rows(n->e->name);

	pb_puts(b, n->e->arg);
	if (rows != NULL)
		pb_puts(b, rows);
	kfree(rows);
	return 0;
}

#define TABLE(n, text)	{ .name = n, .mode = S_IFREG | 0444, .show = show_sockets, .arg = text }
#define TEXT(n, text)	{ .name = n, .mode = S_IFREG | 0444, .show = show_text, .arg = text }

static const char dev_text[] =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs"
    " drop fifo colls carrier compressed\n"
    "    lo:       0       0    0    0    0     0          0         0        0       0    0"
    "    0    0     0       0          0\n";
static const char tcp_text[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
    " inode                                                     \n";
static const char tcp6_text[] =
    "  sl  local_address                         remote_address                        st"
    " tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
static const char udp_text[] =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
    " inode ref pointer drops            \n";
static const char udp6_text[] =
    "  sl  local_address                         remote_address                        st"
    " tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n";
static const char unix_text[] = "Num       RefCount Protocol Flags    Type St Inode Path\n";
static const char route_text[] =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
    "                                                       \n";
static const char arp_text[] =
    "IP address       HW type     Flags       HW address            Mask     Device\n";
static const char netlink_text[] =
    "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n";
static const char packet_text[] =
    "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n";
static const char sockstat_text[] =
    "sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0\n"
    "UDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n";

static const struct pent net_ents[] = {
	TEXT("arp", arp_text),
	TEXT("dev", dev_text),
	TEXT("if_inet6", "00000000000000000000000000000001 01 80 10 80       lo\n"),
	TEXT("netlink", netlink_text),
	TEXT("packet", packet_text),
	TEXT("raw", udp_text),
	TEXT("raw6", udp6_text),
	TEXT("route", route_text),
	TEXT("sockstat", sockstat_text),
	TABLE("tcp", tcp_text),
	TABLE("tcp6", tcp6_text),
	TABLE("udp", udp_text),
	TABLE("udp6", udp6_text),
	TABLE("unix", unix_text),
};
const struct pdir proc_net_dir = { .ents = net_ents, .nents = nitems(net_ents) };

static const struct pent sysvipc_ents[] = {
	TEXT("msg", "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid"
	    "  cuid  cgid      stime      rtime      ctime\n"),
	TEXT("sem", "       key      semid perms      nsems   uid   gid  cuid  cgid      otime"
	    "      ctime\n"),
	TEXT("shm", "       key      shmid perms                  size  cpid  lpid nattch   uid"
	    "   gid  cuid  cgid      atime      dtime      ctime                   rss"
	    "                  swap\n"),
};
const struct pdir proc_sysvipc_dir = { .ents = sysvipc_ents, .nents = nitems(sysvipc_ents) };
