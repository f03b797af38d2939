/* SPDX-License-Identifier: MIT */
/*
 * user_object.c - cuUserObject*: what lives as long as the graphs that use it
 *
 * A user object is a count of references, the program's and the graphs' alike, and a destructor
 * that runs when the last one goes.
 */
#include "softgpu/user_object.h"

#include <limits.h>
#include <stdlib.h>

#include "softgpu/chore.h"
#include "softgpu/driver.h"
#include "softgpu/graph.h"

/* struct user_object - @count: under graph_lock() */
struct user_object {
	struct handle handle;
	struct chore chore;
	void *pointer;
	CUhostFn destructor;
	unsigned int count;
};

/* struct user_hold - @count references of a graph to an object */
struct user_hold {
	struct user_hold *next;
	struct user_object *object;
	unsigned int count;
};

static void user_object_free(struct handle *handle)
{
	free(CONTAINER_OF(handle, struct user_object, handle));
}

static void destruct(struct chore *chore)
{
	struct user_object *object = CONTAINER_OF(chore, struct user_object, chore);

	driver_callback(true);
	object->destructor(object->pointer);
	driver_callback(false);
	handle_put(&object->handle);
}

/* release() - @count is not more than there are */
static void release(struct user_object *object, unsigned int count)
{
	object->count -= count;
	if (object->count)
		return;
	handle_ref(&object->handle);
	handle_retire(&object->handle);
	object->chore.run = destruct;
	chore_post(&object->chore);
}

static bool retain(struct user_object *object, unsigned int count)
{
	return !__builtin_add_overflow(object->count, count, &object->count);
}

CUresult cuUserObjectCreate(CUuserObject *object_out, void *ptr, CUhostFn destroy,
			    unsigned int initialRefcount, unsigned int flags)
{
	struct user_object *object;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!object_out || !destroy || !initialRefcount || initialRefcount > INT_MAX ||
	    flags != CU_USER_OBJECT_NO_DESTRUCTOR_SYNC)
		return CUDA_ERROR_INVALID_VALUE;
	object = calloc(1, sizeof(*object));
	if (!object)
		return CUDA_ERROR_OUT_OF_MEMORY;
	handle_init(&object->handle, HANDLE_USER_OBJECT, NULL, user_object_free);
	object->pointer = ptr;
	object->destructor = destroy;
	object->count = initialRefcount;
	handle_publish(&object->handle);
	handle_put(&object->handle);
	*object_out = (CUuserObject)object;
	return CUDA_SUCCESS;
}

/* enter() - take the lock and find an object, which is borrowed with it */
static CUresult enter(CUuserObject value, unsigned int count, struct user_object **object)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	graph_lock();
	*object = handle_get(value, HANDLE_USER_OBJECT);
	if (*object)
		handle_put(&(*object)->handle);
	if (*object && count && count <= INT_MAX)
		return CUDA_SUCCESS;
	graph_unlock();
	return CUDA_ERROR_INVALID_VALUE;
}

CUresult cuUserObjectRetain(CUuserObject value, unsigned int count)
{
	struct user_object *object;
	CUresult result = enter(value, count, &object);

	if (result)
		return result;
	if (!retain(object, count))
		result = CUDA_ERROR_INVALID_VALUE;
	graph_unlock();
	return result;
}

CUresult cuUserObjectRelease(CUuserObject value, unsigned int count)
{
	struct user_object *object;
	CUresult result = enter(value, count, &object);

	if (result)
		return result;
	if (count > object->count)
		result = CUDA_ERROR_INVALID_VALUE;
	else
		release(object, count);
	graph_unlock();
	return result;
}

static struct user_hold *find_hold(const struct graph *graph, const struct user_object *object)
{
	struct user_hold *hold;

	for (hold = graph->holds; hold; hold = hold->next)
		if (hold->object == object)
			break;
	return hold;
}

/* add_hold() - @count references become the graph's; false: no memory */
static bool add_hold(struct graph *graph, struct user_object *object, unsigned int count)
{
	struct user_hold *hold = find_hold(graph, object);

	if (!hold) {
		hold = calloc(1, sizeof(*hold));
		if (!hold)
			return false;
		hold->object = object;
		hold->next = graph->holds;
		graph->holds = hold;
	}
	hold->count += count;
	return true;
}

static CUresult retain_for(struct graph *graph, struct user_object *object, unsigned int count,
			   unsigned int flags)
{
	if (!graph || flags & ~(unsigned int)CU_GRAPH_USER_OBJECT_MOVE)
		return CUDA_ERROR_INVALID_VALUE;
	if (flags & CU_GRAPH_USER_OBJECT_MOVE ? count > object->count : !retain(object, count))
		return CUDA_ERROR_INVALID_VALUE;
	if (add_hold(graph, object, count))
		return CUDA_SUCCESS;
	if (!(flags & CU_GRAPH_USER_OBJECT_MOVE))
		object->count -= count;
	return CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuGraphRetainUserObject(CUgraph graph, CUuserObject value, unsigned int count,
				 unsigned int flags)
{
	struct user_object *object;
	CUresult result = enter(value, count, &object);

	if (result)
		return result;
	result = retain_for(graph_find(graph), object, count, flags);
	graph_unlock();
	return result;
}

CUresult cuGraphReleaseUserObject(CUgraph value, CUuserObject object_value, unsigned int count)
{
	struct user_object *object;
	struct user_hold **link, *hold;
	struct graph *graph;
	CUresult result = enter(object_value, count, &object);

	if (result)
		return result;
	graph = graph_find(value);
	hold = graph ? find_hold(graph, object) : NULL;
	if (!hold || count > hold->count) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		hold->count -= count;
		release(object, count);
	}
	if (!result && !hold->count) {
		for (link = &graph->holds; *link != hold; link = &(*link)->next)
			;
		*link = hold->next;
		free(hold);
	}
	graph_unlock();
	return result;
}

void user_hold_drop_all(struct graph *graph)
{
	while (graph->holds) {
		struct user_hold *hold = graph->holds;

		graph->holds = hold->next;
		release(hold->object, hold->count);
		free(hold);
	}
}

bool user_hold_copy_all(const struct graph *graph, struct graph *copy)
{
	for (const struct user_hold *hold = graph->holds; hold; hold = hold->next) {
		if (!retain(hold->object, hold->count))
			return false;
		if (!add_hold(copy, hold->object, hold->count)) {
			hold->object->count -= hold->count;
			return false;
		}
	}
	return true;
}
