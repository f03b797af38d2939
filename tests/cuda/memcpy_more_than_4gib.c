/* SPDX-License-Identifier: MIT */
/* A single copy of more than 4 GiB, there and back: the part above 4 GiB is right as well */
#include "check.h"
#include <sys/mman.h>

#define BYTES (4 * GIB + 3 * MIB + 5)

/* The host side repeats one block, so that it is made quickly and every offset is different */
static unsigned char at(const unsigned char *block, size_t i)
{
	return block[i % MIB] ^ (unsigned char)(i / MIB * 7);
}

int main(void)
{
	unsigned char *block = rng_bytes(MIB), *host, *dev;
	size_t available, total, i, memory = 0;
	char line[100];
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %zu", &memory) == 1)
			break;
	CUDA(cudaMemGetInfo(&available, &total));
	if (available < BYTES + 256 * MIB || memory / 1024 < 12 * 1024)
		skip("needs 4.3 GiB free on the device and 12 GiB on the host");
	host = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(host != MAP_FAILED);
	for (i = 0; i < BYTES; i++)
		host[i] = at(block, i);
	CUDA(cudaMalloc((void **)&dev, BYTES));
	CUDA(cudaMemcpy(dev, host, BYTES, cudaMemcpyHostToDevice));
	memset(host, 0, BYTES);
	CUDA(cudaMemcpy(host, dev, BYTES, cudaMemcpyDeviceToHost));
	for (i = 0; i < BYTES; i++)
		CHECK(host[i] == at(block, i));
	CUDA(cudaFree(dev));
	munmap(host, BYTES);
	free(block);
	return finish();
}
