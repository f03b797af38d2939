/* SPDX-License-Identifier: MIT */
/* The time between two events is that of the work between them, and adds up */
#include "gate.h"

int main()
{
	struct gate gate = gate_create();
	cudaEvent_t start, middle, end;
	float first, second, all, back;

	CUDA(cudaEventCreate(&start));
	CUDA(cudaEventCreate(&middle));
	CUDA(cudaEventCreate(&end));
	CUDA(cudaEventRecord(start, 0));
	gate_shut(gate, 0);
	CUDA(cudaEventRecord(middle, 0));
	CUDA(cudaEventRecord(end, 0));
	EXPECT(cudaErrorNotReady, cudaEventElapsedTime(&first, start, middle));
	usleep(50000);
	gate_open(gate);
	CUDA(cudaEventSynchronize(end));
	CUDA(cudaEventElapsedTime(&first, start, middle));
	CUDA(cudaEventElapsedTime(&second, middle, end));
	CUDA(cudaEventElapsedTime(&all, start, end));
	CUDA(cudaEventElapsedTime(&back, end, start));
	if (!(first >= 40 && first < 5000 && second >= 0 && second < first))
		fprintf(stderr, "first %g ms, second %g ms\n", first, second);
	CHECK(first >= 40 && first < 5000 && second >= 0 && second < first);
	CHECK(all >= first - 0.1f && all <= first + second + 0.1f);
	CHECK(back <= -40);
	CUDA(cudaEventDestroy(start));
	CUDA(cudaEventDestroy(middle));
	CUDA(cudaEventDestroy(end));
	gate_destroy(gate);
	return finish();
}
