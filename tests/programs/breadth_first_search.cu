/* SPDX-License-Identifier: MIT */
/*
 * Breadth-first search: a kernel a level.  A thread takes a vertex of the frontier; whoever
 * first gives a vertex its distance puts it into the next frontier.
 */
#include "graph.h"
#include <queue>

#define FAR (-1)

__global__ void expand(const int *first, const int *to, int *distance, int level,
		       const int *frontier, int n, int *next, int *next_n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i >= n)
		return;
	for (int e = first[frontier[i]]; e < first[frontier[i] + 1]; e++)
		if (atomicCAS(&distance[to[e]], FAR, level) == FAR)
			next[atomicAdd(next_n, 1)] = to[e];
}

static std::vector<int> search_on_cpu(const graph &g, int start)
{
	std::vector<int> distance(g.vertices(), FAR);
	std::queue<int> frontier;

	distance[start] = 0;
	for (frontier.push(start); !frontier.empty(); frontier.pop()) {
		int v = frontier.front();

		for (int e = g.first[v]; e < g.first[v + 1]; e++)
			if (distance[g.to[e]] == FAR) {
				distance[g.to[e]] = distance[v] + 1;
				frontier.push(g.to[e]);
			}
	}
	return distance;
}

int main(int argc, char **argv)
{
	const graph g = random_graph(program_size(argc, argv, 20000), 2);
	std::vector<int> distance(g.vertices(), FAR);
	int start = 5, n = 1, level = 0, *dev_distance;
	int *first = to_device(g.first), *to = to_device(g.to), *next_n = device_array<int>(1);
	int *frontier = device_array<int>(g.vertices()), *next = device_array<int>(g.vertices());

	distance[start] = 0;
	dev_distance = to_device(distance);
	CUDA(cudaMemcpy(frontier, &start, sizeof(int), cudaMemcpyHostToDevice));
	while (n > 0) {
		printf("level %d: %d vertices\n", level++, n);
		CUDA(cudaMemset(next_n, 0, sizeof(int)));
		expand<<<blocks_for(n, 128), 128>>>(first, to, dev_distance, level, frontier, n,
						    next, next_n);
		CUDA(cudaMemcpy(&n, next_n, sizeof(int), cudaMemcpyDeviceToHost));
		std::swap(frontier, next);
	}
	distance = from_device(dev_distance, g.vertices());
	check_equal(distance, search_on_cpu(g, start));
	print_checksum("distances", distance);
	release(first, to, next_n, frontier, next, dev_distance);
	return finish();
}
