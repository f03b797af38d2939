/* SPDX-License-Identifier: MIT */
/* __device__ variables keep their values between kernels; the host reads, writes, addresses them */
#include "check.h"

struct state {
	int counter;
	double history[10];
};

__device__ state shared_state = { 3, { 1.5 } };
__device__ unsigned zeroed[1000];
__device__ static char hidden = 'h';

__global__ void step(void)
{
	shared_state.history[shared_state.counter % 10] += shared_state.counter;
	shared_state.counter++;
	zeroed[shared_state.counter] = shared_state.counter;
	hidden++;
}

int main()
{
	unsigned array[1000], want[1000] = { 0 };
	state got;
	size_t size;
	char letter;
	void *address;

	CUDA(cudaMemcpyFromSymbol(&got, shared_state, sizeof(got)));
	CHECK(got.counter == 3 && got.history[0] == 1.5 && got.history[1] == 0);
	for (int i = 0; i < 5; i++)
		step<<<1, 1>>>();
	CUDA(cudaMemcpyFromSymbol(&got, shared_state, sizeof(got)));
	CHECK(got.counter == 8 && got.history[3] == 3 && got.history[7] == 7 && got.history[8] == 0);
	got.counter = 100;
	CUDA(cudaMemcpyToSymbol(shared_state, &got.counter, sizeof(int), offsetof(state, counter)));
	step<<<1, 1>>>();
	CUDA(cudaMemcpyFromSymbol(array, zeroed, sizeof(array)));
	for (int i = 4; i <= 8; i++)
		want[i] = i;
	want[101] = 101;
	CHECK_SAME(array, want, sizeof(want));
	CUDA(cudaMemcpyFromSymbol(&letter, hidden, 1));
	CHECK(letter == 'h' + 6);
	CUDA(cudaGetSymbolSize(&size, zeroed));
	CHECK(size == sizeof(array));
	CUDA(cudaGetSymbolAddress(&address, zeroed));
	CUDA(cudaMemset(address, 1, 8));
	CUDA(cudaMemcpyFromSymbol(array, zeroed, 12));
	CHECK(array[0] == 0x01010101 && array[1] == 0x01010101 && array[2] == 0);
	return finish();
}
