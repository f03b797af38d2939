/* SPDX-License-Identifier: MIT */
/*
 * Shortest paths between all pairs, after Floyd and Warshall, in tiles: first the tile on the
 * diagonal, then those in its row and column, which need it, then all others, which need these.
 */
#include "program.h"

#define TILE 16
#define FAR (1 << 28)

/*
 * Paths from a row of @a through a vertex k of the tile to a column of @b.  @c may lie in one of
 * them: row k and column k, which others read in step k, do not change in it, since nothing is
 * nearer to k than k.
 */
__device__ void through(int *c, int (*a)[TILE], int (*b)[TILE])
{
	int x = threadIdx.x, y = threadIdx.y, way;

	for (int k = 0; k < TILE; k++) {
		way = a[y][k] + b[k][x];
		if (way < *c)
			*c = way;
		__syncthreads();
	}
}

__global__ void diagonal(int *d, int n, int t)
{
	__shared__ int tile[TILE][TILE];
	int *mine = &d[(t * TILE + threadIdx.y) * n + t * TILE + threadIdx.x];

	tile[threadIdx.y][threadIdx.x] = *mine;
	__syncthreads();
	through(&tile[threadIdx.y][threadIdx.x], tile, tile);
	*mine = tile[threadIdx.y][threadIdx.x];
}

/* blockIdx.y: 0 a tile in the row of the diagonal tile, 1 one in its column */
__global__ void cross(int *d, int n, int t)
{
	__shared__ int middle[TILE][TILE], tile[TILE][TILE];
	int row = blockIdx.y ? blockIdx.x : t, column = blockIdx.y ? t : blockIdx.x;
	int *mine = &d[(row * TILE + threadIdx.y) * n + column * TILE + threadIdx.x];

	if (blockIdx.x == t)
		return;
	middle[threadIdx.y][threadIdx.x] =
		d[(t * TILE + threadIdx.y) * n + t * TILE + threadIdx.x];
	tile[threadIdx.y][threadIdx.x] = *mine;
	__syncthreads();
	if (blockIdx.y)
		through(&tile[threadIdx.y][threadIdx.x], tile, middle);
	else
		through(&tile[threadIdx.y][threadIdx.x], middle, tile);
	*mine = tile[threadIdx.y][threadIdx.x];
}

__global__ void others(int *d, int n, int t)
{
	__shared__ int left[TILE][TILE], above[TILE][TILE];
	int x = blockIdx.x * TILE + threadIdx.x, y = blockIdx.y * TILE + threadIdx.y, mine;

	if (blockIdx.x == t || blockIdx.y == t)
		return;
	left[threadIdx.y][threadIdx.x] = d[y * n + t * TILE + threadIdx.x];
	above[threadIdx.y][threadIdx.x] = d[(t * TILE + threadIdx.y) * n + x];
	__syncthreads();
	mine = d[y * n + x];
	through(&mine, left, above);
	d[y * n + x] = mine;
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 160) / TILE * TILE, tiles = n / TILE;
	std::vector<int> d(n * n), want;
	dim3 block(TILE, TILE);
	int *dev;

	for (int i = 0; i < n * n; i++)
		d[i] = i % (n + 1) == 0 ? 0 : rng_below(20) ? FAR : (int)rng_below(1000);
	dev = to_device(d);
	for (int t = 0; t < tiles; t++) {
		diagonal<<<1, block>>>(dev, n, t);
		cross<<<dim3(tiles, 2), block>>>(dev, n, t);
		others<<<dim3(tiles, tiles), block>>>(dev, n, t);
	}
	want = d;
	for (int k = 0; k < n; k++)
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n; j++)
				if (want[i * n + k] + want[k * n + j] < want[i * n + j])
					want[i * n + j] = want[i * n + k] + want[k * n + j];
	check_equal(from_device(dev, n * n), want);
	print_checksum("distances", want);
	release(dev);
	return finish();
}
