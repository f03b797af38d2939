/* SPDX-License-Identifier: MIT */
/* What assert() in a kernel says is on this program's stderr when a call waits for the GPU */
#include <assert.h>

#include "check.h"

__global__ void must_be_even(int x)
{
	assert(x % 2 == 0 || threadIdx.x != 3);
}

/* has() - is there one line with all of this? */
static bool has(const char *text, const char *where, const char *what)
{
	const char *line = strstr(text, where);

	return line && strstr(line, what) && strstr(line, what) < strchr(line, '\n');
}

int main()
{
	char path[] = "/tmp/qcuda-assert-XXXXXX", text[8192];
	int saved = dup(2), fd = mkstemp(path);
	cudaError_t error;
	size_t n;
	FILE *in = fopen(path, "r");

	CHECK(fd >= 0 && in && saved >= 0);
	unlink(path);
	must_be_even<<<1, 1>>>(0); /* so that it is loaded */
	CUDA(cudaDeviceSynchronize());
	fflush(stderr);
	dup2(fd, 2);
	must_be_even<<<1, 8>>>(5);
	error = cudaDeviceSynchronize();
	fflush(stderr);
	dup2(saved, 2);
	EXPECT(cudaErrorAssert, error);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = 0;
	fputs(text, stderr);
	CHECK(has(text, "block: [0,0,0], thread: [3,0,0]",
		  "Assertion `x % 2 == 0 || threadIdx.x != 3` failed."));
	CHECK(strstr(text, "assert_prints_on_stderr.cu:9: "));
	CHECK(strstr(text, "must_be_even"));
	return finish();
}
