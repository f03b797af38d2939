/* SPDX-License-Identifier: MIT */
/*
 * Functions of which CUDA 12 has an earlier version beside that of today: without edge data, with
 * devices for places, CUDA 11's properties, cooperative launches on a list of devices
 */
#include "check.h"

#undef cudaGetDeviceProperties
#undef cudaGraphAddDependencies
#undef cudaGraphAddNode
#undef cudaGraphGetEdges
#undef cudaGraphNodeGetDependencies
#undef cudaGraphNodeGetDependentNodes
#undef cudaGraphRemoveDependencies
#undef cudaMemAdvise
#undef cudaMemPrefetchAsync
#undef cudaStreamGetCaptureInfo
#undef cudaStreamUpdateCaptureDependencies

/* Without a declaration in today's header */
extern "C" {
cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *, int);
cudaError_t cudaStreamGetCaptureInfo(cudaStream_t, cudaStreamCaptureStatus *, unsigned long long *);
}

#define N 1000

__global__ void add(int *p, int n, int value)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i] += value;
}

static void properties(void)
{
	size_t old_size = offsetof(cudaDeviceProp, hostRegisterSupported);
	struct cudaDeviceProp now, then;
	unsigned char *beyond = (unsigned char *)&then + old_size;

	memset(&then, 0xa5, sizeof(then));
	CUDA(cudaGetDeviceProperties_v2(&now, 0));
	CUDA(cudaGetDeviceProperties(&then, 0));
	CHECK(!memcmp(&now, &then, old_size));
	for (size_t i = 0; i < sizeof(then) - old_size; i++)
		CHECK(beyond[i] == 0xa5);
	EXPECT(cudaErrorInvalidDevice, cudaGetDeviceProperties(&then, 1000));
	cudaGetLastError();
}

static void topology(void)
{
	cudaGraphNodeParams empty = {};
	cudaGraphNode_t a, b, c, from[4], to[4], nodes[4];
	size_t count = ARRAY_SIZE(from);
	cudaGraph_t graph;

	empty.type = cudaGraphNodeTypeEmpty;
	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphAddNode(&a, graph, NULL, 0, &empty));
	CUDA(cudaGraphAddNode(&b, graph, &a, 1, &empty));
	CUDA(cudaGraphAddEmptyNode(&c, graph, NULL, 0));
	CUDA(cudaGraphAddDependencies(graph, &b, &c, 1));
	CUDA(cudaGraphGetEdges(graph, from, to, &count));
	CHECK(count == 2);
	count = ARRAY_SIZE(nodes);
	CUDA(cudaGraphNodeGetDependencies(c, nodes, &count));
	CHECK(count == 1 && nodes[0] == b);
	count = ARRAY_SIZE(nodes);
	CUDA(cudaGraphNodeGetDependentNodes(a, nodes, &count));
	CHECK(count == 1 && nodes[0] == b);
	CUDA(cudaGraphRemoveDependencies(graph, &b, &c, 1));
	CUDA(cudaGraphGetEdges(graph, NULL, NULL, &count));
	CHECK(count == 1);
	EXPECT(cudaErrorInvalidValue, cudaGraphAddDependencies(graph, &a, NULL, 1));
	CUDA(cudaGraphDestroy(graph));
}

static void capture(int *dev)
{
	enum cudaStreamCaptureStatus status;
	unsigned long long id, again;
	const cudaGraphNode_t *dependencies;
	cudaGraphNode_t empty;
	cudaStream_t stream;
	cudaGraph_t graph, captured;
	size_t count;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaStreamGetCaptureInfo(stream, &status, &id));
	CHECK(status == cudaStreamCaptureStatusNone);
	CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
	add<<<1, 32, 0, stream>>>(dev, 32, 0);
	CUDA(cudaStreamGetCaptureInfo(stream, &status, &id));
	CHECK(status == cudaStreamCaptureStatusActive);
	CUDA(cudaStreamGetCaptureInfo_v2(stream, &status, &again, &graph, &dependencies, &count));
	CHECK(id == again && graph && count == 1);
	CUDA(cudaGraphAddEmptyNode(&empty, graph, dependencies, count));
	CUDA(cudaStreamUpdateCaptureDependencies(stream, &empty, 1,
						 cudaStreamSetCaptureDependencies));
	CUDA(cudaStreamGetCaptureInfo_v2(stream, &status, NULL, NULL, &dependencies, &count));
	CHECK(count == 1 && dependencies[0] == empty);
	CUDA(cudaStreamEndCapture(stream, &captured));
	CUDA(cudaGraphGetNodes(captured, NULL, &count));
	CHECK(count == 2);
	CUDA(cudaGraphDestroy(captured));
	CUDA(cudaStreamDestroy(stream));
}

/* Managed memory has no places before CUDA 12.2, but devices and the CPU */
static void places(void)
{
	int concurrent, *managed;

	CUDA(cudaDeviceGetAttribute(&concurrent, cudaDevAttrConcurrentManagedAccess, 0));
	CUDA(cudaMallocManaged(&managed, N * sizeof(int)));
	CUDA(cudaMemAdvise(managed, N * sizeof(int), cudaMemAdviseSetReadMostly, 0));
	CUDA(cudaMemAdvise(managed, N * sizeof(int), cudaMemAdviseUnsetReadMostly, 0));
	if (concurrent) {
		CUDA(cudaMemPrefetchAsync(managed, N * sizeof(int), 0, 0));
		CUDA(cudaMemPrefetchAsync(managed, N * sizeof(int), cudaCpuDeviceId, 0));
	}
	CHECK(cudaMemAdvise(managed, N * sizeof(int), cudaMemAdviseSetPreferredLocation, 1000) ==
	      cudaErrorInvalidDevice);
	cudaGetLastError();
	CUDA(cudaFree(managed));
}

/* On one device it is an ordinary cooperative launch, where it is at all */
static void on_a_list_of_devices(int *dev)
{
	int n = N, value = 7, host[N], possible;
	void *args[] = { &dev, &n, &value };
	struct cudaLaunchParams launch = {};
	cudaError_t error;

	CUDA(cudaMemset(dev, 0, N * sizeof(int)));
	CUDA(cudaStreamCreate(&launch.stream));
	launch.func = (void *)add;
	launch.gridDim = dim3(4);
	launch.blockDim = dim3(256);
	launch.args = args;
	CUDA(cudaDeviceGetAttribute(&possible, cudaDevAttrCooperativeMultiDeviceLaunch, 0));
	error = cudaLaunchCooperativeKernelMultiDevice(&launch, 1, 0);
	CHECK(error == cudaSuccess || (error == cudaErrorNotSupported && !possible));
	CUDA(cudaStreamSynchronize(launch.stream));
	CUDA(cudaMemcpy(host, dev, sizeof(host), cudaMemcpyDeviceToHost));
	for (int i = 0; i < N; i++)
		CHECK(host[i] == (error ? 0 : value));
	CHECK(cudaLaunchCooperativeKernelMultiDevice(NULL, 1, 0) != cudaSuccess);
	cudaGetLastError();
	CUDA(cudaStreamDestroy(launch.stream));
}

int main()
{
	int *dev;

	CUDA(cudaMalloc(&dev, N * sizeof(int)));
	CUDA(cudaMemset(dev, 0, N * sizeof(int)));
	properties();
	topology();
	capture(dev);
	places();
	on_a_list_of_devices(dev);
	CUDA(cudaFree(dev));
	return finish();
}
