/* SPDX-License-Identifier: MIT */
/* Each warp sorts 32 keys with their values in registers: every comparison is a shuffle */
#include "program.h"
#include <algorithm>

__global__ void sort_warps(int64_t *keys, int *values, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32;
	int64_t key = keys[i];
	int value = values[i];

	for (int run = 2; run <= 32; run *= 2)
		for (int d = run / 2; d > 0; d /= 2) {
			int64_t other = __shfl_xor_sync(~0u, key, d);
			int other_value = __shfl_xor_sync(~0u, value, d);
			bool ascending = !(lane & run), lower = !(lane & d);

			/* the lower of the two takes the lesser if ascending; equals stay */
			if (other != key && (other < key) == (ascending == lower)) {
				key = other;
				value = other_value;
			}
		}
	keys[i] = key;
	values[i] = value;
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 20000) / 64 * 64;
	std::vector<int64_t> keys(n), want;
	std::vector<int> values(n);

	rng_fill(keys.data(), n * sizeof(int64_t));
	for (int i = 0; i < n; i++)
		values[i] = i;
	want = keys;
	for (int i = 0; i < n; i += 32)
		std::sort(&want[i], &want[i] + 32);
	int64_t *dev_keys = to_device(keys);
	int *dev_values = to_device(values);
	sort_warps<<<n / 64, 64>>>(dev_keys, dev_values, n);
	check_equal(from_device(dev_keys, n), want);
	values = from_device(dev_values, n);
	for (int i = 0; i < n; i++)
		CHECK(values[i] / 32 == i / 32 && keys[values[i]] == want[i]);
	print_checksum("keys", want);
	print_checksum("values", values);
	release(dev_keys, dev_values);
	return finish();
}
