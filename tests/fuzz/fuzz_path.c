/*
 * fuzz_path.c - the path walk: a tree with links, mounts and a working
 * directory, and paths that the input makes out of its names.
 */
#include <fcntl.h>

#include "fakehost.h"
#include "fuzz.h"

static const char *const words[] = {
	"/", "..", ".", "a", "b", "loop", "up", "abs", "self", "tmp", "proc", "home", "user", "fd", "0", "dev", "null",
	"etc", "passwd", "nothing", "//", "task", "2", "root", "cwd", "exe",
};

static void
path_make(struct input *in, char *buf, size_t n)
{
	size_t len = 0;
	const char *w;
	uint8_t b;

	while (in->left > 0 && (b = in_byte(in)) != 255) {
		w = words[b % nitems(words)];
		if (len + strlen(w) + 2 >= n)
			break;
		len += (size_t)(stpcpy(buf + len, w) - (buf + len));
		if (b < 200)
			buf[len++] = '/';
	}
	buf[len] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int calls[] = { SYS_open, SYS_mkdir, SYS_unlink, SYS_rmdir, SYS_chdir, SYS_lstat, SYS_stat,
		SYS_readlink, SYS_symlink, SYS_link, SYS_rename, SYS_chroot };
	struct input in = { data, size };
	char one[4096], two[4096];
	uint64_t a, b, st;
	struct guest *g;
	int n, nr;

	fake_init();
	fake_host_file("/home/user/a/b", "text", 0644);
	fake_host_symlink("/home/user/loop", "loop");
	fake_host_symlink("/home/user/up", "../../home/user/a");
	fake_host_symlink("/home/user/abs", "/proc/self/root/tmp");
	g = fake_boot();
	st = guest_alloc(g, 4096);
	for (n = 0; n < 64 && in.left > 0 && !guest_gone(g); n++) {
		nr = calls[in_byte(&in) % nitems(calls)];
		path_make(&in, one, sizeof(one));
		a = guest_str(g, one);
		b = nr == SYS_open ? (in_byte(&in) | (uint64_t)in_byte(&in) << 8) & ~(uint64_t)O_ASYNC : st;
		if (nr == SYS_symlink || nr == SYS_link || nr == SYS_rename) {
			path_make(&in, two, sizeof(two));
			b = guest_str(g, two);
		}
		guest_post(g, nr, a, b, nr == SYS_open ? 0644 : 4096);
		/* A fifo's other side will not come. */
		if (guest_waits(g))
			break;
	}
	fake_shutdown();
	return 0;
}
