/*
 * options.c - the command line.
 *
 * Options that make up the guest's view are collected as rules in the order
 * given; the kernel applies them at boot (vkern/fs_view.c).
 */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "feature.h"
#include "options.h"
#include "profile.h"

#ifndef VKSUP_VERSION
#define VKSUP_VERSION "0"
#endif

static const char usage_text[] =
    "usage: vksup [OPTIONS] [--] COMMAND [ARG...]\n"
    "       vksup NAME [ARG...]   one of vksup's own commands, below\n"
    "Run COMMAND under a kernel of its own.\n"
    "\n"
    "What it sees, in the order given:\n"
    "      --root DIR        DIR of the host is the root directory\n"
    "      --ro PATH         PATH of the host, not to be changed\n"
    "      --rw PATH         PATH of the host; changes are made on the host\n"
    "      --bind SRC:DST[:ro]  SRC of the host at DST as well; changes stay in memory\n"
    "      --tmpfs DST[:SIZE]   an empty file system at DST (SIZE: 64M, 2G...)\n"
    "      --hide PATH       PATH does not exist\n"
    "      --no-hide-secrets  show ~/.ssh, ~/.gnupg, /etc/shadow... (see vksup(1))\n"
    "      --chdir DIR       start in DIR\n"
    "      --env K=V         set a variable; --env K: pass K on\n"
    "      --keep-env        pass all variables on, not only PATH, HOME, TERM, LANG...\n"
    "      --clean-env       pass no other variables on\n"
    "      --uid N, --gid N  run as that user, that group\n"
    "      --fakeroot        run as root, owning what you own\n"
    "      --hostname NAME   the name of the machine\n"
    "Many at once:\n"
    "  -p, --profile NAME    options from a profile: build, judge, NAME.json\n"
    "      --args FD         options from a descriptor, each ended by a NUL\n"
    "How long:\n"
    "      --timeout T[,KILL]  SIGTERM after T seconds, SIGKILL KILL (5) seconds later\n"
    "What is told:\n"
    "      --strace          print the program's system calls, as strace(1) does\n"
    "  -e EXPR               which calls: trace=openat,read  trace=%file  !read\n"
    "  -f                    those of its children too\n"
    "  -c                    count them instead\n"
    "  -k                    with the program's stack at each\n"
    "  -o FILE               print them to FILE\n"
    "      --verbose         name each missing system call once\n"
    "      --version         print the version\n"
    "  -h, --help            print this text\n";

static const char usage_status[] =
    "\n"
    "Exit status: COMMAND's; 128+n if signal n ended it; 124 if its time was up;\n"
    "125 if vksup failed; 126 if COMMAND cannot be run; 127 if it is not found.\n";

/* An option's line, or two when it is long. */
static void
usage_option(const struct feature_option *fo)
{
	int n = printf("      --%s%s%s", fo->name, fo->arg != NULL && fo->arg[0] != '[' ? " " : "",
	    fo->arg != NULL ? fo->arg : "");

	if (n > 22)
		printf("\n%24s%s\n", "", fo->help);
	else
		printf("%*s%s\n", 24 - n, "", fo->help);
}

static void no_return
usage_print(void)
{
	const struct feature_option *fo;
	const struct feature *f;
	unsigned n;

	fputs(usage_text, stdout);
	for (n = 0; feature_option_at(n, &fo, &f); n++)
		usage_option(fo);
	puts("\nCommands:");
	commands_print();
	fputs(usage_status, stdout);
	exit(0);
}

void
fail(const char *what, int err)
{
	if (err != 0)
		fprintf(stderr, "vksup: %s: %s\n", what, strerror(-err));
	else
		fprintf(stderr, "vksup: %s\n", what);
	exit(EXIT_OURS);
}

static void no_return
usage_error(void)
{
	fprintf(stderr, "try 'vksup --help'\n");
	exit(EXIT_OURS);
}

void
bad_value(const char *option, const char *value, const char *why)
{
	fprintf(stderr, "vksup: %s %s: %s\n", option, value, why);
	exit(EXIT_OURS);
}

static void *
grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (p == NULL)
		fail("out of memory", 0);
	return p;
}

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fail("out of memory", 0);
	return p;
}

static char *
join(const char *a, const char *between, const char *b)
{
	size_t n = strlen(a) + strlen(between) + strlen(b) + 1;
	char *p = grow(NULL, n, 1);

	snprintf(p, n, "%s%s%s", a, between, b);
	return p;
}

/* --- the view --- */

static char *
absolute(const struct options *o, const char *path)
{
	return path[0] == '/' ? copy(path) : join(o->cwd, "/", path);
}

static struct vkern_rule *
rule_add(struct options *o, enum vkern_rule_kind kind, const char *dst, const char *told)
{
	struct vkern_rule *r;

	o->rules = grow(o->rules, o->nrules + 1, sizeof(*o->rules));
	o->rule_texts = grow(o->rule_texts, o->nrules + 1, sizeof(*o->rule_texts));
	o->rule_texts[o->nrules] = told;
	r = &o->rules[o->nrules++];
	*r = (struct vkern_rule){ .kind = kind, .dst = absolute(o, dst) };
	return r;
}

void
options_rule_failed(const struct options *o)
{
	unsigned i;

	for (i = 0; i < o->nrules; i++)
		if (o->rules[i].err != 0)
			fail(o->rule_texts[i] != NULL ? o->rule_texts[i] : o->rules[i].dst,
			    o->rules[i].err);
}

static void
opt_path(struct options *o, const char *option, enum vkern_rule_kind kind, const char *path)
{
	struct vkern_rule *r;

	if (*path == '\0')
		bad_value(option, "''", "a path is needed");
	r = rule_add(o, kind, path, join(option, " ", path));
	r->src = r->dst;
	r->ro = kind == RULE_BIND;
}

static void
opt_root(struct options *o, const char *path)
{
	if (o->root)
		bad_value("--root", path, "there is one root already");
	opt_path(o, "--root", RULE_ROOT, path);
	o->root = true;
}

static void
opt_bind(struct options *o, const char *arg)
{
	char *src = copy(arg), *dst, *mode;
	struct vkern_rule *r;

	dst = strchr(src, ':');
	if (dst == NULL || dst == src || dst[1] == '\0' || dst[1] == ':')
		bad_value("--bind", arg, "SRC:DST or SRC:DST:ro is needed");
	*dst++ = '\0';
	mode = strchr(dst, ':');
	if (mode != NULL && strcmp(mode, ":ro") != 0)
		bad_value("--bind", arg, "SRC:DST or SRC:DST:ro is needed");
	if (mode != NULL)
		*mode = '\0';
	r = rule_add(o, RULE_BIND, dst, join("--bind", " ", arg));
	r->src = absolute(o, src);
	r->ro = mode != NULL;
	free(src);
}

uint64_t
size_parse(const char *s)
{
	static const char units[] = "KMGT";
	unsigned long long n;
	const char *u;
	char *end;

	errno = 0;
	n = strtoull(s, &end, 10);
	if (*s < '0' || *s > '9' || errno != 0 || n > 1ULL << 60)
		return 0;
	u = *end != '\0' ? strchr(units, *end & ~0x20) : NULL;
	if (u != NULL) {
		n = n > 1ULL << 60 >> 10 * (u - units + 1) ? 0 : n << 10 * (u - units + 1);
		end++;
	}
	return *end == '\0' ? n : 0;
}

static void
opt_tmpfs(struct options *o, const char *arg)
{
	char *dst = copy(arg), *size = strchr(dst, ':');
	uint64_t n = 0;

	if (size != NULL) {
		*size++ = '\0';
		n = size_parse(size);
	}
	if (*dst == '\0' || (size != NULL && n == 0))
		bad_value("--tmpfs", arg, "DST or DST:SIZE is needed");
	rule_add(o, RULE_TMPFS, dst, join("--tmpfs", " ", arg))->size = n;
	free(dst);
}

/* --- secrets --- */

static void
secrets_of_home(struct options *o, const char *home)
{
	static const char *const names[] = { ".ssh", ".gnupg", ".aws", ".kube", ".docker", ".netrc",
		".config/gh", ".bash_history", ".zsh_history", ".python_history" };
	char *path;
	size_t i;

	if (home == NULL || home[0] != '/')
		return;
	for (i = 0; i < nitems(names); i++) {
		path = join(home, "/", names[i]);
		rule_add(o, RULE_HIDE_HOST, path, NULL);
		free(path);
	}
}

/* The home that /etc/passwd says, without asking the network. */
static char *
passwd_home(void)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw;
	char *home = NULL;

	if (f == NULL)
		return NULL;
	while (home == NULL && (pw = fgetpwent(f)) != NULL)
		if (pw->pw_uid == geteuid())
			home = copy(pw->pw_dir);
	fclose(f);
	return home;
}

static void
secrets_add(struct options *o)
{
	static const char *const files[] = { "/etc/shadow", "/etc/shadow-", "/etc/gshadow",
		"/etc/gshadow-" };
	const char *env = getenv("HOME");
	char *home = passwd_home();
	size_t i;

	for (i = 0; i < nitems(files); i++)
		rule_add(o, RULE_HIDE_HOST, files[i], NULL);
	secrets_of_home(o, home);
	if (env != NULL && (home == NULL || strcmp(env, home) != 0))
		secrets_of_home(o, env);
	free(home);
}

/* --- environment --- */

static void
env_add(struct options *o, char *assignment)
{
	o->env = grow(o->env, o->nenv + 2, sizeof(*o->env));
	o->env[o->nenv++] = assignment;
	o->env[o->nenv] = NULL;
}

static void
env_set(struct options *o, char *assignment, size_t name)
{
	size_t i;

	for (i = 0; i < o->nenv; i++)
		if (strncmp(o->env[i], assignment, name) == 0 && o->env[i][name] == '=')
			break;
	if (i == o->nenv)
		env_add(o, assignment);
	else
		o->env[i] = assignment;
}

static void
opt_env(struct options *o, const char *arg)
{
	const char *value, *eq = strchrnul(arg, '=');

	if (eq == arg)
		bad_value("--env", *arg != '\0' ? arg : "''", "NAME=VALUE or NAME is needed");
	if (*eq == '=') {
		env_set(o, copy(arg), (size_t)(eq - arg));
		return;
	}
	value = getenv(arg);
	if (value != NULL)
		env_set(o, join(arg, "=", value), strlen(arg));
}

/* What a program needs to find itself and its user's language, and no more. */
static bool
env_passed_on(const char *assignment, size_t name)
{
	static const char *const names[] = { "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM",
		"COLORTERM", "LANG", "LANGUAGE", "TZ" };
	size_t i;

	if (strncmp(assignment, "LC_", 3) == 0)
		return true;
	for (i = 0; i < nitems(names); i++)
		if (strlen(names[i]) == name && memcmp(names[i], assignment, name) == 0)
			return true;
	return false;
}

static bool
env_has(const struct options *o, const char *assignment, size_t name)
{
	size_t i;

	for (i = 0; i < o->nenv; i++)
		if (strncmp(o->env[i], assignment, name) == 0 && o->env[i][name] == '=')
			return true;
	return false;
}

/* The host's variables, or those that are passed on; not what is set already. */
static void
env_inherit(struct options *o, bool all)
{
	char *const *e;
	size_t name;

	for (e = o->host_env; *e != NULL; e++) {
		name = strcspn(*e, "=");
		if (!all && !env_passed_on(*e, name))
			continue;
		if (!env_has(o, *e, name))
			env_add(o, *e);
	}
}

static void
env_clear(struct options *o)
{
	o->nenv = 0;
	o->env = grow(o->env, 1, sizeof(*o->env));
	o->env[0] = NULL;
}

/* --- the rest --- */

static void
opt_id(struct options *o, const char *option, const char *arg, uint32_t *id)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end != '\0' || errno != 0 || n >= UINT32_MAX)
		bad_value(option, *arg != '\0' ? arg : "''", "a number is needed");
	*id = (uint32_t)n;
	o->ids_set = true;
}

static void
opt_fakeroot(struct options *o)
{
	o->ids = (struct vkern_ids){ .uid = 0, .gid = 0, .all_caps = true };
	o->ids_set = true;
}

static void
opt_chdir(struct options *o, const char *arg)
{
	char *path = absolute(o, arg);

	if (*arg == '\0' || strlen(path) >= sizeof(o->cwd))
		bad_value("--chdir", *arg != '\0' ? arg : "''", "a directory is needed");
	free(path);
	o->chdir = true;
	o->chdir_to = arg;
}

static void
opt_hostname(struct options *o, const char *arg)
{
	if (*arg == '\0' || strlen(arg) > 64)
		bad_value("--hostname", *arg != '\0' ? arg : "''", "a name of 1 to 64 bytes is needed");
	o->hostname = arg;
}

bool
duration_parse(const char *s, char stop, int64_t *ns, const char **rest)
{
	static const char units[] = "smhd";
	static const double seconds[] = { 1, 60, 3600, 86400 };
	const char *u;
	double v;
	char *end;

	if ((*s < '0' || *s > '9') && *s != '.')
		return false;
	v = strtod(s, &end);
	u = end != s && *end != '\0' ? strchr(units, *end) : NULL;
	if (u != NULL) {
		v *= seconds[u - units];
		end++;
	}
	if (end == s || (*end != '\0' && *end != stop) || !(v >= 0) || v > 1e9)
		return false;
	*ns = (int64_t)(v * 1e9);
	*rest = end;
	return true;
}

static void
opt_timeout(struct options *o, const char *arg)
{
	const char *rest;
	bool ok = duration_parse(arg, ',', &o->timeout, &rest);

	o->kill_after = 5 * NSEC_PER_SEC;
	if (ok && *rest == ',')
		ok = duration_parse(rest + 1, '\0', &o->kill_after, &rest);
	if (!ok || o->timeout == 0)
		bad_value("--timeout", *arg != '\0' ? arg : "''", "seconds are needed, as in 10 or 1.5,2");
}

/* --- all --- */

enum { OPT_STRACE = 256, OPT_VERBOSE, OPT_VERSION, OPT_RO, OPT_BIND, OPT_TMPFS, OPT_HIDE,
	OPT_NO_HIDE_SECRETS, OPT_CHDIR, OPT_ENV, OPT_CLEAN_ENV, OPT_UID, OPT_GID, OPT_FAKEROOT,
	OPT_HOSTNAME, OPT_TIMEOUT, OPT_RW, OPT_ROOT,
	OPT_KEEP_ENV, OPT_ARGS };

#define OPT_FEATURE	1000		/* and above: the number in feature_option_at() */
static const struct option longs[] = {
	{ "strace", no_argument, NULL, OPT_STRACE },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "ro", required_argument, NULL, OPT_RO },
	{ "rw", required_argument, NULL, OPT_RW },
	{ "bind", required_argument, NULL, OPT_BIND },
	{ "tmpfs", required_argument, NULL, OPT_TMPFS },
	{ "hide", required_argument, NULL, OPT_HIDE },
	{ "no-hide-secrets", no_argument, NULL, OPT_NO_HIDE_SECRETS },
	{ "chdir", required_argument, NULL, OPT_CHDIR },
	{ "env", required_argument, NULL, OPT_ENV },
	{ "keep-env", no_argument, NULL, OPT_KEEP_ENV },
	{ "clean-env", no_argument, NULL, OPT_CLEAN_ENV },
	{ "uid", required_argument, NULL, OPT_UID },
	{ "gid", required_argument, NULL, OPT_GID },
	{ "fakeroot", no_argument, NULL, OPT_FAKEROOT },
	{ "hostname", required_argument, NULL, OPT_HOSTNAME },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "args", required_argument, NULL, OPT_ARGS },
	{ "profile", required_argument, NULL, 'p' },
	{ NULL, 0, NULL, 0 },
};

/* Those above and the features'. */
static struct option *
all_options(void)
{
	size_t n = nitems(longs) - 1;
	struct option *all = grow(NULL, n + 1, sizeof(*all));
	const struct feature_option *fo;
	const struct feature *f;
	int i;

	memcpy(all, longs, n * sizeof(*all));
	for (i = 0; feature_option_at((unsigned)i, &fo, &f); i++) {
		all = grow(all, n + 2, sizeof(*all));
		all[n++] = (struct option){ fo->name, fo->arg == NULL ? no_argument :
			fo->arg[0] == '[' ? optional_argument : required_argument,
			NULL, OPT_FEATURE + i };
	}
	all[n] = longs[nitems(longs) - 1];
	return all;
}

static bool
option_feature(struct options *o, int c)
{
	const struct feature_option *fo;
	const struct feature *f;

	if (c < OPT_FEATURE || !feature_option_at((unsigned)c - OPT_FEATURE, &fo, &f))
		return false;
	f->option(o, fo->name, optarg);
	return true;
}

/* Options of what the guest is like; false: none of them. */
static bool
option_guest(struct options *o, int c)
{
	switch (c) {
	case OPT_ROOT: opt_root(o, optarg); return true;
	case OPT_RO: opt_path(o, "--ro", RULE_BIND, optarg); return true;
	case OPT_RW: opt_path(o, "--rw", RULE_RW, optarg); return true;
	case OPT_BIND: opt_bind(o, optarg); return true;
	case OPT_TMPFS: opt_tmpfs(o, optarg); return true;
	case OPT_HIDE: opt_path(o, "--hide", RULE_HIDE, optarg); return true;
	case OPT_NO_HIDE_SECRETS: o->show_secrets = true; return true;
	case OPT_CHDIR: opt_chdir(o, optarg); return true;
	case OPT_ENV: opt_env(o, optarg); return true;
	case OPT_KEEP_ENV: env_inherit(o, true); return true;
	case OPT_CLEAN_ENV: env_clear(o); return true;
	case OPT_UID: opt_id(o, "--uid", optarg, &o->ids.uid); return true;
	case OPT_GID: opt_id(o, "--gid", optarg, &o->ids.gid); return true;
	case OPT_FAKEROOT: opt_fakeroot(o); return true;
	case OPT_HOSTNAME: opt_hostname(o, optarg); return true;
	case OPT_TIMEOUT: opt_timeout(o, optarg); return true;
	default: return false;
	}
}

static void opt_args(struct options *o, const char *arg);
static void opt_profile(struct options *o, const char *arg);

static void
options_start(struct options *o, char **envp)
{
	memset(o, 0, sizeof(*o));
	o->ids.uid = geteuid();
	o->ids.gid = getegid();
	if (getcwd(o->cwd, sizeof(o->cwd)) == NULL || o->cwd[0] != '/')
		strcpy(o->cwd, "/");
	o->host_env = envp;
	env_clear(o);
	env_inherit(o, false);
	secrets_add(o);
}

static void
options_end(struct options *o)
{
	unsigned n = 0;
	char *path;

	if (o->root)
		strcpy(o->cwd, "/");
	if (o->chdir) {
		path = absolute(o, o->chdir_to);
		strcpy(o->cwd, path);
		free(path);
	}
	/* The secrets' rules are the first. */
	while (o->show_secrets && n < o->nrules && o->rules[n].kind == RULE_HIDE_HOST)
		n++;
	o->rules += n;
	o->rule_texts += n;
	o->nrules -= n;
}

/* One option, by its number; false: none of this program's. */
static bool
option_any(struct options *o, int c)
{
	if (option_guest(o, c) || option_feature(o, c))
		return true;
	switch (c) {
	case OPT_STRACE: o->strace = true; return true;
	case OPT_VERBOSE: o->verbose = true; return true;
	case OPT_VERSION: printf("vksup %s\n", VKSUP_VERSION); exit(0);
	case OPT_ARGS: opt_args(o, optarg); return true;
	case 'p': opt_profile(o, optarg); return true;
	case 'e': o->trace.expr = optarg; return true;
	case 'f': o->trace.follow = true; return true;
	case 'c': o->trace.count = true; return true;
	case 'k': o->trace.stacks = true; return true;
	case 'o': o->trace.output = optarg; return true;
	case 'L': feature_of_option("load")->option(o, "load", optarg); return true;
	case 'h': usage_print();
	default: return false;
	}
}

static void
options_words(struct options *o, int argc, char **argv)
{
	struct option *all = all_options();
	int c;

	while ((c = getopt_long(argc, argv, "+e:fcko:hp:L:", all, NULL)) != -1)
		if (!option_any(o, c))
			usage_error();
	free(all);
}

/* Options from elsewhere, in the middle of the command line's. */
static void
options_nested(struct options *o, const char *from, char **argv)
{
	static int depth;
	int argc, at = optind;

	if (++depth > 8)
		fail("options are nested too deeply (--args, --profile)", 0);
	for (argc = 0; argv[argc] != NULL; argc++)
		;
	optind = 0;
	options_words(o, argc, argv);
	if (optind < argc) {
		fprintf(stderr, "vksup: %s: '%s' is not an option\n", from, argv[optind]);
		exit(EXIT_OURS);
	}
	optind = at;
	depth--;
}

static void
opt_args(struct options *o, const char *arg)
{
	options_nested(o, join("--args", " ", arg), args_read(arg));
}

static void
opt_profile(struct options *o, const char *arg)
{
	options_nested(o, join("--profile", " ", arg), profile_words(arg));
}

bool
option_known(const char *name, bool *has_arg)
{
	struct option *all = all_options(), *p;
	bool found;

	for (p = all; p->name != NULL && strcmp(p->name, name) != 0; p++)
		;
	found = p->name != NULL;
	*has_arg = p->has_arg != no_argument;
	free(all);
	return found;
}

char **
options_only(int argc, char **argv, char **envp, struct options *o)
{
	options_start(o, envp);
	options_words(o, argc, argv);
	if ((o->trace.expr || o->trace.follow || o->trace.count || o->trace.output) && !o->strace) {
		fprintf(stderr, "vksup: -e, -f, -c and -o go with --strace\n");
		usage_error();
	}
	options_end(o);
	return argv + optind;
}

void
options_parse(int argc, char **argv, char **envp, struct options *o)
{
	o->argv = options_only(argc, argv, envp, o);
	if (*o->argv == NULL) {
		fprintf(stderr, "vksup: no command given\n");
		usage_error();
	}
}
