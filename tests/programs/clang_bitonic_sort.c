/* SPDX-License-Identifier: MIT */
/* Each block sorts a row in shared memory, by functions that take generic pointers into it */
#include "clang_kernels.h"

#define WIDTH 256

#ifdef __CUDA_ARCH__

__attribute__((noinline)) __device__ void order(short *a, short *b, bool ascending)
{
	short t = *a;

	if ((t > *b) == ascending) {
		*a = *b;
		*b = t;
	}
}

__global__ void sort_rows(short *data)
{
	__shared__ short row[WIDTH];
	int t = threadIdx_x;

	data += blockIdx_x * WIDTH;
	row[t] = data[t];
	for (int run = 2; run <= WIDTH; run *= 2)
		for (int d = run / 2; d > 0; d /= 2) {
			__syncthreads();
			if (!(t & d))
				order(&row[t], &row[t + d], !(t & run));
		}
	__syncthreads();
	data[t] = row[t];
}

#else

static int compare(const void *a, const void *b)
{
	return *(const short *)a - *(const short *)b;
}

int main(void)
{
	enum { ROWS = 40 };
	static short want[ROWS * WIDTH], got[ROWS * WIDTH];
	CUmodule module = kernels_load();
	CUdeviceptr data;
	void *params[] = { &data };

	rng_fill(want, sizeof(want));
	data = to_device(want, sizeof(want));
	CU(cuLaunchKernel(kernel(module, "sort_rows"), ROWS, 1, 1, WIDTH, 1, 1, 0, NULL, params,
			  NULL));
	CU(cuMemcpyDtoH(got, data, sizeof(got)));
	for (int i = 0; i < ROWS; i++)
		qsort(want + i * WIDTH, WIDTH, sizeof(short), compare);
	CHECK_SAME(got, want, sizeof(want));
	CU(cuMemFree(data));
	CU(cuModuleUnload(module));
	return finish();
}

#endif
