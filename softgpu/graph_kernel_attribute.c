/* SPDX-License-Identifier: MIT */
/* graph_kernel_attribute.c - launch attributes of kernel nodes: work made anew with others */
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/graph.h"
#include "softgpu/grid.h"
#include "softgpu/work.h"

/* enter() - take the lock and find a kernel node; an error without the lock */
static CUresult enter(CUgraphNode value, struct node **node)
{
	CUresult result = graph_enter_node(value, node);

	if (result || (*node)->type == CU_GRAPH_NODE_TYPE_KERNEL)
		return result;
	graph_unlock();
	return CUDA_ERROR_INVALID_VALUE;
}

static CUresult renew(struct node *node, const struct grid_attributes *attributes)
{
	struct grid_request request;
	struct task *task;
	CUresult result;

	grid_request(node->work, &request);
	request.attributes = *attributes;
	result = grid_new(&request, grid_context(node->work), &task);
	if (result)
		return result;
	work_put(node->work);
	node->work = work_adopt(task);
	return CUDA_SUCCESS;
}

static CUresult get(const struct grid_attributes *from, CUkernelNodeAttrID attr,
		    CUkernelNodeAttrValue *value)
{
	memset(value, 0, sizeof(*value));
	switch (attr) {
	case CU_KERNEL_NODE_ATTRIBUTE_ACCESS_POLICY_WINDOW:
		value->accessPolicyWindow = from->access_window;
		return CUDA_SUCCESS;
	case CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE:
		value->cooperative = from->cooperative;
		return CUDA_SUCCESS;
	case CU_KERNEL_NODE_ATTRIBUTE_PRIORITY:
		value->priority = from->priority;
		return CUDA_SUCCESS;
	case CU_KERNEL_NODE_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
		value->sharedMemCarveout = (unsigned int)from->carveout;
		return CUDA_SUCCESS;
	case CU_KERNEL_NODE_ATTRIBUTE_CLUSTER_DIMENSION:
		value->clusterDim.x = from->cluster[0];
		value->clusterDim.y = from->cluster[1];
		value->clusterDim.z = from->cluster[2];
		return CUDA_SUCCESS;
	case CU_KERNEL_NODE_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
	case CU_KERNEL_NODE_ATTRIBUTE_MEM_SYNC_DOMAIN_MAP:
	case CU_KERNEL_NODE_ATTRIBUTE_MEM_SYNC_DOMAIN:
	case CU_KERNEL_NODE_ATTRIBUTE_DEVICE_UPDATABLE_KERNEL_NODE:
		return CUDA_SUCCESS;	/* never set: zero */
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

static CUresult set(struct grid_attributes *to, CUkernelNodeAttrID attr,
		    const CUkernelNodeAttrValue *value)
{
	switch (attr) {
	case CU_KERNEL_NODE_ATTRIBUTE_ACCESS_POLICY_WINDOW:
		if (value->accessPolicyWindow.hitRatio < 0 ||
		    value->accessPolicyWindow.hitRatio > 1)
			return CUDA_ERROR_INVALID_VALUE;
		to->access_window = value->accessPolicyWindow;
		return CUDA_SUCCESS;
	case CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE:
		to->cooperative = value->cooperative;
		return CUDA_SUCCESS;
	case CU_KERNEL_NODE_ATTRIBUTE_PRIORITY:
		to->priority = value->priority;
		return CUDA_SUCCESS;
	case CU_KERNEL_NODE_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
		to->carveout = (int)value->sharedMemCarveout;
		return CUDA_SUCCESS;
	case CU_KERNEL_NODE_ATTRIBUTE_DEVICE_UPDATABLE_KERNEL_NODE:
		return CUDA_ERROR_NOT_SUPPORTED;
	case CU_KERNEL_NODE_ATTRIBUTE_CLUSTER_DIMENSION:
		if (!value->clusterDim.x)
			return CUDA_ERROR_INVALID_VALUE;
		to->cluster[0] = value->clusterDim.x;
		to->cluster[1] = value->clusterDim.y;
		to->cluster[2] = value->clusterDim.z;
		return CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult cuGraphKernelNodeGetAttribute(CUgraphNode hNode, CUkernelNodeAttrID attr,
				       CUkernelNodeAttrValue *value_out)
{
	struct grid_request request;
	struct node *node;
	CUresult result = enter(hNode, &node);

	if (result)
		return result;
	grid_request(node->work, &request);
	result = value_out ? get(&request.attributes, attr, value_out) : CUDA_ERROR_INVALID_VALUE;
	graph_unlock();
	return result;
}

CUresult cuGraphKernelNodeSetAttribute(CUgraphNode hNode, CUkernelNodeAttrID attr,
				       const CUkernelNodeAttrValue *value)
{
	struct grid_request request;
	struct node *node;
	CUresult result = enter(hNode, &node);

	if (result)
		return result;
	grid_request(node->work, &request);
	result = value ? set(&request.attributes, attr, value) : CUDA_ERROR_INVALID_VALUE;
	if (!result)
		result = renew(node, &request.attributes);
	graph_unlock();
	return result;
}

CUresult cuGraphKernelNodeCopyAttributes(CUgraphNode dst, CUgraphNode src)
{
	struct grid_request request;
	struct node *to, *from;
	CUresult result = enter(dst, &to);

	if (result)
		return result;
	from = node_find(src);
	if (from && from->type == CU_GRAPH_NODE_TYPE_KERNEL) {
		grid_request(from->work, &request);
		result = renew(to, &request.attributes);
	} else {
		result = CUDA_ERROR_INVALID_VALUE;
	}
	graph_unlock();
	return result;
}
