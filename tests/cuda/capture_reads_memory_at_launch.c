/* SPDX-License-Identifier: MIT */
/*
 * What a stream captures is not run, and not looked at: copies read the host memory they name,
 * and host functions are called, each time the graph is launched.  Captures spread over events.
 */
#include "check.h"

#define N 5000

static void CUDART_CB count(void *data)
{
	++*(int *)data;
}

struct memory {
	unsigned char *malloced, *pinned, *back, *dev, *dev2;
	int calls;
};

static cudaGraph_t capture(struct memory *m, cudaStream_t stream, cudaStream_t other)
{
	enum cudaStreamCaptureStatus status;
	cudaEvent_t fork, join;
	cudaGraph_t graph;

	CUDA(cudaEventCreateWithFlags(&fork, cudaEventDisableTiming));
	CUDA(cudaEventCreateWithFlags(&join, cudaEventDisableTiming));
	NEEDS(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
	CUDA(cudaMemcpyAsync(m->dev, m->malloced, N, cudaMemcpyHostToDevice, stream));
	CUDA(cudaEventRecord(fork, stream));
	CUDA(cudaStreamWaitEvent(other, fork, 0));
	CUDA(cudaStreamIsCapturing(other, &status));
	CHECK(status == cudaStreamCaptureStatusActive);
	CUDA(cudaMemcpyAsync(m->dev2, m->pinned, N, cudaMemcpyHostToDevice, other));
	CUDA(cudaLaunchHostFunc(other, count, &m->calls));
	CUDA(cudaEventRecord(join, other));
	CUDA(cudaMemcpyAsync(m->back, m->dev, N, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamWaitEvent(stream, join, 0));
	CUDA(cudaMemcpyAsync(m->back + N, m->dev2, N, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaMemsetAsync(m->dev, 0, N, stream));
	CUDA(cudaStreamEndCapture(stream, &graph));
	CUDA(cudaEventDestroy(fork));
	CUDA(cudaEventDestroy(join));
	CHECK(graph);
	return graph;
}

static void launched(struct memory *m, cudaGraphExec_t exec, cudaStream_t stream)
{
	int before = m->calls;

	rng_fill(m->malloced, N);
	rng_fill(m->pinned, N);
	memset(m->back, 0, 2 * N);
	CUDA(cudaGraphLaunch(exec, stream));
	CUDA(cudaStreamSynchronize(stream));
	CHECK_SAME(m->back, m->malloced, N);
	CHECK_SAME(m->back + N, m->pinned, N);
	CHECK(m->calls == before + 1);
}

/* What may not be captured says so, and the capture is lost. */
static void errors(cudaStream_t stream)
{
	enum cudaStreamCaptureStatus status;
	cudaGraph_t graph;

	SHOW(cudaStreamEndCapture(stream, &graph));
	cudaGetLastError();
	CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
	EXPECT(cudaErrorStreamCaptureUnsupported, cudaStreamSynchronize(stream));
	CUDA(cudaStreamIsCapturing(stream, &status));
	CHECK(status == cudaStreamCaptureStatusInvalidated);
	EXPECT(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(stream, &graph));
	CHECK(!graph);
	CUDA(cudaStreamIsCapturing(stream, &status));
	CHECK(status == cudaStreamCaptureStatusNone);
	cudaGetLastError();
}

int main(void)
{
	struct memory m = { 0 };
	cudaStream_t stream, other;
	cudaGraphExec_t exec;
	cudaGraph_t graph;
	size_t n = 0;
	int i;

	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking));
	CUDA(cudaMalloc((void **)&m.dev, N));
	CUDA(cudaMalloc((void **)&m.dev2, N));
	CUDA(cudaMallocHost((void **)&m.pinned, N));
	m.malloced = (unsigned char *)rng_bytes(N);
	m.back = (unsigned char *)rng_bytes(2 * N);
	graph = capture(&m, stream, other);
	CHECK(m.calls == 0);
	CUDA(cudaGraphGetNodes(graph, NULL, &n));
	CHECK(n == 6);
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	CUDA(cudaGraphDestroy(graph));
	for (i = 0; i < 3; i++)
		launched(&m, exec, stream);
	CUDA(cudaGraphExecDestroy(exec));
	errors(stream);
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaStreamDestroy(other));
	CUDA(cudaFree(m.dev));
	CUDA(cudaFree(m.dev2));
	CUDA(cudaFreeHost(m.pinned));
	free(m.malloced);
	free(m.back);
	return finish();
}
