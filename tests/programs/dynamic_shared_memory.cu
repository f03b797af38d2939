/* SPDX-License-Identifier: MIT */
/*
 * The median of each row of a matrix, whose width is known only when the program runs: a block
 * has a copy of its row and the order of its columns, two arrays in shared memory of that size.
 */
#include "program.h"
#include <algorithm>

__global__ void medians(const float *in, int width, float *median, uint16_t *column)
{
	extern __shared__ float shared[];
	float *values = shared;
	uint16_t *columns = (uint16_t *)(shared + width);
	int rank, i;

	for (i = threadIdx.x; i < width; i += blockDim.x)
		values[i] = in[blockIdx.x * width + i];
	__syncthreads();
	for (i = threadIdx.x; i < width; i += blockDim.x) { /* its place: how many come before */
		rank = 0;
		for (int k = 0; k < width; k++)
			rank += values[k] < values[i] || (values[k] == values[i] && k < i);
		columns[rank] = i;
	}
	__syncthreads();
	if (threadIdx.x == 0) {
		column[blockIdx.x] = columns[width / 2];
		median[blockIdx.x] = values[columns[width / 2]];
	}
}

int main(int argc, char **argv)
{
	const int height = program_size(argc, argv, 4);
	int most;

	CUDA(cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlock, 0));
	for (int width : { 1, 31, 100, 500, 1001 }) {
		const size_t bytes = width * (sizeof(float) + sizeof(uint16_t));
		std::vector<float> in = random_floats(height * width), want(height), sorted;
		float *dev = to_device(in), *median = device_array<float>(height);
		uint16_t *column = device_array<uint16_t>(height);
		std::vector<uint16_t> columns;

		CHECK(bytes < (size_t)most);
		medians<<<height, 128, bytes>>>(dev, width, median, column);
		for (int i = 0; i < height; i++) {
			sorted.assign(&in[i * width], &in[i * width] + width);
			std::sort(sorted.begin(), sorted.end());
			want[i] = sorted[width / 2];
		}
		check_equal(from_device(median, height), want);
		columns = from_device(column, height);
		for (int i = 0; i < height; i++)
			CHECK(in[i * width + columns[i]] == want[i]);
		print_checksum("medians", want);
		release(dev, median, column);
	}
	return finish();
}
