/* SPDX-License-Identifier: MIT */
/* Event nodes: a launch records an event, and waits for one that was recorded before it */
#include "graph.h"

int main(void)
{
	CUgraphNode first, record, wait, last;
	CUevent recorded, awaited, got;
	CUstream other;
	CUgraphExec exec;
	CUgraph graph;
	float ms = -1;

	graph_begin();
	CU(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING));
	CU(cuEventCreate(&recorded, 0));
	CU(cuEventCreate(&awaited, 0));
	CU(cuGraphCreate(&graph, 0));
	CU(cuGraphAddEventWaitNode(&wait, graph, NULL, 0, awaited));
	first = graph_add_step(graph, &wait, 1, 2);
	CU(cuGraphAddEventRecordNode(&record, graph, &first, 1, recorded));
	last = graph_add_step(graph, &record, 1, 3);
	CU(cuGraphEventWaitNodeGetEvent(wait, &got));
	CHECK(got == awaited);
	CU(cuGraphEventRecordNodeGetEvent(record, &got));
	CHECK(got == recorded);
	CU(cuGraphInstantiate(&exec, graph, 0));
	for (int i = 0; i < 20; i++) {
		CU(graph_launch_step(other, 1));
		CU(cuEventRecord(awaited, other));
		CU(cuGraphLaunch(exec, graph_stream));
		CU(cuEventSynchronize(recorded));
		CU(cuEventElapsedTime(&ms, awaited, recorded));
		CHECK(ms >= 0);
		CHECK(graph_value() == 123);
	}

	puts("another event");
	CU(cuGraphExecEventRecordNodeSetEvent(exec, record, awaited));
	CU(cuGraphExecEventWaitNodeSetEvent(exec, wait, recorded));
	CU(cuGraphLaunch(exec, graph_stream));
	CU(cuEventSynchronize(awaited));
	CHECK(graph_value() == 23);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphEventWaitNodeGetEvent(last, &got));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphEventRecordNodeSetEvent(first, awaited));

	puts("captured with the external flag");
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
	CU(cuStreamWaitEvent(graph_stream, awaited, CU_EVENT_WAIT_EXTERNAL));
	CU(graph_launch_step(graph_stream, 4));
	CU(cuEventRecordWithFlags(recorded, graph_stream, CU_EVENT_RECORD_EXTERNAL));
	CU(cuStreamEndCapture(graph_stream, &graph));
	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(graph_launch_step(other, 1));
	CU(cuEventRecord(awaited, other));
	CU(cuGraphLaunch(exec, graph_stream));
	CU(cuEventSynchronize(recorded));
	CHECK(graph_value() == 14);
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
	CU(cuEventDestroy(recorded));
	CU(cuEventDestroy(awaited));
	CU(cuStreamDestroy(other));
	return finish();
}
