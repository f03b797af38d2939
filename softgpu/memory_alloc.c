/* SPDX-License-Identifier: MIT */
/* memory_alloc.c - cuMemAlloc*, cuMemFree, cuMemHost* */
#include "softgpu/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include "softgpu/capture.h"
#include "softgpu/context.h"
#include "softgpu/driver.h"
#include "softgpu/graph_memory.h"
#include "softgpu/observe.h"
#include "softgpu/pool.h"
#include "softgpu/stream.h"
#include "softgpu/advice.h"

#define PITCH 512

#define FREEABLE (1u << MEMORY_DEVICE | 1u << MEMORY_MANAGED | 1u << MEMORY_POOL)

#define HOST_ALLOC_FLAGS \
	(CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP | CU_MEMHOSTALLOC_WRITECOMBINED)

#define REGISTER_FLAGS \
	(CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP | \
	 CU_MEMHOSTREGISTER_IOMEMORY | CU_MEMHOSTREGISTER_READ_ONLY)

/* enter() - allocating and freeing is nothing that a graph would repeat */
static CUresult enter(struct context **context)
{
	CUresult result = context_enter(context);

	return result ? result : capture_unsafe();
}

static CUresult alloc(CUdeviceptr *dptr, size_t bytes, enum memory_kind kind, unsigned int flags)
{
	struct context *context;
	struct memory_block block;
	CUresult result = enter(&context);

	if (result)
		return result;
	if (!dptr || !bytes)
		return CUDA_ERROR_INVALID_VALUE;
	block = (struct memory_block){
		.size = bytes, .kind = kind, .flags = flags, .device = context->device,
		.context = context,
	};
	/* What cuMemAlloc gives may be shared with other processes, by pages. */
	result = memory_alloc(&block, kind == MEMORY_DEVICE ? MEMORY_PAGE : MEMORY_ALIGN);
	if (result)
		return result;
	*dptr = block.base;
	if (kind == MEMORY_DEVICE)
		observe_alloc(memory_pointer(block.base), bytes);
	return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr *dptr, size_t bytesize)
{
	return alloc(dptr, bytesize, MEMORY_DEVICE, 0);
}

CUresult cuMemAllocPitch_v2(CUdeviceptr *dptr, size_t *pPitch, size_t WidthInBytes, size_t Height,
			    unsigned int ElementSizeBytes)
{
	size_t pitch, bytes;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!pPitch || !WidthInBytes || !Height)
		return CUDA_ERROR_INVALID_VALUE;
	if (ElementSizeBytes != 4 && ElementSizeBytes != 8 && ElementSizeBytes != 16)
		return CUDA_ERROR_INVALID_VALUE;
	if (__builtin_add_overflow(WidthInBytes, PITCH - 1, &pitch))
		return CUDA_ERROR_INVALID_VALUE;
	pitch &= ~(size_t)(PITCH - 1);
	if (__builtin_mul_overflow(pitch, Height, &bytes))
		return CUDA_ERROR_OUT_OF_MEMORY;
	result = alloc(dptr, bytes, MEMORY_DEVICE, 0);
	if (!result)
		*pPitch = pitch;
	return result;
}

static CUresult alloc_managed(CUdeviceptr *dptr, size_t bytesize, unsigned int flags)
{
	CUresult result = alloc(dptr, bytesize, MEMORY_MANAGED, flags);

	if (!result)
		advice_forget(*dptr, bytesize);
	return result;
}

CUresult cuMemAllocManaged(CUdeviceptr *dptr, size_t bytesize, unsigned int flags)
{
	if (flags != CU_MEM_ATTACH_GLOBAL && flags != CU_MEM_ATTACH_HOST) {
		CUresult result = driver_enter();

		return result ? result : CUDA_ERROR_INVALID_VALUE;
	}
	return alloc_managed(dptr, bytesize, flags);
}

/* wait_for_owner() - nothing may still use what is about to be freed */
static void wait_for_owner(const struct memory_block *block)
{
	struct context *owner = context_get(context_value(block->context));

	if (!owner)
		return;
	stream_synchronize_context(owner);
	context_put(owner);
}

static CUresult release(uint64_t address, unsigned int kinds, CUresult otherwise)
{
	struct memory_block block;

	if (!memory_find(address, &block) || !memory_claim(address, kinds))
		return otherwise;
	wait_for_owner(&block);
	memory_free(address, kinds);
	pool_gave_back(&block);
	return CUDA_SUCCESS;
}

static CUresult free_of_graph(struct context *context, CUdeviceptr address)
{
	struct stream *stream = stream_legacy(context);
	CUresult result;

	if (!stream)
		return CUDA_ERROR_CONTEXT_IS_DESTROYED;
	stream_synchronize_context(context);
	result = graph_memory_give_back(address, stream);
	stream_put(stream);
	return result;
}

CUresult cuMemFree_v2(CUdeviceptr dptr)
{
	struct context *context;
	CUresult result = enter(&context);

	if (result || !dptr)
		return result;
	if (graph_memory_is(dptr))
		return free_of_graph(context, dptr);
	return release(dptr, FREEABLE, CUDA_ERROR_INVALID_VALUE);
}

CUresult cuMemHostAlloc(void **pp, size_t bytesize, unsigned int Flags)
{
	struct context *context;
	struct memory_block block;
	CUresult result = enter(&context);

	if (result)
		return result;
	if (!pp || Flags & ~(unsigned int)HOST_ALLOC_FLAGS)
		return CUDA_ERROR_INVALID_VALUE;
	if (!bytesize) {
		*pp = NULL;
		return CUDA_SUCCESS;
	}
	/* With one address space for all, every pinned block is mapped and portable. */
	block = (struct memory_block){
		.size = bytesize, .kind = MEMORY_HOST, .context = context,
		.made_for = context->device->ordinal,
		.flags = Flags,
	};
	result = memory_host_alloc(&block);
	if (!result)
		*pp = memory_pointer(block.base);
	return result;
}

CUresult cuMemAllocHost_v2(void **pp, size_t bytesize)
{
	return cuMemHostAlloc(pp, bytesize, 0);
}

CUresult cuMemFreeHost(void *p)
{
	struct context *context;
	CUresult result = enter(&context);

	if (result || !p)
		return result;
	return release((uintptr_t)p, 1u << MEMORY_HOST, CUDA_ERROR_INVALID_VALUE);
}

/* is_mapped() - is there memory at all of [address, address + bytes)? */
static bool is_mapped(uintptr_t address, size_t bytes)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = address + bytes, at = address & ~(page - 1);
	unsigned char resident[4096];

	while (at < end) {
		size_t pages = (end - at + page - 1) / page;

		if (pages > sizeof(resident))
			pages = sizeof(resident);
		if (mincore((void *)at, pages * page, resident))
			return false;
		at += pages * page;
	}
	return true;
}

CUresult cuMemHostRegister_v2(void *p, size_t bytesize, unsigned int Flags)
{
	struct context *context;
	struct memory_block block;
	uint64_t end;
	CUresult result = enter(&context);

	if (result)
		return result;
	if (!p || !bytesize || Flags & ~(unsigned int)REGISTER_FLAGS ||
	    __builtin_add_overflow((uint64_t)(uintptr_t)p, bytesize, &end))
		return CUDA_ERROR_INVALID_VALUE;
	if (!memory_host_valid(p, bytesize) || !is_mapped((uintptr_t)p, bytesize))
		return CUDA_ERROR_INVALID_VALUE;
	if (memory_find((uintptr_t)p, &block) && block.kind != MEMORY_HOST &&
	    block.kind != MEMORY_REGISTERED)
		return CUDA_ERROR_INVALID_VALUE;
	block = (struct memory_block){
		.base = (uintptr_t)p, .size = bytesize, .kind = MEMORY_REGISTERED,
		.context = context, .made_for = context->device->ordinal,
		.flags = Flags,
	};
	return memory_register(&block);
}

CUresult cuMemHostRegister(void *p, size_t bytesize, unsigned int Flags)
{
	return cuMemHostRegister_v2(p, bytesize, Flags);
}

/* owner_error() - what stays in the context that a block was made in, if that is still there */
static CUresult owner_error(uint64_t address)
{
	CUresult result = CUDA_SUCCESS;
	struct memory_block block;
	struct context *owner;

	if (!memory_find(address, &block))
		return CUDA_SUCCESS;
	owner = context_get(context_value(block.context));
	if (!owner)
		return CUDA_SUCCESS;
	result = context_status(owner);
	context_put(owner);
	return result;
}

/* Needs no context.  One that has failed keeps what was registered in it until it is destroyed. */
CUresult cuMemHostUnregister(void *p)
{
	struct context *context;
	CUresult result = context_current() ? enter(&context) : driver_enter();

	if (result)
		return result;
	if (!p)
		return CUDA_ERROR_INVALID_VALUE;
	result = owner_error((uintptr_t)p);
	if (result)
		return result;
	return release((uintptr_t)p, 1u << MEMORY_REGISTERED,
		       CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
}

/* find_host() - the pinned, registered or managed block around @p */
static CUresult find_host(const void *out, void *p, struct memory_block *block)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!out || !p || !memory_find((uintptr_t)p, block))
		return CUDA_ERROR_INVALID_VALUE;
	if (block->kind != MEMORY_HOST && block->kind != MEMORY_REGISTERED && block->kind != MEMORY_MANAGED)
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *pdptr, void *p, unsigned int Flags)
{
	struct memory_block block;
	CUresult result = find_host(pdptr, p, &block);

	if (result)
		return result;
	if (Flags || block.kind == MEMORY_MANAGED)
		return CUDA_ERROR_INVALID_VALUE;
	*pdptr = (uintptr_t)p;
	return CUDA_SUCCESS;
}

CUresult cuMemHostGetFlags(unsigned int *pFlags, void *p)
{
	struct memory_block block;
	CUresult result = find_host(pFlags, p, &block);

	if (result)
		return result;
	*pFlags = CU_MEMHOSTALLOC_DEVICEMAP;
	if (block.kind != MEMORY_MANAGED)
		*pFlags |= block.flags & ~(unsigned int)CU_MEMHOSTREGISTER_READ_ONLY;
	return CUDA_SUCCESS;
}
