/* SPDX-License-Identifier: MIT */
/*
 * pointer.c - what is known of a pointer, by the address map
 *
 * CUDA Driver API, "Unified Addressing".  cuPointerGetAttribute() refuses a
 * pointer that CUDA knows nothing of; cuPointerGetAttributes() answers with
 * zeroes, by which a program recognises ordinary memory.
 */
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/pool.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

/* Of device memory the host's driver knows more than this process; host memory has @of_host. */
static CUresult ask(uint64_t *value, CUpointer_attribute attribute, CUdeviceptr ptr,
		    const struct range *range, uint64_t of_host)
{
	*value = of_host;
	return range_is_host(range) ? CUDA_SUCCESS : send_pointer_get(value, ptr, attribute);
}

static CUresult get(void *data, CUpointer_attribute attribute, CUdeviceptr ptr,
		    const struct range *range)
{
	bool managed = range_is_managed(range);
	bool host = range_is_host(range) && !managed;
	uint64_t value;
	CUresult rc;

	switch (attribute) {
	case CU_POINTER_ATTRIBUTE_CONTEXT:
		*(CUcontext *)data = (CUcontext)range->context;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
		*(unsigned int *)data = host ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
		*(CUdeviceptr *)data = range->device + (ptr - range->start);
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_HOST_POINTER:
		if (!host && !managed)
			return CUDA_ERROR_INVALID_VALUE;
		*(void **)data = POINTER(ptr);
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_BUFFER_ID:
		*(unsigned long long *)data = range->id;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
		*(int *)data = range->context ? context_device(range->context) : range->ordinal;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
		*(CUdeviceptr *)data = range->start;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
		*(size_t *)data = range->bytes;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_IS_MANAGED:
		*(bool *)data = managed;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
		rc = ask(&value, attribute, ptr, range, false);
		*(bool *)data = value != 0;
		return rc;
	case CU_POINTER_ATTRIBUTE_IS_GPU_DIRECT_RDMA_CAPABLE:
		*(bool *)data = false;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE:
		*(bool *)data = range->kind == RANGE_DEVICE;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_MAPPED:
		*(bool *)data = true;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES:
		rc = ask(&value, attribute, ptr, range, 0);
		*(unsigned long long *)data = value & CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR;
		return rc;
	case CU_POINTER_ATTRIBUTE_MAPPING_SIZE:
		return ask(data, attribute, ptr, range, range->bytes);
	case CU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR:
		return ask(data, attribute, ptr, range, range->start);
	case CU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID:
		return ask(data, attribute, ptr, range, range->id);
	case CU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
		*(CUDA_POINTER_ATTRIBUTE_ACCESS_FLAGS *)data =
			CU_POINTER_ATTRIBUTE_ACCESS_FLAG_READWRITE;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
		*(CUmemoryPool *)data = NULL;
		return range->kind == RANGE_POOL ? pool_of(range, data) : CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

/* What a pointer has that is nothing to CUDA: zero, by the size of the attribute */
static CUresult clear(void *data, CUpointer_attribute attribute)
{
	switch (attribute) {
	case CU_POINTER_ATTRIBUTE_CONTEXT:
	case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
	case CU_POINTER_ATTRIBUTE_HOST_POINTER:
	case CU_POINTER_ATTRIBUTE_BUFFER_ID:
	case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
	case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
	case CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES:
	case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
	case CU_POINTER_ATTRIBUTE_MAPPING_SIZE:
	case CU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR:
	case CU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID:
		memset(data, 0, 8);
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
		memset(data, 0, 4);
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
		*(int *)data = -2;	/* CUDA Driver API: the pointer is of no device */
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
	case CU_POINTER_ATTRIBUTE_IS_MANAGED:
	case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE:
	case CU_POINTER_ATTRIBUTE_IS_GPU_DIRECT_RDMA_CAPABLE:
	case CU_POINTER_ATTRIBUTE_MAPPED:
		*(bool *)data = false;
		return CUDA_SUCCESS;
	case CU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
		*(CUDA_POINTER_ATTRIBUTE_ACCESS_FLAGS *)data =
			CU_POINTER_ATTRIBUTE_ACCESS_FLAG_NONE;
		return CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult CUDAAPI cuPointerGetAttribute(void *data, CUpointer_attribute attribute, CUdeviceptr ptr)
{
	CUresult rc = session_check();
	struct range range;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!data || !ranges_find(ptr, &range))
		return CUDA_ERROR_INVALID_VALUE;
	return get(data, attribute, ptr, &range);
}

CUresult CUDAAPI cuPointerGetAttributes(unsigned int numAttributes, CUpointer_attribute *attributes,
					void **data, CUdeviceptr ptr)
{
	CUresult rc = session_check();
	struct range range;
	bool known;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!numAttributes || !attributes || !data)
		return CUDA_ERROR_INVALID_VALUE;
	known = ranges_find(ptr, &range);
	for (unsigned int i = 0; rc == CUDA_SUCCESS && i < numAttributes; i++) {
		if (!data[i])
			return CUDA_ERROR_INVALID_VALUE;
		/* What one kind of memory lacks is zero here, too. */
		if (!known || get(data[i], attributes[i], ptr, &range) != CUDA_SUCCESS)
			rc = clear(data[i], attributes[i]);
	}
	return rc;
}

CUresult CUDAAPI cuPointerSetAttribute(const void *value, CUpointer_attribute attribute,
				       CUdeviceptr ptr)
{
	CUresult rc = session_check();
	struct range range;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!value || attribute != CU_POINTER_ATTRIBUTE_SYNC_MEMOPS || !ranges_find(ptr, &range) ||
	    range_is_host(&range))
		return CUDA_ERROR_INVALID_VALUE;
	/* What is to wait then are the host's copies, and this process waits for those. */
	return send_pointer_set(ptr, attribute, *(const int *)value != 0);
}
