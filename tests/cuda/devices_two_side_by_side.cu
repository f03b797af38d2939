/* SPDX-License-Identifier: MIT */
/* Two devices: each has its current-device state, its memory, its variables, its streams, and what was pinned for it */
#include <pthread.h>
#include "check.h"

__device__ unsigned counter;

__global__ void count_up(unsigned by)
{
	atomicAdd(&counter, by);
}

static void *in_a_thread(void *)
{
	int device = -1;

	/* A new thread begins on device 0, whatever its maker has chosen. */
	CUDA(cudaGetDevice(&device));
	CHECK(device == 0);
	CUDA(cudaSetDevice(1));
	count_up<<<10, 32>>>(3);
	CUDA(cudaDeviceSynchronize());
	return NULL;
}

/* Host memory is the device's that was current when it was pinned, whichever is current now */
static void memory_of_the_host()
{
	cudaPointerAttributes of_pinned, of_registered;
	void *pinned, *registered = rng_bytes(MIB);

	CUDA(cudaSetDevice(1));
	CUDA(cudaMallocHost(&pinned, MIB));
	CUDA(cudaHostRegister(registered, MIB, cudaHostRegisterDefault));
	CUDA(cudaSetDevice(0));
	CUDA(cudaPointerGetAttributes(&of_pinned, (char *)pinned + 1000));
	CUDA(cudaPointerGetAttributes(&of_registered, registered));
	CHECK(of_pinned.type == cudaMemoryTypeHost && of_pinned.device == 1);
	CHECK(of_registered.type == cudaMemoryTypeHost && of_registered.device == 1);
	CUDA(cudaHostUnregister(registered));
	CUDA(cudaFreeHost(pinned));
	free(registered);
}

int main()
{
	cudaStream_t stream;
	cudaUUID_t uuid[2];
	pthread_t thread;
	unsigned value;
	int count;

	CUDA(cudaGetDeviceCount(&count));
	if (count < 2)
		skip("there is one device only");
	for (int d = 0; d < 2; d++) {
		cudaDeviceProp properties;

		CUDA(cudaGetDeviceProperties(&properties, d));
		uuid[d] = properties.uuid;
	}
	CHECK(memcmp(&uuid[0], &uuid[1], sizeof(uuid[0])));
	CUDA(cudaSetDevice(1));
	CUDA(cudaStreamCreate(&stream));
	count_up<<<4, 64, 0, stream>>>(1);
	CUDA(cudaStreamSynchronize(stream));
	CHECK(!pthread_create(&thread, NULL, in_a_thread, NULL));
	CHECK(!pthread_join(thread, NULL));
	CUDA(cudaMemcpyFromSymbol(&value, counter, 4));
	CHECK(value == 4 * 64 + 3 * 320);
	CUDA(cudaSetDevice(0));
	CUDA(cudaMemcpyFromSymbol(&value, counter, 4));
	CHECK(value == 0);
	CUDA(cudaStreamDestroy(stream));
	memory_of_the_host();
	EXPECT(cudaErrorInvalidDevice, cudaSetDevice(count));
	return finish();
}
