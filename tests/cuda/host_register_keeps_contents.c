/* SPDX-License-Identifier: MIT */
/* Registering and unregistering memory does not change what is in it, wherever it starts */
#include "check.h"
#include <sys/mman.h>

#define BYTES (1 * MIB + 5000)

static void try(unsigned char *memory, unsigned flags)
{
	size_t from = rng_below(5000), bytes = 1 + rng_below(BYTES - from);
	unsigned char *model = malloc(BYTES);

	CHECK(model);
	rng_fill(memory, BYTES);
	memcpy(model, memory, BYTES);
	CUDA(cudaHostRegister(memory + from, bytes, flags));
	CHECK_SAME(memory, model, BYTES);
	rng_fill(memory + from, bytes);
	memcpy(model + from, memory + from, bytes);
	CUDA(cudaHostUnregister(memory + from));
	CHECK_SAME(memory, model, BYTES);
	free(model);
}

int main(void)
{
	unsigned char *heap = malloc(BYTES), *map;
	int i;

	map = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(heap && map != MAP_FAILED);
	for (i = 0; i < 10; i++) {
		try(heap, cudaHostRegisterDefault);
		try(map, cudaHostRegisterPortable | cudaHostRegisterMapped);
	}
	free(heap);
	munmap(map, BYTES);
	return finish();
}
