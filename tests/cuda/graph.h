/* SPDX-License-Identifier: MIT */
/*
 * graph.h - for the tests of graphs and stream capture with the driver API
 *
 * step(p, x): *p = *p * 10 + x, so the digits of *p tell which kernels ran, and in which order.
 */
#ifndef TESTS_CUDA_GRAPH_H
#define TESTS_CUDA_GRAPH_H

#include "check.h"

static const char graph_ptx[] =
	".version 6.4\n"
	".target sm_50\n"
	".address_size 64\n"
	".visible .entry step(.param .u64 p, .param .u32 x)\n"
	"{\n"
	"	.reg .b32 %r<4>;\n"
	"	.reg .b64 %rd<2>;\n"
	"	ld.param.u64 %rd1, [p];\n"
	"	ld.param.u32 %r1, [x];\n"
	"	ld.global.u32 %r2, [%rd1];\n"
	"	mad.lo.u32 %r3, %r2, 10, %r1;\n"
	"	st.global.u32 [%rd1], %r3;\n"
	"	ret;\n"
	"}\n";

static CUcontext graph_context;
static CUfunction graph_step;
static CUstream graph_stream;	/* does not wait for the default stream */
static CUdeviceptr graph_word;	/* 0 to begin with */

/* graph_begin() - the above; skips where there are no graphs */
static inline void graph_begin(void)
{
	CUmodule module;
	CUgraph graph;

	CU(cuInit(0));
	CU(cuDevicePrimaryCtxRetain(&graph_context, 0));
	CU(cuCtxSetCurrent(graph_context));
	NEEDS_CU(cuGraphCreate(&graph, 0));
	CU(cuGraphDestroy(graph));
	CU(cuModuleLoadData(&module, graph_ptx));
	CU(cuModuleGetFunction(&graph_step, module, "step"));
	CU(cuStreamCreate(&graph_stream, CU_STREAM_NON_BLOCKING));
	CU(cuMemAlloc(&graph_word, sizeof(unsigned)));
	CU(cuMemsetD32(graph_word, 0, 1));
	CU(cuCtxSynchronize());
}

/* graph_value() - of the word, after all work; it becomes 0 again */
static inline unsigned graph_value(void)
{
	unsigned value;

	CU(cuCtxSynchronize());
	CU(cuMemcpyDtoH(&value, graph_word, sizeof(value)));
	CU(cuMemsetD32(graph_word, 0, 1));
	CU(cuCtxSynchronize());
	return value;
}

/* graph_launch_step() - step(word, x) in a stream */
static inline CUresult graph_launch_step(CUstream stream, unsigned x)
{
	void *params[] = { &graph_word, &x };

	return cuLaunchKernel(graph_step, 1, 1, 1, 1, 1, 1, 0, stream, params, NULL);
}

/* graph_add_step() - a node that does step(word, x) after @count others */
static inline CUgraphNode graph_add_step(CUgraph graph, const CUgraphNode *after, size_t count,
					 unsigned x)
{
	void *args[] = { &graph_word, &x };
	CUDA_KERNEL_NODE_PARAMS params;
	CUgraphNode node;

	memset(&params, 0, sizeof(params));
	params.func = graph_step;
	params.gridDimX = params.gridDimY = params.gridDimZ = 1;
	params.blockDimX = params.blockDimY = params.blockDimZ = 1;
	params.kernelParams = args;
	CU(cuGraphAddKernelNode(&node, graph, after, count, &params));
	return node;
}

/* graph_run() - instantiate, launch and wait for a graph */
static inline void graph_run(CUgraph graph)
{
	CUgraphExec exec;

	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuGraphLaunch(exec, graph_stream));
	CU(cuStreamSynchronize(graph_stream));
	CU(cuGraphExecDestroy(exec));
}

#endif /* TESTS_CUDA_GRAPH_H */
