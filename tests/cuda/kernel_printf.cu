/* SPDX-License-Identifier: MIT */
/* printf in a kernel comes out on this program's stdout, at the next synchronisation */
#include "check.h"

__global__ void hello(int x, double y, const char *unused)
{
	printf("thread %d of block %d: %d %.3f %s %c %llx%%\n", threadIdx.x, blockIdx.x, x, y,
	       "text", 'c', 0x123456789abcdefull);
}

__global__ void count(void)
{
	for (int i = 0; i < 200; i++)
		printf("%d ", i);
	printf("\n");
}

/* printed() - synchronise, and compare what has come out since the last call */
static void printed(FILE *out, const char *want)
{
	char got[4096];
	size_t n;

	CUDA(cudaDeviceSynchronize());
	fflush(stdout);
	n = fread(got, 1, sizeof(got) - 1, out);
	got[n] = 0;
	clearerr(out);
	if (strcmp(got, want))
		fprintf(stderr, "printed: \"%s\", not \"%s\"\n", got, want);
	CHECK(!strcmp(got, want));
}

int main()
{
	char path[] = "/tmp/qcuda-printf-XXXXXX", numbers[1024] = "";
	int saved = dup(1), fd = mkstemp(path);
	FILE *out = fopen(path, "r");

	CHECK(fd >= 0 && out);
	unlink(path);
	fflush(stdout);
	dup2(fd, 1);
	hello<<<1, 1>>>(42, 2.5, NULL);
	printed(out, "thread 0 of block 0: 42 2.500 text c 123456789abcdef%\n");
	for (int i = 0; i < 200; i++)
		sprintf(numbers + strlen(numbers), "%d ", i);
	strcat(numbers, "\n");
	count<<<1, 1>>>();
	printed(out, numbers);
	hello<<<1, 1>>>(-1, -0.125, NULL);
	printed(out, "thread 0 of block 0: -1 -0.125 text c 123456789abcdef%\n");
	dup2(saved, 1);
	return finish();
}
