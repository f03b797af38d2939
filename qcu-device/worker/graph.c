/* SPDX-License-Identifier: MIT */
/*
 * graph.c - graphs as a whole: their nodes and edges, executables
 *
 * Faces qcu-library/cuda/graph.c and graph_exec.c.  Lists may be longer than a
 * message: the guest asks for a piece at a time, and the driver for all of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/loan.h"

/* struct list - nodes as the driver gave them, or the two ends of edges */
struct list {
	size_t n;
	CUgraphNode *nodes, *others;
	CUgraphEdgeData *data;	/* NULL if not asked for */
};

static bool list_init(struct list *list, size_t n, bool with_others, bool with_data)
{
	*list = (struct list){ .n = n, .nodes = calloc(n + 1, sizeof(*list->nodes)) };
	if (with_others)
		list->others = calloc(n + 1, sizeof(*list->others));
	if (with_data)
		list->data = calloc(n + 1, sizeof(*list->data));
	return list->nodes && (list->others || !with_others) && (list->data || !with_data);
}

static void list_finish(struct list *list)
{
	free(list->nodes);
	free(list->others);
	free(list->data);
}

/* The piece [@first, @first + @capacity) of @from by name */
static bool name_piece(struct loan *loan, const CUgraphNode *from, size_t n, uint64_t owner,
		       uint64_t first, uint32_t capacity, uint64_t *names)
{
	for (uint64_t i = first; i < n && i - first < capacity; i++)
		if (!loan_name(loan, KIND_CUgraphNode, from[i], owner, &names[i - first]))
			return false;
	return true;
}

static void copy_piece(const struct list *list, uint64_t first, uint32_t capacity,
		       CUgraphEdgeData *data)
{
	for (uint64_t i = first; list->data && i < list->n && i - first < capacity; i++)
		data[i - first] = list->data[i];
}

CUresult host_graph_nodes(struct dispatch *dispatch, CUgraph graph, uint32_t roots,
			  uint64_t first, uint32_t capacity, const uint64_t *lent, uint32_t *used,
			  uint64_t *total, uint64_t *nodes)
{
	struct loan loan = { lent, capacity, 0 };
	struct list list;
	size_t n = 0;
	CUresult rc;

	if (!used || !total || capacity > WIRE_MAX_NODES || (capacity && (!lent || !nodes)))
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphGetNodes || !driver.cuGraphGetRootNodes)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = roots ? driver.cuGraphGetRootNodes(graph, NULL, &n) :
		     driver.cuGraphGetNodes(graph, NULL, &n);
	*total = n;
	if (rc != CUDA_SUCCESS || !capacity)
		return rc;
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	if (list_init(&list, n, false, false))
		rc = roots ? driver.cuGraphGetRootNodes(graph, list.nodes, &list.n) :
			     driver.cuGraphGetNodes(graph, list.nodes, &list.n);
	if (rc == CUDA_SUCCESS && !name_piece(&loan, list.nodes, list.n, dispatch->names[0],
					      first, capacity, nodes))
		rc = dispatch_refuse(dispatch);
	*used = loan.used;
	list_finish(&list);
	return rc;
}

CUresult host_graph_edges(struct dispatch *dispatch, CUgraph graph, uint32_t with_data,
			  uint64_t first, uint32_t capacity, const uint64_t *lent, uint32_t *used,
			  uint64_t *total, uint64_t *from, uint64_t *to, CUgraphEdgeData *data)
{
	struct loan loan = { lent, 2 * capacity, 0 };
	struct list list;
	size_t n = 0;
	CUresult rc;

	if (!used || !total || capacity > WIRE_MAX_NODES ||
	    (capacity && (!lent || !from || !to || !data)))
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphGetEdges_v2)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuGraphGetEdges_v2(graph, NULL, NULL, NULL, &n);
	*total = n;
	if (rc != CUDA_SUCCESS || !capacity)
		return rc;
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	if (list_init(&list, n, true, with_data))
		rc = driver.cuGraphGetEdges_v2(graph, list.nodes, list.others, list.data, &list.n);
	if (rc == CUDA_SUCCESS) {
		if (!name_piece(&loan, list.nodes, list.n, dispatch->names[0], first, capacity,
				from) ||
		    !name_piece(&loan, list.others, list.n, dispatch->names[0], first, capacity,
				to))
			rc = dispatch_refuse(dispatch);
		copy_piece(&list, first, capacity, data);
	}
	*used = loan.used;
	list_finish(&list);
	return rc;
}

CUresult host_node_neighbours(struct dispatch *dispatch, CUgraphNode node, uint32_t dependents,
			      uint32_t with_data, uint64_t first, uint32_t capacity,
			      const uint64_t *lent, uint32_t *used, uint64_t *total,
			      uint64_t *nodes, CUgraphEdgeData *data)
{
	typeof(driver.cuGraphNodeGetDependencies_v2) get =
		dependents ? driver.cuGraphNodeGetDependentNodes_v2 :
			     driver.cuGraphNodeGetDependencies_v2;
	struct loan loan = { lent, capacity, 0 };
	struct list list;
	size_t n = 0;
	CUresult rc;

	if (!used || !total || capacity > WIRE_MAX_NODES ||
	    (capacity && (!lent || !nodes || !data)))
		return dispatch_refuse(dispatch);
	if (!get)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = get(node, NULL, NULL, &n);
	*total = n;
	if (rc != CUDA_SUCCESS || !capacity)
		return rc;
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	if (list_init(&list, n, false, with_data))
		rc = get(node, list.nodes, list.data, &list.n);
	if (rc == CUDA_SUCCESS) {
		/* Neighbours belong to the same graph. */
		if (!name_piece(&loan, list.nodes, list.n, handle_owner(dispatch->names[0]),
				first, capacity, nodes))
			rc = dispatch_refuse(dispatch);
		copy_piece(&list, first, capacity, data);
	}
	*used = loan.used;
	list_finish(&list);
	return rc;
}

CUresult host_graph_find_in_clone(struct dispatch *dispatch, CUgraphNode original, CUgraph clone,
				  uint64_t lent, uint64_t *name)
{
	struct loan loan = { &lent, 1, 0 };
	CUgraphNode node;
	CUresult rc;

	if (!name)
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphNodeFindInClone)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuGraphNodeFindInClone(&node, original, clone);
	if (rc == CUDA_SUCCESS &&
	    !loan_name(&loan, KIND_CUgraphNode, node, dispatch->names[1], name))
		rc = dispatch_refuse(dispatch);
	return rc;
}

/* The driver writes a file; here it is one in memory. */
CUresult host_graph_dot(struct dispatch *dispatch, CUgraph graph, unsigned int flags,
			uint64_t first, uint32_t capacity, uint64_t *total, char *text)
{
	struct stat stat;
	char path[32];
	CUresult rc;
	int fd;

	if (!total || (capacity && !text))
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphDebugDotPrint)
		return CUDA_ERROR_NOT_SUPPORTED;
	fd = memfd_create("graph", MFD_CLOEXEC);
	if (fd < 0)
		return CUDA_ERROR_OUT_OF_MEMORY;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = driver.cuGraphDebugDotPrint(graph, path, flags);
	if (rc == CUDA_SUCCESS &&
	    (fstat(fd, &stat) || pread(fd, text, capacity, (off_t)first) < 0))
		rc = CUDA_ERROR_OPERATING_SYSTEM;
	if (rc == CUDA_SUCCESS)
		*total = stat.st_size;
	close(fd);
	return rc;
}

CUresult host_graph_mem_get(struct dispatch *dispatch, CUdevice device, CUgraphMem_attribute attr,
			    cuuint64_t *value)
{
	if (!value)
		return dispatch_refuse(dispatch);
	return driver.cuDeviceGetGraphMemAttribute ?
		       driver.cuDeviceGetGraphMemAttribute(device, attr, value) :
		       CUDA_ERROR_NOT_SUPPORTED;
}

CUresult host_graph_mem_set(struct dispatch *dispatch, CUdevice device, CUgraphMem_attribute attr,
			    cuuint64_t value)
{
	return driver.cuDeviceSetGraphMemAttribute ?
		       driver.cuDeviceSetGraphMemAttribute(device, attr, &value) :
		       CUDA_ERROR_NOT_SUPPORTED;
}

/* Does an executable of @graph allocate?  Such a one may not be launched twice in a row. */
static bool allocates(CUgraph graph, int depth)
{
	CUgraphNode *nodes;
	bool found = false;
	size_t n = 0;

	if (driver.cuGraphGetNodes(graph, NULL, &n) != CUDA_SUCCESS || !n || depth > 32)
		return false;
	nodes = calloc(n, sizeof(*nodes));
	if (!nodes || driver.cuGraphGetNodes(graph, nodes, &n) != CUDA_SUCCESS)
		n = 0;
	for (size_t i = 0; i < n && !found; i++) {
		CUgraphNodeType type = CU_GRAPH_NODE_TYPE_EMPTY;
		CUgraph child;

		driver.cuGraphNodeGetType(nodes[i], &type);
		found = type == CU_GRAPH_NODE_TYPE_MEM_ALLOC;
		if (type == CU_GRAPH_NODE_TYPE_GRAPH &&
		    driver.cuGraphChildGraphNodeGetGraph(nodes[i], &child) == CUDA_SUCCESS)
			found = allocates(child, depth + 1);
	}
	free(nodes);
	return found;
}

/* Succeeds also when the driver does not, for the sake of @info. */
CUresult host_graph_instantiate(struct dispatch *dispatch, CUgraphExec *exec, CUgraph graph,
				uint64_t flags, CUstream upload, uint64_t lent,
				struct wire_instantiated *info)
{
	CUDA_GRAPH_INSTANTIATE_PARAMS params = { .flags = flags, .hUploadStream = upload };
	struct loan loan = { &lent, 1, 0 };

	if (!info)
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphInstantiateWithParams || !driver.cuGraphNodeGetType ||
	    !driver.cuGraphChildGraphNodeGetGraph)
		return CUDA_ERROR_NOT_SUPPORTED;
	info->result = driver.cuGraphInstantiateWithParams(exec, graph, &params);
	info->why = params.result_out;
	if (info->result != CUDA_SUCCESS) {
		*exec = NULL;
		if (!loan_name_any(&loan, KIND_CUgraphNode, params.hErrNode_out, dispatch->names[1],
				  &info->error_node))
			return dispatch_refuse(dispatch);
		info->used = loan.used;
		return CUDA_SUCCESS;
	}
	info->allocates = allocates(graph, 0);
	return CUDA_SUCCESS;
}

CUresult host_graph_launch_checked(struct dispatch *dispatch, CUgraphExec exec, CUstream stream)
{
	return driver.cuGraphLaunch ? driver.cuGraphLaunch(exec, stream) :
				      CUDA_ERROR_NOT_SUPPORTED;
}

/* Succeeds also when the driver does not, for the sake of @info. */
CUresult host_graph_update(struct dispatch *dispatch, CUgraphExec exec, CUgraph graph, uint32_t n,
			   const uint64_t *lent, struct wire_updated *info)
{
	CUgraphExecUpdateResultInfo result = { 0 };
	struct loan loan = { lent, n, 0 };

	if (!info || n != 2 || !lent)
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphExecUpdate_v2)
		return CUDA_ERROR_NOT_SUPPORTED;
	info->result = driver.cuGraphExecUpdate_v2(exec, graph, &result);
	info->why = result.result;
	if (info->result == CUDA_SUCCESS)
		return CUDA_SUCCESS;
	if (!loan_name_any(&loan, KIND_CUgraphNode, result.errorNode, dispatch->names[1], &info->error_node) ||
	    !loan_name_any(&loan, KIND_CUgraphNode, result.errorFromNode, dispatch->names[1], &info->error_from_node))
		return dispatch_refuse(dispatch);
	info->used = loan.used;
	return CUDA_SUCCESS;
}
