/* SPDX-License-Identifier: MIT */
/* A thread begins in the global capture mode, whatever mode threads before it have ended in */
#include <pthread.h>

#include "check.h"

#define THREADS 8

static void *change_mode(void *unused)
{
	enum cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;

	CUDA(cudaThreadExchangeStreamCaptureMode(&mode));
	CHECK(mode == cudaStreamCaptureModeGlobal);
	mode = cudaStreamCaptureModeThreadLocal;
	CUDA(cudaThreadExchangeStreamCaptureMode(&mode));
	CHECK(mode == cudaStreamCaptureModeRelaxed);
	return NULL;
}

int main(void)
{
	CUDA(cudaFree(NULL));
	change_mode(NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;

		CHECK(!pthread_create(&thread, NULL, change_mode, NULL));
		CHECK(!pthread_join(thread, NULL));
	}
	return finish();
}
