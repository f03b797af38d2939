/* SPDX-License-Identifier: MIT */
/* 100 MiB registered while other memory is registered and pinned as well; then all given back */
#include "check.h"
#include <sys/mman.h>

#define BYTES (100 * MIB)

int main(void)
{
	unsigned char *host, *pinned[4], *dev, *got;
	size_t i, at;

	host = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(host != MAP_FAILED);
	for (i = 0; i < BYTES; i += 4096)
		memcpy(host + i, &i, sizeof(i));
	for (i = 0; i < 4; i++)
		CUDA(cudaMallocHost((void **)&pinned[i], 8 * MIB));
	CUDA(cudaHostRegister(host, BYTES, cudaHostRegisterDefault));
	CUDA(cudaMalloc((void **)&dev, BYTES));
	CUDA(cudaMemcpy(dev, host, BYTES, cudaMemcpyHostToDevice));
	got = pinned[3];
	for (i = 0; i < BYTES; i += 8 * MIB) {
		size_t part = BYTES - i < 8 * MIB ? BYTES - i : 8 * MIB;

		CUDA(cudaMemcpy(got, dev + i, part, cudaMemcpyDeviceToHost));
		for (at = 0; at < part; at += 4096)
			CHECK(*(size_t *)(got + at) == i + at);
	}
	CUDA(cudaHostUnregister(host));
	for (i = 0; i < 4; i++)
		CUDA(cudaFreeHost(pinned[i]));
	for (i = 0; i < BYTES; i += 4096)
		CHECK(*(size_t *)(host + i) == i);
	CUDA(cudaFree(dev));
	munmap(host, BYTES);
	return finish();
}
