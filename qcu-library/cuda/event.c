/* SPDX-License-Identifier: MIT */
/*
 * event.c - events: recording them and waiting for them, also between processes
 *
 * Both are posted and nobody waits for an answer, so what a program can do wrong
 * is found here, and the call itself says so.
 *
 * With an interprocess event nothing is posted: when the call returns, the program may tell
 * another process, whose own calls come to the GPU by another way.
 */
#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/event.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/ipc.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/stream.h"

/* The data of an event's handle; without any it is one that measures time */
static char interprocess, untimed;

static void forget(void *data)
{
}

static void note(CUevent event, char *what)
{
	handle_set_data((uint64_t)event, what, forget);
}

/* What was posted about an event with result @rc is to have reached the GPU, if others see it. */
static CUresult settle(CUevent event, CUresult rc)
{
	if (rc != CUDA_SUCCESS || handle_data((uint64_t)event) != &interprocess || capture_is_on())
		return rc;
	rc = cuEventQuery(event);
	return rc == CUDA_ERROR_NOT_READY ? CUDA_SUCCESS : rc;
}

CUresult CUDAAPI cuEventCreate(CUevent *phEvent, unsigned int Flags)
{
	CUresult rc = send_cuEventCreate(phEvent, Flags);

	if (rc == CUDA_SUCCESS && Flags & CU_EVENT_INTERPROCESS)
		note(*phEvent, &interprocess);
	else if (rc == CUDA_SUCCESS && Flags & CU_EVENT_DISABLE_TIMING)
		note(*phEvent, &untimed);
	return rc;
}

CUresult CUDAAPI cuIpcGetEventHandle(CUipcEventHandle *pHandle, CUevent event)
{
	struct wire_token token;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && (!pHandle || !event))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_ipc_event_export(&token, event);
	if (rc == CUDA_SUCCESS)
		ipc_write(pHandle, &token);
	return rc;
}

CUresult CUDAAPI cuIpcOpenEventHandle(CUevent *phEvent, CUipcEventHandle handle)
{
	struct wire_token token;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && !phEvent)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS && !ipc_read(&handle, &token))
		rc = CUDA_ERROR_MAP_FAILED;
	if (rc == CUDA_SUCCESS)
		rc = send_ipc_event_open(phEvent, token);
	if (rc == CUDA_SUCCESS)
		note(*phEvent, &interprocess);
	return rc;
}

/* CUDA Driver API, cuEventRecord: event and stream must be of one context. */
static CUresult check_record(CUevent event, CUstream stream)
{
	uint64_t of_stream = handle_is_special((uint64_t)stream) ? context_current() :
								   handle_owner((uint64_t)stream);
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(stream);
	if (rc == CUDA_SUCCESS && handle_owner((uint64_t)event) != of_stream &&
	    handle_owner((uint64_t)event) != context_home(of_stream))
		rc = CUDA_ERROR_INVALID_HANDLE;
	return rc;
}

CUresult event_check_launch(CUevent event, CUstream stream)
{
	CUresult rc = check_record(event, stream);

	if (rc == CUDA_SUCCESS && handle_data((uint64_t)event) != &untimed)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc;
}

CUresult CUDAAPI cuEventRecord(CUevent hEvent, CUstream hStream)
{
	CUresult rc = check_record(hEvent, hStream);

	return rc == CUDA_SUCCESS ? settle(hEvent, send_cuEventRecord(hEvent, hStream)) : rc;
}

/* CU_EVENT_RECORD_EXTERNAL and CU_EVENT_WAIT_EXTERNAL are for streams under capture. */
CUresult CUDAAPI cuEventRecordWithFlags(CUevent hEvent, CUstream hStream, unsigned int flags)
{
	CUresult rc = check_record(hEvent, hStream);

	if (rc == CUDA_SUCCESS && flags != CU_EVENT_RECORD_DEFAULT &&
	    !(flags == CU_EVENT_RECORD_EXTERNAL && capture_is_on()))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = settle(hEvent, send_cuEventRecordWithFlags(hEvent, hStream, flags));
	return rc;
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
	return rc == CUDA_SUCCESS ? settle(hEvent, send_cuStreamWaitEvent(hStream, hEvent, Flags)) :
				    rc;
}
