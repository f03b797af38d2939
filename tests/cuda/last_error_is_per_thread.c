/* SPDX-License-Identifier: MIT */
/* The last error belongs to the thread that made it */
#include "check.h"
#include <pthread.h>

static void *thread(void *unused)
{
	EXPECT(cudaSuccess, cudaGetLastError());
	EXPECT(cudaErrorInvalidDevice, cudaSetDevice(12345));
	EXPECT(cudaErrorInvalidDevice, cudaPeekAtLastError());
	return NULL;
}

int main(void)
{
	pthread_t other;

	EXPECT(cudaErrorInvalidValue, cudaMalloc(NULL, 1));
	CHECK(!pthread_create(&other, NULL, thread, NULL));
	pthread_join(other, NULL);
	EXPECT(cudaErrorInvalidValue, cudaGetLastError());
	EXPECT(cudaSuccess, cudaGetLastError());
	return finish();
}
