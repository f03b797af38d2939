/* SPDX-License-Identifier: MIT */
/* What crosses and what does not; handles; errors of calls that nobody waits for */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include "tests/unit/double/host.h"

static CUresult fail_launch(struct arg *argv)
{
	return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
}

static CUresult fault(struct arg *argv)
{
	return CUDA_ERROR_ILLEGAL_ADDRESS;
}

static void before_init(void)
{
	CUstream stream;
	int n;

	CHECK(cuDeviceGetCount(&n) == CUDA_ERROR_NOT_INITIALIZED);
	CHECK(cuStreamCreate(&stream, 0) == CUDA_ERROR_NOT_INITIALIZED);
	CHECK(cuMemAlloc((CUdeviceptr *)&stream, 1) == CUDA_ERROR_NOT_INITIALIZED);
	CHECK(cuGraphDestroy(NULL) == CUDA_ERROR_NOT_INITIALIZED);
	CHECK(cuInit(1) == CUDA_ERROR_INVALID_VALUE);
	CHECK(host_crossings() == 0);
}

static void locals_do_not_cross(void)
{
	unsigned crossed = host_crossings();
	CUcontext context, other;
	CUdevice device;
	int n;

	CHECK(!cuDeviceGetCount(&n) && n == 2);
	CHECK(!cuDeviceGetAttribute(&n, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 1) && n == 1010);
	CHECK(cuDeviceGetAttribute(&n, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 2) ==
	      CUDA_ERROR_INVALID_DEVICE);
	CHECK(!cuCtxGetCurrent(&context) && context);
	CHECK(!cuCtxPushCurrent(context) && !cuCtxPopCurrent(&other) && other == context);
	CHECK(!cuCtxGetDevice(&device) && device == 0);
	CHECK(!cuCtxSetCurrent(NULL) && cuCtxGetDevice(&device) == CUDA_ERROR_INVALID_CONTEXT);
	CHECK(cuCtxSetCurrent((CUcontext)0x1234) == CUDA_ERROR_INVALID_CONTEXT);
	CHECK(!cuCtxSetCurrent(context));
	CHECK(host_crossings() == crossed);
}

/* What does not change is asked once, and again after something that may change it. */
static void constants_cross_once(void)
{
	unsigned int flags = 0;
	unsigned crossed;
	CUstream stream;
	int least, greatest;

	CHECK(!cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CHECK(!cuStreamGetFlags(stream, &flags));
	CHECK(!cuCtxGetStreamPriorityRange(&least, &greatest));
	crossed = host_crossings();
	for (int i = 0; i < 100; i++) {
		CHECK(!cuStreamGetFlags(stream, &flags));
		CHECK(!cuCtxGetStreamPriorityRange(&least, &greatest));
	}
	CHECK(host_crossings() == crossed);
	CHECK(!cuCtxGetStreamPriorityRange(&least, NULL) && host_crossings() == crossed + 1);
	CHECK(!cuCtxSetLimit(CU_LIMIT_STACK_SIZE, 4096));
	CHECK(!cuStreamGetFlags(stream, &flags) && host_crossings() == crossed + 3);
	CHECK(!cuStreamDestroy(stream));
	CHECK(cuStreamGetFlags(stream, &flags) == CUDA_ERROR_INVALID_HANDLE);
}

static void wrong_handles_do_not_cross(void)
{
	CUstream stream, gone;
	CUevent event;
	unsigned crossed;

	CHECK(!cuStreamCreate(&stream, 0) && !cuStreamCreate(&gone, 0));
	CHECK(!cuEventCreate(&event, 0) && !cuStreamDestroy(gone));
	crossed = host_crossings();
	CHECK(cuStreamSynchronize(gone) == CUDA_ERROR_INVALID_HANDLE);
	CHECK(cuStreamDestroy(gone) == CUDA_ERROR_INVALID_HANDLE);
	CHECK(cuStreamSynchronize((CUstream)event) == CUDA_ERROR_INVALID_HANDLE);
	CHECK(cuStreamSynchronize((CUstream)&event) == CUDA_ERROR_INVALID_HANDLE);
	CHECK(cuEventRecord(NULL, stream) == CUDA_ERROR_INVALID_HANDLE);
	CHECK(cuEventRecord(event, gone) == CUDA_ERROR_INVALID_HANDLE);
	CHECK(cuStreamWaitEvent(stream, event, 0x80) == CUDA_ERROR_INVALID_VALUE);
	CHECK(cuStreamCreate(NULL, 0) == CUDA_ERROR_INVALID_VALUE);
	CHECK(cuModuleGetFunction((CUfunction *)&gone, NULL, "f") == CUDA_ERROR_INVALID_HANDLE);
	CHECK(host_crossings() == crossed);
	CHECK(!cuStreamSynchronize(stream) && !cuStreamSynchronize(CU_STREAM_PER_THREAD));
	CHECK(!cuEventDestroy(event) && !cuStreamDestroy(stream));
}

/* An index is used again, but never under a name that an earlier object had. */
static void names_are_not_reused(void)
{
	CUstream first, next;

	CHECK(!cuStreamCreate(&first, 0) && !cuStreamDestroy(first));
	for (int i = 0; i < 1000; i++) {
		CHECK(!cuStreamCreate(&next, 0) && next != first);
		CHECK((unsigned)(uintptr_t)next == (unsigned)(uintptr_t)first);
		CHECK(!cuStreamDestroy(next));
	}
}

static void async_errors_show_at_a_wait(void)
{
	CUstream stream;
	CUevent event;
	size_t n;

	CHECK(!cuStreamCreate(&stream, 0) && !cuEventCreate(&event, 0));
	host_answers[CALL_cuEventRecord] = fail_launch;
	CHECK(!cuEventRecord(event, stream));
	CHECK(!cuMemGetInfo(&n, &n));	/* SYNC, not WAIT */
	CHECK(cuStreamSynchronize(stream) == CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
	CHECK(!cuStreamSynchronize(stream));
	host_answers[CALL_cuEventRecord] = NULL;
	CHECK(!cuEventDestroy(event) && !cuStreamDestroy(stream));
}

/* What ends a context is returned by every posted call after it, until a reset. */
static void lost_context(void)
{
	CUcontext context;
	CUevent event;

	CHECK(!cuEventCreate(&event, 0));
	host_answers[CALL_cuCtxSynchronize] = fault;
	CHECK(cuCtxSynchronize() == CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(cuEventRecord(event, NULL) == CUDA_ERROR_ILLEGAL_ADDRESS);
	host_answers[CALL_cuCtxSynchronize] = NULL;
	CHECK(!cuDevicePrimaryCtxReset(0));
	CHECK(cuEventQuery(event) == CUDA_ERROR_INVALID_HANDLE);	/* died with the context */
	CHECK(!cuDevicePrimaryCtxRetain(&context, 0));
	CHECK(!cuEventCreate(&event, 0) && !cuEventRecord(event, NULL) && !cuCtxSynchronize());
}

static void contexts_die(void)
{
	CUcontext context, current;
	CUdevice device;
	CUstream stream;

	CHECK(!cuCtxCreate(&context, NULL, 0, 1));
	CHECK(!cuCtxGetDevice(&device) && device == 1);
	CHECK(!cuStreamCreate(&stream, 0));
	CHECK(!cuCtxDestroy(context));
	CHECK(cuStreamQuery(stream) == CUDA_ERROR_INVALID_HANDLE);
	CHECK(cuCtxDestroy(context) == CUDA_ERROR_INVALID_CONTEXT);
	CHECK(!cuCtxGetCurrent(&current) && current != context);
	CHECK(cuCtxDestroy(current) == CUDA_ERROR_INVALID_CONTEXT);	/* a primary one */
}

int main(void)
{
	before_init();
	host_start();
	locals_do_not_cross();
	constants_cross_once();
	wrong_handles_do_not_cross();
	names_are_not_reused();
	async_errors_show_at_a_wait();
	lost_context();
	contexts_die();
	return 0;
}
