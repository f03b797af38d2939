/* SPDX-License-Identifier: MIT */
/* Edges in a picture after Sobel, in pitched memory with 2D copies */
#include "program.h"

__host__ __device__ inline uint8_t edge(const uint8_t *p, size_t pitch)
{
	const uint8_t *up = p - pitch, *down = p + pitch;
	int x = up[1] + 2 * p[1] + down[1] - up[-1] - 2 * p[-1] - down[-1];
	int y = down[-1] + 2 * down[0] + down[1] - up[-1] - 2 * up[0] - up[1];

	return min((int)sqrtf((float)(x * x + y * y)), 255);
}

__global__ void sobel(const uint8_t *in, size_t in_pitch, uint8_t *out, size_t out_pitch, int width,
		      int height)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;

	if (x >= width || y >= height)
		return;
	if (x == 0 || y == 0 || x == width - 1 || y == height - 1)
		out[y * out_pitch + x] = 0;
	else
		out[y * out_pitch + x] = edge(in + y * in_pitch + x, in_pitch);
}

int main(int argc, char **argv)
{
	const int width = program_size(argc, argv, 301), height = width / 2;
	const dim3 block(32, 8), grid(blocks_for(width, 32), blocks_for(height, 8));
	std::vector<uint8_t> picture(width * height), want(width * height, 0), got(width * height);
	size_t in_pitch, out_pitch;
	uint8_t *in, *out;

	for (int i = 0; i < width * height; i++) { /* a disc in noise */
		int x = i % width - width / 2, y = i / width - height / 2;

		picture[i] = (x * x + y * y < height * height / 9 ? 150 : 50) + rng_below(30);
	}
	for (int y = 1; y < height - 1; y++)
		for (int x = 1; x < width - 1; x++)
			want[y * width + x] = edge(&picture[y * width + x], width);

	CUDA(cudaMallocPitch(&in, &in_pitch, width, height));
	CUDA(cudaMallocPitch(&out, &out_pitch, width, height));
	CUDA(cudaMemcpy2D(in, in_pitch, picture.data(), width, width, height,
			  cudaMemcpyHostToDevice));
	sobel<<<grid, block>>>(in, in_pitch, out, out_pitch, width, height);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy2D(got.data(), width, out, out_pitch, width, height,
			  cudaMemcpyDeviceToHost));
	check_equal(got, want);
	print_checksum("edges", got);
	release(in, out);
	return finish();
}
