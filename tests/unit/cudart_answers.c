/* SPDX-License-Identifier: MIT */
/* The runtime looks at the place of an answer before a driver looks at the handle asked about. */
/* links: qcu-library/cudart/context.c qcu-library/cudart/error.c qcu-library/cudart/event.c */
/* links: qcu-library/cudart/stream.c qcu-library/cudart/fatbin.c qcu-library/cudart/table.c */
#include "fake_driver.h"

static char not_a_handle;
static unsigned int asked;

static CUresult elapsed_time(float *ms, CUevent start, CUevent end)
{
	asked++;
	return CUDA_ERROR_INVALID_HANDLE;
}

static CUresult get_flags(CUstream stream, unsigned int *flags)
{
	asked++;
	return CUDA_ERROR_INVALID_HANDLE;
}

static CUresult get_priority(CUstream stream, int *priority)
{
	asked++;
	return CUDA_ERROR_INVALID_HANDLE;
}

int main(void)
{
	cudaEvent_t event = (cudaEvent_t)&not_a_handle;
	cudaStream_t stream = (cudaStream_t)&not_a_handle;
	unsigned int flags;
	int priority;
	float ms;

	fake_driver();
	driver.cuEventElapsedTime = elapsed_time;
	driver.cuStreamGetFlags = get_flags;
	driver.cuStreamGetPriority = get_priority;

	CHECK(cudaEventElapsedTime(NULL, event, event) == cudaErrorInvalidValue);
	CHECK(cudaStreamGetFlags(stream, NULL) == cudaErrorInvalidValue);
	CHECK(cudaStreamGetPriority(stream, NULL) == cudaErrorInvalidValue);
	CHECK(asked == 0 && cudaGetLastError() == cudaErrorInvalidValue);

	CHECK(cudaEventElapsedTime(&ms, event, event) == cudaErrorInvalidResourceHandle);
	CHECK(cudaStreamGetFlags(stream, &flags) == cudaErrorInvalidResourceHandle);
	CHECK(cudaStreamGetPriority(stream, &priority) == cudaErrorInvalidResourceHandle);
	CHECK(asked == 3);

	fake_state = cudaErrorNoDevice;
	CHECK(cudaEventElapsedTime(NULL, event, event) == cudaErrorNoDevice);
	return 0;
}
