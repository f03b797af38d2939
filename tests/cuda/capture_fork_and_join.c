/* SPDX-License-Identifier: MIT */
/* A capture goes over to a second stream by an event, and must come back before it ends */
#include "graph.h"

static CUstream other;
static CUevent fork_event, join_event;

static CUstreamCaptureStatus status_of(CUstream stream)
{
	CUstreamCaptureStatus status;

	CU(cuStreamIsCapturing(stream, &status));
	return status;
}

/* fork_off() - begin, and let the second stream take part */
static void fork_off(void)
{
	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_RELAXED));
	CU(graph_launch_step(graph_stream, 1));
	CU(cuEventRecord(fork_event, graph_stream));
	CHECK(status_of(other) == CU_STREAM_CAPTURE_STATUS_NONE);
	CU(cuStreamWaitEvent(other, fork_event, 0));
	CHECK(status_of(other) == CU_STREAM_CAPTURE_STATUS_ACTIVE);
}

int main(void)
{
	CUdeviceptr second;
	unsigned got = 0;
	CUgraph graph = NULL;
	size_t count;

	graph_begin();
	CU(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING));
	CU(cuEventCreate(&fork_event, CU_EVENT_DISABLE_TIMING));
	CU(cuEventCreate(&join_event, CU_EVENT_DISABLE_TIMING));
	CU(cuMemAlloc(&second, 4));

	fork_off();
	CU(cuMemcpyDtoDAsync(second, graph_word, 4, other));
	CU(graph_launch_step(graph_stream, 2));
	CU(cuEventRecord(join_event, other));
	CU(cuStreamWaitEvent(graph_stream, join_event, 0));
	CU(graph_launch_step(graph_stream, 3));
	CU(cuStreamEndCapture(graph_stream, &graph));
	CHECK(status_of(other) == CU_STREAM_CAPTURE_STATUS_NONE);
	CU(cuGraphGetNodes(graph, NULL, &count));
	printf("%zu nodes", count);
	CU(cuGraphGetEdges(graph, NULL, NULL, NULL, &count));
	printf(", %zu edges\n", count);
	graph_run(graph);
	CHECK(graph_value() == 123);
	CU(cuMemcpyDtoH(&got, second, 4));
	CHECK(got == 1 || got == 12);
	CU(cuGraphDestroy(graph));

	/* A fork that is not joined: the capture is lost, the streams are free. */
	fork_off();
	CU(graph_launch_step(other, 2));
	graph = (CUgraph)&graph;
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, cuStreamEndCapture(graph_stream, &graph));
	CHECK(!graph);
	CHECK(status_of(graph_stream) == CU_STREAM_CAPTURE_STATUS_NONE);
	CHECK(status_of(other) == CU_STREAM_CAPTURE_STATUS_NONE);

	/* A fork that captured nothing has nothing to join. */
	fork_off();
	CU(cuStreamEndCapture(graph_stream, &graph));
	CU(cuGraphDestroy(graph));
	CHECK(status_of(other) == CU_STREAM_CAPTURE_STATUS_NONE);

	/* The capture ends where it began. */
	fork_off();
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, cuStreamEndCapture(other, &graph));
	cuStreamEndCapture(graph_stream, &graph);
	CHECK(status_of(graph_stream) == CU_STREAM_CAPTURE_STATUS_NONE);
	CHECK(graph_value() == 0);

	CU(cuEventDestroy(fork_event));
	CU(cuEventDestroy(join_event));
	CU(cuStreamDestroy(other));
	CU(cuMemFree(second));
	return finish();
}
