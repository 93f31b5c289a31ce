/*
 * module.c - -L FILE[,ARGS]: handlers of one's own from a shared object.
 *
 * Files are opened when the option is read, so that what is wrong with them is
 * said before anything has begun; they are loaded once the kernel has booted.
 * A shared object stays in memory to the end, whatever becomes of its module: a
 * guest may sleep in its code.
 */
#include "module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feature.h"
#include "vksup/handlers.h"

struct module_file {
	char		*text;		/* as given */
	const char	*args;
	const struct mod_info *info;
};

static struct module_file *files;
static unsigned nfiles;

/* --- opening --- */

/* The loader knows files by their names: one of that name again has to have
 * another.  Its copy in memory is what we open; -1: it cannot be made. */
static int
file_copy(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC), to = -1;
	struct stat st;
	off_t left;
	ssize_t r = 1;

	if (from >= 0 && fstat(from, &st) == 0)
		to = memfd_create("module", MFD_CLOEXEC);
	for (left = to >= 0 ? st.st_size : 0; left > 0 && r > 0; left -= r)
		r = sendfile(to, from, NULL, (size_t)left);
	if (from >= 0)
		close(from);
	if (r > 0)
		return to;
	close(to);
	return -1;
}

static void *
file_dlopen(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
	char copy[64];
	int fd;

	if (handle == NULL)
		return dlopen(path, RTLD_NOW | RTLD_LOCAL);
	dlclose(handle);
	fd = file_copy(path);
	if (fd < 0)
		return NULL;
	snprintf(copy, sizeof(copy), "/proc/self/fd/%d", fd);
	handle = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
	/* The descriptor stays: its number is part of a name that is taken now. */
	if (handle == NULL)
		close(fd);
	return handle;
}

/* What the loader says, without the name of the file. */
static void
loader_says(const char *path, char *why, size_t n)
{
	const char *msg = dlerror();
	size_t len = strlen(path);

	if (msg == NULL)
		msg = "it cannot be read";
	if (strncmp(msg, path, len) == 0 && strncmp(msg + len, ": ", 2) == 0)
		msg += len + 2;
	snprintf(why, n, "%s", msg);
}

/* The module in `path`, which lives as long as we do; NULL: why not. */
static const struct mod_info *
file_open(const char *path, char *why, size_t n)
{
	const struct mod_info *info;
	char *slashed = NULL;
	void *handle;

	/* A name without a slash would be looked for among the libraries. */
	if (strchr(path, '/') == NULL && asprintf(&slashed, "./%s", path) < 0)
		slashed = NULL;
	if (slashed != NULL)
		path = slashed;
	(void)dlerror();
	handle = file_dlopen(path);
	if (handle == NULL) {
		loader_says(path, why, n);
		free(slashed);
		return NULL;
	}
	free(slashed);
	info = dlsym(handle, "vksup_module");
	if (info == NULL) {
		snprintf(why, n, "it is not a module of vksup: VKSUP_MODULE() is missing");
		dlclose(handle);
		return NULL;
	}
	if (info->abi != VKSUP_MODULE_ABI) {
		snprintf(why, n, "it is made for version %u of vksup/module.h, this is version %u",
		    info->abi, VKSUP_MODULE_ABI);
		dlclose(handle);
		return NULL;
	}
	return info;
}

/* --- the option --- */

static void
module_option(struct options *o, const char *name, const char *arg)
{
	struct module_file *f;
	char why[512], *comma;

	(void)o;
	(void)name;
	files = reallocarray(files, nfiles + 1, sizeof(*files));
	if (files == NULL)
		fail("out of memory", 0);
	f = &files[nfiles++];
	f->text = strdup(arg);
	if (f->text == NULL)
		fail("out of memory", 0);
	comma = strchrnul(f->text, ',');
	f->args = *comma != '\0' ? comma + 1 : "";
	*comma = '\0';
	if (*f->text == '\0')
		bad_value("-L", *arg != '\0' ? arg : "''", "a file is needed, as in ./module.so");
	f->info = file_open(f->text, why, sizeof(why));
	if (f->info == NULL)
		bad_value("-L", f->text, why);
}

static void
module_boot(const struct options *o, struct vkern *k)
{
	char why[512];
	unsigned i;

	(void)o;
	for (i = 0; i < nfiles; i++)
		if (module_load(k, files[i].info, files[i].args, why, sizeof(why)) != 0)
			bad_value("-L", files[i].text, why);
}

static void
module_end(const struct options *o, struct vkern *k, struct run_end *e)
{
	(void)o;
	(void)e;
	modules_end(k);
}

/* --- swapping --- */

int
module_file_swap(struct vkern *k, const char *what, char *why, size_t n)
{
	struct vkern *was = vk;
	char *text = strdup(what), *comma, *eq, *path = text;
	const struct mod_info *info;
	int err = -ENOEXEC;

	if (text == NULL)
		return -ENOMEM;
	comma = strchrnul(text, ',');
	if (*comma != '\0')
		*comma++ = '\0';
	/* Names have no slash in them. */
	eq = strchr(text, '=');
	if (eq != NULL && memchr(text, '/', (size_t)(eq - text)) == NULL) {
		*eq = '\0';
		path = eq + 1;
	}
	info = file_open(path, why, n);
	vk = k;
	if (info != NULL)
		err = module_swap(k, path != text ? text : NULL, info, comma, why, n);
	vk = was;
	/* args may have been kept by the module. */
	if (err != 0)
		free(text);
	return err;
}

static const struct feature_option module_options[] = {
	{ "load", "FILE[,ARGS]", "a module of handlers of one's own, as -L; see docs/modules.md" },
	{ NULL, NULL, NULL },
};

const struct feature feature_module = {
	.name = "module", .options = module_options, .option = module_option,
	.boot = module_boot, .end = module_end,
};
