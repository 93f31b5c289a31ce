/*
 * fs_proc_mem.c - a process's memory: cmdline, environ, auxv, maps, smaps, mem.
 *
 * maps is written from a copy of the entries, made under vm_map.lock with
 * references to their files, since a file's name needs ns_lock.
 *
 * smaps tells residence, which the host knows, but not sharing and dirt:
 * what is resident counts as private, dirty if it is anonymous.
 */
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "vkern/fs_proc.h"

#define NAME_COLUMN	73	/* where the names of maps begin */
#define CMDLINE_MAX	((uint64_t)2 << 20)
/* Residence is asked for this many pages of a process; the rest reads as 0. */
#define SMAPS_PAGES	((uint64_t)1 << 20)

/* --- strings and numbers that exec left on the stack --- */

/* [from, to) of vm, as far as it is readable. */
static void
pb_guest(struct pbuf *b, struct vm_map *vm, uint64_t from, uint64_t to)
{
	char buf[PAGE_SIZE];
	size_t n;

	if (to > from && to - from > CMDLINE_MAX)
		to = from + CMDLINE_MAX;
	for (; from < to; from += n) {
		n = min_of(to - from, PAGE_SIZE - (from & PAGE_MASK));
		if (vm_copyin(vm, buf, ga(from), n) != 0)
			return;
		pb_put(b, buf, n);
	}
}

struct arg_area { uint64_t arg_start, arg_end, env_start, env_end; };

static void
arg_area(struct vm_map *vm, struct arg_area *a)
{
	mutex_lock(&vm->lock);
	*a = (struct arg_area){ vm->arg_start, vm->arg_end, vm->env_start, vm->env_end };
	mutex_unlock(&vm->lock);
}

/*
 * A program that writes its title over its arguments may go on into the
 * environment: then there is no NUL at the end of the arguments, and the
 * title ends at the first one.
 */
int
show_cmdline(struct pnode *n, struct pbuf *b)
{
	struct vm_map *vm = proc_subject_vm(n);
	struct arg_area a;
	char *nul;

	if (vm == NULL)
		return 0;
	arg_area(vm, &a);
	pb_guest(b, vm, a.arg_start, a.arg_end);
	if (b->len > 0 && b->p[b->len - 1] != '\0' && a.env_start == a.arg_end) {
		pb_guest(b, vm, a.env_start, a.env_end);
		nul = memchr(b->p, '\0', b->len);
		if (nul != NULL)
			b->len = (size_t)(nul - b->p) + 1;
	}
	vm_map_unref(vm);
	return 0;
}

int
show_environ(struct pnode *n, struct pbuf *b)
{
	struct vm_map *vm = proc_subject_vm(n);
	struct arg_area a;

	if (vm == NULL)
		return 0;
	arg_area(vm, &a);
	pb_guest(b, vm, a.env_start, a.env_end);
	vm_map_unref(vm);
	return 0;
}

int
show_auxv(struct pnode *n, struct pbuf *b)
{
	struct vm_map *vm = proc_subject_vm(n);
	int words = 0;

	if (vm == NULL)
		return 0;
	mutex_lock(&vm->lock);
	while (words + 1 < vm->nauxv) {
		words += 2;
		if (vm->auxv[words - 2] == 0)
			break;
	}
	pb_put(b, vm->auxv, (size_t)words * sizeof(vm->auxv[0]));
	mutex_unlock(&vm->lock);
	vm_map_unref(vm);
	return 0;
}

/* --- maps --- */

struct map_line {
	uint64_t	start, end, off;
	int		prot, flags;
	uint8_t		tag;
	bool		shared_anon, locked;
	struct file	*file;		/* reference, or NULL */
};

/*
 * A stack is mapped at its limit at once; what shows is what would have grown:
 * from the lowest page in use, and never less than Linux starts with.
 */
static void
stack_trim(struct vm_map *vm, struct map_line *l)
{
	uint64_t at, n, i, start = l->end - min_of(l->end - l->start, 33 * PAGE_SIZE);
	uint8_t vec[1024];

	for (at = l->start; at < start; at += n * PAGE_SIZE) {
		n = min_of((start - at) / PAGE_SIZE, (uint64_t)sizeof(vec));
		if (vmspace_mincore(vm->space, ga(at), n, vec) != 0)
			break;
		for (i = 0; i < n && !(vec[i] & 1); i++)
			;
		if (i < n)
			start = at + i * PAGE_SIZE;
	}
	l->start = start;
}

/* A copy of all entries; *count of them, to be freed by lines_free(). */
static int
lines_get(struct pnode *n, struct map_line **out, int *count, struct vm_map **vmp)
{
	struct vm_map *vm = proc_subject_vm(n);
	struct map_line *l = NULL;
	struct vm_entry *e;
	int i = 0;

	*count = 0;
	*vmp = vm;
	*out = NULL;
	if (vm == NULL)
		return 0;
	mutex_lock(&vm->lock);
	l = kalloc((size_t)(vm->nentries + 1) * sizeof(*l));
	for (e = vm_map_find(vm, 0); l != NULL && e != NULL && i < vm->nentries;
	    e = vm_map_next(vm, e))
		l[i++] = (struct map_line){
			.start = e->start, .end = e->end,
			/* Where private anonymous memory would be has no meaning. */
			.off = e->file != NULL || e->hf != NULL ? e->off : 0,
			.prot = e->prot, .flags = e->flags, .tag = e->tag,
			.shared_anon = e->file == NULL && e->hf != NULL, .locked = e->locked,
			.file = e->file != NULL ? file_ref(e->file) : NULL,
		};
	mutex_unlock(&vm->lock);
	*out = l;
	*count = i;
	while (l != NULL && --i >= 0)
		if (l[i].tag == VMT_STACK && (i == 0 || l[i - 1].end != l[i].start))
			stack_trim(vm, &l[i]);
	if (l == NULL) {
		vm_map_unref(vm);
		return -ENOMEM;
	}
	return 0;
}

static void
lines_free(struct map_line *l, int count, struct vm_map *vm)
{
	int i;

	for (i = 0; i < count; i++)
		if (l[i].file != NULL)
			file_put(l[i].file);
	kfree(l);
	if (vm != NULL)
		vm_map_unref(vm);
}

/* The same in every process; programs count on its being last. */
#define VSYSCALL_LINE "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 " \
	"                 [vsyscall]\n"

static const char *
tag_name(uint8_t tag)
{
	switch (tag) {
	case VMT_STACK: return "[stack]";
	case VMT_HEAP: return "[heap]";
	case VMT_VDSO: return "[vdso]";
	case VMT_VVAR: return "[vvar]";
	default: return NULL;
	}
}

static void
line_name(struct pbuf *b, const struct map_line *l, size_t start)
{
	char name[PATH_MAX_LEN];
	const char *text = tag_name(l->tag);

	if (l->file != NULL)
		text = file_name(l->file, name, sizeof(name)) >= 0 ? name : "(unknown)";
	else if (l->shared_anon)
		text = "/dev/zero (deleted)";
	if (text == NULL)
		return;
	pb_pad(b, start, NAME_COLUMN - 1);
	pb_puts(b, " ");
	pb_escape(b, text, "\n");
}

static void
line_show(struct pbuf *b, const struct map_line *l)
{
	size_t start = b->len;
	struct stat st = { 0 };

	if (l->file != NULL) {
		(void)!inode_stat(l->file->inode, &st);
	} else if (l->shared_anon) {
		st.st_dev = makedev(0, 1);
		st.st_ino = l->start >> 12;
	}
	pb_printf(b, "%08llx-%08llx %c%c%c%c %08llx %02x:%02x %llu ",
	    (unsigned long long)l->start, (unsigned long long)l->end,
	    l->prot & PROT_READ ? 'r' : '-', l->prot & PROT_WRITE ? 'w' : '-',
	    l->prot & PROT_EXEC ? 'x' : '-', l->flags & MAP_SHARED ? 's' : 'p',
	    (unsigned long long)l->off, major(st.st_dev), minor(st.st_dev),
	    (unsigned long long)st.st_ino);
	line_name(b, l, start);
	pb_puts(b, "\n");
}

int
show_maps(struct pnode *n, struct pbuf *b)
{
	struct map_line *l;
	struct vm_map *vm;
	int i, count, err;

	err = lines_get(n, &l, &count, &vm);
	if (err != 0)
		return err;
	for (i = 0; i < count; i++)
		line_show(b, &l[i]);
	lines_free(l, count, vm);
	if (host_info()->vsyscall)
		pb_puts(b, VSYSCALL_LINE);
	return 0;
}

/* --- smaps --- */

struct smap {
	uint64_t	rss, anon, clean, dirty, locked;	/* bytes */
};

static uint64_t
resident(struct vm_map *vm, const struct map_line *l, uint64_t *budget)
{
	uint64_t at, n, i, sum = 0;
	uint8_t vec[1024];

	for (at = l->start; at < l->end && *budget > 0; at += n * PAGE_SIZE) {
		n = min_of((l->end - at) / PAGE_SIZE, min_of((uint64_t)sizeof(vec), *budget));
		if (vmspace_mincore(vm->space, ga(at), n, vec) != 0)
			break;
		for (i = 0; i < n; i++)
			sum += vec[i] & 1;
		*budget -= n;
	}
	return sum * PAGE_SIZE;
}

static void
smap_of(struct vm_map *vm, const struct map_line *l, uint64_t *budget, struct smap *s)
{
	*s = (struct smap){ 0 };
	if (l->prot == PROT_NONE)
		return;
	s->rss = resident(vm, l, budget);
	if (l->file == NULL && !l->shared_anon)
		s->anon = s->rss;
	if (l->file != NULL && !(l->prot & PROT_WRITE))
		s->clean = s->rss;
	else
		s->dirty = s->rss;
	s->locked = l->locked ? s->rss : 0;
}

static void
smap_row(struct pbuf *b, const char *name, uint64_t bytes)
{
	int n = (int)strlen(name) + 1;

	pb_printf(b, "%s:%*llu kB\n", name, 24 - n, (unsigned long long)bytes / 1024);
}

static void
smap_rows(struct pbuf *b, const struct smap *s, bool rollup)
{
	smap_row(b, "Rss", s->rss);
	smap_row(b, "Pss", s->rss);
	smap_row(b, "Pss_Dirty", s->dirty);
	if (rollup) {
		smap_row(b, "Pss_Anon", s->anon);
		smap_row(b, "Pss_File", s->rss - s->anon);
		smap_row(b, "Pss_Shmem", 0);
	}
	smap_row(b, "Shared_Clean", 0);
	smap_row(b, "Shared_Dirty", 0);
	smap_row(b, "Private_Clean", s->clean);
	smap_row(b, "Private_Dirty", s->dirty);
	smap_row(b, "Referenced", s->rss);
	smap_row(b, "Anonymous", s->anon);
	smap_row(b, "KSM", 0);
	smap_row(b, "LazyFree", 0);
	smap_row(b, "AnonHugePages", 0);
	smap_row(b, "ShmemPmdMapped", 0);
	smap_row(b, "FilePmdMapped", 0);
	smap_row(b, "Shared_Hugetlb", 0);
	smap_row(b, "Private_Hugetlb", 0);
	smap_row(b, "Swap", 0);
	smap_row(b, "SwapPss", 0);
	smap_row(b, "Locked", s->locked);
}

static void
smap_flags(struct pbuf *b, const struct map_line *l)
{
	pb_puts(b, "THPeligible:           0\nVmFlags: ");
	if (l->prot & PROT_READ)
		pb_puts(b, "rd ");
	if (l->prot & PROT_WRITE)
		pb_puts(b, "wr ");
	if (l->prot & PROT_EXEC)
		pb_puts(b, "ex ");
	if (l->flags & MAP_SHARED)
		pb_puts(b, "sh ");
	pb_puts(b, "mr mw me ");
	if (l->flags & MAP_SHARED)
		pb_puts(b, "ms ");
	if (l->locked)
		pb_puts(b, "lo ");
	pb_puts(b, l->file == NULL ? "ac \n" : "\n");
}

int
show_smaps(struct pnode *n, struct pbuf *b)
{
	uint64_t budget = SMAPS_PAGES;
	struct map_line *l;
	struct vm_map *vm;
	struct smap s;
	int i, count, err;

	err = lines_get(n, &l, &count, &vm);
	if (err != 0)
		return err;
	for (i = 0; i < count; i++) {
		smap_of(vm, &l[i], &budget, &s);
		line_show(b, &l[i]);
		smap_row(b, "Size", l[i].end - l[i].start);
		smap_row(b, "KernelPageSize", PAGE_SIZE);
		smap_row(b, "MMUPageSize", PAGE_SIZE);
		smap_rows(b, &s, false);
		smap_flags(b, &l[i]);
	}
	lines_free(l, count, vm);
	return 0;
}

int
show_smaps_rollup(struct pnode *n, struct pbuf *b)
{
	uint64_t budget = SMAPS_PAGES;
	struct smap s, sum = { 0 };
	struct map_line *l;
	struct vm_map *vm;
	int i, count, err;
	size_t start = b->len;

	err = lines_get(n, &l, &count, &vm);
	if (err != 0)
		return err;
	for (i = 0; i < count; i++) {
		smap_of(vm, &l[i], &budget, &s);
		sum.rss += s.rss;
		sum.anon += s.anon;
		sum.clean += s.clean;
		sum.dirty += s.dirty;
		sum.locked += s.locked;
	}
	pb_printf(b, "%08llx-%08llx ---p 00000000 00:00 0 ",
	    (unsigned long long)(count > 0 ? l[0].start : 0),
	    (unsigned long long)(count > 0 ? l[count - 1].end : 0));
	pb_pad(b, start, NAME_COLUMN - 1);
	pb_puts(b, " [rollup]\n");
	smap_rows(b, &sum, true);
	lines_free(l, count, vm);
	return 0;
}

/* --- mem: the position is the address --- */

/* At most a page.  A bad address over there is EIO, one of the caller EFAULT. */
static ssize_t
mem_page(struct vm_map *vm, struct uio *u, uint64_t at, bool write)
{
	char buf[PAGE_SIZE];
	size_t n = min_of(u->resid, PAGE_SIZE - (at & PAGE_MASK));
	ssize_t r;

	if (!write)
		return vm_copyin(vm, buf, ga(at), n) != 0 ? -EIO : uio_put(u, buf, n);
	r = uio_get(u, buf, n);
	if (r > 0 && vm_copyout(vm, ga(at), buf, (size_t)r) != 0)
		return -EIO;
	return r;
}

static ssize_t
mem_move(struct file *f, struct uio *u, int64_t *pos, bool write)
{
	ssize_t done = 0, r;

	while (u->resid > 0) {
		r = mem_page(f->priv, u, (uint64_t)*pos, write);
		if (r < 0)
			return done > 0 ? done : r;
		if (r == 0)
			break;
		*pos += r;
		done += r;
	}
	return done;
}

static ssize_t
mem_read(struct file *f, struct uio *u, int64_t *pos)
{
	return mem_move(f, u, pos, false);
}

static ssize_t
mem_write(struct file *f, struct uio *u, int64_t *pos)
{
	return mem_move(f, u, pos, true);
}

static int64_t
mem_lseek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	return f->pos = off;
}

static void
mem_release(struct file *f)
{
	vm_map_unref(f->priv);
}

static const struct file_ops mem_ops_proc = {
	.name = "proc mem", .read = mem_read, .write = mem_write, .lseek = mem_lseek,
	.release = mem_release,
};

int
open_mem(struct pnode *n, const struct path *p, unsigned flags, struct file **out)
{
	struct vm_map *vm = proc_subject_vm(n);

	if (vm == NULL)
		return -ESRCH;
	*out = file_alloc(&mem_ops_proc, p, &n->i, flags);
	(*out)->priv = vm;
	return 0;
}
