/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* A kernel's handle is as good as its name, whether of the program or of a library it loads */
#include "check.h"
#include <libgen.h>

__global__ void __launch_bounds__(256) store(int *p, int x)
{
	p[threadIdx.x] = x + threadIdx.x;
}

/* The path of a file in the directory lib beside the program */
static const char *beside(const char *file)
{
	static char path[4200];
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	CHECK(length > 0);
	self[length] = 0;
	snprintf(path, sizeof(path), "%s/lib/%s", dirname(self), file);
	return path;
}

static void of_the_program(int *dev)
{
	int x = 1000, got[32], blocks;
	void *args[] = { &dev, &x };
	cudaFuncAttributes by_name, by_handle;
	cudaFunction_t function;
	cudaKernel_t kernel;
	const char *name;

	CUDA(cudaGetKernel(&kernel, store));
	CUDA(cudaLaunchKernel((const void *)kernel, 1, 32, args, 0, 0));
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (int i = 0; i < 32; i++)
		CHECK(got[i] == 1000 + i);
	CUDA(cudaFuncGetAttributes(&by_name, store));
	CUDA(cudaFuncGetAttributes(&by_handle, (const void *)kernel));
	CHECK(by_handle.maxThreadsPerBlock == 256 && by_handle.numRegs == by_name.numRegs);
	CUDA(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, (const void *)kernel, 256, 0));
	CHECK(blocks >= 1);
	CUDA(cudaFuncGetName(&name, store));
	CHECK(strstr(name, "store"));
	CUDA(cudaGetFuncBySymbol(&function, (const void *)store));
	x = 2000;
	CU(cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, 0, args, NULL));
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (int i = 0; i < 32; i++)
		CHECK(got[i] == 2000 + i);
	store<<<1, 32>>>(dev, 3000);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK(got[31] == 3031);
}

static void of_a_library(int *dev)
{
	void *args[] = { &dev };
	cudaLibrary_t library;
	cudaKernel_t kernel;
	int value = 1;

	CUDA(cudaLibraryLoadFromFile(&library, beside("kernels.fatbin"), NULL, NULL, 0, NULL, NULL,
				     0));
	CUDA(cudaLibraryGetKernel(&kernel, library, "add_variable"));
	CUDA(cudaMemcpy(dev, &value, sizeof(value), cudaMemcpyHostToDevice));
	CUDA(cudaLaunchKernel((const void *)kernel, 1, 1, args, 0, 0));
	CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
	CHECK(value == 6);
	EXPECT(cudaErrorSymbolNotFound, cudaLibraryGetKernel(&kernel, library, "no_such_kernel"));
	CUDA(cudaLibraryUnload(library));
}

int main()
{
	int *dev, blocks;
	void *args[] = { &dev, &blocks };
	cudaFunction_t function;
	cudaKernel_t kernel;
	const char *name;

	CUDA(cudaMalloc(&dev, 32 * sizeof(*dev)));
	of_the_program(dev);
	of_a_library(dev);
	EXPECT(cudaErrorInvalidValue, cudaGetKernel(NULL, store));
	EXPECT(cudaErrorInvalidValue, cudaFuncGetName(NULL, (const void *)store));
	EXPECT(cudaErrorInvalidDeviceFunction, cudaGetKernel(&kernel, main));
	EXPECT(cudaErrorInvalidDeviceFunction, cudaGetFuncBySymbol(&function, (const void *)main));
	SHOW(cudaFuncGetName(&name, (const void *)main));
	SHOW(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, (const void *)main, 32, 0));
	SHOW(cudaLaunchCooperativeKernel((const void *)main, 1, 1, args, 0, 0));
	CUDA(cudaFree(dev));
	return finish();
}
