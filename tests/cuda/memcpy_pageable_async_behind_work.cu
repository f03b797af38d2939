/* SPDX-License-Identifier: MIT */
/*
 * An asynchronous copy to the device of at most 64 KiB of pageable memory does not wait for what
 * its stream has to do first: a kernel, a host function, an event.  The source may be changed when
 * the call is back.  Also while another stream captures, and when there are several contexts.
 */
#include "gate.h"

#define MOST ((size_t)64 << 10)

static const size_t sizes[] = { 1, 100, 4096, 16384, 16385, 40000, MOST - 1, MOST };

static struct gate gate;
static cudaStream_t other;
static cudaEvent_t event;
static unsigned char *dev, *source;
static volatile int may_return;

static void CUDART_CB hold(void *unused)
{
	while (!may_return)
		usleep(100);
}

static void behind_kernel(cudaStream_t stream)
{
	gate_shut(gate, stream);
}

static void behind_function(cudaStream_t stream)
{
	may_return = 0;
	CUDA(cudaLaunchHostFunc(stream, hold, NULL));
}

static void behind_event(cudaStream_t stream)
{
	gate_shut(gate, other);
	CUDA(cudaEventRecord(event, other));
	CUDA(cudaStreamWaitEvent(stream, event, 0));
}

static void (*const shut[])(cudaStream_t) = { behind_kernel, behind_function, behind_event };

/* Copies of the same memory again and again: whoever remembers where it lies must not wait, too. */
static void copy(cudaStream_t stream, void (*behind)(cudaStream_t), size_t bytes)
{
	static unsigned char want[MOST], got[MOST];

	rng_fill(want, bytes);
	memcpy(source, want, bytes);
	behind(stream);
	CUDA(cudaMemcpyAsync(dev, source, bytes, cudaMemcpyHostToDevice, stream));
	memset(source, 0, bytes);
	if (cudaStreamQuery(stream) != cudaErrorNotReady)
		EXPECT(cudaErrorNotReady, cudaStreamQuery(stream));
	gate_open(gate);
	may_return = 1;
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaMemcpy(got, dev, bytes, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, want, bytes);
}

static void copy_all(cudaStream_t stream)
{
	for (size_t how = 0; how < ARRAY_SIZE(shut); how++)
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
			copy(stream, shut[how], sizes[i]);
}

static void copy_on_all_streams(cudaStream_t stream)
{
	copy_all(stream);
	copy_all(cudaStreamPerThread);
	copy_all(cudaStreamLegacy);
}

/* While a third captures nothing, which those that wait for the legacy default stream cannot */
static void copy_during_capture(cudaStream_t stream)
{
	cudaStream_t captures;
	cudaGraph_t graph;

	CUDA(cudaStreamCreateWithFlags(&captures, cudaStreamNonBlocking));
	CUDA(cudaStreamBeginCapture(captures, cudaStreamCaptureModeRelaxed));
	copy_all(stream);
	CUDA(cudaStreamEndCapture(captures, &graph));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaStreamDestroy(captures));
}

static void copy_in_one_of_two_contexts(cudaStream_t stream)
{
	CUcontext second;
	CUdevice device;

	CU(cuCtxGetDevice(&device));
	CU(cuCtxCreate(&second, NULL, 0, device));
	CU(cuCtxPopCurrent(NULL));
	copy_on_all_streams(stream);
	CU(cuCtxDestroy(second));
}

int main()
{
	cudaStream_t stream;

	gate = gate_create();
	source = (unsigned char *)malloc(MOST);
	CHECK(source);
	CUDA(cudaMalloc((void **)&dev, MOST));
	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking));
	CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	copy_on_all_streams(stream);
	copy_during_capture(stream);
	copy_in_one_of_two_contexts(stream);
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(other));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	free(source);
	gate_destroy(gate);
	return finish();
}
