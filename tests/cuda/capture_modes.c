/* SPDX-License-Identifier: MIT */
/* Who may allocate while somebody captures, by the mode of the capture and of the thread */
#include <pthread.h>

#include "graph.h"

/* try_alloc() - cuMemAlloc, which no graph would repeat */
static CUresult try_alloc(void)
{
	CUdeviceptr dev = 0;
	CUresult result = cuMemAlloc(&dev, 4096);

	if (!result) {
		CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;

		CU(cuThreadExchangeStreamCaptureMode(&mode));
		CU(cuMemFree(dev));
		CU(cuThreadExchangeStreamCaptureMode(&mode));
	}
	return result;
}

static void *alloc_in_thread(void *mode)
{
	CUresult *result = malloc(sizeof(*result));

	CU(cuCtxSetCurrent(graph_context));
	CU(cuThreadExchangeStreamCaptureMode(mode));
	*result = try_alloc();
	return result;
}

/* other_thread() - the same in another thread with this mode */
static CUresult other_thread(CUstreamCaptureMode mode)
{
	pthread_t thread;
	CUresult result;
	void *out;

	pthread_create(&thread, NULL, alloc_in_thread, &mode);
	pthread_join(thread, &out);
	result = *(CUresult *)out;
	free(out);
	return result;
}

static void *end_in_thread(void *graph)
{
	CU(cuCtxSetCurrent(graph_context));
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD,
		  cuStreamEndCapture(graph_stream, graph));
	return NULL;
}

static const char *const names[] = { "global", "thread-local", "relaxed" };

/* try_all() - a capture in one mode, and an allocation in each thread and mode; printed */
static void try_all(CUstreamCaptureMode capture)
{
	for (int own = 0; own < 2; own++)
		for (int m = 0; m < 3; m++) {
			CUstreamCaptureMode mode = (CUstreamCaptureMode)m;
			CUgraph graph;
			CUresult result;

			CU(cuStreamBeginCapture(graph_stream, capture));
			CU(graph_launch_step(graph_stream, 1));
			if (own) {
				CU(cuThreadExchangeStreamCaptureMode(&mode));
				result = try_alloc();
				CU(cuThreadExchangeStreamCaptureMode(&mode));
			} else {
				result = other_thread(mode);
			}
			printf("capture %s, %s thread %s: %s", names[capture],
			       own ? "own" : "other", names[m], cu_name(result));
			result = cuStreamEndCapture(graph_stream, &graph);
			printf(", end %s\n", cu_name(result));
			if (!result)
				CU(cuGraphDestroy(graph));
		}
}

int main(void)
{
	CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;
	pthread_t thread;
	CUgraph graph;

	graph_begin();
	CU(cuThreadExchangeStreamCaptureMode(&mode));
	CHECK(mode == CU_STREAM_CAPTURE_MODE_GLOBAL);
	CU(cuThreadExchangeStreamCaptureMode(&mode));
	CHECK(mode == CU_STREAM_CAPTURE_MODE_RELAXED);
	for (int m = 0; m < 3; m++)
		try_all((CUstreamCaptureMode)m);

	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
	pthread_create(&thread, NULL, end_in_thread, &graph);
	pthread_join(thread, NULL);
	EXPECT_CU(CUDA_ERROR_ILLEGAL_STATE, cuStreamEndCapture(graph_stream, &graph));
	return finish();
}
