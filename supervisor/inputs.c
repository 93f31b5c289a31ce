/*
 * inputs.c - --inputs FILE: what files the run used, as JSON or for make.
 *
 *	{"read":[{"path":"/src/a.c","sha256":"..."}], "run":[...],
 *	 "written":[{"path":"/src/a.o","sha256":"..."}], "deleted":["..."],
 *	 "missing":["..."], "listed":["..."], "looked_at":["..."]}
 *
 * What was read is hashed as it was at its first reading; what was written, as
 * it is at the end (null: it is gone by then, or no regular file).  A file
 * that the run itself wrote before it read it is no input, and is in
 * "written" only.
 *
 * For make: all that was written and is there depends on all that was read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature.h"
#include "report.h"
#include "uses.h"

static const char *file;
static int fd = -1;
static bool for_make, format_given;

/* --- what a file was to the run --- */

static bool
is_used(const struct used *u, enum watch_use use)
{
	return (u->uses & USE_BIT(use)) != 0;
}

/* Did its contents come from outside? */
static bool
is_input(const struct used *u, enum watch_use use)
{
	return is_used(u, use) && u->first != USE_WRITE && u->first != USE_DELETE;
}

/* --- JSON --- */

static void
add_hashed(struct json_object *list, const char *path, const char *hash)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "path", json_text(path));
	json_object_object_add(o, "sha256", hash[0] != '\0' ? json_object_new_string(hash) : NULL);
	json_object_array_add(list, o);
}

struct lists {
	struct json_object *read, *run, *written, *deleted, *missing, *listed, *looked_at;
};

static void
lists_add(struct lists *l, const struct used *u)
{
	char now[HASH_TEXT];
	bool named = false;

	if (is_input(u, USE_READ))
		add_hashed(l->read, u->path, u->before), named = true;
	if (is_input(u, USE_EXEC))
		add_hashed(l->run, u->path, u->before), named = true;
	if (is_used(u, USE_WRITE)) {
		hash_file(u->path, now);
		add_hashed(l->written, u->path, now);
		named = true;
	}
	if (is_used(u, USE_DELETE))
		json_object_array_add(l->deleted, json_text(u->path)), named = true;
	if (is_used(u, USE_MISSING))
		json_object_array_add(l->missing, json_text(u->path));
	if (is_used(u, USE_LIST))
		json_object_array_add(l->listed, json_text(u->path)), named = true;
	if (!named && is_used(u, USE_STAT))
		json_object_array_add(l->looked_at, json_text(u->path));
}

static struct json_object *
list_new(struct json_object *o, const char *name)
{
	struct json_object *list = json_object_new_array();

	json_object_object_add(o, name, list);
	return list;
}

static void
inputs_json(const struct used *all)
{
	struct json_object *o = json_object_new_object();
	struct lists l;
	const struct used *u;

	l.read = list_new(o, "read");
	l.run = list_new(o, "run");
	l.written = list_new(o, "written");
	l.deleted = list_new(o, "deleted");
	l.missing = list_new(o, "missing");
	l.listed = list_new(o, "listed");
	l.looked_at = list_new(o, "looked_at");
	for (u = all; u != NULL; u = u->hh.next)
		lists_add(&l, u);
	json_line(fd, o);
}

/* --- make --- */

/* As the compilers write it; a name with a line end cannot be written. */
static void
make_name(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == ' ' || *s == '\t' || *s == '#' || *s == '\\' || *s == ':')
			fputc('\\', out);
		if (*s == '$')
			fputc('$', out);
		fputc(*s, out);
	}
}

static void
inputs_make(const struct used *all)
{
	const struct used *u;
	char *text = NULL, now[HASH_TEXT];
	size_t size = 0;
	bool any = false;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return;
	for (u = all; u != NULL; u = u->hh.next) {
		if (!is_used(u, USE_WRITE) || strchr(u->path, '\n') != NULL)
			continue;
		hash_file(u->path, now);
		if (now[0] == '\0')
			continue;
		fputs(any ? " \\\n " : "", out);
		make_name(out, u->path);
		any = true;
	}
	if (!any)
		make_name(out, file);
	fputc(':', out);
	for (u = all; u != NULL; u = u->hh.next) {
		if ((!is_input(u, USE_READ) && !is_input(u, USE_EXEC)) || u->before[0] == '\0' ||
		    strchr(u->path, '\n') != NULL)
			continue;
		fputs(" \\\n  ", out);
		make_name(out, u->path);
	}
	fputc('\n', out);
	fclose(out);
	(void)write_all(fd, text, size);
	free(text);
}

/* --- the feature --- */

static void
inputs_option(struct options *o, const char *name, const char *arg)
{
	size_t n = strlen(arg);

	(void)o;
	if (strcmp(name, "inputs-format") == 0) {
		for_make = strcmp(arg, "make") == 0;
		if (!for_make && strcmp(arg, "json") != 0)
			bad_value("--inputs-format", n > 0 ? arg : "''", "json or make is needed");
		format_given = true;
		return;
	}
	file = arg;
	fd = report_open("--inputs", arg);
	if (!format_given)
		for_make = n > 2 && strcmp(arg + n - 2, ".d") == 0;
}

static void
inputs_boot(const struct options *o, struct vkern *k)
{
	(void)o;
	if (format_given && file == NULL)
		fail("--inputs-format goes with --inputs", 0);
	if (fd >= 0)
		uses_collect(k, true);
}

static void
inputs_end(const struct options *o, struct vkern *k, struct run_end *e)
{
	(void)o;
	(void)e;
	if (fd < 0)
		return;
	if (for_make)
		inputs_make(uses_all(k));
	else
		inputs_json(uses_all(k));
}

static const struct feature_option inputs_options[] = {
	{ "inputs", "FILE", "the files that were used, with hashes, as JSON; FILE.d: for make" },
	{ "inputs-format", "json|make", "whatever FILE is called" },
	{ NULL, NULL, NULL },
};

const struct feature feature_inputs = {
	.name = "inputs", .options = inputs_options, .option = inputs_option,
	.boot = inputs_boot, .end = inputs_end,
};
