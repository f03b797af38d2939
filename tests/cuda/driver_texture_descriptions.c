/* SPDX-License-Identifier: MIT */
/* What arrays, texture objects and surface objects were made of, they say again */
#include "ptx.h"

int main(void)
{
	const CUDA_ARRAY3D_DESCRIPTOR descriptor = {
		.Width = 64, .Height = 32, .Format = CU_AD_FORMAT_UNSIGNED_INT8, .NumChannels = 4,
		.Flags = CUDA_ARRAY3D_SURFACE_LDST,
	};
	CUDA_RESOURCE_VIEW_DESC view = {
		.format = CU_RES_VIEW_FORMAT_UINT_4X8, .width = 64, .height = 32,
	}, view_said;
	CUDA_TEXTURE_DESC texture = {
		.addressMode = { CU_TR_ADDRESS_MODE_WRAP, CU_TR_ADDRESS_MODE_MIRROR },
		.filterMode = CU_TR_FILTER_MODE_POINT,
		.flags = CU_TRSF_READ_AS_INTEGER | CU_TRSF_NORMALIZED_COORDINATES,
	}, texture_said;
	CUDA_RESOURCE_DESC resource = { .resType = CU_RESOURCE_TYPE_ARRAY }, said;
	CUDA_ARRAY_MEMORY_REQUIREMENTS wants;
	CUDA_ARRAY_SPARSE_PROPERTIES sparse;
	CUarray array, plane, level, again;
	CUmipmappedArray mipmap;
	CUtexObject object;
	CUsurfObject surface;

	ptx_context();
	CU(cuArray3DCreate(&array, &descriptor));
	resource.res.array.hArray = array;
	CU(cuTexObjectCreate(&object, &resource, &texture, &view));
	CU(cuTexObjectGetResourceDesc(&said, object));
	CHECK(said.resType == CU_RESOURCE_TYPE_ARRAY && said.res.array.hArray == array);
	CU(cuTexObjectGetTextureDesc(&texture_said, object));
	CHECK(texture_said.addressMode[0] == CU_TR_ADDRESS_MODE_WRAP &&
	      texture_said.addressMode[1] == CU_TR_ADDRESS_MODE_MIRROR &&
	      texture_said.flags == texture.flags);
	CU(cuTexObjectGetResourceViewDesc(&view_said, object));
	CHECK(view_said.format == CU_RES_VIEW_FORMAT_UINT_4X8 && view_said.width == 64 &&
	      view_said.height == 32);
	CU(cuSurfObjectCreate(&surface, &resource));
	CU(cuSurfObjectGetResourceDesc(&said, surface));
	CHECK(said.res.array.hArray == array);
	CU(cuSurfObjectDestroy(surface));
	CU(cuTexObjectDestroy(object));

	CHECK(cuArrayGetPlane(&plane, array, 0) != CUDA_SUCCESS);
	CHECK(cuArrayGetSparseProperties(&sparse, array) != CUDA_SUCCESS);
	CHECK(cuArrayGetMemoryRequirements(&wants, array, 0) != CUDA_SUCCESS);
	CU(cuMipmappedArrayCreate(&mipmap, &descriptor, 3));
	CU(cuMipmappedArrayGetLevel(&level, mipmap, 1));
	CU(cuMipmappedArrayGetLevel(&again, mipmap, 1));
	{
		CUDA_ARRAY3D_DESCRIPTOR half;

		CU(cuArray3DGetDescriptor(&half, level));
		CHECK(half.Width == 32 && half.Height == 16);
	}
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMipmappedArrayGetLevel(&level, mipmap, 3));
	CHECK(cuMipmappedArrayGetMemoryRequirements(&wants, mipmap, 0) != CUDA_SUCCESS);
	CHECK(cuMipmappedArrayGetSparseProperties(&sparse, mipmap) != CUDA_SUCCESS);
	CU(cuMipmappedArrayDestroy(mipmap));
	CU(cuArrayDestroy(array));
	return finish();
}
