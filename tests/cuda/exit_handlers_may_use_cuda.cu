/* SPDX-License-Identifier: MIT */
/* Destructors of static objects and atexit handlers that free what they own do no harm */
#include "check.h"

struct buffer {
	void *dev, *host;
	cudaStream_t stream;

	void create()
	{
		CUDA(cudaMalloc(&dev, 1000));
		CUDA(cudaMallocHost(&host, 1000));
		CUDA(cudaStreamCreate(&stream));
	}

	/* the runtime may be going down already: its answer is a success or says so */
	~buffer()
	{
		cudaError_t error = cudaFree(dev);

		if (error != cudaSuccess && error != cudaErrorCudartUnloading)
			_exit(1);
		cudaFreeHost(host);
		cudaStreamDestroy(stream);
		cudaDeviceSynchronize();
	}
};

static buffer global;

static void handler(void)
{
	cudaDeviceSynchronize();
	cudaGetLastError();
}

int main()
{
	atexit(handler);
	global.create();
	return finish();
}
