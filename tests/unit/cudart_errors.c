/* SPDX-License-Identifier: MIT */
/* Every driver error has its number in the runtime, every error a name, each thread its own. */
/* links: qcu-library/cudart/error.c */
#include "fake_driver.h"

static void *other_thread(void *arg)
{
	CHECK(cudaGetLastError() == cudaSuccess);
	error_set(cudaErrorInvalidSymbol);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	for (int i = 0; i < 1200; i++) {
		cudaError_t error = error_from((CUresult)i);

		CHECK((int)error == i || error == cudaErrorUnknown);
		if (error == cudaErrorUnknown)
			CHECK(!strcmp(cudaGetErrorName(error), "cudaErrorUnknown"));
		if ((int)error == i)
			CHECK(strcmp(cudaGetErrorString(error), "unrecognized error code"));
	}
	CHECK(error_from(CUDA_ERROR_OUT_OF_MEMORY) == cudaErrorMemoryAllocation);
	CHECK(error_from(CUDA_ERROR_CONTEXT_ALREADY_CURRENT) == cudaErrorUnknown);
	CHECK(!strcmp(cudaGetErrorName(cudaErrorIllegalAddress), "cudaErrorIllegalAddress"));
	CHECK(!strcmp(cudaGetErrorName((cudaError_t)12345), "unrecognized error code"));

	error_set(cudaErrorInvalidValue);
	error_set(cudaSuccess);
	error_set(cudaErrorNotReady);
	CHECK(cudaPeekAtLastError() == cudaErrorInvalidValue);
	CHECK(!pthread_create(&thread, NULL, other_thread, NULL) && !pthread_join(thread, NULL));
	CHECK(cudaGetLastError() == cudaErrorInvalidValue);
	CHECK(cudaGetLastError() == cudaSuccess);

	fake_state = cudaErrorInsufficientDriver;
	CHECK(cudaGetLastError() == cudaErrorInsufficientDriver);
	CHECK(cudaGetLastError() == cudaErrorInsufficientDriver);
	return 0;
}
