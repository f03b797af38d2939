/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* range_attribute.h - what both libcudas answer of managed memory; knows no session */
#ifndef QCUDA_WIRE_RANGE_ATTRIBUTE_H
#define QCUDA_WIRE_RANGE_ATTRIBUTE_H

#include <cuda.h>

/**
 * range_attribute() - an attribute of managed memory that nobody gave advice for
 * @data: the answer, a number or, ACCESSED_BY, as many as fit
 * @bytes: its size
 *
 * Source: CUDA Driver API, cuMemRangeGetAttribute
 * Return: CUDA_ERROR_INVALID_VALUE for a size that does not suit, or an unknown attribute
 */
static inline CUresult range_attribute(void *data, size_t bytes, CUmem_range_attribute attribute)
{
	int *numbers = data;

	if (!data || !bytes || bytes % sizeof(int) ||
	    (attribute != CU_MEM_RANGE_ATTRIBUTE_ACCESSED_BY && bytes != sizeof(int)))
		return CUDA_ERROR_INVALID_VALUE;
	switch (attribute) {
	case CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY:
		*numbers = 0;
		return CUDA_SUCCESS;
	case CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION_TYPE:
	case CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION_TYPE:
		*numbers = CU_MEM_LOCATION_TYPE_INVALID;
		return CUDA_SUCCESS;
	case CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION:
	case CU_MEM_RANGE_ATTRIBUTE_ACCESSED_BY:
	case CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION:
	case CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION_ID:
	case CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION_ID:
		for (size_t i = 0; i < bytes / sizeof(int); i++)
			numbers[i] = CU_DEVICE_INVALID;
		return CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

#endif
