/* SPDX-License-Identifier: MIT */
/*
 * A context that one thread destroys stays current to others, which are told; and what needs no
 * context they can do, such as getting another one
 */
#include <pthread.h>
#include "check.h"

static CUcontext context;
static pthread_barrier_t barrier;

static void *other_thread(void *unused)
{
	CUcontext current, another;
	CUdeviceptr dev;
	CUstream stream;
	CUgraph graph;
	size_t bytes;
	unsigned flags;
	int active;

	CU(cuCtxSetCurrent(context));
	CU(cuMemAlloc(&dev, 16));
	pthread_barrier_wait(&barrier);	/* it is current */
	pthread_barrier_wait(&barrier);	/* it is destroyed */
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemAlloc(&dev, 16));
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemsetD8Async(dev, 0, 16, 0));
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuCtxSynchronize());
	CU(cuCtxGetCurrent(&current));
	CHECK(current == context);
	CU(cuDeviceTotalMem(&bytes, 0));
	CU(cuGraphCreate(&graph, 0));
	CU(cuGraphDestroy(graph));
	CU(cuDevicePrimaryCtxGetState(0, &flags, &active));
	CHECK(!active);
	CU(cuDevicePrimaryCtxRetain(&another, 0));
	CU(cuCtxPushCurrent(another));
	CU(cuMemAlloc(&dev, 16));
	CU(cuMemFree(dev));
	CU(cuCtxPopCurrent(&current));
	CHECK(current == another);
	CU(cuDevicePrimaryCtxRelease(0));
	CU(cuCtxCreate(&another, NULL, 0, 0));
	CU(cuMemAlloc(&dev, 16));
	CU(cuCtxDestroy(another));
	CU(cuCtxGetCurrent(&current));
	CHECK(current == context);
	CU(cuCtxPopCurrent(&current));
	CU(cuCtxGetCurrent(&current));
	CHECK(!current);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	CU(cuInit(0));
	CU(cuCtxCreate(&context, NULL, 0, 0));
	pthread_barrier_init(&barrier, NULL, 2);
	CHECK(!pthread_create(&thread, NULL, other_thread, NULL));
	pthread_barrier_wait(&barrier);
	CU(cuCtxDestroy(context));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	return finish();
}
