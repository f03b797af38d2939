/* SPDX-License-Identifier: MIT */
/*
 * event.c - recording events and waiting for them
 *
 * Both are posted and nobody waits for an answer, so what a program can do wrong
 * is found here, and the call itself says so.
 */
#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/stream.h"

/* CUDA Driver API, cuEventRecord: event and stream must be of one context. */
static CUresult check_record(CUevent event, CUstream stream)
{
	uint64_t of_stream = handle_is_special((uint64_t)stream) ? context_current() :
								   handle_owner((uint64_t)stream);
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(stream);
	if (rc == CUDA_SUCCESS && handle_owner((uint64_t)event) != of_stream)
		rc = CUDA_ERROR_INVALID_HANDLE;
	return rc;
}

CUresult CUDAAPI cuEventRecord(CUevent hEvent, CUstream hStream)
{
	CUresult rc = check_record(hEvent, hStream);

	return rc == CUDA_SUCCESS ? send_cuEventRecord(hEvent, hStream) : rc;
}

/* CU_EVENT_RECORD_EXTERNAL and CU_EVENT_WAIT_EXTERNAL are for streams under capture. */
CUresult CUDAAPI cuEventRecordWithFlags(CUevent hEvent, CUstream hStream, unsigned int flags)
{
	CUresult rc = check_record(hEvent, hStream);

	if (rc == CUDA_SUCCESS && flags != CU_EVENT_RECORD_DEFAULT &&
	    !(flags == CU_EVENT_RECORD_EXTERNAL && capture_is_on()))
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_cuEventRecordWithFlags(hEvent, hStream, flags) : rc;
}

CUresult CUDAAPI cuStreamWaitEvent(CUstream hStream, CUevent hEvent, unsigned int Flags)
{
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc == CUDA_SUCCESS && !handle_is(KIND_CUevent, (uint64_t)hEvent))
		rc = CUDA_ERROR_INVALID_HANDLE;
	if (rc == CUDA_SUCCESS && Flags != CU_EVENT_WAIT_DEFAULT &&
	    !(Flags == CU_EVENT_WAIT_EXTERNAL && capture_is_on()))
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_cuStreamWaitEvent(hStream, hEvent, Flags) : rc;
}
