/* SPDX-License-Identifier: MIT */
/*
 * Heat spreads over a plate whose rim is held at fixed temperatures.  A block loads its tile and
 * the rim around it into shared memory.
 */
#include "program.h"

#define TILE 16
#define STEPS 20
#define DIFFUSION 0.2f

__host__ __device__ inline float heat(float here, float up, float down, float left, float right)
{
	return fmaf(DIFFUSION, up + down + left + right - 4 * here, here);
}

__global__ void step(const float *in, float *out, int n)
{
	__shared__ float tile[TILE + 2][TILE + 2];
	int x = blockIdx.x * TILE + threadIdx.x, y = blockIdx.y * TILE + threadIdx.y;
	int tx = threadIdx.x + 1, ty = threadIdx.y + 1;
	bool inside = x < n && y < n;

	if (inside) {
		tile[ty][tx] = in[y * n + x];
		if (tx == 1 && x > 0)
			tile[ty][0] = in[y * n + x - 1];
		if (tx == TILE && x < n - 1)
			tile[ty][TILE + 1] = in[y * n + x + 1];
		if (ty == 1 && y > 0)
			tile[0][tx] = in[(y - 1) * n + x];
		if (ty == TILE && y < n - 1)
			tile[TILE + 1][tx] = in[(y + 1) * n + x];
	}
	__syncthreads();
	if (!inside)
		return;
	if (x == 0 || y == 0 || x == n - 1 || y == n - 1)
		out[y * n + x] = tile[ty][tx];
	else
		out[y * n + x] = heat(tile[ty][tx], tile[ty - 1][tx], tile[ty + 1][tx],
				      tile[ty][tx - 1], tile[ty][tx + 1]);
}

static void step_on_cpu(const std::vector<float> &in, std::vector<float> &out, int n)
{
	out = in;
	for (int y = 1; y < n - 1; y++)
		for (int x = 1; x < n - 1; x++) {
			const float *p = &in[y * n + x];

			out[y * n + x] = heat(p[0], p[-n], p[n], p[-1], p[1]);
		}
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 130);
	const int rounds = program_rounds(argc, argv);
	const dim3 grid(blocks_for(n, TILE), blocks_for(n, TILE)), block(TILE, TILE);
	std::vector<float> plate(n * n), next, got;

	for (int i = 0; i < n * n; i++)
		plate[i] = i < n ? 100 : rng_float();

	gpu_begin();
	float *start = to_device(plate), *from = device_array<float>(n * n);
	float *to = device_array<float>(n * n);
	for (int r = 0; r < rounds; r++) {
		again_from(from, start, n * n);
		for (int s = 0; s < STEPS; s++) {
			step<<<grid, block>>>(from, to, n);
			std::swap(from, to);
		}
	}
	got = from_device(from, n * n);
	gpu_end();

	for (int s = 0; s < STEPS; s++) {
		step_on_cpu(plate, next, n);
		plate.swap(next);
	}
	check_equal(got, plate);
	print_checksum("temperatures", got);
	release(start, from, to);
	return finish();
}
