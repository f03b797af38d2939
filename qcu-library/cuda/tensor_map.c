/* SPDX-License-Identifier: MIT */
/*
 * tensor_map.c - cuTensorMapEncode*: descriptions of tensors for the copy engine of a kernel
 *
 * Faces qcu-device/worker/tensor_map.c.  What a map looks like is the device's secret, so the
 * host's driver encodes it; the program passes it to kernels by value.
 */
#include <string.h>

#include "qcu-library/cuda/place.h"
#include "qcu-library/cuda/remote.h"

static_assert(sizeof(struct wire_tensor_map) == sizeof(CUtensorMap), "a map is 128 bytes");

/* Copy @count elements of an array the program must have given */
#define TAKE(to, from, count) \
	((from) ? (memcpy(to, from, (count) * sizeof(*(from))), true) : false)

static CUresult encode(CUtensorMap *map, struct wire_tensor *tensor, void *address)
{
	struct wire_tensor_map made;
	CUresult rc;

	tensor->address = place_on_device(ADDRESS(address));
	rc = send_tensor_map_encode(*tensor, &made);
	if (rc == CUDA_SUCCESS)
		memcpy(map, &made, sizeof(*map));
	return rc;
}

static bool take_shape(struct wire_tensor *tensor, const cuuint64_t *dims,
		       const cuuint64_t *strides, const cuuint32_t *element_strides)
{
	uint32_t rank = tensor->rank;

	return rank && rank <= WIRE_TENSOR_RANK_MAX && TAKE(tensor->dims, dims, rank) &&
	       (rank == 1 || TAKE(tensor->strides, strides, rank - 1)) &&
	       TAKE(tensor->element_strides, element_strides, rank);
}

CUresult CUDAAPI cuTensorMapEncodeTiled(CUtensorMap *tensorMap, CUtensorMapDataType tensorDataType,
					cuuint32_t tensorRank, void *globalAddress,
					const cuuint64_t *globalDim,
					const cuuint64_t *globalStrides, const cuuint32_t *boxDim,
					const cuuint32_t *elementStrides,
					CUtensorMapInterleave interleave,
					CUtensorMapSwizzle swizzle,
					CUtensorMapL2promotion l2Promotion,
					CUtensorMapFloatOOBfill oobFill)
{
	struct wire_tensor tensor = {
		.kind = WIRE_TENSOR_TILED, .type = tensorDataType, .rank = tensorRank,
		.interleave = interleave, .swizzle = swizzle, .promotion = l2Promotion,
		.fill = oobFill,
	};

	if (!tensorMap || !take_shape(&tensor, globalDim, globalStrides, elementStrides) ||
	    !TAKE(tensor.box, boxDim, tensorRank))
		return CUDA_ERROR_INVALID_VALUE;
	return encode(tensorMap, &tensor, globalAddress);
}

CUresult CUDAAPI cuTensorMapEncodeIm2col(CUtensorMap *tensorMap, CUtensorMapDataType tensorDataType,
					 cuuint32_t tensorRank, void *globalAddress,
					 const cuuint64_t *globalDim,
					 const cuuint64_t *globalStrides,
					 const int *pixelBoxLowerCorner,
					 const int *pixelBoxUpperCorner,
					 cuuint32_t channelsPerPixel, cuuint32_t pixelsPerColumn,
					 const cuuint32_t *elementStrides,
					 CUtensorMapInterleave interleave,
					 CUtensorMapSwizzle swizzle,
					 CUtensorMapL2promotion l2Promotion,
					 CUtensorMapFloatOOBfill oobFill)
{
	struct wire_tensor tensor = {
		.kind = WIRE_TENSOR_IM2COL, .type = tensorDataType, .rank = tensorRank,
		.channels = channelsPerPixel, .pixels = pixelsPerColumn,
		.interleave = interleave, .swizzle = swizzle, .promotion = l2Promotion,
		.fill = oobFill,
	};

	if (!tensorMap || tensorRank < 3 ||
	    !take_shape(&tensor, globalDim, globalStrides, elementStrides) ||
	    !TAKE(tensor.lower, pixelBoxLowerCorner, tensorRank - 2) ||
	    !TAKE(tensor.upper, pixelBoxUpperCorner, tensorRank - 2))
		return CUDA_ERROR_INVALID_VALUE;
	return encode(tensorMap, &tensor, globalAddress);
}

CUresult CUDAAPI cuTensorMapEncodeIm2colWide(
	CUtensorMap *tensorMap, CUtensorMapDataType tensorDataType, cuuint32_t tensorRank,
	void *globalAddress, const cuuint64_t *globalDim, const cuuint64_t *globalStrides,
	int pixelBoxLowerCornerWidth, int pixelBoxUpperCornerWidth, cuuint32_t channelsPerPixel,
	cuuint32_t pixelsPerColumn, const cuuint32_t *elementStrides,
	CUtensorMapInterleave interleave, CUtensorMapIm2ColWideMode mode,
	CUtensorMapSwizzle swizzle, CUtensorMapL2promotion l2Promotion,
	CUtensorMapFloatOOBfill oobFill)
{
	struct wire_tensor tensor = {
		.kind = WIRE_TENSOR_IM2COL_WIDE, .type = tensorDataType, .rank = tensorRank,
		.lower = { pixelBoxLowerCornerWidth }, .upper = { pixelBoxUpperCornerWidth },
		.channels = channelsPerPixel, .pixels = pixelsPerColumn,
		.interleave = interleave, .mode = mode, .swizzle = swizzle,
		.promotion = l2Promotion, .fill = oobFill,
	};

	if (!tensorMap || !take_shape(&tensor, globalDim, globalStrides, elementStrides))
		return CUDA_ERROR_INVALID_VALUE;
	return encode(tensorMap, &tensor, globalAddress);
}

CUresult CUDAAPI cuTensorMapReplaceAddress(CUtensorMap *tensorMap, void *globalAddress)
{
	struct wire_tensor_map was, made;
	CUresult rc;

	if (!tensorMap)
		return CUDA_ERROR_INVALID_VALUE;
	memcpy(&was, tensorMap, sizeof(was));
	rc = send_tensor_map_replace_address(place_on_device(ADDRESS(globalAddress)), was, &made);
	if (rc == CUDA_SUCCESS)
		memcpy(tensorMap, &made, sizeof(made));
	return rc;
}
