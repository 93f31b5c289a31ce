/*
 * vkabi.c - what the table of calls says, for people and for scripts.
 *
 *	vkabi list		number, name, state, family
 *	vkabi where NAME	where to look for one call, and what its row says;
 *				with file and line when run in the sources' folder
 *	vkabi coverage		the coverage page, in Markdown
 *	vkabi json		everything, for other tools
 *	vkabi wrappers		vk_sys_NAME() of library mode, in C
 */
#define _GNU_SOURCE
#include "abi.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- list, where ----------------------------------------------------------- */

static int
list(void)
{
	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		const struct abi_row *row = abi_row(nr);

		if (row != NULL)
			printf("%3u %-24s %-6s %s\n", nr, row->name,
			    abi_state_name(row->state),
			    abi_family_name(row->family));
	}
	return 0;
}

static void
print_arg(const struct abi_row *row, unsigned i)
{
	const struct abi_arg *arg = &row->args[i];
	int len = abi_arg_len_index(row, i);

	printf("%s%s%s", abi_kind_name(arg->kind),
	    arg->optional && arg->kind != ABI_KIND_SIGSET_IN &&
	    arg->kind != ABI_KIND_SIGSET_OUT ? "_OPT" : "", "(");
	printf("%s", arg->name);
	if (arg->set != NULL)
		printf(", %s", arg->set->name);
	else if (len >= 0)
		printf(", %s", row->args[len].name);
	else if (arg->tsize != 0 && strcmp(arg->tname, "sigset") != 0)
		printf(", %s", arg->tname);
	printf(")");
}

static void
print_errors(const struct abi_row *row, const char *before, const char *quote,
    const char *between)
{
	printf("%s", before);
	for (unsigned i = 0; row->errors[i] != 0; i++)
		printf("%s%s%s%s", i > 0 ? between : "", quote,
		    strerrorname_np(row->errors[i]), quote);
}

/* The line of path that begins with text, 0 if none does. */
static unsigned
find_line(const char *path, const char *text)
{
	FILE *f = fopen(path, "r");
	unsigned n = 0, found = 0;
	char *line = NULL;
	size_t size = 0;

	while (f != NULL && found == 0 && getline(&line, &size, f) > 0) {
		n++;
		if (strncmp(line, text, strlen(text)) == 0)
			found = n;
	}
	free(line);
	if (f != NULL)
		fclose(f);
	return found;
}

static void
print_handler(const struct abi_row *row)
{
	char pattern[64], head[64];
	unsigned line = 0;
	glob_t g;

	snprintf(pattern, sizeof(pattern), "vkern/sys_%s*.c",
	    abi_family_name(row->family));
	snprintf(head, sizeof(head), "sys_%s(", row->name);
	printf("  handler  %s) in ", head);
	if (glob(pattern, 0, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc && line == 0; i++) {
			line = find_line(g.gl_pathv[i], head);
			if (line != 0)
				printf("%s:%u\n", g.gl_pathv[i], line);
		}
		globfree(&g);
	}
	if (line == 0)
		printf("%s\n", pattern);
}

static int
where(const char *name)
{
	char row_head[64];
	unsigned line;
	const struct abi_row *row = abi_row_by_name(name);

	if (row == NULL) {
		fprintf(stderr, "vkabi: no system call '%s'\n", name);
		return 1;
	}
	printf("%s, number %u, %s", row->name, row->nr,
	    abi_state_name(row->state));
	if (row->note != NULL)
		printf(": %s", row->note);
	snprintf(row_head, sizeof(row_head), "SYSCALL(%s,", name);
	line = find_line("abi/syscalls.def", row_head);
	printf("\n  row      abi/syscalls.def");
	if (line != 0)
		printf(":%u", line);
	printf("\n");
	if (row->state != ABI_STATE_ENOSYS) {
		print_handler(row);
		printf("  test     tests/guest/%s.c\n", row->name);
	}
	printf("  takes   ");
	for (unsigned i = 0; i < row->nargs; i++) {
		printf(" ");
		print_arg(row, i);
	}
	printf("%s\n  gives    %s%s\n", row->nargs == 0 ? " nothing" : "",
	    abi_ret_name(row->ret),
	    row->waits == ABI_WAITS ? ", may wait" : "");
	print_errors(row, "  errors   ", "", " ");
	printf("\n");
	return 0;
}

/* ---- coverage ---------------------------------------------------------------- */

struct totals {
	unsigned by[ABI_STATE_COUNT];
	unsigned all;
};

static struct totals
count_family(int family)
{
	struct totals t = { { 0 }, 0 };

	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		const struct abi_row *row = abi_row(nr);

		if (row == NULL || (family >= 0 && (int)row->family != family))
			continue;
		t.by[row->state]++;
		t.all++;
	}
	return t;
}

static void
print_totals(const char *name, struct totals t)
{
	printf("| %s | %u | %u | %u | %u |\n", name, t.by[ABI_STATE_FULL],
	    t.by[ABI_STATE_PART], t.by[ABI_STATE_ENOSYS], t.all);
}

/* A note in a table: a bar would end the cell. */
static void
print_cell(const char *s)
{
	for (; s != NULL && *s != '\0'; s++) {
		if (*s == '|')
			putchar('\\');
		putchar(*s);
	}
}

static int
coverage(void)
{
	struct totals t = count_family(-1);

	printf("# Coverage of the system calls\n\n"
	    "Written by `vkabi coverage` from `abi/syscalls.def`: every system"
	    " call of x86-64\nLinux 6.18. Of %u calls, **%u are there, %u in"
	    " part, and %u give ENOSYS**.\nFULL: what ordinary programs see"
	    " is what Linux does. PART: the note says what is\nmissing.\n\n",
	    t.all, t.by[ABI_STATE_FULL], t.by[ABI_STATE_PART],
	    t.by[ABI_STATE_ENOSYS]);
	printf("| family | FULL | PART | ENOSYS | calls |\n"
	    "|---|---:|---:|---:|---:|\n");
	for (int f = 0; f < ABI_FAMILY_COUNT; f++)
		print_totals(abi_family_name(f), count_family(f));
	print_totals("**all**", t);
	printf("\n| number | call | state | family | note |\n"
	    "|---:|---|---|---|---|\n");
	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		const struct abi_row *row = abi_row(nr);

		if (row == NULL)
			continue;
		printf("| %u | `%s` | %s | %s | ", nr, row->name,
		    abi_state_name(row->state), abi_family_name(row->family));
		print_cell(row->note);
		printf(" |\n");
	}
	return 0;
}

/* ---- json --------------------------------------------------------------------- */

/*
 * Only strings of our own table pass here, so this is all the escaping there
 * is to do, and a tool that every build needs stays without a library.
 */
static void
print_string(const char *s)
{
	putchar('"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	putchar('"');
}

static void
json_arg(const struct abi_row *row, unsigned i)
{
	const struct abi_arg *arg = &row->args[i];
	int len = abi_arg_len_index(row, i);

	printf("%s{\"name\": \"%s\", \"kind\": \"%s\", \"size\": %u", i > 0 ?
	    ", " : "", arg->name, abi_kind_name(arg->kind), arg->size);
	if (arg->optional)
		printf(", \"optional\": true");
	if (arg->set != NULL)
		printf(", \"set\": \"%s\"", arg->set->name);
	if (arg->tsize != 0)
		printf(", \"type\": \"%s\", \"type_size\": %u", arg->tname,
		    arg->tsize);
	if (len >= 0)
		printf(", \"length\": \"%s\"", row->args[len].name);
	printf("}");
}

static void
json_row(const struct abi_row *row)
{
	printf("{\"name\": \"%s\", \"nr\": %u, \"family\": \"%s\","
	    " \"state\": \"%s\", \"ret\": \"%s\", \"waits\": %s, \"args\": [",
	    row->name, row->nr, abi_family_name(row->family),
	    abi_state_name(row->state), abi_ret_name(row->ret),
	    row->waits == ABI_WAITS ? "true" : "false");
	for (unsigned i = 0; i < row->nargs; i++)
		json_arg(row, i);
	print_errors(row, "], \"errors\": [", "\"", ", ");
	printf("]");
	if (row->note != NULL) {
		printf(", \"note\": ");
		print_string(row->note);
	}
	printf("}");
}

static void
json_sets(void)
{
	const struct abi_set *set;

	for (unsigned n = 0; (set = abi_set_at(n)) != NULL; n++) {
		printf("%s\"%s\": {\"width\": %u, \"values\": [",
		    n > 0 ? ",\n" : "", set->name, set->width);
		for (unsigned i = 0; i < set->nflags; i++)
			printf("%s[\"%s\", %lld]", i > 0 ? ", " : "",
			    set->flag[i].name, (long long)set->flag[i].value);
		printf("]}");
	}
}

static int
json(void)
{
	const char *sep = "";

	printf("{\"calls\": [\n");
	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		if (abi_row(nr) == NULL)
			continue;
		printf("%s", sep);
		json_row(abi_row(nr));
		sep = ",\n";
	}
	printf("\n],\n\"sets\": {\n");
	json_sets();
	printf("\n}}\n");
	return 0;
}

/* ---- wrappers ----------------------------------------------------------------- */

/* The C type of an argument as a caller in the same process has it. */
static void
print_ctype(const struct abi_arg *arg)
{
	switch (arg->kind) {
	case ABI_KIND_UINT:
	case ABI_KIND_MODE:
		printf("unsigned ");
		break;
	case ABI_KIND_LONG:
		printf("long ");
		break;
	case ABI_KIND_ULONG:
	case ABI_KIND_RAW:
	case ABI_KIND_FLAGS:
	case ABI_KIND_BITS:
		printf("unsigned long ");
		break;
	case ABI_KIND_LEN:
	case ABI_KIND_SIGSETSIZE:
	case ABI_KIND_SIGSETSIZE_OPT:
		printf("size_t ");
		break;
	case ABI_KIND_OFF:
		printf("int64_t ");
		break;
	case ABI_KIND_ADDR:
		printf("gaddr_t ");
		break;
	case ABI_KIND_INSTR:
		printf("const char *");
		break;
	case ABI_KIND_IN:
		printf("const %s *", arg->tname);
		break;
	case ABI_KIND_OUT:
	case ABI_KIND_INOUT:
		printf("%s *", arg->tname);
		break;
	case ABI_KIND_INBUF:
		printf("const void *");
		break;
	case ABI_KIND_OUTBUF:
		printf("void *");
		break;
	case ABI_KIND_INVEC:
	case ABI_KIND_OUTVEC:
		printf("const struct iovec *");
		break;
	case ABI_KIND_STRV:
		printf("char *const *");
		break;
	case ABI_KIND_SIGSET_IN:
		printf("const uint64_t *");
		break;
	case ABI_KIND_SIGSET_OUT:
		printf("uint64_t *");
		break;
	default:
		printf("int ");
		break;
	}
}

static void
print_register(const struct abi_arg *arg)
{
	switch (arg->kind) {
	case ABI_KIND_ADDR:
		printf("%s.v", arg->name);
		break;
	case ABI_KIND_INSTR:
	case ABI_KIND_IN:
	case ABI_KIND_OUT:
	case ABI_KIND_INOUT:
	case ABI_KIND_INBUF:
	case ABI_KIND_OUTBUF:
	case ABI_KIND_INVEC:
	case ABI_KIND_OUTVEC:
	case ABI_KIND_STRV:
	case ABI_KIND_SIGSET_IN:
	case ABI_KIND_SIGSET_OUT:
		printf("(uint64_t)(uintptr_t)%s", arg->name);
		break;
	default:
		printf("(uint64_t)%s", arg->name);
		break;
	}
}

static void
print_wrapper(const struct abi_row *row)
{
	printf("\nstatic inline long\nvk_sys_%s(struct vk_proc *vk_who", row->name);
	for (unsigned i = 0; i < row->nargs; i++) {
		printf(", ");
		print_ctype(&row->args[i]);
		printf("%s", row->args[i].name);
	}
	printf(")\n{\n\tconst uint64_t vk_args[6] = { ");
	for (unsigned i = 0; i < row->nargs; i++) {
		print_register(&row->args[i]);
		printf(", ");
	}
	printf("%s};\n\n\treturn vk_syscall(vk_who, %u, vk_args);\n}\n",
	    row->nargs == 0 ? "0 " : "", row->nr);
}

static int
wrappers(void)
{
	printf("/*\n * vk_calls.h - generated from abi/syscalls.def: vk_sys_NAME() for every call\n"
	    " * that has a handler.  See vksup/vk.h.\n */\n"
	    "#ifndef VKSUP_VK_CALLS_H\n#define VKSUP_VK_CALLS_H\n\n#include \"vksup/vk.h\"\n");
	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++)
		if (abi_row(nr) != NULL && abi_row(nr)->state != ABI_STATE_ENOSYS)
			print_wrapper(abi_row(nr));
	printf("\n#endif\n");
	return 0;
}

int
main(int argc, char **argv)
{
	int status = 2;

	if (argc == 2 && strcmp(argv[1], "list") == 0)
		status = list();
	else if (argc == 3 && strcmp(argv[1], "where") == 0)
		status = where(argv[2]);
	else if (argc == 2 && strcmp(argv[1], "coverage") == 0)
		status = coverage();
	else if (argc == 2 && strcmp(argv[1], "json") == 0)
		status = json();
	else if (argc == 2 && strcmp(argv[1], "wrappers") == 0)
		status = wrappers();
	else
		fprintf(stderr,
		    "usage: vkabi list | where NAME | coverage | json | wrappers\n");
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("vkabi");
		return 1;
	}
	return status;
}
