/* SPDX-License-Identifier: MIT */
/* cuTensorMapEncodeTiled: a map is made of what may be one, and what may not is refused */
#include "ptx.h"

#define W 64
#define H 32

struct shape {
	cuuint32_t rank;
	cuuint64_t dims[5], strides[4];
	cuuint32_t box[5], steps[5];
};

static CUresult encode(CUtensorMap *map, CUdeviceptr dev, const struct shape *shape)
{
	return cuTensorMapEncodeTiled(map, CU_TENSOR_MAP_DATA_TYPE_FLOAT32, shape->rank,
				      (void *)dev, shape->dims, shape->strides, shape->box,
				      shape->steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
				      CU_TENSOR_MAP_SWIZZLE_NONE, CU_TENSOR_MAP_L2_PROMOTION_NONE,
				      CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
}

int main(void)
{
	struct shape shape = {
		.rank = 2, .dims = { W, H }, .strides = { W * sizeof(float) }, .box = { 16, 8 },
		.steps = { 1, 1 },
	};
	CUtensorMap one, two, moved;
	CUdeviceptr dev;

	ptx_context();
	CU(cuMemAlloc(&dev, 2 * W * H * sizeof(float)));
	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	NEEDS_CU(encode(&one, dev, &shape));
	CU(encode(&two, dev, &shape));
	CHECK_SAME(&one, &two, sizeof(one));
	CU(encode(&moved, dev + W * H * sizeof(float), &shape));
	CHECK(memcmp(&one, &moved, sizeof(one)));
	CU(cuTensorMapReplaceAddress(&one, (void *)(dev + W * H * sizeof(float))));
	CHECK_SAME(&one, &moved, sizeof(one));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, encode(&one, dev + 4, &shape));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, encode(NULL, dev, &shape));
	shape.box[0] = 257;
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, encode(&one, dev, &shape));
	shape.box[0] = 16;
	shape.rank = 6;
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, encode(&one, dev, &shape));
	CU(cuMemFree(dev));
	return finish();
}
