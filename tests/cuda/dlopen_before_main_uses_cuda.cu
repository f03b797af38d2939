/* SPDX-License-Identifier: MIT */
/* Kernels of a library loaded first work when the program itself has used CUDA for nothing yet */
#include "check.h"
#include <dlfcn.h>
#include <libgen.h>

__global__ void unused_before(int *p)
{
	*p += 5;
}

int main()
{
	char self[4096], path[4200];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	cudaError_t (*run)(int *);
	int *pinned;
	void *library;

	CHECK(length > 0);
	self[length] = 0;
	snprintf(path, sizeof(path), "%s/lib/libone.so", dirname(self));
	library = dlopen(path, RTLD_LAZY | RTLD_GLOBAL);
	CHECK(library);
	run = (cudaError_t(*)(int *))dlsym(library, "library_one");
	CHECK(run);
	CUDA(cudaMallocHost(&pinned, sizeof(*pinned)));
	*pinned = 4;
	CUDA(run(pinned));
	CUDA(cudaDeviceSynchronize());
	CHECK(*pinned == 41);
	unused_before<<<1, 1>>>(pinned);
	CUDA(cudaDeviceSynchronize());
	CHECK(*pinned == 46);
	CUDA(cudaFreeHost(pinned));
	dlclose(library);
	return finish();
}
