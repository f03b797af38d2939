/* SPDX-License-Identifier: MIT */
/* The knapsack problem by dynamic programming: a kernel an item, a thread a capacity */
#include "program.h"
#include <algorithm>

struct item {
	int weight, value;
};

/* best[w]: the greatest value of weight w at most; taken: a bit for each item and weight */
__global__ void consider(const int *best, int *next, uint32_t *taken, item it, int capacity)
{
	int w = blockIdx.x * blockDim.x + threadIdx.x;
	int without = w <= capacity ? best[w] : 0, with = -1;
	unsigned votes;

	if (w <= capacity && w >= it.weight)
		with = best[w - it.weight] + it.value;
	votes = __ballot_sync(~0u, with > without);
	if (w > capacity)
		return;
	next[w] = max(with, without);
	if (w % 32 == 0)
		taken[w / 32] = votes;
}

int main(int argc, char **argv)
{
	const int capacity = program_size(argc, argv, 5000), n = 60, words = capacity / 32 + 1;
	const int blocks = blocks_for(capacity + 1, 128);
	std::vector<item> items(n);
	std::vector<int> want(capacity + 1, 0);
	std::vector<uint32_t> taken;
	int *best = to_device(want), *next = device_array<int>(capacity + 1);
	int weight = 0, value = 0, greatest;
	uint32_t *dev_taken = device_array<uint32_t>(n * words);

	for (int i = 0; i < n; i++) {
		items[i].weight = 20 + rng_below(capacity / 10);
		items[i].value = items[i].weight + rng_below(50);
		consider<<<blocks, 128>>>(best, next, dev_taken + i * words, items[i], capacity);
		std::swap(best, next);
		for (int w = capacity; w >= items[i].weight; w--)
			want[w] = std::max(want[w], want[w - items[i].weight] + items[i].value);
	}
	check_equal(from_device(best, capacity + 1), want);
	greatest = want[capacity];

	/* which items: back through the bits */
	taken = from_device(dev_taken, n * words);
	for (int i = n - 1, left = capacity; i >= 0; i--)
		if (taken[i * words + left / 32] >> left % 32 & 1) {
			left -= items[i].weight;
			weight += items[i].weight;
			value += items[i].value;
		}
	CHECK(value == greatest && weight <= capacity);
	printf("value %d, weight %d of %d\n", value, weight, capacity);
	release(best, next, dev_taken);
	return finish();
}
