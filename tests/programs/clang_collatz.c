/* SPDX-License-Identifier: MIT */
/* How long n / 2, 3 n + 1 takes to come to 1: loops of 64-bit integers, another length each lane */
#include "clang_kernels.h"

#ifdef __CUDA_ARCH__

__device__ int steps(unsigned long long x)
{
	int count = 0;

	for (; x != 1; count++)
		x = x % 2 ? 3 * x + 1 : x / 2;
	return count;
}

/* The longest goes into best: the steps above, the number below */
__global__ void collatz(int *lengths, unsigned long long *best, int n)
{
	int i = blockIdx_x * blockDim_x + threadIdx_x;
	unsigned long long mine;

	if (i >= n)
		return;
	lengths[i] = steps(i + 1ull);
	mine = (unsigned long long)lengths[i] << 32 | (i + 1);
	__nvvm_atom_max_gen_ull(best, mine);
}

#else

static int steps(uint64_t x)
{
	int count = 0;

	for (; x != 1; count++)
		x = x % 2 ? 3 * x + 1 : x / 2;
	return count;
}

int main(void)
{
	enum { N = 20000 };
	static int want[N], got[N];
	int n = N;
	uint64_t best = 0, want_best = 0;
	CUmodule module = kernels_load();
	CUdeviceptr lengths = to_device(got, sizeof(got));
	CUdeviceptr dev_best = to_device(&best, sizeof(best));
	void *params[] = { &lengths, &dev_best, &n };

	for (int i = 0; i < N; i++) {
		uint64_t mine = (uint64_t)(want[i] = steps(i + 1)) << 32 | (i + 1);

		want_best = mine > want_best ? mine : want_best;
	}
	CU(cuLaunchKernel(kernel(module, "collatz"), (N + 127) / 128, 1, 1, 128, 1, 1, 0, NULL,
			  params, NULL));
	CU(cuMemcpyDtoH(got, lengths, sizeof(got)));
	CU(cuMemcpyDtoH(&best, dev_best, sizeof(best)));
	CHECK_SAME(got, want, sizeof(want));
	CHECK(best == want_best);
	printf("%d takes %d steps\n", (int)(uint32_t)best, (int)(best >> 32));
	CU(cuMemFree(lengths));
	CU(cuMemFree(dev_best));
	CU(cuModuleUnload(module));
	return finish();
}

#endif
