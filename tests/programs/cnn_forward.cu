/* SPDX-License-Identifier: MIT */
/*
 * A small convolutional network, forward: 5 x 5 convolutions of a picture of 28 x 28, the greatest
 * of each 2 x 2, and a fully connected layer that gives ten scores.  Many pictures at once.
 */
#include "program.h"

#define SIDE 28
#define CHANNELS 8
#define KERNEL 5
#define CONVOLVED (SIDE - KERNEL + 1)
#define POOLED (CONVOLVED / 2)
#define FEATURES (CHANNELS * POOLED * POOLED)
#define SCORES 10

struct network {
	float kernels[CHANNELS][KERNEL][KERNEL], bias[CHANNELS];
};

__constant__ network dev_network;

__host__ __device__ inline float convolve(const network &w, const float *picture, int channel,
					  int x, int y)
{
	float sum = w.bias[channel];

	for (int dy = 0; dy < KERNEL; dy++)
		for (int dx = 0; dx < KERNEL; dx++)
			sum = fmaf(w.kernels[channel][dy][dx],
				   picture[(y + dy) * SIDE + x + dx], sum);
	return sum;
}

/* What follows the convolution: nothing below zero, the greatest of four */
__host__ __device__ inline float feature(const network &w, const float *picture, int i)
{
	int channel = i / (POOLED * POOLED), y = i / POOLED % POOLED * 2, x = i % POOLED * 2;
	float greatest = 0;

	for (int k = 0; k < 4; k++)
		greatest = fmaxf(greatest, convolve(w, picture, channel, x + k % 2, y + k / 2));
	return greatest;
}

/* A block a picture */
__global__ void features(const float *pictures, float *out)
{
	__shared__ float picture[SIDE * SIDE];

	for (int i = threadIdx.x; i < SIDE * SIDE; i += blockDim.x)
		picture[i] = pictures[blockIdx.x * SIDE * SIDE + i];
	__syncthreads();
	for (int i = threadIdx.x; i < FEATURES; i += blockDim.x)
		out[blockIdx.x * FEATURES + i] = feature(dev_network, picture, i);
}

/* A block a picture, a warp a score: lane l adds up features l, l + 32 ... */
__global__ void connect(const float *in, const float *weights, float *scores)
{
	int score = threadIdx.x / 32, lane = threadIdx.x % 32;
	float sum = 0;

	for (int i = lane; i < FEATURES; i += 32)
		sum = fmaf(in[blockIdx.x * FEATURES + i], weights[score * FEATURES + i], sum);
	for (int d = 16; d > 0; d /= 2)
		sum += __shfl_xor_sync(~0u, sum, d);
	if (lane == 0)
		scores[blockIdx.x * SCORES + score] = sum;
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 10), checked = n < 100 ? n : 100;
	const int rounds = program_rounds(argc, argv);
	std::vector<float> pictures = random_floats((size_t)n * SIDE * SIDE);
	std::vector<float> weights = random_floats(SCORES * FEATURES), got, scores;
	network w;

	for (int c = 0; c < CHANNELS; c++) {
		w.bias[c] = rng_float();
		for (int i = 0; i < KERNEL * KERNEL; i++)
			w.kernels[c][i / KERNEL][i % KERNEL] = rng_float();
	}

	gpu_begin();
	CUDA(cudaMemcpyToSymbol(dev_network, &w, sizeof(w)));
	float *dev_pictures = to_device(pictures), *dev_weights = to_device(weights);
	float *dev_features = device_array<float>((size_t)n * FEATURES);
	float *dev_scores = device_array<float>(n * SCORES);
	for (int r = 0; r < rounds; r++) {
		features<<<n, 128>>>(dev_pictures, dev_features);
		connect<<<n, SCORES * 32>>>(dev_features, dev_weights, dev_scores);
	}
	scores = from_device(dev_scores, n * SCORES);
	gpu_end();

	got = from_device(dev_features, checked * FEATURES);
	for (int p = 0; p < checked; p++) {
		std::vector<double> sums(SCORES, 0.0);

		for (int i = 0; i < FEATURES; i++) {
			float f = feature(w, &pictures[p * SIDE * SIDE], i);

			CHECK(got[p * FEATURES + i] == f);
			for (int s = 0; s < SCORES; s++)
				sums[s] += (double)f * weights[s * FEATURES + i];
		}
		for (int s = 0; s < SCORES; s++)
			check_close(scores[p * SCORES + s], sums[s], 1e-4);
	}
	print_checksum("features", got);
	print_checksum("scores", scores);
	release(dev_pictures, dev_weights, dev_features, dev_scores);
	return finish();
}
