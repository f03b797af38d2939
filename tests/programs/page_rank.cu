/* SPDX-License-Identifier: MIT */
/*
 * PageRank: a page's rank flows over its links.  Ranks are numbers in fixed point, because
 * additions of integers may come in any order: with atomics the result is the same every time.
 */
#include "graph.h"

#define ONE (1ull << 40)
#define ROUNDS 20

/* What a page gives each of those it links to: 0.85 of its rank in equal parts */
__host__ __device__ inline uint64_t share(uint64_t rank, int links)
{
	return rank / 100 * 85 / links;
}

__global__ void spread(const int *first, const int *to, const unsigned long long *rank,
		       unsigned long long *next, int n)
{
	int v = blockIdx.x * blockDim.x + threadIdx.x;

	if (v >= n || first[v] == first[v + 1])
		return;
	for (int e = first[v]; e < first[v + 1]; e++)
		atomicAdd(&next[to[e]], share(rank[v], first[v + 1] - first[v]));
}

__global__ void fill(unsigned long long *rank, unsigned long long value, int n)
{
	int v = blockIdx.x * blockDim.x + threadIdx.x;

	if (v < n)
		rank[v] = value;
}

int main(int argc, char **argv)
{
	typedef unsigned long long fixed;
	const graph g = random_graph(program_size(argc, argv, 3000), 4);
	const int n = g.vertices(), blocks = blocks_for(n, 128);
	std::vector<fixed> want(n, ONE), sum, got;
	int *first = to_device(g.first), *to = to_device(g.to);
	fixed *rank = to_device(want), *next = device_array<fixed>(n);

	for (int r = 0; r < ROUNDS; r++) {
		fill<<<blocks, 128>>>(next, ONE / 100 * 15, n);
		spread<<<blocks, 128>>>(first, to, rank, next, n);
		std::swap(rank, next);

		sum.assign(n, ONE / 100 * 15);
		for (int v = 0; v < n; v++)
			for (int e = g.first[v]; e < g.first[v + 1]; e++)
				sum[g.to[e]] += share(want[v], g.first[v + 1] - g.first[v]);
		want = sum;
	}
	got = from_device(rank, n);
	check_equal(got, want);
	print_checksum("ranks", got);
	release(first, to, rank, next);
	return finish();
}
