/* SPDX-License-Identifier: MIT */
/*
 * k-means: the colours of a picture become sixteen.  Sums are integers, first in shared memory,
 * then added to the whole: the same in whatever order.
 */
#include "program.h"

#define K 16
#define STEPS 10
#define BLOCK 256

struct centre {
	int c[3];
};

/* Per centre the sums of red, green, blue, and how many */
struct sums {
	unsigned long long s[K][4];
};

__host__ __device__ inline int nearest(const centre *centres, uchar4 p)
{
	int best = 0, least = 1 << 30;

	for (int k = 0; k < K; k++) {
		int x = p.x - centres[k].c[0], y = p.y - centres[k].c[1], z = p.z - centres[k].c[2];
		int distance = x * x + y * y + z * z;

		if (distance < least) {
			least = distance;
			best = k;
		}
	}
	return best;
}

__global__ void assign(const uchar4 *pixels, int n, const centre *centres, uint8_t *labels,
		       sums *all)
{
	__shared__ centre mine[K];
	__shared__ unsigned s[K][4];

	if (threadIdx.x < K)
		mine[threadIdx.x] = centres[threadIdx.x];
	if (threadIdx.x < 4 * K)
		s[threadIdx.x / 4][threadIdx.x % 4] = 0;
	__syncthreads();
	for (int i = blockIdx.x * BLOCK + threadIdx.x; i < n; i += gridDim.x * BLOCK) {
		uchar4 p = pixels[i];
		int k = nearest(mine, p);

		labels[i] = k;
		atomicAdd(&s[k][0], p.x);
		atomicAdd(&s[k][1], p.y);
		atomicAdd(&s[k][2], p.z);
		atomicAdd(&s[k][3], 1);
	}
	__syncthreads();
	if (threadIdx.x < 4 * K)
		atomicAdd(&all->s[threadIdx.x / 4][threadIdx.x % 4],
			  s[threadIdx.x / 4][threadIdx.x % 4]);
}

/* The new centres; a cluster of nothing stays where it is.  @all is zero again afterwards */
__global__ void move(centre *centres, sums *all)
{
	int k = threadIdx.x;

	for (int i = 0; i < 3 && all->s[k][3]; i++)
		centres[k].c[i] = (int)(all->s[k][i] / all->s[k][3]);
	for (int i = 0; i < 4; i++)
		all->s[k][i] = 0;
}

static std::vector<uint8_t> cluster_on_cpu(const std::vector<uchar4> &pixels,
					   std::vector<centre> &centres)
{
	std::vector<uint8_t> labels(pixels.size());

	for (int s = 0; s < STEPS; s++) {
		sums all = {};

		for (size_t i = 0; i < pixels.size(); i++) {
			unsigned long long *s = all.s[labels[i] = nearest(&centres[0], pixels[i])];

			s[0] += pixels[i].x;
			s[1] += pixels[i].y;
			s[2] += pixels[i].z;
			s[3]++;
		}
		for (int k = 0; k < K; k++)
			for (int i = 0; i < 3 && all.s[k][3]; i++)
				centres[k].c[i] = all.s[k][i] / all.s[k][3];
	}
	return labels;
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 20000), blocks = n < 1 << 20 ? 8 : 512;
	const int rounds = program_rounds(argc, argv);
	std::vector<uchar4> pixels(n);
	std::vector<centre> centres(K), got;
	std::vector<uint8_t> labels;

	rng_fill(pixels.data(), n * sizeof(uchar4));
	for (uchar4 &p : pixels) /* not quite even: darker colours are more frequent */
		p.x = p.x * p.x >> 8;
	for (int k = 0; k < K; k++)
		centres[k] = { { pixels[k].x, pixels[k].y, pixels[k].z } };

	gpu_begin();
	uchar4 *dev_pixels = to_device(pixels);
	centre *start = to_device(centres), *dev_centres = device_array<centre>(K);
	uint8_t *dev_labels = device_array<uint8_t>(n);
	sums *all = to_device(std::vector<sums>(1));
	for (int r = 0; r < rounds; r++) {
		again_from(dev_centres, start, K);
		for (int s = 0; s < STEPS; s++) {
			assign<<<blocks, BLOCK>>>(dev_pixels, n, dev_centres, dev_labels, all);
			move<<<1, K>>>(dev_centres, all);
		}
	}
	labels = from_device(dev_labels, n);
	got = from_device(dev_centres, K);
	gpu_end();

	check_equal(labels, cluster_on_cpu(pixels, centres));
	check_equal(got, centres);
	for (const centre &c : got)
		printf("centre %d %d %d\n", c.c[0], c.c[1], c.c[2]);
	print_checksum("labels", labels);
	release(dev_pixels, start, dev_centres, dev_labels, all);
	return finish();
}
