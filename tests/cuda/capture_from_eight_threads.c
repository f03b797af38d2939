/* SPDX-License-Identifier: MIT */
/* Threads that capture, instantiate, launch and update graphs of their own do not see each other */
#include <pthread.h>

#include "graph.h"

enum { THREADS = 8, ROUNDS = 20, STEPS = 5 };

static void capture(CUstream stream, CUdeviceptr word, unsigned first, CUgraph *graph)
{
	CU(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned x = (first + i) % 10;
		void *params[] = { &word, &x };

		CU(cuLaunchKernel(graph_step, 1, 1, 1, 1, 1, 1, 0, stream, params, NULL));
	}
	CU(cuStreamEndCapture(stream, graph));
}

static void *work(void *number)
{
	unsigned first = (unsigned)(uintptr_t)number, got, want;
	CUgraphExecUpdateResultInfo info;
	CUdeviceptr word;
	CUgraphExec exec;
	CUstream stream;
	CUgraph graph;

	CU(cuCtxSetCurrent(graph_context));
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CU(cuMemAlloc(&word, 4));
	capture(stream, word, first, &graph);
	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuGraphDestroy(graph));
	for (unsigned round = 0; round < ROUNDS; round++) {
		capture(stream, word, first + round, &graph);
		CU(cuGraphExecUpdate(exec, graph, &info));
		CU(cuGraphDestroy(graph));
		CU(cuMemsetD32Async(word, 0, 1, stream));
		CU(cuGraphLaunch(exec, stream));
		CU(cuMemcpyDtoHAsync(&got, word, 4, stream));
		CU(cuStreamSynchronize(stream));
		want = 0;
		for (unsigned i = 0; i < STEPS; i++)
			want = want * 10 + (first + round + i) % 10;
		CHECK(got == want);
	}
	CU(cuGraphExecDestroy(exec));
	CU(cuMemFree(word));
	CU(cuStreamDestroy(stream));
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	graph_begin();
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, work, (void *)i));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return finish();
}
