/* SPDX-License-Identifier: MIT */
/* cudaArrayGetInfo, cudaGetChannelDesc and the driver's descriptors say what was asked for */
#include "check.h"
#include <cuda_runtime.h>

static void each_format(void)
{
	static const struct {
		int bits;
		enum cudaChannelFormatKind kind;
	} formats[] = {
		{ 8, cudaChannelFormatKindSigned }, { 16, cudaChannelFormatKindSigned },
		{ 32, cudaChannelFormatKindSigned }, { 8, cudaChannelFormatKindUnsigned },
		{ 16, cudaChannelFormatKindUnsigned }, { 32, cudaChannelFormatKindUnsigned },
		{ 16, cudaChannelFormatKindFloat }, { 32, cudaChannelFormatKindFloat },
	};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		for (int channels = 1; channels <= 4; channels *= 2) {
			int bits = formats[i].bits;
			struct cudaChannelFormatDesc got, desc = {
				bits, channels > 1 ? bits : 0, channels > 2 ? bits : 0,
				channels > 2 ? bits : 0, formats[i].kind,
			};
			struct cudaExtent extent;
			cudaArray_t array;

			CUDA(cudaMallocArray(&array, &desc, 40, 30, 0));
			CUDA(cudaArrayGetInfo(&got, &extent, NULL, array));
			CHECK_SAME(&got, &desc, sizeof(desc));
			CHECK(extent.width == 40 && extent.height == 30 && extent.depth == 0);
			CUDA(cudaGetChannelDesc(&got, array));
			CHECK_SAME(&got, &desc, sizeof(desc));
			CUDA(cudaFreeArray(array));
		}
}

static void shape(size_t width, size_t height, size_t depth, unsigned int flags)
{
	struct cudaChannelFormatDesc desc = { 32, 0, 0, 0, cudaChannelFormatKindFloat };
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	struct cudaExtent extent;
	unsigned int got;
	cudaArray_t array;

	CUDA(cudaMalloc3DArray(&array, &desc, make_cudaExtent(width, height, depth), flags));
	CUDA(cudaArrayGetInfo(NULL, &extent, &got, array));
	CHECK(extent.width == width && extent.height == height && extent.depth == depth);
	CHECK(got == flags);
	CU(cuArray3DGetDescriptor(&descriptor, (CUarray)array));
	CHECK(descriptor.Width == width && descriptor.Height == height &&
	      descriptor.Depth == depth && descriptor.Format == CU_AD_FORMAT_FLOAT &&
	      descriptor.NumChannels == 1 && descriptor.Flags == flags);
	CUDA(cudaFreeArray(array));
}

static void refused(void)
{
	struct cudaChannelFormatDesc desc = { 32, 0, 0, 0, cudaChannelFormatKindFloat };
	cudaArray_t array;

	EXPECT(cudaErrorInvalidValue, cudaMallocArray(&array, &desc, 0, 0, 0));
	EXPECT(cudaErrorInvalidValue, cudaMallocArray(NULL, &desc, 16, 16, 0));
	/* a cube has six faces, as high as they are wide */
	EXPECT(cudaErrorInvalidValue, cudaMalloc3DArray(&array, &desc, make_cudaExtent(16, 16, 5),
							cudaArrayCubemap));
	EXPECT(cudaErrorInvalidValue, cudaMalloc3DArray(&array, &desc, make_cudaExtent(16, 8, 6),
							cudaArrayCubemap));
	EXPECT(cudaErrorInvalidValue, cudaMallocArray(&array, &desc, (size_t)1 << 24, 16, 0));
}

int main(void)
{
	each_format();
	shape(100, 0, 0, 0);
	shape(100, 50, 0, cudaArraySurfaceLoadStore);
	shape(10, 20, 30, 0);
	shape(64, 0, 5, cudaArrayLayered);
	shape(64, 32, 5, cudaArrayLayered | cudaArraySurfaceLoadStore);
	shape(32, 32, 6, cudaArrayCubemap);
	shape(32, 32, 12, cudaArrayCubemap | cudaArrayLayered);
	shape(32, 32, 0, cudaArrayTextureGather);
	refused();
	return finish();
}
