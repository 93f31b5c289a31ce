/*
 * fs_proc_mounts.c - /proc/PID/mounts, mountinfo, mountstats.
 *
 * Mounts live as long as the kernel, so the list is walked a step at a time
 * under ns_lock, and each is written without it (path_name takes it).
 */
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "vkern/fs_proc.h"

#define ESCAPED	" \t\n\\#"

static struct mount *
step(struct mount *m)
{
	mutex_lock(&vk->ns_lock);
	m = mount_next(m);
	mutex_unlock(&vk->ns_lock);
	return m;
}

/* Where m is mounted, as the reader sees it; false: not below its root. */
static bool
mount_point(struct mount *m, char *buf, size_t n)
{
	struct path p = { m, m->root };

	return path_name(&p, buf, n) >= 0 && buf[0] == '/';
}

static void
mount_flags(struct pbuf *b, const struct mount *m)
{
	pb_puts(b, m->flags & MS_RDONLY ? "ro" : "rw");
	if (m->flags & MS_NOSUID)
		pb_puts(b, ",nosuid");
	if (m->flags & MS_NODEV)
		pb_puts(b, ",nodev");
	if (m->flags & MS_NOEXEC)
		pb_puts(b, ",noexec");
	pb_puts(b, ",relatime");
}

static const char *
super_options(const struct mount *m)
{
	if (strcmp(m->sb->type, "devpts") == 0)
		return ",gid=5,mode=620,ptmxmode=666";
	if (strcmp(m->sb->type, "devtmpfs") == 0)
		return ",mode=755";
	return "";
}

int
show_mounts(struct pnode *n, struct pbuf *b)
{
	char at[PATH_MAX_LEN];
	struct mount *m;

	(void)n;
	for (m = step(NULL); m != NULL; m = step(m)) {
		if (!mount_point(m, at, sizeof(at)))
			continue;
		pb_escape(b, m->source, ESCAPED);
		pb_puts(b, " ");
		pb_escape(b, at, ESCAPED);
		pb_printf(b, " %s ", m->sb->type);
		mount_flags(b, m);
		pb_printf(b, "%s 0 0\n", super_options(m));
	}
	return 0;
}

int
show_mountinfo(struct pnode *n, struct pbuf *b)
{
	char at[PATH_MAX_LEN], root[PATH_MAX_LEN];
	struct mount *m;

	(void)n;
	for (m = step(NULL); m != NULL; m = step(m)) {
		if (!mount_point(m, at, sizeof(at)) || !dentry_name(m->root, root, sizeof(root)))
			continue;
		pb_printf(b, "%d %d %u:%u ", m->id, m->parent != NULL ? m->parent->id : 1,
		    major(m->sb->dev), minor(m->sb->dev));
		pb_escape(b, root, ESCAPED);
		pb_puts(b, " ");
		pb_escape(b, at, ESCAPED);
		pb_puts(b, " ");
		mount_flags(b, m);
		pb_printf(b, " - %s ", m->sb->type);
		pb_escape(b, m->source, ESCAPED);
		pb_printf(b, " rw%s\n", super_options(m));
	}
	return 0;
}

int
show_mountstats(struct pnode *n, struct pbuf *b)
{
	char at[PATH_MAX_LEN];
	struct mount *m;

	(void)n;
	for (m = step(NULL); m != NULL; m = step(m)) {
		if (!mount_point(m, at, sizeof(at)))
			continue;
		pb_puts(b, "device ");
		pb_escape(b, m->source, ESCAPED);
		pb_puts(b, " mounted on ");
		pb_escape(b, at, ESCAPED);
		pb_printf(b, " with fstype %s\n", m->sb->type);
	}
	return 0;
}
