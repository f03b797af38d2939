/* SPDX-License-Identifier: MIT */
/*
 * cudaMemcpyToArray and its sisters, deprecated: bytes that go over the ends of rows; and
 * cudaMemcpy3DPeer between arrays
 */
#include "check.h"
#include <cuda_runtime.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define W 40
#define H 9
#define COUNT (W * H)

static cudaArray_t array_new(void)
{
	struct cudaChannelFormatDesc desc = { 8, 0, 0, 0, cudaChannelFormatKindUnsigned };
	cudaArray_t array;

	CUDA(cudaMallocArray(&array, &desc, W, H, 0));
	return array;
}

static void check_array(cudaArray_t array, const unsigned char *want)
{
	unsigned char got[COUNT];

	CUDA(cudaMemcpy2DFromArray(got, W, array, 0, 0, W, H, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, want, COUNT);
}

static void over_the_ends(cudaArray_t array, unsigned char *image)
{
	unsigned char *patch = rng_bytes(150), got[200];
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMemcpyToArray(array, 0, 0, image, COUNT, cudaMemcpyHostToDevice));
	check_array(array, image);
	/* from byte 30 of row 2 on: the rest of it, three rows, and the beginning of one */
	CUDA(cudaMemcpyToArrayAsync(array, 30, 2, patch, 150, cudaMemcpyHostToDevice, stream));
	CUDA(cudaStreamSynchronize(stream));
	memcpy(image + 2 * W + 30, patch, 150);
	check_array(array, image);
	CUDA(cudaMemcpyFromArray(got, array, 7, 1, 200, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, image + W + 7, 200);
	memset(got, 0, sizeof(got));
	CUDA(cudaMemcpyFromArrayAsync(got, array, 11, 3, 200, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamSynchronize(stream));
	CHECK_SAME(got, image + 3 * W + 11, 200);
	CUDA(cudaStreamDestroy(stream));
	free(patch);
}

static void between(cudaArray_t to, cudaArray_t from, const unsigned char *image)
{
	struct cudaMemcpy3DPeerParms peer = { 0 };
	unsigned char want[COUNT] = { 0 };

	CUDA(cudaMemcpyToArray(to, 0, 0, want, COUNT, cudaMemcpyHostToDevice));
	CUDA(cudaMemcpyArrayToArray(to, 35, 1, from, 10, 0, 130, cudaMemcpyDeviceToDevice));
	memcpy(want + W + 35, image + 10, 130);
	check_array(to, want);
	peer.srcArray = from;
	peer.srcPos = make_cudaPos(4, 2, 0);
	peer.dstArray = to;
	peer.dstPos = make_cudaPos(1, 6, 0);
	peer.extent = make_cudaExtent(30, 3, 1);
	CUDA(cudaMemcpy3DPeer(&peer));
	for (int y = 0; y < 3; y++)
		memcpy(want + (6 + y) * W + 1, image + (2 + y) * W + 4, 30);
	check_array(to, want);
}

int main(void)
{
	unsigned char *image = rng_bytes(COUNT);
	cudaArray_t one = array_new(), two = array_new();

	over_the_ends(one, image);
	between(two, one, image);
	CUDA(cudaFreeArray(one));
	CUDA(cudaFreeArray(two));
	free(image);
	return finish();
}
