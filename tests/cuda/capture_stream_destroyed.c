/* SPDX-License-Identifier: MIT */
/* A stream that is destroyed while it captures: its capture is over, and nobody else's */
#include "graph.h"

int main(void)
{
	CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_ACTIVE;
	CUstream first, second;
	CUgraph graph;
	CUresult rc;

	graph_begin();
	CU(cuStreamCreate(&first, CU_STREAM_NON_BLOCKING));
	CU(cuStreamCreate(&second, CU_STREAM_NON_BLOCKING));
	CU(cuStreamBeginCapture(first, CU_STREAM_CAPTURE_MODE_RELAXED));
	CU(graph_launch_step(first, 1));
	CU(cuStreamBeginCapture(second, CU_STREAM_CAPTURE_MODE_RELAXED));
	CU(graph_launch_step(second, 2));
	/* Nothing is promised of the call but that it breaks nothing */
	rc = cuStreamDestroy(first);
	printf("destroyed: %s\n", cu_name(rc));
	if (rc != CUDA_SUCCESS && cuStreamEndCapture(first, &graph) == CUDA_SUCCESS)
		CU(cuGraphDestroy(graph));
	CU(graph_launch_step(second, 3));
	CU(cuStreamEndCapture(second, &graph));
	CU(cuStreamIsCapturing(graph_stream, &status));
	CHECK(status == CU_STREAM_CAPTURE_STATUS_NONE);
	graph_run(graph);
	CHECK(graph_value() == 23);
	for (int i = 0; i < 1000; i++)
		CU(graph_launch_step(graph_stream, 0));
	CHECK(graph_value() == 0);
	CU(cuGraphDestroy(graph));
	CU(cuStreamDestroy(second));
	return finish();
}
