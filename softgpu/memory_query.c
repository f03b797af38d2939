/* SPDX-License-Identifier: MIT */
/* memory_query.c - what a pointer is: cuMemGetInfo, cuMemGetAddressRange, cuPointerGetAttribute */
#include "softgpu/memory.h"

#include <string.h>

#include "softgpu/context.h"
#include "softgpu/driver.h"

CUresult cuMemGetInfo_v2(size_t *free, size_t *total)
{
	struct context *context;
	uint64_t free_bytes, total_bytes;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	memory_info(context->device, &free_bytes, &total_bytes);
	if (free)
		*free = free_bytes;
	if (total)
		*total = total_bytes;
	return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr *pbase, size_t *psize, CUdeviceptr dptr)
{
	struct context *context;
	struct memory_block block;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!memory_find(dptr, &block))
		return CUDA_ERROR_NOT_FOUND;
	if (pbase)
		*pbase = block.base;
	if (psize)
		*psize = block.size;
	return CUDA_SUCCESS;
}

static bool is_host(const struct memory_block *block)
{
	return block->kind == MEMORY_HOST || block->kind == MEMORY_REGISTERED;
}

static bool is_managed(const struct memory_block *block)
{
	return block->kind == MEMORY_MANAGED || block->kind == MEMORY_MANAGED_VARIABLE;
}

/* context_of() - pools and mappings belong to a device and to no context */
static void *context_of(const struct memory_block *block)
{
	bool none = block->kind == MEMORY_POOL || block->kind == MEMORY_MAPPED;

	return none ? NULL : (void *)(uintptr_t)block->context;
}

static int ordinal_of(const struct memory_block *block)
{
	return block->device ? block->device->ordinal : block->made_for;
}

/* struct answer - an attribute's value: how many bytes, and which */
struct answer {
	size_t bytes;
	union {
		void *pointer;
		unsigned long long id;
		unsigned int word;
		int number;
		bool truth;
		CUdeviceptr address;
	};
};

#define ANSWER(member, value) \
	((struct answer){ .bytes = sizeof(((struct answer *)0)->member), .member = (value) })

/*
 * attribute_of() - the value of an attribute for a pointer into @block, or, when @block is
 * NULL, for one that is nobody's
 *
 * Return: false if there is no such attribute.
 */
static bool attribute_of(const struct memory_block *block, CUpointer_attribute which,
			 CUdeviceptr pointer, struct answer *answer)
{
	switch (which) {
	case CU_POINTER_ATTRIBUTE_CONTEXT:
		*answer = ANSWER(pointer, block ? context_of(block) : NULL);
		return true;
	case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
		*answer = ANSWER(word, !block ? 0 : is_host(block) ? CU_MEMORYTYPE_HOST :
								     CU_MEMORYTYPE_DEVICE);
		return true;
	case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
		*answer = ANSWER(address, block ? pointer : 0);
		return true;
	case CU_POINTER_ATTRIBUTE_HOST_POINTER:
		*answer = ANSWER(pointer, block && (is_host(block) || is_managed(block)) ?
						  memory_pointer(pointer) : NULL);
		return true;
	case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
		*answer = ANSWER(truth, block && block->sync_memops);
		return true;
	case CU_POINTER_ATTRIBUTE_BUFFER_ID:
		*answer = ANSWER(id, block ? block->id : 0);
		return true;
	case CU_POINTER_ATTRIBUTE_IS_MANAGED:
		*answer = ANSWER(truth, block && is_managed(block));
		return true;
	case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
		*answer = ANSWER(number, block ? ordinal_of(block) : -2);
		return true;
	case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
		*answer = ANSWER(address, block ? block->base : 0);
		return true;
	case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
		*answer = ANSWER(id, block ? block->size : 0);
		return true;
	case CU_POINTER_ATTRIBUTE_MAPPED:
		*answer = ANSWER(truth, block != NULL);
		return true;
	case CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES:
		*answer = ANSWER(id, block ? block->handle_types : 0);
		return true;
	case CU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
		*answer = ANSWER(word, block ? CU_POINTER_ATTRIBUTE_ACCESS_FLAG_READWRITE : 0);
		return true;
	case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
		*answer = ANSWER(pointer, block ? (void *)(uintptr_t)block->pool : NULL);
		return true;
	case CU_POINTER_ATTRIBUTE_MAPPING_SIZE:
		*answer = ANSWER(id, block ? block->size : 0);
		return true;
	case CU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR:
		*answer = ANSWER(address, block ? block->base : 0);
		return true;
	case CU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID:
		*answer = ANSWER(id, block ? block->id : 0);
		return true;
	case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE:
		*answer = ANSWER(truth, block && block->kind == MEMORY_DEVICE);
		return true;
	case CU_POINTER_ATTRIBUTE_IS_GPU_DIRECT_RDMA_CAPABLE:
	case CU_POINTER_ATTRIBUTE_IS_HW_DECOMPRESS_CAPABLE:
		*answer = ANSWER(truth, false);
		return true;
	default:
		return false;
	}
}

CUresult cuPointerGetAttribute(void *data, CUpointer_attribute attribute, CUdeviceptr ptr)
{
	struct memory_block block;
	struct answer answer;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!data || !memory_find(ptr, &block) || !attribute_of(&block, attribute, ptr, &answer))
		return CUDA_ERROR_INVALID_VALUE;
	if (attribute == CU_POINTER_ATTRIBUTE_HOST_POINTER && !answer.pointer)
		return CUDA_ERROR_INVALID_VALUE;
	memcpy(data, &answer.pointer, answer.bytes);
	return CUDA_SUCCESS;
}

/* A pointer that is nobody's is no error here: each attribute says so in its own way. */
CUresult cuPointerGetAttributes(unsigned int numAttributes, CUpointer_attribute *attributes,
				void **data, CUdeviceptr ptr)
{
	struct memory_block block;
	struct answer answer;
	bool found;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!attributes || !data || !numAttributes)
		return CUDA_ERROR_INVALID_VALUE;
	found = memory_find(ptr, &block);
	for (unsigned int i = 0; i < numAttributes; i++) {
		if (!data[i] || !attribute_of(found ? &block : NULL, attributes[i], ptr, &answer))
			return CUDA_ERROR_INVALID_VALUE;
		memcpy(data[i], &answer.pointer, answer.bytes);
	}
	return CUDA_SUCCESS;
}

CUresult cuPointerSetAttribute(const void *value, CUpointer_attribute attribute, CUdeviceptr ptr)
{
	struct memory_block block;
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!value || attribute != CU_POINTER_ATTRIBUTE_SYNC_MEMOPS || !memory_find(ptr, &block))
		return CUDA_ERROR_INVALID_VALUE;
	/* Copies are synchronous wherever the attribute asks for it. */
	memory_set_sync_memops(ptr, *(const int *)value != 0);
	return CUDA_SUCCESS;
}
