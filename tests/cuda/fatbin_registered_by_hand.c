/* SPDX-License-Identifier: MIT */
/*
 * The functions that nvcc's start-up code calls: register a fat binary, its kernels and
 * variables, use them, and unregister it.
 */
#include "check.h"
#include "parts/invalid_launch.h"
#include <libgen.h>
#include <vector_types.h>

struct wrapper {
	unsigned magic, version;
	const void *data;
	void *unused;
};

void **__cudaRegisterFatBinary(void *wrapper);
void __cudaRegisterFatBinaryEnd(void **handle);
void __cudaUnregisterFatBinary(void **handle);
void __cudaRegisterFunction(void **handle, const char *host, char *device, const char *name,
			    int thread_limit, uint3 *tid, uint3 *bid, struct dim3 *block,
			    struct dim3 *grid, int *warp);
void __cudaRegisterVar(void **handle, char *host, char *device, const char *name, int external,
		       size_t size, int constant, int global);

static char image[1 << 20];
static char stub, variable; /* their addresses stand for the kernel and the variable */

static void read_image(void)
{
	char self[4096], path[4200];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	FILE *file;

	CHECK(length > 0);
	self[length] = 0;
	snprintf(path, sizeof(path), "%s/lib/kernels.fatbin", dirname(self));
	file = fopen(path, "r");
	CHECK(file && fread(image, 1, sizeof(image), file) > 100);
	fclose(file);
}

int main(void)
{
	struct wrapper wrapper = { 0x466243b1, 1, image, NULL };
	struct dim3 one = { 1, 1, 1 };
	unsigned *dev, value = 2;
	void *params[] = { &dev };
	void **handle;
	int round;

	read_image();
	for (round = 0; round < 2; round++) {
		handle = __cudaRegisterFatBinary(&wrapper);
		CHECK(handle);
		__cudaRegisterFunction(handle, &stub, "add_variable", "add_variable", -1, NULL, NULL,
				       NULL, NULL, NULL);
		__cudaRegisterVar(handle, &variable, "variable", "variable", 0, 4, 0, 0);
		__cudaRegisterFatBinaryEnd(handle);
		CUDA(cudaMalloc((void **)&dev, 4));
		CUDA(cudaMemcpy(dev, &value, 4, cudaMemcpyHostToDevice));
		CUDA(cudaLaunchKernel(&stub, one, one, params, 0, NULL));
		value = 100;
		CUDA(cudaMemcpyToSymbol(&variable, &value, 4, 0, cudaMemcpyHostToDevice));
		CUDA(cudaLaunchKernel(&stub, one, one, params, 0, NULL));
		CUDA(cudaMemcpy(&value, dev, 4, cudaMemcpyDeviceToHost));
		CHECK(value == (round ? 107u : 2u) + 5 + 100);
		CUDA(cudaFree(dev));
		__cudaUnregisterFatBinary(handle);
	}
	EXPECT_NO_KERNEL(cudaLaunchKernel(&stub, one, one, params, 0, NULL));
	return finish();
}
