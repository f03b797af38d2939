/* SPDX-License-Identifier: MIT */
/* cuMemcpy2D, cuMemcpy2DUnaligned and cuMemcpy3D between host and device */
#include "ptx.h"

#define W 77
#define H 13
#define D 5

int main(void)
{
	unsigned char *host = rng_bytes(W * H * D), *got = calloc(W * H, D), *want = calloc(W * H, D);
	CUDA_MEMCPY2D flat = { 0 };
	CUDA_MEMCPY3D box = { 0 };
	CUdeviceptr dev;
	size_t pitch;
	int y, z;

	CHECK(got && want);
	ptx_context();
	CU(cuMemAllocPitch(&dev, &pitch, W, H * D, 4));
	flat.srcMemoryType = CU_MEMORYTYPE_HOST;
	flat.srcHost = host;
	flat.srcPitch = W;
	flat.dstMemoryType = CU_MEMORYTYPE_DEVICE;
	flat.dstDevice = dev;
	flat.dstPitch = pitch;
	flat.WidthInBytes = W;
	flat.Height = H * D;
	CU(cuMemcpy2D(&flat));
	box.srcMemoryType = CU_MEMORYTYPE_DEVICE;
	box.srcDevice = dev;
	box.srcPitch = pitch;
	box.srcHeight = H;
	box.srcXInBytes = 3;
	box.srcY = 2;
	box.srcZ = 1;
	box.dstMemoryType = CU_MEMORYTYPE_HOST;
	box.dstHost = got;
	box.dstPitch = W;
	box.dstHeight = H;
	box.dstXInBytes = 1;
	box.dstZ = 2;
	box.WidthInBytes = 50;
	box.Height = 8;
	box.Depth = 3;
	CU(cuMemcpy3D(&box));
	for (z = 0; z < 3; z++)
		for (y = 0; y < 8; y++)
			memcpy(want + ((z + 2) * H + y) * W + 1, host + ((z + 1) * H + y + 2) * W + 3, 50);
	CHECK_SAME(got, want, W * H * D);
	flat.srcMemoryType = CU_MEMORYTYPE_DEVICE;
	flat.srcDevice = dev;
	flat.srcPitch = pitch;
	flat.dstMemoryType = CU_MEMORYTYPE_HOST;
	flat.dstHost = got;
	flat.dstPitch = W;
	CU(cuMemcpy2DUnaligned(&flat));
	CHECK_SAME(got, host, W * H * D);
	/* No pitch: a row is what is copied and what lies before that */
	flat.dstPitch = 0;
	flat.dstXInBytes = 9;
	flat.WidthInBytes = 40;
	memcpy(want, got, W * H * D);
	for (y = 0; y < H * D; y++)
		memcpy(want + 49 * y + 9, host + W * y, 40);
	CU(cuMemcpy2D(&flat));
	CHECK_SAME(got, want, W * H * D);
	flat.dstXInBytes = 0;
	flat.WidthInBytes = W;
	flat.dstPitch = W - 1;
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemcpy2D(&flat));
	CU(cuMemFree(dev));
	free(host);
	free(got);
	free(want);
	return finish();
}
