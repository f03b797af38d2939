/* SPDX-License-Identifier: MIT */
/*
 * graph_node.c - nodes that are more than a row
 *
 * Faces qcu-library/cuda/graph_node.c.  A node names memory of the guest by its
 * address here; the guest keeps the pages shared for as long as a graph or an
 * executable may use them.  What the driver gives back is translated into the
 * guest's names and addresses.
 */
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/callback.h"
#include "qcu-device/worker/copy3d.h"
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/loan.h"

CUresult host_node_add_copy(struct dispatch *dispatch, CUgraphNode *node, CUgraph graph,
			    const CUgraphNode *dependencies, size_t n, struct wire_copy3d wire,
			    CUcontext context)
{
	struct copy3d copy;
	CUresult rc;

	if (!driver.cuGraphAddMemcpyNode)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = copy3d_get(dispatch, &wire, &copy);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuGraphAddMemcpyNode(node, graph, dependencies, n, &copy.params, context);
	copy3d_put(&copy);
	return rc;
}

CUresult host_node_set_copy(struct dispatch *dispatch, CUgraphNode node, struct wire_copy3d wire)
{
	struct copy3d copy;
	CUresult rc;

	if (!driver.cuGraphMemcpyNodeSetParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = copy3d_get(dispatch, &wire, &copy);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuGraphMemcpyNodeSetParams(node, &copy.params);
	copy3d_put(&copy);
	return rc;
}

CUresult host_exec_set_copy(struct dispatch *dispatch, CUgraphExec exec, CUgraphNode node,
			    struct wire_copy3d wire, CUcontext context)
{
	struct copy3d copy;
	CUresult rc;

	if (!driver.cuGraphExecMemcpyNodeSetParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = copy3d_get(dispatch, &wire, &copy);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuGraphExecMemcpyNodeSetParams(exec, node, &copy.params, context);
	copy3d_put(&copy);
	return rc;
}

CUresult host_node_get_copy(struct dispatch *dispatch, CUgraphNode node, struct wire_copy3d *wire)
{
	CUDA_MEMCPY3D params = { 0 };
	CUresult rc;

	if (!wire)
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphMemcpyNodeGetParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuGraphMemcpyNodeGetParams(node, &params);
	if (rc == CUDA_SUCCESS && !copy3d_describe(&params, wire))
		rc = CUDA_ERROR_NOT_SUPPORTED;
	return rc;
}

/* For a node: it is run as often as its graph, and may be given back as long as that is there. */
static CUresult host_node(struct dispatch *dispatch, const struct wire_callback *wire,
			  CUDA_HOST_NODE_PARAMS *params)
{
	if (wire->kind != WIRE_CALLBACK_FUNCTION)
		return dispatch_refuse(dispatch);
	params->fn = callback_run;
	params->userData = callback_create(wire, false);
	return params->userData ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult host_node_add_host(struct dispatch *dispatch, CUgraphNode *node, CUgraph graph,
			    const CUgraphNode *dependencies, size_t n, struct wire_callback wire)
{
	CUDA_HOST_NODE_PARAMS params;
	CUresult rc;

	if (!driver.cuGraphAddHostNode)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = host_node(dispatch, &wire, &params);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuGraphAddHostNode(node, graph, dependencies, n, &params);
	if (rc != CUDA_SUCCESS)
		callback_destroy(params.userData);
	return rc;
}

CUresult host_node_set_host(struct dispatch *dispatch, CUgraphNode node,
			    struct wire_callback wire)
{
	CUDA_HOST_NODE_PARAMS params;
	CUresult rc;

	if (!driver.cuGraphHostNodeSetParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = host_node(dispatch, &wire, &params);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuGraphHostNodeSetParams(node, &params);
	if (rc != CUDA_SUCCESS)
		callback_destroy(params.userData);
	return rc;
}

CUresult host_exec_set_host(struct dispatch *dispatch, CUgraphExec exec, CUgraphNode node,
			    struct wire_callback wire)
{
	CUDA_HOST_NODE_PARAMS params;
	CUresult rc;

	if (!driver.cuGraphExecHostNodeSetParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = host_node(dispatch, &wire, &params);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuGraphExecHostNodeSetParams(exec, node, &params);
	if (rc != CUDA_SUCCESS)
		callback_destroy(params.userData);
	return rc;
}

CUresult host_node_get_host(struct dispatch *dispatch, CUgraphNode node,
			    struct wire_callback *wire)
{
	CUDA_HOST_NODE_PARAMS params = { 0 };
	CUresult rc;

	if (!wire)
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphHostNodeGetParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuGraphHostNodeGetParams(node, &params);
	if (rc == CUDA_SUCCESS &&
	    (params.fn != callback_run || !callback_get(params.userData, wire)))
		rc = CUDA_ERROR_NOT_SUPPORTED;
	return rc;
}

CUresult host_node_get_event(struct dispatch *dispatch, CUgraphNode node, uint32_t wait,
			     uint64_t *name)
{
	CUevent event = NULL;
	CUresult rc;

	if (!name)
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphEventWaitNodeGetEvent || !driver.cuGraphEventRecordNodeGetEvent)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = wait ? driver.cuGraphEventWaitNodeGetEvent(node, &event) :
		    driver.cuGraphEventRecordNodeGetEvent(node, &event);
	if (rc == CUDA_SUCCESS)
		*name = handle_name_of(KIND_CUevent, event);
	return rc;
}

CUresult host_node_get_graph(struct dispatch *dispatch, CUgraphNode node, uint64_t lent,
			     uint64_t *name)
{
	struct loan loan = { &lent, 1, 0 };
	CUgraph graph = NULL;
	CUresult rc;

	if (!name)
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphChildGraphNodeGetGraph)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuGraphChildGraphNodeGetGraph(node, &graph);
	if (rc == CUDA_SUCCESS &&
	    !loan_name(&loan, KIND_CUgraph, graph, dispatch->names[0], name))
		rc = dispatch_refuse(dispatch);
	return rc;
}

CUresult host_node_add_alloc(struct dispatch *dispatch, CUgraphNode *node, CUgraph graph,
			     const CUgraphNode *dependencies, size_t n, CUmemPoolProps props,
			     uint64_t bytes, uint32_t n_access, const CUmemAccessDesc *access,
			     CUdeviceptr *dptr)
{
	CUDA_MEM_ALLOC_NODE_PARAMS params = { .poolProps = props, .accessDescs = access,
					      .accessDescCount = n_access, .bytesize = bytes };
	CUresult rc;

	if (!dptr || (n_access && !access))
		return dispatch_refuse(dispatch);
	/* On the host it would be memory of this process. */
	if (!driver.cuGraphAddMemAllocNode || props.location.type != CU_MEM_LOCATION_TYPE_DEVICE)
		return CUDA_ERROR_NOT_SUPPORTED;
	params.poolProps.win32SecurityAttributes = NULL;
	rc = driver.cuGraphAddMemAllocNode(node, graph, dependencies, n, &params);
	*dptr = params.dptr;
	return rc;
}

CUresult host_node_get_alloc(struct dispatch *dispatch, CUgraphNode node, CUmemPoolProps *props,
			     uint64_t *bytes, CUdeviceptr *dptr, uint32_t capacity,
			     uint32_t *n_access, CUmemAccessDesc *access)
{
	CUDA_MEM_ALLOC_NODE_PARAMS params = { 0 };
	CUresult rc;

	if (!props || !bytes || !dptr || !n_access || (capacity && !access))
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphMemAllocNodeGetParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuGraphMemAllocNodeGetParams(node, &params);
	if (rc != CUDA_SUCCESS)
		return rc;
	*props = params.poolProps;
	props->win32SecurityAttributes = NULL;
	*bytes = params.bytesize;
	*dptr = params.dptr;
	*n_access = params.accessDescs ? params.accessDescCount : 0;
	for (uint32_t i = 0; i < *n_access && i < capacity; i++)
		access[i] = params.accessDescs[i];
	return CUDA_SUCCESS;
}

static CUDA_BATCH_MEM_OP_NODE_PARAMS batch(CUcontext context, uint32_t count,
					   const CUstreamBatchMemOpParams *ops,
					   unsigned int flags)
{
	return (CUDA_BATCH_MEM_OP_NODE_PARAMS){
		.ctx = context,
		.count = ops ? count : 0,
		.paramArray = (CUstreamBatchMemOpParams *)ops,
		.flags = flags,
	};
}

CUresult host_node_add_batch(struct dispatch *dispatch, CUgraphNode *node, CUgraph graph,
			     const CUgraphNode *dependencies, size_t n, CUcontext context,
			     uint32_t count, const CUstreamBatchMemOpParams *ops,
			     unsigned int flags)
{
	CUDA_BATCH_MEM_OP_NODE_PARAMS params = batch(context, count, ops, flags);

	return driver.cuGraphAddBatchMemOpNode ?
		       driver.cuGraphAddBatchMemOpNode(node, graph, dependencies, n, &params) :
		       CUDA_ERROR_NOT_SUPPORTED;
}

CUresult host_node_set_batch(struct dispatch *dispatch, CUgraphNode node, CUcontext context,
			     uint32_t count, const CUstreamBatchMemOpParams *ops,
			     unsigned int flags)
{
	CUDA_BATCH_MEM_OP_NODE_PARAMS params = batch(context, count, ops, flags);

	return driver.cuGraphBatchMemOpNodeSetParams ?
		       driver.cuGraphBatchMemOpNodeSetParams(node, &params) :
		       CUDA_ERROR_NOT_SUPPORTED;
}

CUresult host_exec_set_batch(struct dispatch *dispatch, CUgraphExec exec, CUgraphNode node,
			     CUcontext context, uint32_t count,
			     const CUstreamBatchMemOpParams *ops, unsigned int flags)
{
	CUDA_BATCH_MEM_OP_NODE_PARAMS params = batch(context, count, ops, flags);

	return driver.cuGraphExecBatchMemOpNodeSetParams ?
		       driver.cuGraphExecBatchMemOpNodeSetParams(exec, node, &params) :
		       CUDA_ERROR_NOT_SUPPORTED;
}

CUresult host_node_get_batch(struct dispatch *dispatch, CUgraphNode node, uint64_t *context,
			     uint32_t *count, uint32_t *flags, uint32_t capacity,
			     CUstreamBatchMemOpParams *ops)
{
	CUDA_BATCH_MEM_OP_NODE_PARAMS params = { 0 };
	CUresult rc;

	if (!context || !count || !flags || (capacity && !ops))
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphBatchMemOpNodeGetParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuGraphBatchMemOpNodeGetParams(node, &params);
	if (rc != CUDA_SUCCESS)
		return rc;
	*context = params.ctx ? handle_name_of(KIND_CUcontext, params.ctx) : 0;
	*count = params.count;
	*flags = params.flags;
	for (uint32_t i = 0; i < params.count && i < capacity; i++)
		ops[i] = params.paramArray[i];
	return CUDA_SUCCESS;
}

/* The graphs that the node runs get the lent names, and belong to it. */
CUresult host_node_add_conditional(struct dispatch *dispatch, CUgraphNode *node, CUgraph graph,
				   const CUgraphNode *dependencies, size_t n, CUcontext context,
				   CUgraphConditionalHandle handle,
				   CUgraphConditionalNodeType type, uint32_t size,
				   const uint64_t *lent)
{
	CUgraphNodeParams params = { .type = CU_GRAPH_NODE_TYPE_CONDITIONAL };
	CUresult rc;

	if (size > WIRE_MAX_NODES || (size && !lent))
		return dispatch_refuse(dispatch);
	for (uint32_t i = 0; i < size; i++)
		if (!handle_is_free(KIND_CUgraph, lent[i]))
			return dispatch_refuse(dispatch);
	if (!driver.cuGraphAddNode_v2)
		return CUDA_ERROR_NOT_SUPPORTED;
	params.conditional.handle = handle;
	params.conditional.type = type;
	params.conditional.size = size;
	params.conditional.ctx = context;
	rc = driver.cuGraphAddNode_v2(node, graph, dependencies, NULL, n, &params);
	if (rc != CUDA_SUCCESS)
		return rc;
	/* The node must have its name before what belongs to it. */
	if (!handle_put(dispatch->names[0], *node, dispatch->names[1]))
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (uint32_t i = 0; i < size && params.conditional.phGraph_out; i++)
		if (!handle_put(lent[i], params.conditional.phGraph_out[i], dispatch->names[0]))
			return dispatch_refuse(dispatch);
	return CUDA_SUCCESS;
}

/* The child graph becomes the node's. */
CUresult host_node_add_moved_graph(struct dispatch *dispatch, CUgraphNode *node, CUgraph graph,
				   const CUgraphNode *dependencies, size_t n, CUgraph child)
{
	CUgraphNodeParams params = { .type = CU_GRAPH_NODE_TYPE_GRAPH };
	CUresult rc;

	if (!driver.cuGraphAddNode_v2)
		return CUDA_ERROR_NOT_SUPPORTED;
	params.graph.graph = child;
	params.graph.ownership = CU_GRAPH_CHILD_GRAPH_OWNERSHIP_MOVE;
	rc = driver.cuGraphAddNode_v2(node, graph, dependencies, NULL, n, &params);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle_put(dispatch->names[0], *node, dispatch->names[1]))
		return CUDA_ERROR_OUT_OF_MEMORY;
	handle_move(dispatch->names[4], dispatch->names[0]);
	return CUDA_SUCCESS;
}
