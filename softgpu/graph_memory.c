/* SPDX-License-Identifier: MIT */
/*
 * graph_memory.c - nodes that allocate and free
 *
 * The address of an allocation is fixed when its node is made; so is its memory here, which stays
 * with the node and all its copies.  What a launch and a free change is whether the
 * allocation is live, and they change it when the call is made: that is when CUDA refuses to
 * allocate or free twice.  A live allocation stays, though its graphs go.
 */
#include "softgpu/graph_memory.h"

#include <stdlib.h>

#include "softgpu/device.h"
#include "softgpu/driver.h"
#include "softgpu/graph.h"
#include "softgpu/memory.h"
#include "softgpu/stream.h"
#include "softgpu/work.h"

/**
 * struct allocation - all but @refs under graph_lock()
 * @refs:	of the works of nodes, of @live, and of frees that are queued; atomic
 * @owner:	id of the graph whose node made it
 * @freed_in:	id of the graph that has a free node for it, or 0
 * @live:	a launch has allocated it
 * @backed:	it counts as reserved: it was live since the last trim
 */
struct allocation {
	unsigned int refs;
	struct device *device;
	struct memory_block block;
	CUDA_MEM_ALLOC_NODE_PARAMS_v2 params;
	uint64_t owner, freed_in;
	bool live, backed;
	struct allocation *next, **link;
};

/* struct memory_work - what such a node "does"; the launch has done it already */
struct memory_work {
	struct task task;
	struct allocation *allocation;
};

/* struct give_back - the task of cuMemFreeAsync() */
struct give_back {
	struct task task;
	struct allocation *allocation;
};

static struct allocation *allocations;	/* under graph_lock() */

static uint64_t *counter(const struct allocation *allocation, CUgraphMem_attribute which)
{
	return &allocation->device->graph_memory[which];
}

static void count_up(const struct allocation *allocation, CUgraphMem_attribute which)
{
	uint64_t *now = counter(allocation, which);
	uint64_t *high = counter(allocation, which + 1);

	*now += allocation->block.size;
	if (*now > *high)
		*high = *now;
}

static void count_down(const struct allocation *allocation, CUgraphMem_attribute which)
{
	*counter(allocation, which) -= allocation->block.size;
}

static struct allocation *allocation_ref(struct allocation *allocation)
{
	__atomic_add_fetch(&allocation->refs, 1, __ATOMIC_RELAXED);
	return allocation;
}

/* allocation_end() - the last reference has gone; with the lock */
static void allocation_end(struct allocation *allocation)
{
	*allocation->link = allocation->next;
	if (allocation->next)
		allocation->next->link = allocation->link;
	if (allocation->backed)
		count_down(allocation, CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT);
	memory_free(allocation->block.base, 1u << MEMORY_GRAPH);
	free(allocation);
}

/* allocation_put() - with the lock */
static void allocation_put(struct allocation *allocation)
{
	if (__atomic_sub_fetch(&allocation->refs, 1, __ATOMIC_ACQ_REL) == 0)
		allocation_end(allocation);
}

static struct allocation *allocation_at(CUdeviceptr address)
{
	struct allocation *allocation;

	for (allocation = allocations; allocation; allocation = allocation->next)
		if (allocation->block.base == address)
			break;
	return allocation;
}

/* Nodes go with the lock held, and so does what is left of their work. */
static void work_end(struct task *task)
{
	struct memory_work *work = CONTAINER_OF(task, struct memory_work, task);

	allocation_put(work->allocation);
	free(work);
}

static void alloc_describe(const struct task *task, CUgraphNodeParams *params)
{
	params->alloc = CONTAINER_OF(task, struct memory_work, task)->allocation->params;
}

static void free_describe(const struct task *task, CUgraphNodeParams *params)
{
	params->free.dptr = CONTAINER_OF(task, struct memory_work, task)->allocation->block.base;
}

static const struct task_kind alloc_kind = {
	.type = CU_GRAPH_NODE_TYPE_MEM_ALLOC,
	.describe = alloc_describe,
};

static const struct task_kind free_kind = {
	.type = CU_GRAPH_NODE_TYPE_MEM_FREE,
	.describe = free_describe,
};

/* give_work() - to a node, with a new reference to the allocation; false: no memory */
static bool give_work(struct node *node, struct allocation *allocation,
		      const struct task_kind *kind)
{
	struct memory_work *work = calloc(1, sizeof(*work));

	if (!work)
		return false;
	work->task.kind = kind;
	work->task.free = work_end;
	work->allocation = allocation_ref(allocation);
	node->work = work_adopt(&work->task);
	node->graph->memory_nodes++;
	return true;
}

static bool properties_valid(const CUDA_MEM_ALLOC_NODE_PARAMS_v2 *params)
{
	const CUmemPoolProps *properties = &params->poolProps;

	return params->bytesize && properties->allocType == CU_MEM_ALLOCATION_TYPE_PINNED &&
	       properties->handleTypes == CU_MEM_HANDLE_TYPE_NONE &&
	       (!params->accessDescCount || params->accessDescs) &&
	       params->accessDescCount <= (size_t)device_count();
}

static CUresult allocation_new(const CUDA_MEM_ALLOC_NODE_PARAMS_v2 *params, uint64_t owner,
			       struct allocation **out)
{
	CUresult result = device_of_location(&params->poolProps.location);
	struct allocation *allocation;
	struct device *device;

	if (result)
		return result;
	device = device_get(params->poolProps.location.id);
	allocation = calloc(1, sizeof(*allocation));
	if (!allocation)
		return CUDA_ERROR_OUT_OF_MEMORY;
	allocation->block = (struct memory_block){
		.size = params->bytesize, .kind = MEMORY_GRAPH, .device = device,
	};
	result = memory_alloc(&allocation->block, MEMORY_ALIGN);
	if (result) {
		free(allocation);
		return result;
	}
	allocation->device = device;
	allocation->owner = owner;
	allocation->params = *params;
	allocation->params.accessDescs = NULL;
	allocation->params.accessDescCount = 0;
	allocation->params.dptr = allocation->block.base;
	allocation->refs = 1;
	allocation->next = allocations;
	allocation->link = &allocations;
	if (allocations)
		allocations->link = &allocation->next;
	allocations = allocation;
	*out = allocation;
	return CUDA_SUCCESS;
}

CUresult graph_memory_alloc(struct node *node, CUDA_MEM_ALLOC_NODE_PARAMS_v2 *params)
{
	struct allocation *allocation;
	CUresult result;

	if (!properties_valid(params) || node->graph->owner)
		return CUDA_ERROR_INVALID_VALUE;
	result = allocation_new(params, node->graph->id, &allocation);
	if (result)
		return result;
	if (!give_work(node, allocation, &alloc_kind))
		result = CUDA_ERROR_OUT_OF_MEMORY;
	params->dptr = allocation->block.base;
	allocation_put(allocation);
	return result;
}

/* Once in its own graph and nowhere else, or in other graphs, once in each */
CUresult graph_memory_free(struct node *node, CUdeviceptr address)
{
	struct allocation *allocation = allocation_at(address);
	uint64_t graph = node->graph->id;

	if (!allocation || node->graph->owner || allocation->freed_in == graph ||
	    (allocation->freed_in && (allocation->freed_in == allocation->owner ||
				      graph == allocation->owner)))
		return CUDA_ERROR_INVALID_VALUE;
	if (!give_work(node, allocation, &free_kind))
		return CUDA_ERROR_OUT_OF_MEMORY;
	allocation->freed_in = graph;
	return CUDA_SUCCESS;
}

static struct allocation *allocation_of(const struct node *node)
{
	return CONTAINER_OF(node->work, struct memory_work, task)->allocation;
}

/* conflict() - is something to be allocated that is live, or freed that is not? */
static bool conflict(const struct graph *graph, bool auto_free)
{
	for (const struct node *node = graph->first; node; node = node->next) {
		if (node->child && conflict(node->child, auto_free))
			return true;
		if (node->type == CU_GRAPH_NODE_TYPE_MEM_ALLOC && allocation_of(node)->live &&
		    !auto_free)
			return true;
		if (node->type == CU_GRAPH_NODE_TYPE_MEM_FREE && !allocation_of(node)->live &&
		    allocation_of(node)->freed_in != allocation_of(node)->owner)
			return true;
	}
	return false;
}

static void become_live(struct allocation *allocation)
{
	if (allocation->live)
		return;
	allocation->live = true;
	allocation_ref(allocation);
	count_up(allocation, CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT);
	if (!allocation->backed)
		count_up(allocation, CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT);
	allocation->backed = true;
}

/* become_dead() - the caller gets the reference */
static void become_dead(struct allocation *allocation)
{
	allocation->live = false;
	count_down(allocation, CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT);
}

static void change(const struct graph *graph, CUgraphNodeType type)
{
	for (const struct node *node = graph->first; node; node = node->next) {
		if (node->child)
			change(node->child, type);
		if (node->type != type)
			continue;
		if (type == CU_GRAPH_NODE_TYPE_MEM_ALLOC) {
			become_live(allocation_of(node));
		} else if (allocation_of(node)->live) {
			become_dead(allocation_of(node));
			allocation_put(allocation_of(node));
		}
	}
}

CUresult graph_memory_launch(const struct graph *graph, bool auto_free)
{
	if (!graph->memory_nodes)
		return CUDA_SUCCESS;
	if (conflict(graph, auto_free))
		return CUDA_ERROR_INVALID_VALUE;
	change(graph, CU_GRAPH_NODE_TYPE_MEM_ALLOC);
	change(graph, CU_GRAPH_NODE_TYPE_MEM_FREE);
	return CUDA_SUCCESS;
}

bool graph_memory_is(CUdeviceptr address)
{
	struct memory_block block;

	return memory_find(address, &block) && block.kind == MEMORY_GRAPH;
}

static void give_back_free(struct task *task)
{
	struct give_back *give_back = CONTAINER_OF(task, struct give_back, task);

	graph_lock();
	allocation_put(give_back->allocation);
	graph_unlock();
	free(give_back);
}

CUresult graph_memory_give_back(CUdeviceptr address, struct stream *stream)
{
	struct give_back *give_back = calloc(1, sizeof(*give_back));
	struct allocation *allocation;
	bool live;

	if (!give_back)
		return CUDA_ERROR_OUT_OF_MEMORY;
	graph_lock();
	allocation = allocation_at(address);
	live = allocation && allocation->live;
	if (live)
		become_dead(allocation);
	graph_unlock();
	if (!live) {
		free(give_back);
		return CUDA_ERROR_INVALID_VALUE;
	}
	give_back->task.free = give_back_free;
	give_back->task.instant = true;
	give_back->allocation = allocation;
	return stream_submit(stream, &give_back->task);
}

CUresult cuDeviceGraphMemTrim(CUdevice ordinal)
{
	struct device *device;
	CUresult result = driver_enter();

	if (result)
		return result;
	device = device_get(ordinal);
	if (!device)
		return CUDA_ERROR_INVALID_DEVICE;
	graph_lock();
	for (struct allocation *one = allocations; one; one = one->next) {
		if (one->device != device || one->live || !one->backed)
			continue;
		one->backed = false;
		count_down(one, CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT);
	}
	graph_unlock();
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetGraphMemAttribute(CUdevice ordinal, CUgraphMem_attribute attr, void *value)
{
	struct device *device;
	CUresult result = driver_enter();

	if (result)
		return result;
	device = device_get(ordinal);
	if (!device)
		return CUDA_ERROR_INVALID_DEVICE;
	if (!value || (unsigned int)attr > CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH)
		return CUDA_ERROR_INVALID_VALUE;
	graph_lock();
	*(cuuint64_t *)value = device->graph_memory[attr];
	graph_unlock();
	return CUDA_SUCCESS;
}

/* High watermarks can be set to zero, which means to what there is now. */
CUresult cuDeviceSetGraphMemAttribute(CUdevice ordinal, CUgraphMem_attribute attr, void *value)
{
	struct device *device;
	CUresult result = driver_enter();

	if (result)
		return result;
	device = device_get(ordinal);
	if (!device)
		return CUDA_ERROR_INVALID_DEVICE;
	if (!value || *(const cuuint64_t *)value ||
	    (attr != CU_GRAPH_MEM_ATTR_USED_MEM_HIGH &&
	     attr != CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH))
		return CUDA_ERROR_INVALID_VALUE;
	graph_lock();
	device->graph_memory[attr] = device->graph_memory[attr - 1];
	graph_unlock();
	return CUDA_SUCCESS;
}
