/* SPDX-License-Identifier: MIT */
/* cudaMalloc3DArray: boxes of volumes and of layers, to, from and between arrays */
#include "check.h"
#include <cuda_runtime.h>

#define W 21
#define H 13
#define D 9
#define COUNT (W * H * D)

static cudaArray_t array_new(unsigned int flags)
{
	struct cudaChannelFormatDesc desc = { 32, 0, 0, 0, cudaChannelFormatKindFloat };
	cudaArray_t array;

	CUDA(cudaMalloc3DArray(&array, &desc, make_cudaExtent(W, H, D), flags));
	return array;
}

static void to_array(cudaArray_t array, float *from)
{
	struct cudaMemcpy3DParms copy = { 0 };

	copy.srcPtr = make_cudaPitchedPtr(from, W * sizeof(float), W, H);
	copy.dstArray = array;
	copy.extent = make_cudaExtent(W, H, D);
	copy.kind = cudaMemcpyHostToDevice;
	CUDA(cudaMemcpy3D(&copy));
}

static void from_array(float *to, cudaArray_t array)
{
	struct cudaMemcpy3DParms copy = { 0 };

	copy.srcArray = array;
	copy.dstPtr = make_cudaPitchedPtr(to, W * sizeof(float), W, H);
	copy.extent = make_cudaExtent(W, H, D);
	copy.kind = cudaMemcpyDeviceToHost;
	CUDA(cudaMemcpy3D(&copy));
}

/* The box (2,3,1) + (15,7,5) of one goes to (6,0,4) of two; positions of arrays are elements */
static void box_between(cudaArray_t one, cudaArray_t two, const float *host, float *want)
{
	struct cudaMemcpy3DParms copy = { 0 };

	copy.srcArray = one;
	copy.srcPos = make_cudaPos(2, 3, 1);
	copy.dstArray = two;
	copy.dstPos = make_cudaPos(6, 0, 4);
	copy.extent = make_cudaExtent(15, 7, 5);
	copy.kind = cudaMemcpyDeviceToDevice;
	CUDA(cudaMemcpy3D(&copy));
	for (int z = 0; z < 5; z++)
		for (int y = 0; y < 7; y++)
			memcpy(want + ((z + 4) * H + y) * W + 6,
			       host + ((z + 1) * H + y + 3) * W + 2, 15 * sizeof(float));
}

/* The box (1,1,2) + (8,5,3) of the array goes through pitched memory of the device */
static void box_through_device(cudaArray_t array, const float *host)
{
	struct cudaMemcpy3DParms copy = { 0 };
	struct cudaPitchedPtr dev;
	float got[3][5][8], want[3][5][8];
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMalloc3D(&dev, make_cudaExtent(8 * sizeof(float), 5, 3)));
	copy.srcArray = array;
	copy.srcPos = make_cudaPos(1, 1, 2);
	copy.dstPtr = dev;
	copy.extent = make_cudaExtent(8, 5, 3);
	copy.kind = cudaMemcpyDeviceToDevice;
	CUDA(cudaMemcpy3DAsync(&copy, stream));
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaMemcpy2D(got, sizeof(got[0][0]), dev.ptr, dev.pitch, sizeof(got[0][0]), 15,
			  cudaMemcpyDeviceToHost));
	for (int z = 0; z < 3; z++)
		for (int y = 0; y < 5; y++)
			memcpy(want[z][y], host + ((z + 2) * H + y + 1) * W + 1,
			       sizeof(want[z][y]));
	CHECK_SAME(got, want, sizeof(want));
	CUDA(cudaFree(dev.ptr));
	CUDA(cudaStreamDestroy(stream));
}

static void run(unsigned int flags)
{
	float *host = rng_bytes(COUNT * sizeof(float)), *got = calloc(COUNT, sizeof(float));
	float *want = calloc(COUNT, sizeof(float));
	cudaArray_t one = array_new(flags), two = array_new(flags);

	CHECK(got && want);
	to_array(one, host);
	from_array(got, one);
	CHECK_SAME(got, host, COUNT * sizeof(float));
	to_array(two, want);
	box_between(one, two, host, want);
	from_array(got, two);
	CHECK_SAME(got, want, COUNT * sizeof(float));
	box_through_device(one, host);
	CUDA(cudaFreeArray(one));
	CUDA(cudaFreeArray(two));
	free(host);
	free(got);
	free(want);
}

static void beyond(void)
{
	struct cudaMemcpy3DParms copy = { 0 };
	cudaArray_t array = array_new(0);
	float *host = rng_bytes(COUNT * sizeof(float));

	copy.srcPtr = make_cudaPitchedPtr(host, W * sizeof(float), W, H);
	copy.dstArray = array;
	copy.dstPos = make_cudaPos(0, 0, 1);
	copy.extent = make_cudaExtent(W, H, D);
	copy.kind = cudaMemcpyHostToDevice;
	EXPECT(cudaErrorInvalidValue, cudaMemcpy3D(&copy));
	CUDA(cudaFreeArray(array));
	free(host);
}

int main(void)
{
	run(0);
	run(cudaArrayLayered);
	beyond();
	return finish();
}
