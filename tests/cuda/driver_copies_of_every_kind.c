/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* Fills of rows in every width, boxes, batches and copies between contexts, in stream order */
#include "ptx.h"

#define W 48
#define H 9

static CUstream stream;
static CUdeviceptr dev;
static size_t pitch;
static uint8_t *got;

static void fetch(void)
{
	CUDA_MEMCPY2D copy = {
		.srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = dev, .srcPitch = pitch,
		.dstMemoryType = CU_MEMORYTYPE_HOST, .dstHost = got, .dstPitch = W,
		.WidthInBytes = W, .Height = H,
	};

	CU(cuStreamSynchronize(stream));
	CU(cuMemcpy2D(&copy));
}

static void expect(const void *element, size_t bytes)
{
	fetch();
	for (size_t i = 0; i < W * H; i += bytes)
		CHECK_SAME(got + i, element, bytes);
}

static void fills(void)
{
	uint32_t word = 0x81726354;
	uint16_t half = 0xfedc;
	uint8_t byte = 0x3c;

	CU(cuMemsetD2D8Async(dev, pitch, byte, W, H, stream));
	expect(&byte, 1);
	CU(cuMemsetD2D16Async(dev, pitch, half, W / 2, H, stream));
	expect(&half, 2);
	CU(cuMemsetD2D32Async(dev, pitch, word, W / 4, H, stream));
	expect(&word, 4);
	half = 0x1122;
	CU(cuMemsetD2D16(dev, pitch, half, W / 2, H));
	CU(cuCtxSynchronize());
	expect(&half, 2);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemsetD2D16(dev + 1, pitch, half, W / 2, H));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemsetD2D32Async(dev, W / 2, word, W / 4, H, stream));
}

static void boxes(const uint8_t *sent)
{
	CUDA_MEMCPY3D copy = {
		.srcMemoryType = CU_MEMORYTYPE_HOST, .srcHost = sent, .srcPitch = W, .srcHeight = H / 3,
		.dstMemoryType = CU_MEMORYTYPE_DEVICE, .dstDevice = dev, .dstPitch = pitch,
		.dstHeight = H / 3, .WidthInBytes = W, .Height = H / 3, .Depth = 3,
	};

	CU(cuMemcpy3DAsync(&copy, stream));
	fetch();
	CHECK_SAME(got, sent, W * H);
}

static void contexts(const uint8_t *sent)
{
	CUdeviceptr there;
	CUcontext primary, mine;

	CU(cuCtxGetCurrent(&primary));
	CU(cuCtxCreate(&mine, NULL, 0, 0));
	CU(cuMemAlloc(&there, W * H));
	CU(cuCtxSetCurrent(primary));
	CU(cuMemcpyHtoD(dev, sent, W * H));
	CU(cuMemcpyPeer(there, mine, dev, primary, W * H));
	CU(cuMemsetD8(dev, 0, W * H));
	/* @stream does not wait for the default stream */
	CU(cuCtxSynchronize());
	CU(cuMemcpyPeerAsync(dev, primary, there, mine, W * H, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuMemcpyDtoH(got, dev, W * H));
	CHECK_SAME(got, sent, W * H);
	CU(cuMemFree(there));
	CU(cuCtxDestroy(mine));
	CU(cuCtxSetCurrent(primary));
}

static void batches(const uint8_t *sent)
{
	CUmemcpyAttributes attributes = { .srcAccessOrder = CU_MEMCPY_SRC_ACCESS_ORDER_STREAM };
	CUdeviceptr dst[3], src[3];
	size_t sizes[3], which = 0;

	for (int i = 0; i < 3; i++) {
		sizes[i] = W;
		src[i] = (CUdeviceptr)(uintptr_t)(sent + i * W);
		dst[i] = dev + (2 - i) * W;
	}
	CU(cuMemcpyBatchAsync(dst, src, sizes, 3, &attributes, &which, 1, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuMemcpyDtoH(got, dev, 3 * W));
	for (int i = 0; i < 3; i++)
		CHECK_SAME(got + (2 - i) * W, sent + i * W, W);
}

static void batches_of_boxes(const uint8_t *sent)
{
	CUDA_MEMCPY3D_BATCH_OP op = {
		.src = { .type = CU_MEMCPY_OPERAND_TYPE_POINTER,
			 .op.ptr = { .ptr = (CUdeviceptr)(uintptr_t)sent, .rowLength = W,
				     .layerHeight = H,
				     .locHint = { CU_MEM_LOCATION_TYPE_HOST, 0 } } },
		.dst = { .type = CU_MEMCPY_OPERAND_TYPE_POINTER,
			 .op.ptr = { .ptr = dev, .rowLength = pitch, .layerHeight = H,
				     .locHint = { CU_MEM_LOCATION_TYPE_DEVICE, 0 } } },
		.extent = { W, H, 1 },
		.srcAccessOrder = CU_MEMCPY_SRC_ACCESS_ORDER_STREAM,
	};

	CU(cuMemcpy3DBatchAsync(1, &op, 0, stream));
	fetch();
	CHECK_SAME(got, sent, W * H);
}

int main(void)
{
	uint8_t *sent = rng_bytes(W * H);

	ptx_context();
	got = malloc(W * H);
	CHECK(got);
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CU(cuMemAllocPitch(&dev, &pitch, W, H, 4));
	fills();
	boxes(sent);
	contexts(sent);
	batches(sent);
	batches_of_boxes(sent);
	CU(cuMemFree(dev));
	CU(cuStreamDestroy(stream));
	return finish();
}
