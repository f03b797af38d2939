/* SPDX-License-Identifier: MIT */
/*
 * graph_node.c - nodes that are more than a row
 *
 * Faces qcu-device/worker/graph_node.c.  What a node does is known to the host's
 * driver alone, which is asked for it: so it does not matter whether a node was
 * added, captured or cloned.  Arrays that a Get call gives out belong to the node;
 * they are kept with its name.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/callback.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/copy.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/graph.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/loan.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/reserve.h"
#include "qcu-library/cuda/session.h"

#define MAX_BATCH	256	/* operations of a node, CUDA's own limit */
#define MAX_ACCESS	64	/* devices that may use what a node allocates */

/* struct kept - a block given out for a node; the newest first */
struct kept {
	struct kept *older;
	size_t n;
	_Alignas(16) uint8_t bytes[];
};

/* The data of a node's handle.  Guarded by lock. */
struct node {
	struct kept *kept;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void node_destroy(void *p)
{
	struct node *node = p;

	while (node->kept) {
		struct kept *older = node->kept->older;

		free(node->kept);
		node->kept = older;
	}
	free(node);
}

/* NULL without memory.  Called with the lock held. */
static struct node *node_of(CUgraphNode handle)
{
	struct node *node = handle_data((uint64_t)handle), *made;

	if (node)
		return node;
	made = calloc(1, sizeof(*made));
	node = made ? handle_set_data((uint64_t)handle, made, node_destroy) : NULL;
	if (node != made)
		free(made);
	return node;
}

const void *node_data_keep(CUgraphNode handle, const void *bytes, size_t n)
{
	struct kept *kept = NULL;
	struct node *node;

	pthread_mutex_lock(&lock);
	node = node_of(handle);
	for (kept = node ? node->kept : NULL; kept; kept = kept->older)
		if (kept->n == n && !memcmp(kept->bytes, bytes, n))
			break;
	if (node && !kept)
		kept = malloc(sizeof(*kept) + n);
	if (kept && (!node->kept || kept->n != n || memcmp(kept->bytes, bytes, n))) {
		kept->older = node->kept;
		kept->n = n;
		memcpy(kept->bytes, bytes, n);
		node->kept = kept;
	}
	pthread_mutex_unlock(&lock);
	return kept ? kept->bytes : NULL;
}

/* What cannot be kept for lack of memory could be gone when the graph runs. */
static CUresult copy_init(const CUDA_MEMCPY3D *p, struct wire_copy3d *wire, struct holds *holds)
{
	CUresult rc = session_check();

	*holds = (struct holds){ 0 };
	if (rc == CUDA_SUCCESS && !p)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? copy3d_share(p, wire, holds) : rc;
}

CUresult CUDAAPI cuGraphAddMemcpyNode(CUgraphNode *phGraphNode, CUgraph hGraph,
				      const CUgraphNode *dependencies, size_t numDependencies,
				      const CUDA_MEMCPY3D *copyParams, CUcontext ctx)
{
	struct wire_copy3d wire;
	struct holds holds;
	CUresult rc = copy_init(copyParams, &wire, &holds);

	if (rc == CUDA_SUCCESS)
		rc = send_node_add_copy(phGraphNode, hGraph, dependencies, numDependencies, wire,
					ctx);
	if (rc == CUDA_SUCCESS)
		return graph_keep((uint64_t)hGraph, &holds);
	holds_clear(&holds);
	return rc;
}

CUresult CUDAAPI cuGraphMemcpyNodeSetParams(CUgraphNode hNode, const CUDA_MEMCPY3D *nodeParams)
{
	struct wire_copy3d wire;
	struct holds holds;
	CUresult rc = copy_init(nodeParams, &wire, &holds);

	if (rc == CUDA_SUCCESS)
		rc = send_node_set_copy(hNode, wire);
	if (rc == CUDA_SUCCESS)
		return graph_keep(handle_owner((uint64_t)hNode), &holds);
	holds_clear(&holds);
	return rc;
}

CUresult CUDAAPI cuGraphExecMemcpyNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
						const CUDA_MEMCPY3D *copyParams, CUcontext ctx)
{
	struct wire_copy3d wire;
	struct holds holds;
	CUresult rc = copy_init(copyParams, &wire, &holds);

	if (rc == CUDA_SUCCESS)
		rc = send_exec_set_copy(hGraphExec, hNode, wire, ctx);
	if (rc == CUDA_SUCCESS)
		return exec_keep((uint64_t)hGraphExec, &holds);
	holds_clear(&holds);
	return rc;
}

/* One side as the program knows it */
static CUmemorytype side_of(const struct wire_operand *wire, const void **host,
			    CUdeviceptr *device, CUarray *array)
{
	switch (wire->place) {
	case WIRE_PLACE_HOST:
		*host = POINTER(wire->address);
		return CU_MEMORYTYPE_HOST;
	case WIRE_PLACE_ARRAY:
		*array = (CUarray)wire->array;
		return CU_MEMORYTYPE_ARRAY;
	}
	*device = wire->address;
	return CU_MEMORYTYPE_DEVICE;
}

CUresult CUDAAPI cuGraphMemcpyNodeGetParams(CUgraphNode hNode, CUDA_MEMCPY3D *nodeParams)
{
	struct wire_copy3d wire;
	const void *dst = NULL;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !nodeParams)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_node_get_copy(hNode, &wire);
	if (rc != CUDA_SUCCESS)
		return rc;
	*nodeParams = (CUDA_MEMCPY3D){
		.srcXInBytes = wire.src.x_bytes, .srcY = wire.src.y, .srcZ = wire.src.z,
		.srcLOD = wire.src.lod, .srcPitch = wire.src.pitch, .srcHeight = wire.src.height,
		.dstXInBytes = wire.dst.x_bytes, .dstY = wire.dst.y, .dstZ = wire.dst.z,
		.dstLOD = wire.dst.lod, .dstPitch = wire.dst.pitch, .dstHeight = wire.dst.height,
		.WidthInBytes = wire.width_bytes, .Height = wire.height, .Depth = wire.depth,
	};
	nodeParams->srcMemoryType = side_of(&wire.src, &nodeParams->srcHost,
					    &nodeParams->srcDevice, &nodeParams->srcArray);
	nodeParams->dstMemoryType = side_of(&wire.dst, &dst, &nodeParams->dstDevice,
					    &nodeParams->dstArray);
	nodeParams->dstHost = (void *)dst;
	return CUDA_SUCCESS;
}

/* A host function is run by this process: there must be a thread for it (callback.h). */
static CUresult host_init(const CUDA_HOST_NODE_PARAMS *p, struct wire_callback *callback)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (!p || !p->fn))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = callback_ready();
	if (rc == CUDA_SUCCESS)
		*callback = callback_of(p->fn, p->userData);
	return rc;
}

CUresult CUDAAPI cuGraphAddHostNode(CUgraphNode *phGraphNode, CUgraph hGraph,
				    const CUgraphNode *dependencies, size_t numDependencies,
				    const CUDA_HOST_NODE_PARAMS *nodeParams)
{
	struct wire_callback callback;
	CUresult rc = host_init(nodeParams, &callback);

	return rc == CUDA_SUCCESS ? send_node_add_host(phGraphNode, hGraph, dependencies,
						       numDependencies, callback) :
				    rc;
}

CUresult CUDAAPI cuGraphHostNodeSetParams(CUgraphNode hNode,
					  const CUDA_HOST_NODE_PARAMS *nodeParams)
{
	struct wire_callback callback;
	CUresult rc = host_init(nodeParams, &callback);

	return rc == CUDA_SUCCESS ? send_node_set_host(hNode, callback) : rc;
}

CUresult CUDAAPI cuGraphExecHostNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
					      const CUDA_HOST_NODE_PARAMS *nodeParams)
{
	struct wire_callback callback;
	CUresult rc = host_init(nodeParams, &callback);

	return rc == CUDA_SUCCESS ? send_exec_set_host(hGraphExec, hNode, callback) : rc;
}

CUresult CUDAAPI cuGraphHostNodeGetParams(CUgraphNode hNode, CUDA_HOST_NODE_PARAMS *nodeParams)
{
	struct wire_callback callback;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !nodeParams)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_node_get_host(hNode, &callback);
	if (rc != CUDA_SUCCESS)
		return rc;
	nodeParams->fn = (CUhostFn)callback.function;
	nodeParams->userData = POINTER(callback.data);
	return CUDA_SUCCESS;
}

static CUresult get_event(CUgraphNode node, CUevent *event, bool wait)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !event)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_node_get_event(node, wait, (uint64_t *)event) : rc;
}

CUresult CUDAAPI cuGraphEventRecordNodeGetEvent(CUgraphNode hNode, CUevent *event_out)
{
	return get_event(hNode, event_out, false);
}

CUresult CUDAAPI cuGraphEventWaitNodeGetEvent(CUgraphNode hNode, CUevent *event_out)
{
	return get_event(hNode, event_out, true);
}

/* The child runs with the graph, and so what it uses. */
CUresult CUDAAPI cuGraphAddChildGraphNode(CUgraphNode *phGraphNode, CUgraph hGraph,
					  const CUgraphNode *dependencies, size_t numDependencies,
					  CUgraph childGraph)
{
	CUresult rc = send_cuGraphAddChildGraphNode(phGraphNode, hGraph, dependencies,
						    numDependencies, childGraph);

	return rc == CUDA_SUCCESS ? graph_keep_as((uint64_t)hGraph, (uint64_t)childGraph) : rc;
}

CUresult CUDAAPI cuGraphExecChildGraphNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
						    CUgraph childGraph)
{
	CUresult rc = send_cuGraphExecChildGraphNodeSetParams(hGraphExec, hNode, childGraph);

	return rc == CUDA_SUCCESS ? exec_keep_as((uint64_t)hGraphExec, (uint64_t)childGraph) : rc;
}

CUresult CUDAAPI cuGraphChildGraphNodeGetGraph(CUgraphNode hNode, CUgraph *phGraph)
{
	CUresult rc = session_check();
	struct loan loan;
	uint64_t graph = 0;

	if (rc == CUDA_SUCCESS && !phGraph)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = loan_init(&loan, KIND_CUgraph, (uint64_t)hNode, 1);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_node_get_graph(hNode, loan.names[0], &graph);
	loan_finish(&loan, graph == loan.names[0]);
	if (rc == CUDA_SUCCESS)
		*phGraph = (CUgraph)graph;
	return rc;
}

/* Where a node's memory lies is known from now on, though it is there only while the graph runs. */
static CUresult note_memory(CUdeviceptr address, uint64_t bytes)
{
	struct range range = {
		.start = address, .bytes = bytes, .device = address, .kind = RANGE_DEVICE,
		.context = context_home(context_current()), .owner = context_home(context_current()),
		.at_times = true,
	};

	return reserve(address, bytes) ? ranges_add(&range) : CUDA_ERROR_OUT_OF_MEMORY;
}

static CUresult location_on_host(CUmemLocation *location)
{
	CUresult rc = device_of_location(location);

	if (rc == CUDA_SUCCESS)
		location->id = device_on_host(location->id);
	return rc;
}

CUresult CUDAAPI cuGraphAddMemAllocNode(CUgraphNode *phGraphNode, CUgraph hGraph,
					const CUgraphNode *dependencies, size_t numDependencies,
					CUDA_MEM_ALLOC_NODE_PARAMS *nodeParams)
{
	CUmemAccessDesc access[MAX_ACCESS];
	CUmemPoolProps props;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!nodeParams || nodeParams->accessDescCount > MAX_ACCESS ||
	    (nodeParams->accessDescCount && !nodeParams->accessDescs))
		return CUDA_ERROR_INVALID_VALUE;
	props = nodeParams->poolProps;
	rc = location_on_host(&props.location);
	for (size_t i = 0; rc == CUDA_SUCCESS && i < nodeParams->accessDescCount; i++) {
		access[i] = nodeParams->accessDescs[i];
		rc = location_on_host(&access[i].location);
	}
	if (rc == CUDA_SUCCESS)
		rc = send_node_add_alloc(phGraphNode, hGraph, dependencies, numDependencies, props,
					 nodeParams->bytesize, nodeParams->accessDescCount, access,
					 &nodeParams->dptr);
	return rc == CUDA_SUCCESS ? note_memory(nodeParams->dptr, nodeParams->bytesize) : rc;
}

CUresult CUDAAPI cuGraphMemAllocNodeGetParams(CUgraphNode hNode,
					      CUDA_MEM_ALLOC_NODE_PARAMS *params_out)
{
	CUDA_MEM_ALLOC_NODE_PARAMS params = { 0 };
	CUmemAccessDesc access[MAX_ACCESS];
	uint32_t n_access;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !params_out)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_node_get_alloc(hNode, &params.poolProps, &params.bytesize, &params.dptr,
					 MAX_ACCESS, &n_access, access);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (params.poolProps.location.type == CU_MEM_LOCATION_TYPE_DEVICE)
		params.poolProps.location.id = device_from_host(params.poolProps.location.id);
	params.accessDescCount = n_access < MAX_ACCESS ? n_access : MAX_ACCESS;
	for (uint32_t i = 0; i < params.accessDescCount; i++)
		if (access[i].location.type == CU_MEM_LOCATION_TYPE_DEVICE)
			access[i].location.id = device_from_host(access[i].location.id);
	if (params.accessDescCount)
		params.accessDescs = node_data_keep(hNode, access,
						    params.accessDescCount * sizeof(access[0]));
	*params_out = params;
	return CUDA_SUCCESS;
}

static CUresult batch_check(const CUDA_BATCH_MEM_OP_NODE_PARAMS *p)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (!p || !p->paramArray || !p->count || p->count > MAX_BATCH))
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc;
}

CUresult CUDAAPI cuGraphAddBatchMemOpNode(CUgraphNode *phGraphNode, CUgraph hGraph,
					  const CUgraphNode *dependencies, size_t numDependencies,
					  const CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams)
{
	const CUDA_BATCH_MEM_OP_NODE_PARAMS *p = nodeParams;
	CUresult rc = batch_check(p);

	return rc == CUDA_SUCCESS ? send_node_add_batch(phGraphNode, hGraph, dependencies,
							numDependencies, p->ctx, p->count,
							p->paramArray, p->flags) :
				    rc;
}

CUresult CUDAAPI cuGraphBatchMemOpNodeSetParams(CUgraphNode hNode,
						const CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams)
{
	const CUDA_BATCH_MEM_OP_NODE_PARAMS *p = nodeParams;
	CUresult rc = batch_check(p);

	return rc == CUDA_SUCCESS ?
		       send_node_set_batch(hNode, p->ctx, p->count, p->paramArray, p->flags) :
		       rc;
}

CUresult CUDAAPI cuGraphExecBatchMemOpNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
						    const CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams)
{
	const CUDA_BATCH_MEM_OP_NODE_PARAMS *p = nodeParams;
	CUresult rc = batch_check(p);

	return rc == CUDA_SUCCESS ? send_exec_set_batch(hGraphExec, hNode, p->ctx, p->count,
							p->paramArray, p->flags) :
				    rc;
}

CUresult CUDAAPI cuGraphBatchMemOpNodeGetParams(CUgraphNode hNode,
						CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams_out)
{
	CUstreamBatchMemOpParams ops[MAX_BATCH];
	uint32_t count, flags;
	uint64_t context;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !nodeParams_out)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_node_get_batch(hNode, &context, &count, &flags, MAX_BATCH, ops);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (count > MAX_BATCH)
		return CUDA_ERROR_NOT_SUPPORTED;
	*nodeParams_out = (CUDA_BATCH_MEM_OP_NODE_PARAMS){
		.ctx = (CUcontext)context, .count = count, .flags = flags,
		.paramArray = (CUstreamBatchMemOpParams *)node_data_keep(hNode, ops,
									 count * sizeof(ops[0])),
	};
	return nodeParams_out->paramArray ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}
