/* SPDX-License-Identifier: MIT */
/*
 * A hash table that thousands of threads fill at once: open addressing, a slot is taken by
 * compare-and-swap on its key.  It counts keys; then some are forgotten.
 */
#include "program.h"

#define EMPTY 0u
#define BLOCK 128

struct slot {
	unsigned key, count;
};

__device__ inline unsigned hash(unsigned key)
{
	key ^= key >> 16;
	key *= 0x85ebca6bu;
	key ^= key >> 13;
	key *= 0xc2b2ae35u;
	return key ^ key >> 16;
}

/* The slot that has @key, or takes it if @add; NULL if there is none */
__device__ slot *find(slot *table, unsigned size, unsigned key, bool add)
{
	for (unsigned i = hash(key) & (size - 1);; i = (i + 1) & (size - 1)) {
		unsigned there = add ? atomicCAS(&table[i].key, EMPTY, key) : table[i].key;

		if (there == key || (add && there == EMPTY))
			return &table[i];
		if (there == EMPTY)
			return NULL;
	}
}

__global__ void count(slot *table, unsigned size, const unsigned *keys, int n)
{
	int i = blockIdx.x * BLOCK + threadIdx.x;

	if (i < n)
		atomicAdd(&find(table, size, keys[i], true)->count, 1);
}

/* Every key that occurs an odd number of times is forgotten: its count becomes 0 */
__global__ void forget_odd(slot *table, unsigned size)
{
	unsigned i = blockIdx.x * BLOCK + threadIdx.x;

	if (i < size && table[i].key != EMPTY && table[i].count % 2)
		table[i].count = 0;
}

__global__ void look_up(slot *table, unsigned size, unsigned *counts, unsigned n)
{
	unsigned key = 1 + blockIdx.x * BLOCK + threadIdx.x;
	slot *s = key <= n ? find(table, size, key, false) : NULL;

	if (key <= n)
		counts[key - 1] = s ? s->count : 0;
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 20000), keys_n = n / 4;
	std::vector<unsigned> keys(n), want(keys_n, 0), got;
	unsigned size = 1;

	while (size < 2u * keys_n)
		size *= 2;
	for (unsigned &key : keys) { /* small ones are frequent */
		key = 1 + rng_below(1 + rng_below(keys_n));
		want[key - 1]++;
	}
	for (unsigned &w : want)
		w = w % 2 ? 0 : w;
	slot *table = device_array<slot>(size);
	unsigned *dev_keys = to_device(keys), *counts = device_array<unsigned>(keys_n);

	CUDA(cudaMemset(table, 0, size * sizeof(slot)));
	count<<<blocks_for(n, BLOCK), BLOCK>>>(table, size, dev_keys, n);
	forget_odd<<<blocks_for(size, BLOCK), BLOCK>>>(table, size);
	look_up<<<blocks_for(keys_n, BLOCK), BLOCK>>>(table, size, counts, keys_n);
	got = from_device(counts, keys_n);
	check_equal(got, want);
	print_checksum("counts", got);
	release(table, dev_keys, counts);
	return finish();
}
