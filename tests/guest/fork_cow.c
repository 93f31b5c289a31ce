/* fork: private memory of every kind is copied on write, in both directions and over generations; shared is not. */
#include "vkproc.h"

#define N (4 << 20)
static char bss[N];
static char data[8192] = "data";

static unsigned sum(const unsigned char *p, size_t n)
{
	unsigned s = 0;
	for (size_t i = 0; i < n; i += 512)
		s = s * 31 + p[i];
	return s;
}

int main(void)
{
	unsigned char *priv = mmap(NULL, N, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *shared = t_shared(N);
	for (int i = 0; i < N; i++)
		priv[i] = shared[i] = i * 7 / 512;
	t_write_file("f", "file contents here");
	int fd = open("f", O_RDWR);
	char *fp = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	char *fs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unsigned before = sum(priv, N);
	fp[0] = 'F';

	struct t_gate to_child = t_gate(), to_parent = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		CHECK(sum(priv, N) == before);
		printf("child private file: %.4s\n", fp);
		memset(priv, 1, N);
		memset(bss, 1, N);
		strcpy(data, "child");
		fp[1] = 'I';
		fs[2] = 'L';
		shared[0] = 99;
		t_gate_open(&to_parent);
		t_gate_pass(&to_child);
		/* The parent has written since; none of it is to be seen but in what is shared. */
		printf("child: priv %d bss %d data %s fp %.4s fs %.4s shared %d\n", priv[5], bss[5], data, fp, fs, shared[1]);
		IN_CHILD("grandchild") {
			printf("grandchild: priv %d fp %.4s\n", priv[N - 1], fp);
			priv[N - 1] = 77;
		}
		printf("child again: priv %d\n", priv[N - 1]);
		t_exit(0);
	}
	t_gate_pass(&to_parent);
	CHECK(sum(priv, N) == before);
	printf("parent: bss %d data %s fp %.4s fs %.4s shared %d\n", bss[5], data, fp, fs, shared[0]);
	priv[5] = 200;
	bss[5] = 100;
	strcpy(data, "parent");
	fp[2] = 'X';
	fs[3] = 'E';
	shared[1] = 98;
	t_gate_open(&to_child);
	p_wait("child", p);
	t_cat("f");

	/* Memory of the parent that is changed while many children look at it. */
	for (int i = 0; i < 8; i++) {
		memset(priv, i, 65536);
		IN_CHILD("reader") {
			unsigned s = 0;
			for (int j = 0; j < 65536; j++)
				s += priv[j];
			t_exit(s == i * 65536u ? i : 99);
		}
	}
	return 0;
}
