/*
 * profile.c - profiles (profile.h), built-in and the user's, and --args.
 *
 * A profile becomes words of a command line, so that there is one parser of
 * options and a profile can say whatever the command line can.
 */
#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feature.h"
#include "options.h"
#include "profile.h"

#define WORDS_MAX	(1u << 20)	/* bytes of --args, and of a profile */

static const struct builtin {
	const char	*name, *text;
	const char	*limit;		/* of --limit, or NULL */
} builtins[] = {
	{ "build", "{\n"
	"  \"description\": \"Somebody else's build: changes stay in memory, nothing of yours is seen\",\n"
	"  \"hide\": [\"~/.cargo/credentials.toml\", \"~/.npmrc\", \"~/.pypirc\", \"~/.git-credentials\",\n"
	"           \"~/.config/git/credentials\", \"~/.local/share/keyrings\", \"~/.mozilla\", \"~/.password-store\"],\n"
	"  \"env\": {\"CC\": null, \"CXX\": null, \"CPPFLAGS\": null, \"CFLAGS\": null, \"CXXFLAGS\": null,\n"
	"          \"LDFLAGS\": null, \"MAKEFLAGS\": null, \"PKG_CONFIG_PATH\": null, \"SOURCE_DATE_EPOCH\": null,\n"
	"          \"DEB_BUILD_OPTIONS\": null},\n"
	"  \"hostname\": \"localhost\"\n"
	"}", NULL },
	{ "judge", "{\n"
	"  \"description\": \"Somebody else's program on a test case: nothing to write but /tmp, ten seconds\",\n"
	"  \"ro\": \"/\",\n"
	"  \"tmpfs\": [\"/tmp:64M\", \"/run:1M\", \"/dev/shm:16M\"],\n"
	"  \"clean-env\": true,\n"
	"  \"env\": {\"PATH\": \"/usr/local/bin:/usr/bin:/bin\", \"HOME\": \"/tmp\", \"LANG\": \"C.UTF-8\"},\n"
	"  \"uid\": 65534, \"gid\": 65534,\n"
	"  \"hostname\": \"localhost\",\n"
	"  \"timeout\": \"10,1\"\n"
	"}", "memory=1G,processes=64,files=256,fsize=64M,output=64M,cpu=10" },
};

/* A list of words that grows. */
struct words {
	char		**w;
	size_t		n;
};

static void
words_add(struct words *l, char *w)
{
	l->w = reallocarray(l->w, l->n + 2, sizeof(*l->w));
	if (l->w == NULL || w == NULL)
		fail("out of memory", 0);
	l->w[l->n++] = w;
	l->w[l->n] = NULL;
}

static void no_return
wrong(const char *where, const char *key, const char *why)
{
	fprintf(stderr, "vksup: %s: %s%s%s%s\n", where, key != NULL ? "'" : "",
	    key != NULL ? key : "", key != NULL ? "': " : "", why);
	exit(EXIT_OURS);
}

/* --- where it is --- */

static char *
config_dir(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *dir = NULL;

	if (xdg != NULL && *xdg == '/') {
		if (asprintf(&dir, "%s/vksup", xdg) < 0)
			fail("out of memory", 0);
	} else if (home != NULL && *home == '/') {
		if (asprintf(&dir, "%s/.config/vksup", home) < 0)
			fail("out of memory", 0);
	}
	return dir;
}

static char *
file_text(const char *path, int *err)
{
	FILE *f = fopen(path, "re");
	char *text = malloc(WORDS_MAX + 1);
	size_t n = 0;

	*err = f == NULL ? -errno : 0;
	if (text == NULL)
		fail("out of memory", 0);
	if (f != NULL) {
		n = fread(text, 1, WORDS_MAX + 1, f);
		if (ferror(f))
			*err = -errno;
		else if (n > WORDS_MAX)
			*err = -EFBIG;
		fclose(f);
	}
	text[*err == 0 ? n : 0] = '\0';
	return text;
}

static const struct builtin *
builtin_find(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(builtins); i++)
		if (strcmp(builtins[i].name, name) == 0)
			return &builtins[i];
	return NULL;
}

/* A file's text; *from: what to call it. */
static char *
profile_file(const char *name, char **from)
{
	char *dir = config_dir();
	int err = -ENOENT;
	char *text = NULL;

	if (strchr(name, '/') != NULL || *name == '\0') {
		*from = strdup(name);
		text = file_text(name, &err);
	} else if (dir != NULL) {
		if (asprintf(from, "%s/%s.json", dir, name) < 0)
			fail("out of memory", 0);
		text = file_text(*from, &err);
	}
	free(dir);
	if (err == 0)
		return text;
	if (err == -ENOENT && builtin_find(name) != NULL)
		return NULL;
	bad_value("--profile", *name != '\0' ? name : "''", strchr(name, '/') == NULL && err == -ENOENT ?
	    "no such profile (build, judge, or ~/.config/vksup/NAME.json)" : strerror(-err));
}

static struct json_object *
parse(const char *text, const char *from)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;

	if (t == NULL)
		fail("out of memory", 0);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, text, (int)strlen(text));
	if (json_tokener_get_error(t) == json_tokener_continue)
		wrong(from, NULL, "the JSON text ends too early");
	if (json_tokener_get_error(t) != json_tokener_success)
		wrong(from, NULL, json_tokener_error_desc(json_tokener_get_error(t)));
	if (!json_object_is_type(o, json_type_object))
		wrong(from, NULL, "not a JSON object");
	json_tokener_free(t);
	return o;
}

static struct json_object *
profile_load(const char *name, char **from)
{
	char *text = profile_file(name, from);
	const struct builtin *b;
	struct json_object *o;

	if (text != NULL)
		return parse(text, *from);
	b = builtin_find(name);
	*from = strdup("built-in");
	o = parse(b->text, *from);
	if (b->limit != NULL && feature_of_option("limit") != NULL)
		json_object_object_add(o, "limit", json_object_new_string(b->limit));
	return o;
}

/* --- from JSON to words --- */

/* "~/x" is in the user's home, also where something stands before it. */
static char *
word_make(const char *key, const char *value)
{
	const char *home = getenv("HOME");
	bool tilde = strncmp(value, "~/", 2) == 0 && home != NULL && *home == '/';
	char *w;

	if (asprintf(&w, "--%s=%s%s", key, tilde ? home : "", tilde ? value + 1 : value) < 0)
		fail("out of memory", 0);
	return w;
}

static void
words_env(struct words *l, struct json_object *v, const char *from)
{
	char *w;

	json_object_object_foreach(v, name, value) {
		if (value != NULL && !json_object_is_type(value, json_type_string))
			wrong(from, name, "a string or null is needed");
		if (asprintf(&w, "--env=%s%s%s", name, value != NULL ? "=" : "",
		    value != NULL ? json_object_get_string(value) : "") < 0)
			fail("out of memory", 0);
		words_add(l, w);
	}
}

static void
words_value(struct words *l, const char *key, struct json_object *v, const char *from)
{
	const char *s;

	if (!json_object_is_type(v, json_type_string) && !json_object_is_type(v, json_type_int))
		wrong(from, key, "a string is needed");
	s = json_object_get_string(v);
	if (strlen(s) != (size_t)json_object_get_string_len(v) && json_object_is_type(v, json_type_string))
		wrong(from, key, "a NUL byte is in it");
	words_add(l, word_make(key, s));
}

static void
words_key(struct words *l, const char *key, struct json_object *v, const char *from)
{
	static const char *const no[] = { "args", "profile", "help", "version" };
	bool has_arg;
	size_t i;
	char *w;

	if (strcmp(key, "description") == 0)
		return;
	for (i = 0; i < nitems(no); i++)
		if (strcmp(key, no[i]) == 0)
			wrong(from, key, "not in a profile");
	if (!option_known(key, &has_arg))
		wrong(from, key, "unknown key");
	if (!has_arg && !json_object_is_type(v, json_type_boolean))
		wrong(from, key, "true or false is needed");
	if (!has_arg && json_object_get_boolean(v)) {
		if (asprintf(&w, "--%s", key) < 0)
			fail("out of memory", 0);
		words_add(l, w);
	}
	if (!has_arg)
		return;
	if (strcmp(key, "env") == 0 && json_object_is_type(v, json_type_object)) {
		words_env(l, v, from);
	} else if (json_object_is_type(v, json_type_array)) {
		for (i = 0; i < json_object_array_length(v); i++)
			words_value(l, key, json_object_array_get_idx(v, i), from);
	} else {
		words_value(l, key, v, from);
	}
}

char **
profile_words(const char *name)
{
	struct words l = { NULL, 0 };
	struct json_object *o;
	char *from;

	o = profile_load(name, &from);
	words_add(&l, strdup("vksup"));
	json_object_object_foreach(o, key, value)
		words_key(&l, key, value, strcmp(from, "built-in") == 0 ? name : from);
	json_object_put(o);
	return l.w;
}

void
profile_show(const char *name)
{
	struct json_object *o;
	char *from;

	(void)profile_words(name);
	o = profile_load(name, &from);
	puts(json_object_to_json_string_ext(o,
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

void
profile_list(void)
{
	char *dir = config_dir();
	struct dirent *e;
	DIR *d = NULL;
	size_t i, n;

	for (i = 0; i < nitems(builtins); i++)
		printf("%s\tbuilt-in\n", builtins[i].name);
	if (dir != NULL)
		d = opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL) {
		n = strlen(e->d_name);
		if (n > 5 && strcmp(e->d_name + n - 5, ".json") == 0)
			printf("%.*s\t%s/%s\n", (int)n - 5, e->d_name, dir, e->d_name);
	}
	if (d != NULL)
		closedir(d);
	free(dir);
}

/* --- --args --- */

static int
args_fd(const char *arg)
{
	unsigned long n;
	char *end;

	n = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end != '\0' || n > 1u << 20)
		bad_value("--args", *arg != '\0' ? arg : "''", "the number of a descriptor is needed");
	return (int)n;
}

char **
args_read(const char *arg)
{
	int fd = args_fd(arg);
	struct words l = { NULL, 0 };
	char *text = calloc(1, WORDS_MAX + 2), *s;
	size_t n = 0;
	ssize_t r;

	if (text == NULL)
		fail("out of memory", 0);
	while ((r = read(fd, text + n, WORDS_MAX + 1 - n)) > 0 || (r < 0 && errno == EINTR))
		n += r > 0 ? (size_t)r : 0;
	if (r < 0)
		bad_value("--args", arg, strerror(errno));
	if (n > WORDS_MAX)
		bad_value("--args", arg, "too many options");
	/* The run's own descriptors are what they are. */
	if (fd > 2)
		close(fd);
	words_add(&l, strdup("vksup"));
	for (s = text; s < text + n; s += strlen(s) + 1)
		words_add(&l, s);
	return l.w;
}
