/* SPDX-License-Identifier: MIT */
/* Graphs as a whole: their life, shape, executables and user objects.  Nodes: graph_node.c. */
#include "cudart.h"

static_assert(sizeof(cudaGraphEdgeData) == sizeof(CUgraphEdgeData) &&
	      sizeof(cudaGraphExecUpdateResultInfo) == sizeof(CUgraphExecUpdateResultInfo) &&
	      sizeof(cudaGraphInstantiateParams) == sizeof(CUDA_GRAPH_INSTANTIATE_PARAMS) &&
	      (int)cudaGraphNodeTypeConditional == CU_GRAPH_NODE_TYPE_CONDITIONAL &&
	      (int)cudaGraphMemAttrReservedMemHigh == CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH &&
	      sizeof(enum cudaGraphNodeType) == sizeof(CUgraphNodeType),
	      "structs and words of graphs are the driver's");

#define EDGES(edges) ((CUgraphEdgeData *)(edges))

FORWARD(cudaGraphCreate, (cudaGraph_t *pGraph, unsigned int flags), cuGraphCreate(pGraph, flags))
FORWARD(cudaGraphDestroy, (cudaGraph_t graph), cuGraphDestroy(graph))
FORWARD(cudaGraphClone, (cudaGraph_t *clone, cudaGraph_t original), cuGraphClone(clone, original))
FORWARD(cudaGraphNodeFindInClone,
	(cudaGraphNode_t *node, cudaGraphNode_t original, cudaGraph_t clone),
	cuGraphNodeFindInClone(node, original, clone))
FORWARD(cudaGraphGetNodes, (cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *numNodes),
	cuGraphGetNodes(graph, nodes, numNodes))
FORWARD(cudaGraphGetRootNodes, (cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *numNodes),
	cuGraphGetRootNodes(graph, nodes, numNodes))
FORWARD(cudaGraphDestroyNode, (cudaGraphNode_t node), cuGraphDestroyNode(node))
FORWARD(cudaGraphDebugDotPrint, (cudaGraph_t graph, const char *path, unsigned int flags),
	cuGraphDebugDotPrint(graph, path, flags))

FORWARD(cudaGraphGetEdges,
	(cudaGraph_t graph, cudaGraphNode_t *from, cudaGraphNode_t *to, cudaGraphEdgeData *edges,
	 size_t *count),
	cuGraphGetEdges_v2(graph, from, to, EDGES(edges), count))
FORWARD(cudaGraphNodeGetDependencies,
	(cudaGraphNode_t node, cudaGraphNode_t *nodes, cudaGraphEdgeData *edges, size_t *count),
	cuGraphNodeGetDependencies_v2(node, nodes, EDGES(edges), count))
FORWARD(cudaGraphNodeGetDependentNodes,
	(cudaGraphNode_t node, cudaGraphNode_t *nodes, cudaGraphEdgeData *edges, size_t *count),
	cuGraphNodeGetDependentNodes_v2(node, nodes, EDGES(edges), count))
FORWARD(cudaGraphAddDependencies,
	(cudaGraph_t graph, const cudaGraphNode_t *from, const cudaGraphNode_t *to,
	 const cudaGraphEdgeData *edges, size_t count),
	cuGraphAddDependencies_v2(graph, from, to, EDGES(edges), count))
FORWARD(cudaGraphRemoveDependencies,
	(cudaGraph_t graph, const cudaGraphNode_t *from, const cudaGraphNode_t *to,
	 const cudaGraphEdgeData *edges, size_t count),
	cuGraphRemoveDependencies_v2(graph, from, to, EDGES(edges), count))

FORWARD(cudaGraphInstantiate,
	(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags),
	cuGraphInstantiateWithFlags(exec, graph, flags))
FORWARD(cudaGraphInstantiateWithFlags,
	(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags),
	cuGraphInstantiateWithFlags(exec, graph, flags))
FORWARD(cudaGraphInstantiateWithParams,
	(cudaGraphExec_t *exec, cudaGraph_t graph, cudaGraphInstantiateParams *params),
	cuGraphInstantiateWithParams(exec, graph, (CUDA_GRAPH_INSTANTIATE_PARAMS *)params))
FORWARD(cudaGraphExecGetFlags, (cudaGraphExec_t exec, unsigned long long *flags),
	cuGraphExecGetFlags(exec, (cuuint64_t *)flags))
FORWARD(cudaGraphExecDestroy, (cudaGraphExec_t exec), cuGraphExecDestroy(exec))
FORWARD(cudaGraphExecUpdate,
	(cudaGraphExec_t exec, cudaGraph_t graph, cudaGraphExecUpdateResultInfo *result),
	cuGraphExecUpdate(exec, graph, (CUgraphExecUpdateResultInfo *)result))
FORWARD(cudaGraphUpload, (cudaGraphExec_t exec, cudaStream_t stream), cuGraphUpload(exec, stream))
FORWARD(cudaGraphLaunch, (cudaGraphExec_t exec, cudaStream_t stream), cuGraphLaunch(exec, stream))

FORWARD_BARE(cudaDeviceGraphMemTrim, (int device), cuDeviceGraphMemTrim(device))
FORWARD_BARE(cudaDeviceGetGraphMemAttribute,
	     (int device, enum cudaGraphMemAttributeType attr, void *value),
	     cuDeviceGetGraphMemAttribute(device, (CUgraphMem_attribute)attr, value))
FORWARD_BARE(cudaDeviceSetGraphMemAttribute,
	     (int device, enum cudaGraphMemAttributeType attr, void *value),
	     cuDeviceSetGraphMemAttribute(device, (CUgraphMem_attribute)attr, value))

FORWARD(cudaUserObjectCreate,
	(cudaUserObject_t *object, void *ptr, cudaHostFn_t destroy, unsigned int count,
	 unsigned int flags),
	cuUserObjectCreate(object, ptr, destroy, count, flags))
FORWARD(cudaUserObjectRetain, (cudaUserObject_t object, unsigned int count),
	cuUserObjectRetain(object, count))
FORWARD(cudaUserObjectRelease, (cudaUserObject_t object, unsigned int count),
	cuUserObjectRelease(object, count))
FORWARD(cudaGraphRetainUserObject,
	(cudaGraph_t graph, cudaUserObject_t object, unsigned int count, unsigned int flags),
	cuGraphRetainUserObject(graph, object, count, flags))
FORWARD(cudaGraphReleaseUserObject,
	(cudaGraph_t graph, cudaUserObject_t object, unsigned int count),
	cuGraphReleaseUserObject(graph, object, count))
