/* SPDX-License-Identifier: MIT */
/*
 * worker_traces_contexts_that_go.c - a context is destroyed that has events of a timeline, in a crowd
 *
 * The worker makes several contexts current then, for its own work.  The driver is given none but those
 * that there are, and is asked in the one that the command names.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/guest.c tests/unit/double/regions.c */
#include "qcu-device/worker/crowd.h"
#include "qcu-device/worker/driver.h"
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/blocking.h"
#include "tests/unit/check.h"
#include "tests/unit/double/guest.h"

#define MS	1000000ll

static unsigned int flags_of[2];	/* the contexts, with how they wait */
static CUcontext now_current, destroyed_in;

static CUcontext context_of(int i)
{
	return (CUcontext)&flags_of[i];
}

static CUresult CUDAAPI set_current(CUcontext context)
{
	CHECK(!context || context == context_of(0) || context == context_of(1));
	now_current = context;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI get_flags(unsigned int *flags)
{
	*flags = *(unsigned int *)now_current;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI set_flags(unsigned int flags)
{
	*(unsigned int *)now_current = flags;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI destroy(CUcontext context)
{
	CHECK(context == context_of(1));
	destroyed_in = now_current;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI stream_create(CUstream *stream, unsigned int flags)
{
	*stream = (CUstream)0x5000;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI stream_destroy(CUstream stream)
{
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI event_create(CUevent *event, unsigned int flags)
{
	*event = (CUevent)0x6000;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI event_record(CUevent event, CUstream stream)
{
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI event_is_done(CUevent event)
{
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI elapsed(float *ms, CUevent start, CUevent end)
{
	*ms = 1;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fill(CUdeviceptr dst, unsigned char value, size_t n, CUstream stream)
{
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI synchronize(void)
{
	return CUDA_SUCCESS;
}

static void set_driver(void)
{
	driver.cuCtxSetCurrent = set_current;
	driver.cuCtxGetFlags = get_flags;
	driver.cuCtxSetFlags = set_flags;
	driver.cuCtxDestroy_v2 = destroy;
	driver.cuCtxSynchronize = synchronize;
	driver.cuStreamCreate = stream_create;
	driver.cuStreamDestroy_v2 = stream_destroy;
	driver.cuEventCreate = event_create;
	driver.cuEventDestroy_v2 = event_is_done;
	driver.cuEventRecord = event_record;
	driver.cuEventQuery = event_is_done;
	driver.cuEventElapsedTime_v2 = elapsed;
	driver.cuMemsetD8Async = fill;
}

int main(void)
{
	uint64_t names[2], clock = 0, address = 0x10000, bytes = 64, stream = 0;
	uint32_t on = WIRE_TIMELINE_COMMANDS | WIRE_TIMELINE_GPU;
	uint8_t value = 1;
	int rc = -1;

	renew();
	set_driver();
	for (int i = 0; i < 2; i++) {
		names[i] = handle_make(KIND_CUcontext, 1, i + 1);
		CHECK(handle_put(names[i], context_of(i), 0));
	}
	CHECK(post(CALL_timeline_clock, (struct arg[]){ { &on, 4 }, { &clock, 8 } }, &rc) > 0 && !rc);
	crowd_note(1000 * MS, 50 * MS, 50 * MS);
	for (int i = 0; i < 2; i++) {
		current = names[i];
		CHECK(post(CALL_cuMemsetD8Async, (struct arg[]){ { &address, 8 }, { &value, 1 },
				{ &bytes, 8 }, { &stream, 8 } }, &rc) > 0 && !rc);
		CHECK(post(CALL_cuCtxSynchronize, NULL, &rc) > 0 && !rc);
		CHECK(flags_of[i] == CU_CTX_SCHED_BLOCKING_SYNC);
	}
	current = names[0];
	CHECK(post(CALL_cuCtxDestroy_v2, (struct arg[]){ { &names[1], 8 } }, &rc) > 0 && !rc);
	CHECK(destroyed_in == context_of(0) && flags_of[0] == CU_CTX_SCHED_AUTO);
	return 0;
}
