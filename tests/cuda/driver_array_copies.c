/* SPDX-License-Identifier: MIT */
/* cuMemcpyHtoA and its sisters, and cuMemcpy3D and cuMemcpy3DPeer with arrays */
#include "ptx.h"

#define N 1000

static CUarray array_new(size_t width, size_t height)
{
	CUDA_ARRAY_DESCRIPTOR descriptor = {
		.Width = width, .Height = height, .Format = CU_AD_FORMAT_UNSIGNED_INT8,
		.NumChannels = 1,
	};
	CUarray array;

	CU(cuArrayCreate(&array, &descriptor));
	return array;
}

static void one_dimension(void)
{
	unsigned char *host = rng_bytes(N), *got = calloc(N, 1), *want = calloc(N, 1);
	CUarray one = array_new(N, 0), two = array_new(N, 0);
	CUDA_ARRAY_DESCRIPTOR descriptor;
	CUdeviceptr dev;
	CUstream stream;

	CHECK(got && want);
	CU(cuArrayGetDescriptor(&descriptor, one));
	CHECK(descriptor.Width == N && descriptor.Height == 0 && descriptor.NumChannels == 1);
	CU(cuStreamCreate(&stream, CU_STREAM_DEFAULT));
	CU(cuMemAlloc(&dev, N));
	CU(cuMemcpyHtoA(one, 0, host, N));
	CU(cuMemcpyAtoH(got, one, 0, N));
	CHECK_SAME(got, host, N);
	CU(cuMemcpyHtoA(two, 0, want, N));
	CU(cuMemcpyAtoA(two, 100, one, 300, 250));
	memcpy(want + 100, host + 300, 250);
	CU(cuMemcpyAtoD(dev, one, 500, 64));
	CU(cuMemcpyDtoA(two, 900, dev, 64));
	memcpy(want + 900, host + 500, 64);
	CU(cuMemcpyHtoAAsync(two, 10, host, 20, stream));
	memcpy(want + 10, host, 20);
	CU(cuMemcpyAtoHAsync(got, two, 0, N, stream));
	CU(cuStreamSynchronize(stream));
	CHECK_SAME(got, want, N);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoA(one, 1, host, N));
	CU(cuArrayDestroy(one));
	CU(cuArrayDestroy(two));
	CU(cuMemFree(dev));
	CU(cuStreamDestroy(stream));
	free(host);
	free(got);
	free(want);
}

static void peers(void)
{
	unsigned char *host = rng_bytes(32 * 16), got[16][32];
	CUarray one = array_new(32, 16), two = array_new(32, 16);
	CUDA_MEMCPY2D flat = {
		.srcMemoryType = CU_MEMORYTYPE_HOST, .srcHost = host, .srcPitch = 32,
		.dstMemoryType = CU_MEMORYTYPE_ARRAY, .dstArray = one,
		.WidthInBytes = 32, .Height = 16,
	};
	CUDA_MEMCPY3D_PEER peer = {
		.srcMemoryType = CU_MEMORYTYPE_ARRAY, .srcArray = one,
		.dstMemoryType = CU_MEMORYTYPE_ARRAY, .dstArray = two,
		.WidthInBytes = 32, .Height = 16, .Depth = 1,
	};
	CUstream stream;

	CU(cuStreamCreate(&stream, CU_STREAM_DEFAULT));
	CU(cuCtxGetCurrent(&peer.srcContext));
	peer.dstContext = peer.srcContext;
	CU(cuMemcpy2DAsync(&flat, stream));
	CU(cuMemcpy3DPeerAsync(&peer, stream));
	CU(cuStreamSynchronize(stream));
	flat = (CUDA_MEMCPY2D){
		.srcMemoryType = CU_MEMORYTYPE_ARRAY, .srcArray = two,
		.dstMemoryType = CU_MEMORYTYPE_HOST, .dstHost = got, .dstPitch = 32,
		.WidthInBytes = 32, .Height = 16,
	};
	CU(cuMemcpy2D(&flat));
	CHECK_SAME(got, host, sizeof(got));
	/* back, from row 4 on, to row 0 */
	peer.srcArray = two;
	peer.dstArray = one;
	peer.srcY = 4;
	peer.Height = 12;
	CU(cuMemcpy3DPeer(&peer));
	flat.srcArray = one;
	CU(cuMemcpy2D(&flat));
	CHECK_SAME(got, host + 4 * 32, 12 * 32);
	CHECK_SAME(got[12], host + 12 * 32, 4 * 32);
	CU(cuArrayDestroy(one));
	CU(cuArrayDestroy(two));
	CU(cuStreamDestroy(stream));
	free(host);
}

int main(void)
{
	ptx_context();
	one_dimension();
	peers();
	return finish();
}
