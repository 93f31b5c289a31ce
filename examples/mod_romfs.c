/*
 * mod_romfs.c - a read-only file system in memory, mounted at /romfs.
 *
 *	vksup -L ./mod_romfs.so -- find /romfs -ls
 *
 *	/romfs/hello	a file		/romfs/link -> hello
 *	/romfs/dir/	a directory with `inner` in it
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <vksup/module.h>

/* Ids are indexes into this table; 0 is nothing, MOD_ROOT comes first. */
static const struct rom_file {
	uint64_t	dir;
	const char	*name;
	unsigned	mode;
	const char	*text;		/* contents, or where a link leads */
} files[] = {
	[MOD_ROOT] = { 0, "", S_IFDIR | 0555, "" },
	[2] = { MOD_ROOT, "hello", S_IFREG | 0444, "hello from a module\n" },
	[3] = { MOD_ROOT, "dir", S_IFDIR | 0555, "" },
	[4] = { MOD_ROOT, "link", S_IFLNK | 0777, "hello" },
	[5] = { 3, "inner", S_IFREG | 0444, "an inner file\n" },
};
#define NFILES	(sizeof(files) / sizeof(files[0]))

static int
rom_node(uint64_t id, struct mod_node *n)
{
	n->id = id;
	n->mode = files[id].mode;
	n->size = (int64_t)strlen(files[id].text);
	return 0;
}

static int
rom_lookup(void *arg, uint64_t dir, const char *name, struct mod_node *n)
{
	uint64_t id;

	(void)arg;
	if (*name == '\0')
		return rom_node(dir, n);
	for (id = MOD_ROOT + 1; id < NFILES; id++)
		if (files[id].dir == dir && strcmp(files[id].name, name) == 0)
			return rom_node(id, n);
	return -ENOENT;
}

static int
rom_list(void *arg, uint64_t dir, uint64_t i, char name[256], struct mod_node *n)
{
	uint64_t id;

	(void)arg;
	for (id = MOD_ROOT + 1; id < NFILES; id++)
		if (files[id].dir == dir && i-- == 0) {
			strcpy(name, files[id].name);
			return rom_node(id, n);
		}
	return -ENOENT;
}

static ssize_t
rom_read(void *arg, uint64_t id, void *buf, size_t n, int64_t off)
{
	size_t size = strlen(files[id].text);

	(void)arg;
	if ((size_t)off >= size)
		return 0;
	if (n > size - (size_t)off)
		n = size - (size_t)off;
	memcpy(buf, files[id].text + off, n);
	return (ssize_t)n;
}

static ssize_t
rom_readlink(void *arg, uint64_t id, char *buf, size_t n)
{
	return rom_read(arg, id, buf, n, 0);
}

static const struct mod_fs rom = {
	.type = "romfs", .lookup = rom_lookup, .list = rom_list, .read = rom_read,
	.readlink = rom_readlink,
};

static int
rom_init(struct mod *m, const char *args)
{
	return mod_add_fs(m, *args != '\0' ? args : "/romfs", &rom, NULL);
}

VKSUP_MODULE("romfs", rom_init, NULL);
