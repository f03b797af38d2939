/* SPDX-License-Identifier: MIT */
/* __constant__ variables: initial values, cudaMemcpyToSymbol whole and in part, and back */
#include "check.h"

__constant__ int initialised[4] = { 10, 20, 30, 40 };
__constant__ unsigned char table[5000];

__global__ void sum(int *out)
{
	int total = initialised[threadIdx.x];

	for (int i = 0; i < 5000; i++)
		total += table[i];
	out[threadIdx.x] = total;
}

static void expect_sums(const unsigned char *model, const int *first)
{
	int got[4], *dev, total = 0;

	CUDA(cudaMalloc(&dev, sizeof(got)));
	sum<<<1, 4>>>(dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (int i = 0; i < 5000; i++)
		total += model[i];
	for (int i = 0; i < 4; i++)
		CHECK(got[i] == total + first[i]);
	CUDA(cudaFree(dev));
}

int main()
{
	unsigned char model[5000] = { 0 }, got[5000];
	int first[4] = { 10, 20, 30, 40 };

	expect_sums(model, first);
	rng_fill(model, sizeof(model));
	CUDA(cudaMemcpyToSymbol(table, model, sizeof(model)));
	expect_sums(model, first);
	rng_fill(model + 1001, 333);
	CUDA(cudaMemcpyToSymbol(table, model + 1001, 333, 1001));
	first[2] = -77;
	CUDA(cudaMemcpyToSymbol(initialised, &first[2], 4, 8));
	expect_sums(model, first);
	CUDA(cudaMemcpyFromSymbol(got, table, sizeof(got)));
	CHECK_SAME(got, model, sizeof(got));
	CUDA(cudaMemcpyFromSymbol(got, table, 99, 4000));
	CHECK_SAME(got, model + 4000, 99);
	return finish();
}
