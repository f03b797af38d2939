/* SPDX-License-Identifier: MIT */
/*
 * user_object.c - objects of the program that live as long as graphs use them
 *
 * None of this crosses: a user object is a hold (hold.h) with the program's own
 * destructor.  CUDA runs destructors in a thread of its own and forbids them to call
 * CUDA; here it is the thread that released the last reference.
 */
#include <limits.h>
#include <stdlib.h>

#include "qcu-library/cuda/graph.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/session.h"

struct user_object {
	struct hold hold;
	uint64_t handle;
	CUhostFn destroy;
	void *data;
};

static void release(struct hold *hold)
{
	struct user_object *object = (struct user_object *)hold;

	handle_drop(object->handle);
	session_in_callback = true;
	object->destroy(object->data);
	session_in_callback = false;
	free(object);
}

/* The object is freed by release(), not with its name. */
static void keep(void *object)
{
}

static struct user_object *object_of(CUuserObject object)
{
	uint64_t handle = (uint64_t)object;

	return handle_find(KIND_CUuserObject, handle);
}

static bool count_fits(unsigned int count)
{
	return count && count <= INT_MAX;
}

CUresult CUDAAPI cuUserObjectCreate(CUuserObject *object_out, void *ptr, CUhostFn destroy,
				    unsigned int initialRefcount, unsigned int flags)
{
	CUresult rc = session_check();
	struct user_object *object;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!object_out || !destroy || !count_fits(initialRefcount) ||
	    flags != CU_USER_OBJECT_NO_DESTRUCTOR_SYNC)
		return CUDA_ERROR_INVALID_VALUE;
	object = malloc(sizeof(*object));
	if (!object)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*object = (struct user_object){ { initialRefcount, release },
					handle_new(KIND_CUuserObject, 0), destroy, ptr };
	if (!object->handle) {
		free(object);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	handle_set_data(object->handle, object, keep);
	*object_out = (CUuserObject)object->handle;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuUserObjectRetain(CUuserObject object, unsigned int count)
{
	struct user_object *found = object_of(object);
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!found || !count_fits(count))
		return CUDA_ERROR_INVALID_VALUE;
	hold_get(&found->hold, count);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuUserObjectRelease(CUuserObject object, unsigned int count)
{
	struct user_object *found = object_of(object);
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!found || !count_fits(count))
		return CUDA_ERROR_INVALID_VALUE;
	hold_put(&found->hold, count);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuGraphRetainUserObject(CUgraph graph, CUuserObject object, unsigned int count,
					 unsigned int flags)
{
	struct user_object *found = object_of(object);
	struct holds holds = { 0 };
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle_is(KIND_CUgraph, (uint64_t)graph) || !found || !count_fits(count) ||
	    flags & ~CU_GRAPH_USER_OBJECT_MOVE)
		return CUDA_ERROR_INVALID_VALUE;
	if (!(flags & CU_GRAPH_USER_OBJECT_MOVE))
		hold_get(&found->hold, count);
	rc = holds_add(&holds, &found->hold, count);
	return rc == CUDA_SUCCESS ? graph_keep((uint64_t)graph, &holds) : rc;
}

CUresult CUDAAPI cuGraphReleaseUserObject(CUgraph graph, CUuserObject object, unsigned int count)
{
	struct user_object *found = object_of(object);
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle_is(KIND_CUgraph, (uint64_t)graph) || !found || !count_fits(count) ||
	    !graph_let_go((uint64_t)graph, &found->hold, count))
		return CUDA_ERROR_INVALID_VALUE;
	hold_put(&found->hold, count);
	return CUDA_SUCCESS;
}
