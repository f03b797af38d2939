/* SPDX-License-Identifier: MIT */
/* Contexts: create, push, pop, current, destroy, each thread with a stack of its own */
#include "check.h"
#include <pthread.h>

static CUcontext one, two;

static void *thread(void *unused)
{
	CUcontext current = one;

	CU(cuCtxGetCurrent(&current));
	CHECK(current == NULL);
	CU(cuCtxSetCurrent(two));
	CU(cuCtxGetCurrent(&current));
	CHECK(current == two);
	return NULL;
}

/* The legacy default stream is the current context's: without one there is nowhere to launch */
static void launch_without(CUcontext context)
{
	CUgraphExec exec;
	CUcontext popped;
	CUgraphNode node;
	CUgraph graph;

	CU(cuGraphCreate(&graph, 0));
	CU(cuGraphAddEmptyNode(&node, graph, NULL, 0));
	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuCtxPopCurrent(&popped));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuGraphLaunch(exec, 0));
	CU(cuCtxPushCurrent(context));
	CU(cuGraphLaunch(exec, 0));
	CU(cuCtxSynchronize());
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
}

int main(void)
{
	CUcontext current;
	CUdeviceptr dev;
	CUdevice device;
	pthread_t other;

	CU(cuInit(0));
	CU(cuCtxGetCurrent(&current));
	CHECK(current == NULL);
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuCtxGetDevice(&device));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuCtxPopCurrent(&current));
	CU(cuCtxCreate(&one, NULL, 0, 0));
	CU(cuCtxCreate(&two, NULL, CU_CTX_SCHED_BLOCKING_SYNC, 0));
	CHECK(one != two);
	CU(cuCtxGetCurrent(&current));
	CHECK(current == two);
	CU(cuCtxGetDevice(&device));
	CHECK(device == 0);
	CU(cuMemAlloc(&dev, 1000));
	CHECK(!pthread_create(&other, NULL, thread, NULL));
	pthread_join(other, NULL);
	CU(cuCtxPopCurrent(&current));
	CHECK(current == two);
	CU(cuCtxGetCurrent(&current));
	CHECK(current == one);
	CU(cuCtxPushCurrent(two));
	CU(cuMemFree(dev));
	CU(cuCtxDestroy(two));
	CU(cuCtxGetCurrent(&current));
	CHECK(current == one);
	CU(cuCtxSynchronize());
	launch_without(one);
	CU(cuCtxDestroy(one));
	CU(cuCtxGetCurrent(&current));
	CHECK(current == NULL);
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc(&dev, 16));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuCtxCreate(&one, NULL, 0, 12345));
	return finish();
}
