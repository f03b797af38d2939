/* SPDX-License-Identifier: MIT */
/* The heap, the stack, static data, shared and private mappings: all can be registered */
#include "check.h"
#include <sys/mman.h>

#define BYTES 200000

static unsigned char static_data[BYTES], initialised_data[BYTES] = { 1 };

static void try(const char *what, unsigned char *memory)
{
	unsigned char *model = rng_bytes(BYTES), *dev;

	CUDA(cudaMalloc((void **)&dev, BYTES));
	memcpy(memory, model, BYTES);
	CUDA(cudaHostRegister(memory, BYTES, cudaHostRegisterDefault));
	CUDA(cudaMemcpy(dev, memory, BYTES, cudaMemcpyHostToDevice));
	memset(memory, 0, BYTES);
	CUDA(cudaMemcpy(memory, dev, BYTES, cudaMemcpyDeviceToHost));
	CHECK_SAME(memory, model, BYTES);
	CUDA(cudaHostUnregister(memory));
	CHECK_SAME(memory, model, BYTES);
	CUDA(cudaFree(dev));
	free(model);
	printf("%s: right\n", what);
}

static void *map(int flags)
{
	void *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

int main(void)
{
	unsigned char on_stack[BYTES];

	try("heap", malloc(BYTES));
	try("big heap", malloc(40 * MIB));
	try("stack", on_stack);
	try("static data", static_data);
	try("initialised data", initialised_data);
	try("private mapping", map(MAP_PRIVATE));
	try("shared mapping", map(MAP_SHARED));
	return finish();
}
