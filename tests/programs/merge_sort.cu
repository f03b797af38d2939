/* SPDX-License-Identifier: MIT */
/*
 * Merge sort: runs double in length.  Every element finds its own place in the merged run: its
 * index in its own run plus how many of the other run come before it, found by bisection.  Stable.
 */
#include "program.h"
#include <algorithm>

struct record {
	int key, index;
};

/* How many of the @n records at @run have a key below @key, or equal to it if @equal */
__device__ int rank_of(const record *run, int n, int key, bool equal)
{
	int low = 0, high = n;

	while (low < high) {
		int middle = (low + high) / 2;

		if (run[middle].key < key || (equal && run[middle].key == key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

__global__ void merge(const record *in, record *out, int n, int length)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	int pair = i / (2 * length) * 2 * length, middle = min(pair + length, n);
	int end = min(pair + 2 * length, n), place;

	if (i >= n)
		return;
	if (i < middle)
		place = i + rank_of(in + middle, end - middle, in[i].key, false);
	else
		place = pair + (i - middle) + rank_of(in + pair, middle - pair, in[i].key, true);
	out[place] = in[i];
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 20011);
	std::vector<record> records(n);
	record *from, *to = device_array<record>(n);

	for (int i = 0; i < n; i++)
		records[i] = { (int)rng_below(2000) - 1000, i };
	from = to_device(records);
	for (int length = 1; length < n; length *= 2) {
		merge<<<blocks_for(n, 128), 128>>>(from, to, n, length);
		std::swap(from, to);
	}
	std::stable_sort(records.begin(), records.end(),
			 [](const record &a, const record &b) { return a.key < b.key; });
	check_equal(from_device(from, n), records);
	print_checksum("sorted", records);
	release(from, to);
	return finish();
}
