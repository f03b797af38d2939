/* SPDX-License-Identifier: MIT */
/*
 * Copies reach the driver in its words: bytes for elements, arrays for arrays, and
 * bytes that begin or end inside an array's row as rectangles.
 */
/* links: qcu-library/cudart/context.c qcu-library/cudart/error.c qcu-library/cudart/copy.c */
/* links: qcu-library/cudart/copy3d.c qcu-library/cudart/copy_array.c qcu-library/cudart/array.c */
/* links: qcu-library/cudart/format.c qcu-library/cudart/fatbin.c qcu-library/cudart/table.c */
#include "fake_driver.h"
#include "qcu-library/cudart/copy.h"

/* The copies by rows are old, and served. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* An array of 10 x 6 x 3 float4: rows of 160 bytes. */
#define ELEMENT 16
#define ROW 160

static char array_memory, host[4096];
static cudaArray_t array = (cudaArray_t)&array_memory;
static CUDA_MEMCPY3D last3d;
static CUDA_MEMCPY2D last2d[8];
static unsigned int count2d, calls;

static CUresult describe(CUDA_ARRAY3D_DESCRIPTOR *descriptor, CUarray handle)
{
	*descriptor = (CUDA_ARRAY3D_DESCRIPTOR){ 10, 6, 3, CU_AD_FORMAT_FLOAT, 4, 0 };
	return handle == (CUarray)array ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

static CUresult copy3d(const CUDA_MEMCPY3D *copy)
{
	last3d = *copy;
	calls++;
	return CUDA_SUCCESS;
}

static CUresult copy2d(const CUDA_MEMCPY2D *copy)
{
	CHECK(count2d < ARRAY_SIZE(last2d));
	last2d[count2d++] = *copy;
	return CUDA_SUCCESS;
}

static void in_three_dimensions(void)
{
	struct cudaMemcpy3DParms parms = {
		.srcPtr = { host, 64, 64, 4 },
		.srcPos = { 8, 1, 0 },
		.dstArray = array,
		.dstPos = { 2, 1, 1 },
		.extent = { 3, 2, 1 },
		.kind = cudaMemcpyHostToDevice,
	};
	struct cudaMemcpy3DParms back;

	CHECK(!cudaMemcpy3D(&parms) && calls == 1);
	CHECK(last3d.srcMemoryType == CU_MEMORYTYPE_HOST && last3d.srcHost == host);
	CHECK(last3d.srcXInBytes == 8 && last3d.srcPitch == 64 && last3d.srcHeight == 4);
	CHECK(last3d.dstMemoryType == CU_MEMORYTYPE_ARRAY && last3d.dstArray == (CUarray)array);
	CHECK(last3d.dstXInBytes == 2 * ELEMENT && last3d.dstY == 1 && last3d.dstZ == 1);
	CHECK(last3d.WidthInBytes == 3 * ELEMENT && last3d.Height == 2 && last3d.Depth == 1);
	copy3d_to(&back, &last3d);
	CHECK(back.dstArray == array && !back.srcArray && back.srcPtr.ptr == host);
	CHECK(back.dstPos.x == 2 && back.srcPos.x == 8 && back.extent.width == 3);
	CHECK(back.kind == cudaMemcpyHostToDevice);

	parms.extent.depth = 0;
	CHECK(!cudaMemcpy3D(&parms) && calls == 1);
	parms.srcArray = array;
	CHECK(cudaMemcpy3D(&parms) == cudaErrorInvalidValue);
	parms.srcArray = NULL;
	parms.kind = 7;
	CHECK(cudaMemcpy3D(&parms) == cudaErrorInvalidMemcpyDirection);
	CHECK(cudaMemcpy3D(NULL) == cudaErrorInvalidValue && calls == 1);
}

static void in_two_dimensions(void)
{
	CHECK(!cudaMemcpy2D(host, 100, host + 2048, 50, 50, 3, cudaMemcpyDeviceToHost));
	CHECK(count2d == 1 && last2d[0].srcPitch == 50 && last2d[0].dstPitch == 100);
	CHECK(last2d[0].srcMemoryType == CU_MEMORYTYPE_DEVICE);
	CHECK(last2d[0].dstMemoryType == CU_MEMORYTYPE_HOST && last2d[0].Height == 3);
	CHECK(cudaMemcpy2D(host, 40, host, 50, 50, 3, cudaMemcpyDefault) ==
	      cudaErrorInvalidPitchValue);
	CHECK(!cudaMemcpy2D(host, 0, host, 0, 50, 1, cudaMemcpyDefault) && count2d == 2);
	CHECK(last2d[1].srcMemoryType == CU_MEMORYTYPE_UNIFIED);
	CHECK(!cudaMemcpy2D(host, 10, host, 10, 0, 3, cudaMemcpyDefault) && count2d == 2);
	count2d = 0;
	CHECK(!cudaMemcpy2DToArray(array, 32, 2, host, 64, 48, 2, cudaMemcpyHostToDevice));
	CHECK(count2d == 1 && last2d[0].dstXInBytes == 32 && last2d[0].dstY == 2);
	CHECK(last2d[0].WidthInBytes == 48 && last2d[0].srcPitch == 64);
	CHECK(cudaMemcpy2DToArray(NULL, 0, 0, host, 64, 48, 2, cudaMemcpyHostToDevice) ==
	      cudaErrorInvalidResourceHandle);
}

/* From inside row 1, two whole rows, and into row 4. */
static void in_rows(void)
{
	count2d = 0;
	CHECK(!cudaMemcpyFromArray(host, array, 100, 1, 60 + 2 * ROW + 30, cudaMemcpyDeviceToHost));
	CHECK(count2d == 3);
	CHECK(last2d[0].srcXInBytes == 100 && last2d[0].srcY == 1 && last2d[0].WidthInBytes == 60);
	CHECK(last2d[0].Height == 1 && last2d[0].dstHost == host);
	CHECK(last2d[1].srcXInBytes == 0 && last2d[1].srcY == 2 && last2d[1].WidthInBytes == ROW);
	CHECK(last2d[1].Height == 2 && last2d[1].dstHost == host + 60);
	CHECK(last2d[2].srcY == 4 && last2d[2].WidthInBytes == 30);
	CHECK(last2d[2].dstHost == host + 60 + 2 * ROW);
	CHECK(cudaMemcpyFromArray(host, array, ROW, 0, 1, cudaMemcpyDeviceToHost) ==
	      cudaErrorInvalidValue);

	count2d = 0;
	CHECK(!cudaMemcpyArrayToArray(array, 0, 0, array, 150, 2, 170, cudaMemcpyDeviceToDevice));
	CHECK(count2d == 3 && last2d[0].WidthInBytes == 10 && last2d[1].WidthInBytes == 150);
	CHECK(last2d[1].srcY == 3 && last2d[1].dstXInBytes == 10 && last2d[2].dstY == 1);
	CHECK(last2d[2].WidthInBytes == 10 && last2d[2].srcXInBytes == 150);
}

int main(void)
{
	fake_driver();
	driver.cuArray3DGetDescriptor = describe;
	driver.cuMemcpy3D = copy3d;
	driver.cuMemcpy2DUnaligned = copy2d;
	in_three_dimensions();
	in_two_dimensions();
	in_rows();
	return 0;
}
