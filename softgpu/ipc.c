/* SPDX-License-Identifier: MIT */
/*
 * ipc.c - cuIpc*MemHandle: memory of cuMemAlloc, used by several processes in place
 *
 * The handle is a share_name.  What a process has opened is counted by context: opening it again
 * there gives the same address.
 */
#include "softgpu/ipc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "softgpu/context.h"
#include "softgpu/driver.h"
#include "softgpu/mapping.h"
#include "softgpu/memfd.h"
#include "softgpu/stream.h"

/* struct opened - a handle that is open in a context; @block says where, and whether it still is */
struct opened {
	struct opened *next;
	struct share_name name;
	struct memory_block block;
	unsigned int count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct opened *all;	/* under the lock */

CUresult ipc_export(const struct memory_block *block, uint64_t pool, struct share_name *name)
{
	struct context *owner = context_get(context_value(block->context));

	if (owner) {
		stream_synchronize_context(owner);
		context_put(owner);
	}
	memset(name, 0, sizeof(*name));
	name->kind = SHARE_MEMORY;
	name->at = block->base;
	name->id = block->id;
	name->pool = pool;
	name->size = block->size;
	name->device = (uint32_t)block->device->ordinal;
	if (!memory_share(block->base, 1u << block->kind))
		return CUDA_ERROR_OUT_OF_MEMORY;
	return share_name(name) ? CUDA_SUCCESS : CUDA_ERROR_MAP_FAILED;
}

CUresult ipc_import(const struct share_name *name, struct memory_block *wanted)
{
	uint64_t pages = (name->size + MEMORY_PAGE - 1) & ~(uint64_t)(MEMORY_PAGE - 1);
	CUresult result = CUDA_ERROR_INVALID_VALUE;
	int fd = share_fetch(name);

	if (fd < 0)
		return result;
	if (name->size && pages >= name->size && pages <= memfd_size(fd)) {
		wanted->size = name->size;
		wanted->base = mapping_file(fd, pages);
		result = wanted->base ? memory_register(wanted) : CUDA_ERROR_OUT_OF_MEMORY;
		if (result && wanted->base)
			munmap(memory_pointer(wanted->base), pages);
	}
	close(fd);
	return result;
}

CUresult cuIpcGetMemHandle(CUipcMemHandle *pHandle, CUdeviceptr dptr)
{
	struct context *context;
	struct memory_block block;
	struct share_name name;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pHandle || !memory_find(dptr, &block) || block.kind != MEMORY_DEVICE)
		return CUDA_ERROR_INVALID_VALUE;
	result = ipc_export(&block, 0, &name);
	if (!result)
		memcpy(pHandle, &name, sizeof(name));
	return result;
}

/* is_open() - is what an entry says still so?  Its context may have gone, and with it the block. */
static bool is_open(const struct opened *opened)
{
	struct memory_block block;

	return memory_find(opened->block.base, &block) && block.id == opened->block.id;
}

/* find() - by name, or by address if that is NULL; entries that are no more go.  Under the lock */
static struct opened **find(const struct context *context, const struct share_name *name,
			    uint64_t base)
{
	struct opened **at = &all;

	while (*at) {
		struct opened *opened = *at;

		if (!is_open(opened)) {
			*at = opened->next;
			free(opened);
			continue;
		}
		if (opened->block.context == context &&
		    (name ? !memcmp(&opened->name, name, sizeof(*name)) :
			    opened->block.base == base))
			return at;
		at = &opened->next;
	}
	return NULL;
}

/* open_new() - under the lock */
static CUresult open_new(struct context *context, const struct share_name *name,
			 struct opened **out)
{
	struct device *device = device_get((CUdevice)name->device);
	struct opened *opened;
	CUresult result;

	if (!device)
		return CUDA_ERROR_INVALID_VALUE;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return CUDA_ERROR_OUT_OF_MEMORY;
	opened->name = *name;
	opened->block = (struct memory_block){
		.kind = MEMORY_IPC, .device = device, .context = context,
	};
	result = ipc_import(name, &opened->block);
	if (result) {
		free(opened);
		return result;
	}
	/* As if by cuCtxEnablePeerAccess; that is what the flag asks for. */
	if (device != context->device)
		__atomic_fetch_or(&context->peers, 1u << device->ordinal, __ATOMIC_RELAXED);
	opened->next = all;
	all = opened;
	*out = opened;
	return CUDA_SUCCESS;
}

CUresult cuIpcOpenMemHandle_v2(CUdeviceptr *pdptr, CUipcMemHandle handle, unsigned int Flags)
{
	struct opened **at, *opened = NULL;
	struct share_name name;
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	memcpy(&name, &handle, sizeof(name));
	if (!pdptr || Flags != CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS ||
	    !share_is_name(&name, SHARE_MEMORY))
		return CUDA_ERROR_INVALID_VALUE;
	if (share_is_mine(&name))
		return CUDA_ERROR_INVALID_CONTEXT;
	pthread_mutex_lock(&lock);
	at = find(context, &name, 0);
	if (at)
		opened = *at;
	else
		result = open_new(context, &name, &opened);
	if (!result) {
		opened->count++;
		*pdptr = opened->block.base;
	}
	pthread_mutex_unlock(&lock);
	return result;
}

CUresult cuIpcOpenMemHandle(CUdeviceptr *pdptr, CUipcMemHandle handle, unsigned int Flags)
{
	return cuIpcOpenMemHandle_v2(pdptr, handle, Flags);
}

CUresult cuIpcCloseMemHandle(CUdeviceptr dptr)
{
	struct opened **at, *opened = NULL;
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	pthread_mutex_lock(&lock);
	at = find(context, NULL, dptr);
	if (at && --(*at)->count == 0) {
		opened = *at;
		*at = opened->next;
	}
	pthread_mutex_unlock(&lock);
	if (opened) {
		stream_synchronize_context(context);
		memory_free(opened->block.base, 1u << MEMORY_IPC);
		free(opened);
	}
	return at ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
