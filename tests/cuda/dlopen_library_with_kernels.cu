/* SPDX-License-Identifier: MIT */
/* A library with kernels comes with dlopen, goes with dlclose, and comes again as new */
#include "check.h"
#include <dlfcn.h>
#include <libgen.h>

typedef cudaError_t (*run_fn)(int *);

static void *load(const char *name, run_fn *run)
{
	char self[4096], path[4200], symbol[32];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	void *library;

	CHECK(length > 0);
	self[length] = 0;
	snprintf(path, sizeof(path), "%s/lib/lib%s.so", dirname(self), name);
	snprintf(symbol, sizeof(symbol), "library_%s", name);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		fprintf(stderr, "%s\n", dlerror());
	CHECK(library);
	*run = (run_fn)dlsym(library, symbol);
	CHECK(*run);
	return library;
}

int main()
{
	void *one, *two;
	run_fn run_one, run_two;
	int *dev, value;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	for (int round = 0; round < 3; round++) {
		CUDA(cudaMemset(dev, 0, sizeof(*dev)));
		one = load("one", &run_one);
		CUDA(run_one(dev));
		two = load("two", &run_two);
		CUDA(run_two(dev));
		CUDA(run_one(dev));
		CUDA(run_two(dev));
		CUDA(cudaDeviceSynchronize());
		CHECK(!dlclose(one));
		CUDA(run_two(dev));
		CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
		printf("%d\n", value);
		CHECK(value == 12346);
		CHECK(!dlclose(two));
	}
	CUDA(cudaFree(dev));
	return finish();
}
