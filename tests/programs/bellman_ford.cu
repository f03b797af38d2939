/* SPDX-License-Identifier: MIT */
/*
 * Shortest paths from one vertex, after Bellman and Ford: every edge tries to shorten the way to
 * its end, all at once, until none can.  The CPU does it after Dijkstra.
 */
#include "graph.h"
#include <functional>
#include <queue>

#define FAR 0x7fffffff

__device__ bool shortened;

__global__ void relax(const int *from, const int *to, const int *length, int *distance, int edges)
{
	int e = blockIdx.x * blockDim.x + threadIdx.x, way;

	if (e >= edges || distance[from[e]] == FAR)
		return;
	way = distance[from[e]] + length[e];
	if (way < distance[to[e]] && way < atomicMin(&distance[to[e]], way))
		shortened = true;
}

static std::vector<int> dijkstra(const graph &g, int start)
{
	typedef std::pair<int, int> way; /* how far, where to */
	std::priority_queue<way, std::vector<way>, std::greater<way>> ways;
	std::vector<int> distance(g.vertices(), FAR);

	ways.push({ 0, start });
	while (!ways.empty()) {
		way w = ways.top();

		ways.pop();
		if (w.first >= distance[w.second])
			continue;
		distance[w.second] = w.first;
		for (int e = g.first[w.second]; e < g.first[w.second + 1]; e++)
			ways.push({ w.first + g.length[e], g.to[e] });
	}
	return distance;
}

int main(int argc, char **argv)
{
	const graph g = random_graph(program_size(argc, argv, 5000), 3);
	std::vector<int> from(g.edges()), distance(g.vertices(), FAR);
	bool again;

	for (int v = 0; v < g.vertices(); v++)
		for (int e = g.first[v]; e < g.first[v + 1]; e++)
			from[e] = v;
	distance[5] = 0;
	int *dev_from = to_device(from), *to = to_device(g.to), *length = to_device(g.length);
	int *dev_distance = to_device(distance);

	do {
		again = false;
		CUDA(cudaMemcpyToSymbol(shortened, &again, sizeof(again)));
		relax<<<blocks_for(g.edges(), 256), 256>>>(dev_from, to, length, dev_distance,
							   g.edges());
		CUDA(cudaMemcpyFromSymbol(&again, shortened, sizeof(again)));
	} while (again);
	distance = from_device(dev_distance, g.vertices());
	check_equal(distance, dijkstra(g, 5));
	print_checksum("distances", distance);
	release(dev_from, to, length, dev_distance);
	return finish();
}
