/* SPDX-License-Identifier: MIT */
/*
 * A wave in a box: a stencil of 25 points, four to each side along each axis.  A thread walks
 * along z and keeps the column it is in in registers; the plane it is at is in shared memory.
 */
#include "program.h"

#define RADIUS 4
#define TILE_X 16
#define TILE_Y 8
#define STEPS 3

__constant__ float weights[RADIUS + 1];
static const float host_weights[RADIUS + 1] = { -2.847222f, 1.6f, -0.2f, 0.02539682f,
						-0.00178571f };

/* The domain is nx x ny x nz with a rim RADIUS wide around it, which stays zero */
struct box {
	int nx, ny, nz;

	__host__ __device__ int stride_y() const { return nx + 2 * RADIUS; }
	__host__ __device__ int stride_z() const { return stride_y() * (ny + 2 * RADIUS); }
	__host__ __device__ int at(int x, int y, int z) const
	{
		return (z + RADIUS) * stride_z() + (y + RADIUS) * stride_y() + x + RADIUS;
	}
	size_t points() const { return (size_t)stride_z() * (nz + 2 * RADIUS); }
};

/* @next has the wave of the step before @now, and gets that of the step after it */
__global__ void step(const float *now, float *next, box b)
{
	__shared__ float plane[TILE_Y + 2 * RADIUS][TILE_X + 2 * RADIUS];
	int x = blockIdx.x * TILE_X + threadIdx.x, y = blockIdx.y * TILE_Y + threadIdx.y;
	bool inside = x < b.nx && y < b.ny;
	float column[2 * RADIUS + 1];

	for (int k = 0; k < 2 * RADIUS; k++)
		column[k + 1] = inside ? now[b.at(x, y, k - RADIUS)] : 0;
	for (int z = 0; z < b.nz; z++) {
		for (int k = 0; k < 2 * RADIUS; k++)
			column[k] = column[k + 1];
		if (inside)
			column[2 * RADIUS] = now[b.at(x, y, z + RADIUS)];
		__syncthreads();
		for (int dy = threadIdx.y; dy < TILE_Y + 2 * RADIUS; dy += TILE_Y)
			for (int dx = threadIdx.x; dx < TILE_X + 2 * RADIUS; dx += TILE_X) {
				int px = blockIdx.x * TILE_X + dx, py = blockIdx.y * TILE_Y + dy;

				if (px < b.nx + 2 * RADIUS && py < b.ny + 2 * RADIUS)
					plane[dy][dx] = now[b.at(px - RADIUS, py - RADIUS, z)];
			}
		__syncthreads();
		if (inside) {
			int tx = threadIdx.x + RADIUS, ty = threadIdx.y + RADIUS;
			float sum = 3 * weights[0] * column[RADIUS];

			for (int r = 1; r <= RADIUS; r++)
				sum = fmaf(weights[r], plane[ty][tx - r] + plane[ty][tx + r] +
					   plane[ty - r][tx] + plane[ty + r][tx] +
					   column[RADIUS - r] + column[RADIUS + r], sum);
			next[b.at(x, y, z)] = fmaf(0.1f, sum, 2 * column[RADIUS] -
						   next[b.at(x, y, z)]);
		}
	}
}

static void step_on_cpu(const std::vector<float> &now, std::vector<float> &next, box b)
{
	for (int z = 0; z < b.nz; z++)
		for (int y = 0; y < b.ny; y++)
			for (int x = 0; x < b.nx; x++) {
				const float *p = &now[b.at(x, y, z)];
				int sy = b.stride_y(), sz = b.stride_z();
				float sum = 3 * host_weights[0] * *p, &n = next[b.at(x, y, z)];

				for (int r = 1; r <= RADIUS; r++)
					sum = fmaf(host_weights[r], p[-r] + p[r] + p[-r * sy] +
						   p[r * sy] + p[-r * sz] + p[r * sz], sum);
				n = fmaf(0.1f, sum, 2 * *p - n);
			}
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 30);
	const box b = { n, n + 5, n - 3 };
	std::vector<float> now(b.points(), 0.0f), next(b.points(), 0.0f);
	float *dev_now, *dev_next = to_device(next);

	CUDA(cudaMemcpyToSymbol(weights, host_weights, sizeof(weights)));
	for (int i = 0; i < 20; i++)
		now[b.at(rng_below(b.nx), rng_below(b.ny), rng_below(b.nz))] = rng_float();
	dev_now = to_device(now);
	for (int s = 0; s < STEPS; s++) {
		step<<<dim3(blocks_for(b.nx, TILE_X), blocks_for(b.ny, TILE_Y)),
		       dim3(TILE_X, TILE_Y)>>>(dev_now, dev_next, b);
		std::swap(dev_now, dev_next);
		step_on_cpu(now, next, b);
		now.swap(next);
	}
	check_equal(from_device(dev_now, b.points()), now);
	print_checksum("wave", now);
	release(dev_now, dev_next);
	return finish();
}
