/* SPDX-License-Identifier: MIT */
/* advice.h - what was advised of managed memory, for any libcuda whose device has no concurrent access */
#ifndef SOFTGPU_ADVICE_H
#define SOFTGPU_ADVICE_H

#include <cuda.h>

/**
 * advice_take() - remember advice for [@address, @address + @bytes), all of it managed
 * @location: ignored where the advice has none; else the host, for nothing else can be near
 *
 * Source: CUDA Driver API, cuMemAdvise
 * Return: CUDA_ERROR_INVALID_VALUE for advice that is none, CUDA_ERROR_INVALID_DEVICE for a
 * device's location, CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult advice_take(CUdeviceptr address, size_t bytes, CUmem_advise advice,
		     CUmemLocation location);

/* advice_prefetched() - the program has asked for all of it at a place; as advice_take() */
CUresult advice_prefetched(CUdeviceptr address, size_t bytes, CUmemLocation location);

/**
 * advice_attribute() - an attribute of [@address, @address + @count)
 * @data: the answer, a number or, ACCESSED_BY, as many as fit
 * @bytes: its size
 *
 * Source: CUDA Driver API, cuMemRangeGetAttribute
 * Return: CUDA_ERROR_INVALID_VALUE for a size that does not suit, or an unknown attribute
 */
CUresult advice_attribute(void *data, size_t bytes, CUmem_range_attribute attribute,
			  CUdeviceptr address, size_t count);

/* advice_forget() - the memory is new, or gone */
void advice_forget(CUdeviceptr address, size_t bytes);

#endif /* SOFTGPU_ADVICE_H */
