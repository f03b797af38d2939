/* SPDX-License-Identifier: MIT */
/* cudaFuncGetAttributes: shared, constant, limits; what is not a kernel has none */
#include "check.h"
#include "parts/invalid_launch.h"

__global__ void plain(int *p)
{
	*p = 1;
}

__global__ void __launch_bounds__(128) bounded(int *p)
{
	__shared__ int tile[250];

	tile[threadIdx.x] = p[threadIdx.x];
	__syncthreads();
	p[threadIdx.x] = tile[127 - threadIdx.x];
}

static void not_a_kernel(void)
{
}

int main()
{
	cudaFuncAttributes a;

	CUDA(cudaFuncGetAttributes(&a, plain));
	CHECK(a.sharedSizeBytes == 0 && a.maxThreadsPerBlock == 1024 && a.numRegs > 0);
	CHECK(a.ptxVersion == 75 && a.binaryVersion >= 75 && a.maxDynamicSharedSizeBytes == 49152);
	CUDA(cudaFuncGetAttributes(&a, bounded));
	CHECK(a.sharedSizeBytes == 1000 && a.maxThreadsPerBlock == 128);
	CHECK(a.maxDynamicSharedSizeBytes == 49152 - 1000);
	EXPECT_NO_KERNEL(cudaFuncGetAttributes(&a, (const void *)not_a_kernel));
	EXPECT(cudaErrorInvalidValue, cudaFuncGetAttributes(NULL, plain));
	EXPECT(cudaErrorInvalidDeviceFunction, cudaFuncGetAttributes(&a, (const void *)NULL));
	return finish();
}
