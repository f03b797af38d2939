/* SPDX-License-Identifier: MIT */
/*
 * Odd-even sort, the simplest parallel one: neighbours change places, pairs that begin at even
 * places and at odd ones in turn, until a round of both has changed nothing.
 */
#include "program.h"
#include <algorithm>

__global__ void exchange(int16_t *data, int n, int first, int *changed)
{
	int i = 2 * (blockIdx.x * blockDim.x + threadIdx.x) + first;
	int16_t a, b;

	if (i + 1 >= n)
		return;
	a = data[i];
	b = data[i + 1];
	if (a > b) {
		data[i] = b;
		data[i + 1] = a;
		*changed = 1;
	}
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 1001);
	std::vector<int16_t> data = random_numbers<int16_t>(n, 65536);
	int16_t *dev = to_device(data);
	int *dev_changed = device_array<int>(1), changed, rounds = 0;

	do {
		CUDA(cudaMemsetAsync(dev_changed, 0, sizeof(int)));
		for (int first = 0; first < 2; first++)
			exchange<<<blocks_for(n / 2, 64), 64>>>(dev, n, first, dev_changed);
		CUDA(cudaMemcpy(&changed, dev_changed, sizeof(int), cudaMemcpyDeviceToHost));
		rounds++;
	} while (changed);
	std::sort(data.begin(), data.end());
	check_equal(from_device(dev, n), data);
	CHECK(rounds <= n / 2 + 2);
	printf("%d rounds\n", rounds);
	print_checksum("sorted", data);
	release(dev, dev_changed);
	return finish();
}
