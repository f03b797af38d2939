/* SPDX-License-Identifier: MIT */
/*
 * softgpu_graph_outlives_its_capture.c - a graph is there as long as a stream captures into it
 *
 * The body of a conditional node, and a child graph that was moved, go with their node: neither
 * that nor the graph it is in can be destroyed meanwhile.
 */
#include <cuda.h>
#include <dlfcn.h>
#include <unistd.h>

#include "tests/unit/softgpu_driver.h"

#define FUNCTIONS(F)                                                                               \
	F(cuInit)                                                                                  \
	F(cuDevicePrimaryCtxRetain) F(cuCtxSetCurrent) F(cuStreamCreate)                           \
		F(cuStreamBeginCaptureToGraph) F(cuStreamEndCapture) F(cuGraphCreate)              \
			F(cuGraphDestroy) F(cuGraphDestroyNode) F(cuGraphAddNode_v2)               \
				F(cuGraphConditionalHandleCreate)

#define DECLARE(name) static __typeof__(name) *do_##name;
FUNCTIONS(DECLARE)

static CUcontext context;
static CUstream stream;

static void open_driver(void)
{
	void *driver = softgpu_driver();

#define FIND(name)                                                                                 \
	do_##name = dlsym(driver, #name);                                                          \
	CHECK(do_##name);
	FUNCTIONS(FIND)
}

/* A node in @graph that owns a graph: *inner */
static CUgraphNode conditional(CUgraph graph, CUgraph *inner)
{
	CUgraphNodeParams params = {.type = CU_GRAPH_NODE_TYPE_CONDITIONAL};
	CUgraphNode node;

	CHECK(!do_cuGraphConditionalHandleCreate(&params.conditional.handle, graph, context, 0, 0));
	params.conditional.type = CU_GRAPH_COND_TYPE_IF;
	params.conditional.size = 1;
	params.conditional.ctx = context;
	CHECK(!do_cuGraphAddNode_v2(&node, graph, NULL, NULL, 0, &params));
	*inner = params.conditional.phGraph_out[0];
	return node;
}

static CUgraphNode moved(CUgraph graph, CUgraph *inner)
{
	CUgraphNodeParams params = {.type = CU_GRAPH_NODE_TYPE_GRAPH};
	CUgraphNode node;

	CHECK(!do_cuGraphCreate(inner, 0));
	params.graph.graph = *inner;
	params.graph.ownership = CU_GRAPH_CHILD_GRAPH_OWNERSHIP_MOVE;
	CHECK(!do_cuGraphAddNode_v2(&node, graph, NULL, NULL, 0, &params));
	return node;
}

static void check(CUgraphNode (*add)(CUgraph, CUgraph *))
{
	CUgraph graph, inner, ended;
	CUgraphNode node;

	CHECK(!do_cuGraphCreate(&graph, 0));
	node = add(graph, &inner);
	CHECK(!do_cuStreamBeginCaptureToGraph(stream, inner, NULL, NULL, 0,
					      CU_STREAM_CAPTURE_MODE_RELAXED));
	CHECK(do_cuGraphDestroyNode(node) == CUDA_ERROR_INVALID_VALUE);
	CHECK(do_cuGraphDestroy(graph) == CUDA_ERROR_INVALID_VALUE);
	CHECK(!do_cuStreamEndCapture(stream, &ended) && ended == inner);
	CHECK(!do_cuGraphDestroyNode(node));
	CHECK(!do_cuGraphDestroy(graph));
}

int main(void)
{
	open_driver();
	CHECK(!do_cuInit(0) && !do_cuDevicePrimaryCtxRetain(&context, 0));
	CHECK(!do_cuCtxSetCurrent(context) && !do_cuStreamCreate(&stream, CU_STREAM_DEFAULT));
	check(conditional);
	check(moved);
	return 0;
}
