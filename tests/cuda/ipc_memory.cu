/* SPDX-License-Identifier: MIT */
/* cudaIpcGetMemHandle: another process reads and changes the memory in place */
#include "parts/process.h"

#define BLOCKS 4

/* Words of each block: two small ones that lie side by side, an odd one, a big one */
static const unsigned words[BLOCKS] = { 250, 33, 700001, 16 << 20 };

struct shared {
	cudaIpcMemHandle_t handle;
	unsigned seed;
};

static __host__ __device__ unsigned value(unsigned seed, unsigned i)
{
	return (seed + i) * 2654435761u;
}

__global__ void change(unsigned *words, unsigned n, unsigned seed)
{
	for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		words[i] += value(seed, 2 * i);
}

static void check_words(const unsigned *device, unsigned n, unsigned seed, bool changed)
{
	unsigned *host = (unsigned *)malloc(n * sizeof(*host));

	CHECK(host);
	CUDA(cudaMemcpy(host, device, n * sizeof(*host), cudaMemcpyDeviceToHost));
	for (unsigned i = 0; i < n; i++)
		CHECK(host[i] == value(seed, i) + (changed ? value(seed, 2 * i) : 0));
	free(host);
}

static void *open_twice(cudaIpcMemHandle_t handle)
{
	void *first, *second;

	CUDA(cudaIpcOpenMemHandle(&first, handle, cudaIpcMemLazyEnablePeerAccess));
	CUDA(cudaIpcOpenMemHandle(&second, handle, cudaIpcMemLazyEnablePeerAccess));
	CHECK(first == second);
	CUDA(cudaIpcCloseMemHandle(second));
	return first;
}

static int importer(int socket)
{
	struct shared shared[BLOCKS];
	unsigned *opened[BLOCKS];
	cudaPointerAttributes is;

	hear(socket, shared, sizeof(shared));
	for (int i = 0; i < BLOCKS; i++) {
		opened[i] = (unsigned *)open_twice(shared[i].handle);
		CUDA(cudaPointerGetAttributes(&is, opened[i]));
		CHECK(is.type == cudaMemoryTypeDevice && is.device == 0);
		check_words(opened[i], words[i], shared[i].seed, false);
		change<<<100, 256>>>(opened[i], words[i], shared[i].seed);
		CUDA(cudaGetLastError());
	}
	CUDA(cudaDeviceSynchronize());
	for (int i = 0; i < BLOCKS; i++) {
		check_words(opened[i], words[i], shared[i].seed, true);
		CUDA(cudaIpcCloseMemHandle(opened[i]));
	}
	EXPECT(cudaErrorInvalidValue, cudaIpcCloseMemHandle(opened[BLOCKS - 1]));
	tell_ready(socket);
	return finish();
}

static unsigned *fill(unsigned n, unsigned seed)
{
	unsigned *host = (unsigned *)malloc(n * sizeof(*host)), *device;

	CHECK(host);
	for (unsigned i = 0; i < n; i++)
		host[i] = value(seed, i);
	CUDA(cudaMalloc((void **)&device, n * sizeof(*host)));
	CUDA(cudaMemcpy(device, host, n * sizeof(*host), cudaMemcpyHostToDevice));
	free(host);
	return device;
}

int main(int argc, char **argv)
{
	struct shared shared[BLOCKS];
	unsigned *blocks[BLOCKS];
	cudaIpcMemHandle_t again;
	struct process other;

	if (process_role(argc, argv) >= 0)
		return importer(process_role(argc, argv));
	other = process_start();
	for (int i = 0; i < BLOCKS; i++) {
		shared[i].seed = (unsigned)rng();
		blocks[i] = fill(words[i], shared[i].seed);
	}
	CUDA(cudaDeviceSynchronize());
	for (int i = 0; i < BLOCKS; i++) {
		CUDA(cudaIpcGetMemHandle(&shared[i].handle, blocks[i]));
		CUDA(cudaIpcGetMemHandle(&again, blocks[i]));
		CHECK(!memcmp(&again, &shared[i].handle, sizeof(again)));
		check_words(blocks[i], words[i], shared[i].seed, false);
	}
	tell(other.socket, shared, sizeof(shared));
	hear_ready(other.socket);
	for (int i = 0; i < BLOCKS; i++) {
		check_words(blocks[i], words[i], shared[i].seed, true);
		CUDA(cudaFree(blocks[i]));
	}
	process_end(other);
	return finish();
}
