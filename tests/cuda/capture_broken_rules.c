/* SPDX-License-Identifier: MIT */
/* What a capture cannot hold is an error, and the capture can then only be ended */
#include "graph.h"

static CUstreamCaptureStatus status_of(CUstream stream)
{
	CUstreamCaptureStatus status;

	CU(cuStreamIsCapturing(stream, &status));
	return status;
}

static void begin(CUstream stream)
{
	CU(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_RELAXED));
	CU(graph_launch_step(stream, 1));
}

/* end_broken() - the capture is invalid: nothing goes into it any more, and no graph comes out */
static void end_broken(CUstream stream)
{
	CUgraph graph = (CUgraph)&graph;

	CHECK(status_of(stream) == CU_STREAM_CAPTURE_STATUS_INVALIDATED);
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, graph_launch_step(stream, 2));
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(stream, &graph));
	CHECK(!graph);
	CHECK(status_of(stream) == CU_STREAM_CAPTURE_STATUS_NONE);
}

int main(void)
{
	CUstream other, blocking;
	CUevent event, outside;
	CUgraph graph;
	CUstreamCaptureStatus status;

	graph_begin();
	CU(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING));
	CU(cuStreamCreate(&blocking, CU_STREAM_DEFAULT));
	CU(cuEventCreate(&event, 0));
	CU(cuEventCreate(&outside, 0));
	CU(cuEventRecord(outside, other));

	puts("states");
	EXPECT_CU(CUDA_ERROR_ILLEGAL_STATE, cuStreamEndCapture(graph_stream, &graph));
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
		  cuStreamBeginCapture(CU_STREAM_LEGACY, CU_STREAM_CAPTURE_MODE_GLOBAL));
	begin(graph_stream);
	EXPECT_CU(CUDA_ERROR_ILLEGAL_STATE,
		  cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_RELAXED));
	CU(cuStreamEndCapture(graph_stream, &graph));
	CU(cuGraphDestroy(graph));

	puts("waiting for the stream");
	begin(graph_stream);
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamSynchronize(graph_stream));
	end_broken(graph_stream);
	begin(graph_stream);
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamQuery(graph_stream));
	end_broken(graph_stream);

	puts("waiting for an event");
	begin(graph_stream);
	CU(cuEventRecord(event, graph_stream));
	EXPECT_CU(CUDA_ERROR_CAPTURED_EVENT, cuEventSynchronize(event));
	end_broken(graph_stream);
	begin(graph_stream);
	CU(cuEventRecord(event, graph_stream));
	EXPECT_CU(CUDA_ERROR_CAPTURED_EVENT, cuEventQuery(event));
	end_broken(graph_stream);

	puts("work from outside");
	begin(graph_stream);
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_ISOLATION,
		  cuStreamWaitEvent(graph_stream, outside, 0));
	end_broken(graph_stream);

	puts("two captures");
	begin(graph_stream);
	begin(other);
	CU(cuEventRecord(event, other));
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_MERGE, cuStreamWaitEvent(graph_stream, event, 0));
	end_broken(graph_stream);
	end_broken(other);

	puts("the legacy stream");
	begin(blocking);
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT,
		  cuStreamIsCapturing(CU_STREAM_LEGACY, &status));
	CHECK(status_of(blocking) == CU_STREAM_CAPTURE_STATUS_ACTIVE);
	EXPECT_CU(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, graph_launch_step(CU_STREAM_LEGACY, 1));
	end_broken(blocking);
	begin(graph_stream);
	CU(graph_launch_step(CU_STREAM_LEGACY, 7));
	CU(cuStreamEndCapture(graph_stream, &graph));
	CU(cuGraphDestroy(graph));
	CHECK(graph_value() == 7);

	CU(cuEventRecord(event, graph_stream));
	CU(cuEventSynchronize(event));
	CU(cuEventDestroy(event));
	CU(cuEventDestroy(outside));
	CU(cuStreamDestroy(other));
	CU(cuStreamDestroy(blocking));
	return finish();
}
