/* SPDX-License-Identifier: MIT */
/*
 * tensor_map.c - cuTensorMapEncode*
 *
 * Faces qcu-library/cuda/tensor_map.c.  The driver wants a map that is aligned, which no reply
 * is: it writes to a local one.
 */
#include <string.h>

#include "qcu-device/worker/body.h"

static CUresult encode(const struct wire_tensor *t, CUtensorMap *map)
{
	void *address = (void *)(uintptr_t)t->address;

	switch (t->kind) {
	case WIRE_TENSOR_TILED:
		if (!driver.cuTensorMapEncodeTiled)
			return CUDA_ERROR_NOT_SUPPORTED;
		return driver.cuTensorMapEncodeTiled(map, t->type, t->rank, address, t->dims,
						     t->strides, t->box, t->element_strides,
						     t->interleave, t->swizzle, t->promotion,
						     t->fill);
	case WIRE_TENSOR_IM2COL:
		if (!driver.cuTensorMapEncodeIm2col)
			return CUDA_ERROR_NOT_SUPPORTED;
		return driver.cuTensorMapEncodeIm2col(map, t->type, t->rank, address, t->dims,
						      t->strides, t->lower, t->upper, t->channels,
						      t->pixels, t->element_strides, t->interleave,
						      t->swizzle, t->promotion, t->fill);
	default:
		if (!driver.cuTensorMapEncodeIm2colWide)
			return CUDA_ERROR_NOT_SUPPORTED;
		return driver.cuTensorMapEncodeIm2colWide(
			map, t->type, t->rank, address, t->dims, t->strides, t->lower[0],
			t->upper[0], t->channels, t->pixels, t->element_strides, t->interleave,
			t->mode, t->swizzle, t->promotion, t->fill);
	}
}

CUresult host_tensor_map_encode(struct dispatch *dispatch, struct wire_tensor tensor,
				struct wire_tensor_map *made)
{
	CUtensorMap map;
	CUresult rc;

	if (!made || !tensor.rank || tensor.rank > WIRE_TENSOR_RANK_MAX ||
	    tensor.kind < WIRE_TENSOR_TILED || tensor.kind > WIRE_TENSOR_IM2COL_WIDE ||
	    (tensor.kind == WIRE_TENSOR_IM2COL && tensor.rank < 3))
		return dispatch_refuse(dispatch);
	memset(&map, 0, sizeof(map));
	rc = encode(&tensor, &map);
	memcpy(made, &map, sizeof(*made));
	return rc;
}

CUresult host_tensor_map_replace_address(struct dispatch *dispatch, uint64_t address,
					 struct wire_tensor_map was, struct wire_tensor_map *made)
{
	CUtensorMap map;
	CUresult rc;

	if (!made)
		return dispatch_refuse(dispatch);
	if (!driver.cuTensorMapReplaceAddress)
		return CUDA_ERROR_NOT_SUPPORTED;
	memcpy(&map, &was, sizeof(map));
	rc = driver.cuTensorMapReplaceAddress(&map, (void *)(uintptr_t)address);
	memcpy(made, &map, sizeof(*made));
	return rc;
}
