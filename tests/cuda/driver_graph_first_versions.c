/* SPDX-License-Identifier: MIT */
/*
 * A program built long ago asks cuGetProcAddress for calls of its own CUDA version: it gets the first
 * versions, which have fewer parameters and do what they did
 */
#include <cudaTypedefs.h>
#include "ptx.h"

/* A function as CUDA of @version had it */
#define OLD(type, name, version) ((type)old(#name, version))

static void *old(const char *name, int version)
{
	CUdriverProcAddressQueryResult why;
	void *address = NULL;

	CU(cuGetProcAddress(name, &address, version, CU_GET_PROC_ADDRESS_LEGACY_STREAM, &why));
	if (!address)
		fprintf(stderr, "%s of %d is not there: %d\n", name, version, why);
	CHECK(address);
	return address;
}

typedef CUresult instantiate(CUgraphExec *, CUgraph, CUgraphNode *, char *, size_t);
typedef CUresult begin_capture(CUstream);

static CUfunction saxpy;
static CUdeviceptr x, y;
static float a = 2;
static unsigned int n = 256;
static void *values[] = { &y, &x, &a, &n };

static CUDA_KERNEL_NODE_PARAMS_v1 kernel(unsigned int blocks)
{
	return (CUDA_KERNEL_NODE_PARAMS_v1){
		.func = saxpy, .gridDimX = blocks, .gridDimY = 1, .gridDimZ = 1,
		.blockDimX = 128, .blockDimY = 1, .blockDimZ = 1, .kernelParams = values,
	};
}

static void fill(float of_x, float of_y)
{
	uint32_t bits;

	memcpy(&bits, &of_x, 4);
	CU(cuMemsetD32(x, bits, n));
	memcpy(&bits, &of_y, 4);
	CU(cuMemsetD32(y, bits, n));
	/* The stream of the graphs does not wait for the default stream */
	CU(cuCtxSynchronize());
}

/* Run once, and every y is this */
static void expect(CUgraphExec exec, CUstream stream, float want)
{
	float got[256];

	CU(cuGraphLaunch(exec, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuMemcpyDtoH(got, y, sizeof(got)));
	for (unsigned int i = 0; i < n; i++)
		CHECK(got[i] == want);
}

static void explicit_nodes(CUstream stream)
{
	CUDA_KERNEL_NODE_PARAMS_v1 params = kernel(2), said;
	CUgraphNodeParams empty = { .type = CU_GRAPH_NODE_TYPE_EMPTY };
	CUgraphExecUpdateResult updated = CU_GRAPH_EXEC_UPDATE_ERROR;
	CUgraphNode first, second, third, from[4], to[4], error = NULL;
	CUgraphExec exec;
	CUgraph graph;
	char log[64] = "x";
	size_t count;

	CU(cuGraphCreate(&graph, 0));
	CU(OLD(PFN_cuGraphAddKernelNode_v10000, cuGraphAddKernelNode, 11000)(&first, graph, NULL, 0,
									      &params));
	CU(OLD(PFN_cuGraphAddKernelNode_v10000, cuGraphAddKernelNode, 11000)(&second, graph, NULL,
									      0, &params));
	CU(OLD(PFN_cuGraphAddNode_v12020, cuGraphAddNode, 12020)(&third, graph, &second, 1, &empty));
	CU(OLD(PFN_cuGraphAddDependencies_v10000, cuGraphAddDependencies, 12000)(graph, &first,
										  &second, 1));
	count = ARRAY_SIZE(from);
	CU(OLD(PFN_cuGraphGetEdges_v10000, cuGraphGetEdges, 12000)(graph, from, to, &count));
	CHECK(count == 2);
	count = ARRAY_SIZE(from);
	CU(OLD(PFN_cuGraphNodeGetDependencies_v10000, cuGraphNodeGetDependencies, 12000)(
		second, from, &count));
	CHECK(count == 1 && from[0] == first);
	count = ARRAY_SIZE(from);
	CU(OLD(PFN_cuGraphNodeGetDependentNodes_v10000, cuGraphNodeGetDependentNodes, 12000)(
		second, from, &count));
	CHECK(count == 1 && from[0] == third);
	CU(OLD(PFN_cuGraphRemoveDependencies_v10000, cuGraphRemoveDependencies, 12000)(
		graph, &second, &third, 1));
	CU(OLD(PFN_cuGraphKernelNodeGetParams_v10000, cuGraphKernelNodeGetParams, 11000)(first,
											  &said));
	CHECK(said.func == saxpy && said.gridDimX == 2 && said.blockDimX == 128);

	CU(OLD(instantiate *, cuGraphInstantiate, 11000)(&exec, graph, &error, log, sizeof(log)));
	CHECK(!error && !log[0]);
	fill(1, 5);
	expect(exec, stream, 9);
	params = kernel(1);
	CU(OLD(PFN_cuGraphExecKernelNodeSetParams_v10010, cuGraphExecKernelNodeSetParams, 11000)(
		exec, second, &params));
	CU(OLD(PFN_cuGraphExecUpdate_v10020, cuGraphExecUpdate, 11000)(exec, graph, &error,
									&updated));
	CHECK(updated == CU_GRAPH_EXEC_UPDATE_SUCCESS);
	expect(exec, stream, 13);
	a = 0;
	params = kernel(2);
	CU(OLD(PFN_cuGraphKernelNodeSetParams_v10000, cuGraphKernelNodeSetParams, 11000)(first,
											  &params));
	CU(cuGraphExecDestroy(exec));
	CU(OLD(instantiate *, cuGraphInstantiate, 10000)(&exec, graph, NULL, NULL, 0));
	expect(exec, stream, 15);
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
}

static void captured(CUstream stream)
{
	CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
	const CUgraphNode *dependencies;
	cuuint64_t id = 0, again = 0;
	CUgraph graph, capturing;
	CUgraphNode on_its_own;
	CUgraphExec exec;
	size_t count;

	fill(1, 1);
	a = 3;
	CU(OLD(begin_capture *, cuStreamBeginCapture, 10000)(stream));
	CU(cuLaunchKernel(saxpy, 2, 1, 1, 128, 1, 1, 0, stream, values, NULL));
	CU(OLD(PFN_cuStreamGetCaptureInfo_v10010, cuStreamGetCaptureInfo, 11000)(stream, &status,
										  &id));
	CHECK(status == CU_STREAM_CAPTURE_STATUS_ACTIVE && id);
	CU(OLD(PFN_cuStreamGetCaptureInfo_v11030, cuStreamGetCaptureInfo, 12000)(
		stream, &status, &again, &capturing, &dependencies, &count));
	CHECK(again == id && count == 1);
	CU(cuGraphAddEmptyNode(&on_its_own, capturing, NULL, 0));
	CU(OLD(PFN_cuStreamUpdateCaptureDependencies_v11030, cuStreamUpdateCaptureDependencies,
	       12000)(stream, &on_its_own, 1, CU_STREAM_ADD_CAPTURE_DEPENDENCIES));
	CU(cuLaunchKernel(saxpy, 2, 1, 1, 128, 1, 1, 0, stream, values, NULL));
	CU(cuStreamEndCapture(stream, &graph));
	CU(cuGraphGetEdges(graph, NULL, NULL, NULL, &count));
	CHECK(count == 2);
	CU(OLD(instantiate *, cuGraphInstantiate, 11000)(&exec, graph, NULL, NULL, 0));
	expect(exec, stream, 7);
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
}

int main(void)
{
	CUmodule module;
	CUstream stream;

	ptx_context();
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
	CU(cuMemAlloc(&x, n * 4));
	CU(cuMemAlloc(&y, n * 4));
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	explicit_nodes(stream);
	captured(stream);
	CU(cuStreamDestroy(stream));
	CU(cuMemFree(x));
	CU(cuMemFree(y));
	return finish();
}
