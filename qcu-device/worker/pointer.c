/* SPDX-License-Identifier: MIT */
/*
 * pointer.c - what only the driver knows of an address
 *
 * Faces qcu-library/cuda/pointer.c, which answers the rest by itself.
 */
#include "qcu-device/worker/body.h"

/* How many bytes the driver writes; 0 for what a guest has no business to ask */
static size_t attribute_bytes(uint32_t attribute)
{
	switch (attribute) {
	case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
		return sizeof(bool);
	case CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES:
	case CU_POINTER_ATTRIBUTE_MAPPING_SIZE:
	case CU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR:
	case CU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID:
		return sizeof(uint64_t);
	default:
		return 0;
	}
}

CUresult host_pointer_get(struct dispatch *dispatch, uint64_t *value, CUdeviceptr ptr,
			  uint32_t attribute)
{
	uint64_t answer = 0;
	CUresult rc;

	if (!value)
		return dispatch_refuse(dispatch);
	if (!driver.cuPointerGetAttribute)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!attribute_bytes(attribute))
		return CUDA_ERROR_INVALID_VALUE;
	rc = driver.cuPointerGetAttribute(&answer, (CUpointer_attribute)attribute, ptr);
	/* A truth is a byte, or an int of a driver that means well */
	*value = attribute_bytes(attribute) == sizeof(bool) ? (answer & 0xff) != 0 : answer;
	return rc;
}

CUresult host_pointer_set(struct dispatch *dispatch, CUdeviceptr ptr, uint32_t attribute,
			  uint32_t value)
{
	if (!driver.cuPointerSetAttribute)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (attribute != CU_POINTER_ATTRIBUTE_SYNC_MEMOPS)
		return CUDA_ERROR_INVALID_VALUE;
	return driver.cuPointerSetAttribute(&value, (CUpointer_attribute)attribute, ptr);
}
