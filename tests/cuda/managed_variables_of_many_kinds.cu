/* SPDX-License-Identifier: MIT */
/* __managed__ variables: written by the CPU, by kernels of two streams, by copies; small and large */
#include "check.h"

struct record {
	char name[12];
	double value;
};

__managed__ unsigned char tiny = 7;
__managed__ record table[100] = { { "first", 1.5 } };
__managed__ unsigned large[40000];
__managed__ unsigned *link_to;

__global__ void work(unsigned by)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < 40000)
		large[i] += by + i;
	if (i < 100)
		table[i].value += tiny;
	if (i == 0)
		*link_to += 1;
}

__global__ void only_large(unsigned by)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < 40000)
		large[i] += by;
}

int main()
{
	unsigned *want = (unsigned *)calloc(40000, 4), seven = 0;
	struct cudaPointerAttributes is;
	cudaStream_t stream;

	CHECK(tiny == 7 && table[0].value == 1.5 && !strcmp(table[0].name, "first"));
	CHECK(table[99].value == 0 && large[39999] == 0);
	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	link_to = &large[5];
	for (unsigned round = 1; round < 5; round++) {
		tiny = round;
		large[round] = round * 1000;
		want[round] = round * 1000;
		work<<<157, 256, 0, stream>>>(round);
		only_large<<<157, 256, 0, stream>>>(100);
		CUDA(cudaStreamSynchronize(stream));
		for (unsigned i = 0; i < 40000; i++) {
			want[i] += round + i + 100 + (i == 5);
			CHECK(large[i] == want[i]);
		}
		CHECK(table[99].value == round * (round + 1) / 2);
	}
	/* By the name, as any variable */
	CUDA(cudaMemcpyFromSymbol(&seven, large, 4, 7 * 4));
	CHECK(seven == want[7]);
	seven = 77;
	CUDA(cudaMemcpyToSymbol(large, &seven, 4, 7 * 4));
	CHECK(large[7] == 77);
	/* By the address, as host memory and as device memory */
	CUDA(cudaMemset(large, 0, 4000));
	CUDA(cudaDeviceSynchronize());
	CHECK(large[0] == 0 && large[999] == 0 && large[1000] == want[1000]);
	CUDA(cudaMemcpy(want, large, 40000 * 4, cudaMemcpyDefault));
	CHECK_SAME(want, large, 40000 * 4);
	CUDA(cudaPointerGetAttributes(&is, &large[3]));
	CHECK(is.type == cudaMemoryTypeManaged && is.hostPointer == &large[3]);
	CUDA(cudaStreamDestroy(stream));
	return finish();
}
