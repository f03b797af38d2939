/* SPDX-License-Identifier: MIT */
/*
 * A program of CUDA 12 opens a library of CUDA 13: two runtimes in a process, one device and one
 * primary context, each with its own kernels, its own last error, and the other's memory
 */
#include "check.h"
#include <dlfcn.h>
#include <libgen.h>

typedef cudaError_t (*run_fn)(int *);

__global__ void append(int *p, int digit)
{
	*p = *p * 10 + digit;
}

/* build/tests/12/cuda/cuda12/SELF and build/tests/cuda/lib */
static void *open_library(void)
{
	char self[4096], path[4200];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	void *library;

	CHECK(length > 0);
	self[length] = 0;
	snprintf(path, sizeof(path), "%s/../../../cuda/lib/libone.so", dirname(self));
	if (access(path, R_OK))
		skip("the tests of CUDA 13 are not built");
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		fprintf(stderr, "%s\n", dlerror());
	CHECK(library);
	return library;
}

int main()
{
	cudaError_t (*version_of_13)(int *), (*last_of_13)(void);
	int *dev, value, version;
	run_fn run;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	for (int round = 0; round < 2; round++) {
		void *library = open_library();

		run = (run_fn)dlsym(library, "library_one");
		version_of_13 = (cudaError_t (*)(int *))dlvsym(library, "cudaRuntimeGetVersion",
							       "libcudart.so.13");
		last_of_13 = (cudaError_t (*)(void))dlvsym(library, "cudaGetLastError",
							   "libcudart.so.13");
		CHECK(run && version_of_13 && last_of_13);
		CUDA(cudaRuntimeGetVersion(&version));
		CHECK(version / 1000 == 12);
		CUDA(version_of_13(&version));
		CHECK(version / 1000 == 13);
		CUDA(cudaMemset(dev, 0, sizeof(*dev)));
		append<<<1, 1>>>(dev, 7);
		CUDA(run(dev));
		append<<<1, 1>>>(dev, 8);
		CUDA(run(dev));
		CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
		printf("%d\n", value);
		CHECK(value == 7183);
		EXPECT(cudaErrorInvalidValue, cudaMemset(NULL, 0, 4));
		CHECK(last_of_13() == cudaSuccess);
		EXPECT(cudaErrorInvalidValue, cudaGetLastError());
		CHECK(!dlclose(library));
	}
	CUDA(cudaFree(dev));
	return finish();
}
