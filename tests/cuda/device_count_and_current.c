/* SPDX-License-Identifier: MIT */
/* There is a device, device 0 is current from the start, in every thread, and can be set */
#include "check.h"
#include <pthread.h>

static void *thread(void *unused)
{
	int device = -1;

	CUDA(cudaGetDevice(&device));
	CHECK(device == 0);
	return NULL;
}

int main(void)
{
	int count = 0, device = -1;
	pthread_t other;

	CUDA(cudaGetDeviceCount(&count));
	CHECK(count >= 1);
	CUDA(cudaGetDevice(&device));
	CHECK(device == 0);
	CUDA(cudaSetDevice(count - 1));
	CUDA(cudaGetDevice(&device));
	CHECK(device == count - 1);
	CHECK(!pthread_create(&other, NULL, thread, NULL));
	pthread_join(other, NULL);
	CUDA(cudaSetDevice(0));
	return finish();
}
