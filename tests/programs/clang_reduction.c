/* SPDX-License-Identifier: MIT */
/* A sum and a maximum by shuffles, shared memory and atomics */
#include "clang_kernels.h"

#define BLOCK 256

#ifdef __CUDA_ARCH__

struct result {
	unsigned sum;
	int greatest;
};

__global__ void reduce(const int *in, int n, result *r)
{
	__shared__ unsigned sums[BLOCK / 32];
	unsigned sum = 0;
	int greatest = -0x7fffffff - 1, other;

	for (int i = blockIdx_x * BLOCK + threadIdx_x; i < n; i += gridDim_x * BLOCK) {
		sum += in[i];
		greatest = in[i] > greatest ? in[i] : greatest;
	}
	for (int d = 16; d > 0; d /= 2) {
		sum += __nvvm_shfl_sync_down_i32(~0u, sum, d, 31);
		other = __nvvm_shfl_sync_bfly_i32(~0u, greatest, d, 31);
		greatest = other > greatest ? other : greatest;
	}
	if (threadIdx_x % 32 == 0) {
		sums[threadIdx_x / 32] = sum;
		__nvvm_atom_max_gen_i(&r->greatest, greatest);
	}
	__syncthreads();
	if (threadIdx_x != 0)
		return;
	for (int w = 1; w < BLOCK / 32; w++)
		sum += sums[w];
	__nvvm_atom_add_gen_i((int *)&r->sum, sum);
}

#else

int main(void)
{
	int n = 200003, *in = rng_bytes(n * sizeof(int)), result[2] = { 0, INT32_MIN };
	int want[2] = { 0, INT32_MIN };
	CUmodule module = kernels_load();
	CUdeviceptr dev_in = to_device(in, n * sizeof(int));
	CUdeviceptr dev_result = to_device(result, sizeof(result));
	void *params[] = { &dev_in, &n, &dev_result };

	for (int i = 0; i < n; i++) {
		want[0] = (unsigned)want[0] + in[i];
		want[1] = in[i] > want[1] ? in[i] : want[1];
	}
	CU(cuLaunchKernel(kernel(module, "reduce"), 20, 1, 1, BLOCK, 1, 1, 0, NULL, params, NULL));
	CU(cuMemcpyDtoH(result, dev_result, sizeof(result)));
	CHECK_SAME(result, want, sizeof(want));
	CU(cuMemFree(dev_in));
	CU(cuMemFree(dev_result));
	CU(cuModuleUnload(module));
	free(in);
	return finish();
}

#endif
