/* SPDX-License-Identifier: MIT */
/*
 * A launch attribute has an event recorded: when the blocks have begun, or when they let other
 * kernels go (compute capability 9.0).  It may be seen later, but not before the launch runs.
 */
#include "gate.h"

static __global__ void add(int *sum)
{
	atomicAdd(sum, 1);
}

static cudaError_t launch(cudaLaunchAttribute *attributes, unsigned int n, cudaStream_t stream,
			  int *sum)
{
	cudaLaunchConfig_t config = {};

	config.gridDim = 3;
	config.blockDim = 32;
	config.stream = stream;
	config.attrs = attributes;
	config.numAttrs = n;
	return cudaLaunchKernelEx(&config, add, sum);
}

static cudaLaunchAttribute completion(cudaEvent_t event, int flags)
{
	cudaLaunchAttribute attribute = {};

	attribute.id = cudaLaunchAttributeLaunchCompletionEvent;
	attribute.val.launchCompletionEvent.event = event;
	attribute.val.launchCompletionEvent.flags = flags;
	return attribute;
}

static cudaLaunchAttribute programmatic(cudaEvent_t event)
{
	cudaLaunchAttribute attribute = {};

	attribute.id = cudaLaunchAttributeProgrammaticEvent;
	attribute.val.programmaticEvent.event = event;
	return attribute;
}

/* Behind a shut gate the event is not there yet; whoever waits for it comes after it */
static void recorded(cudaLaunchAttribute attribute, cudaEvent_t event, int *sum)
{
	struct gate gate = gate_create();
	cudaStream_t stream, other;

	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking));
	CUDA(launch(NULL, 0, stream, sum));
	CUDA(cudaEventRecord(event, other));
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaEventQuery(event));
	gate_shut(gate, stream);
	CUDA(launch(&attribute, 1, stream, sum));
	CHECK(cudaEventQuery(event) == cudaErrorNotReady);
	CUDA(cudaStreamWaitEvent(other, event, 0));
	CHECK(cudaStreamQuery(other) == cudaErrorNotReady);
	gate_open(gate);
	CUDA(cudaEventSynchronize(event));
	CUDA(cudaStreamSynchronize(other));
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaEventQuery(event));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaStreamDestroy(other));
	gate_destroy(gate);
}

/* In a capture it is what other streams join by */
static void captured(cudaEvent_t event, int *sum)
{
	cudaLaunchAttribute attribute = completion(event, 0);
	cudaStream_t stream, other;
	cudaGraphExec_t exec;
	cudaGraph_t graph;
	cudaEvent_t joined;

	CUDA(cudaEventCreateWithFlags(&joined, cudaEventDisableTiming));
	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking));
	CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
	CUDA(launch(&attribute, 1, stream, sum));
	CUDA(cudaStreamWaitEvent(other, event, 0));
	CUDA(launch(NULL, 0, other, sum));
	CUDA(cudaEventRecord(joined, other));
	CUDA(cudaStreamWaitEvent(stream, joined, 0));
	CUDA(cudaStreamEndCapture(stream, &graph));
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	CUDA(cudaGraphLaunch(exec, stream));
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaStreamDestroy(other));
	CUDA(cudaEventDestroy(joined));
}

int main(void)
{
	cudaEvent_t event, timed;
	cudaLaunchAttribute wrong;
	int *sum, major, got = 0, launches = 2;

	CUDA(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
	CUDA(cudaMalloc(&sum, sizeof(*sum)));
	CUDA(cudaMemset(sum, 0, sizeof(*sum)));
	CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	CUDA(cudaEventCreate(&timed));
	recorded(completion(event, 0), event, sum);
	if (major >= 9) {
		recorded(programmatic(event), event, sum);
		launches += 2;
	}
	captured(event, sum);
	launches += 2;
	/* What is wrong with an attribute is the launch's error, and nothing is launched */
	wrong = completion(timed, 0);
	CHECK(launch(&wrong, 1, 0, sum) != cudaSuccess);
	wrong = completion(event, cudaEventRecordExternal);
	CHECK(launch(&wrong, 1, 0, sum) != cudaSuccess);
	wrong.id = (cudaLaunchAttributeID)63;
	CHECK(launch(&wrong, 1, 0, sum) != cudaSuccess);
	cudaGetLastError();
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaMemcpy(&got, sum, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK(got == launches * 3 * 32);
	CUDA(cudaEventDestroy(event));
	CUDA(cudaEventDestroy(timed));
	CUDA(cudaFree(sum));
	return finish();
}
