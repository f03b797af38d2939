/* SPDX-License-Identifier: MIT */
/* cudaMalloc3D and cudaMemcpy3D: a box out of a box, there, across, and back */
#include "check.h"
#include <cuda_runtime.h>

#define W 60
#define H 11
#define D 7

int main(void)
{
	unsigned char *host = rng_bytes(W * H * D), *got = calloc(W * H, D), *want = calloc(W * H, D);
	struct cudaMemcpy3DParms copy;
	struct cudaPitchedPtr one, two;
	int y, z;

	CHECK(got && want);
	CUDA(cudaMalloc3D(&one, make_cudaExtent(W, H, D)));
	CUDA(cudaMalloc3D(&two, make_cudaExtent(W + 100, H, D)));
	CHECK(one.pitch >= W && two.pitch >= W + 100 && one.ysize == H);
	CUDA(cudaMemset3D(two, 0, make_cudaExtent(W + 100, H, D)));
	memset(&copy, 0, sizeof(copy));
	copy.srcPtr = make_cudaPitchedPtr(host, W, W, H);
	copy.dstPtr = one;
	copy.extent = make_cudaExtent(W, H, D);
	copy.kind = cudaMemcpyHostToDevice;
	CUDA(cudaMemcpy3D(&copy));
	/* the box (5,2,1) + (40,6,4) of one goes to (3,1,2) of two */
	copy.srcPtr = one;
	copy.srcPos = make_cudaPos(5, 2, 1);
	copy.dstPtr = two;
	copy.dstPos = make_cudaPos(3, 1, 2);
	copy.extent = make_cudaExtent(40, 6, 4);
	copy.kind = cudaMemcpyDeviceToDevice;
	CUDA(cudaMemcpy3D(&copy));
	memset(&copy, 0, sizeof(copy));
	copy.srcPtr = two;
	copy.dstPtr = make_cudaPitchedPtr(got, W, W, H);
	copy.extent = make_cudaExtent(W, H, D);
	copy.kind = cudaMemcpyDeviceToHost;
	CUDA(cudaMemcpy3D(&copy));
	for (z = 0; z < 4; z++)
		for (y = 0; y < 6; y++)
			memcpy(want + ((z + 2) * H + y + 1) * W + 3,
			       host + ((z + 1) * H + y + 2) * W + 5, 40);
	CHECK_SAME(got, want, W * H * D);
	EXPECT(cudaErrorInvalidValue, cudaMemcpy3D(NULL));
	CUDA(cudaFree(one.ptr));
	CUDA(cudaFree(two.ptr));
	free(host);
	free(got);
	free(want);
	return finish();
}
