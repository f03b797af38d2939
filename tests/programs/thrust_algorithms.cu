/* SPDX-License-Identifier: MIT */
/*
 * What programs do with Thrust: sort, sort by key, sum what has the same key, scan, partition.  Thrust
 * asks for each kernel's occupancy and shapes its launches accordingly.
 */
#include "program.h"
#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <thrust/device_vector.h>
#include <thrust/partition.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/sort.h>

struct is_odd {
	__host__ __device__ bool operator()(int x) const
	{
		return x & 1;
	}
};

template <typename T> std::vector<T> copied(const thrust::device_vector<T> &device, size_t n)
{
	std::vector<T> host(n);

	thrust::copy(device.begin(), device.begin() + n, host.begin());
	return host;
}

/* Integers by their digits, in radix sorts of other shapes for other sizes; doubles, too */
template <typename T> static void check_sort(const char *name, std::vector<T> numbers)
{
	thrust::device_vector<T> device(numbers);

	thrust::sort(device.begin(), device.end());
	std::sort(numbers.begin(), numbers.end());
	check_equal(copied(device, numbers.size()), numbers);
	thrust::sort(device.begin(), device.end(), thrust::greater<T>());
	std::reverse(numbers.begin(), numbers.end());
	check_equal(copied(device, numbers.size()), numbers);
	print_checksum(name, numbers);
}

static void check_keys(const std::vector<int> &keys, const std::vector<int> &values)
{
	thrust::device_vector<int> key(keys), value(values), keys_out(keys.size()), sums_out(keys.size());
	std::map<int, int> sums;
	std::vector<int> want_keys, want_sums;

	for (size_t i = 0; i < keys.size(); i++)
		sums[keys[i]] += values[i];
	for (auto &sum : sums) {
		want_keys.push_back(sum.first);
		want_sums.push_back(sum.second);
	}
	thrust::stable_sort_by_key(key.begin(), key.end(), value.begin());
	auto end = thrust::reduce_by_key(key.begin(), key.end(), value.begin(), keys_out.begin(),
					 sums_out.begin());
	CHECK(end.first - keys_out.begin() == (long)sums.size());
	check_equal(copied(keys_out, sums.size()), want_keys);
	check_equal(copied(sums_out, sums.size()), want_sums);
	print_checksum("sums by key", want_sums);
}

static void check_scan(const std::vector<int> &numbers)
{
	thrust::device_vector<int> device(numbers);
	std::vector<int> want(numbers.size());

	thrust::inclusive_scan(device.begin(), device.end(), device.begin());
	std::partial_sum(numbers.begin(), numbers.end(), want.begin());
	check_equal(copied(device, want.size()), want);
	CHECK(thrust::reduce(device.begin(), device.end(), 0, thrust::maximum<int>()) ==
	      *std::max_element(want.begin(), want.end()));
	print_checksum("scan", want);
}

static void check_partition(std::vector<int> numbers)
{
	thrust::device_vector<int> device(numbers);
	auto middle = thrust::stable_partition(device.begin(), device.end(), is_odd());
	auto want = std::stable_partition(numbers.begin(), numbers.end(), is_odd());

	CHECK(middle - device.begin() == want - numbers.begin());
	check_equal(copied(device, numbers.size()), numbers);
	print_checksum("partition", numbers);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 50021);
	std::vector<double> doubles(n);

	for (double &x : doubles)
		x = rng_float() * 1e6;
	check_sort("one", random_numbers<int>(1, 100));
	check_sort("few", random_numbers<int>(1000, 1u << 31));
	check_sort("bytes", random_numbers<unsigned char>(n, 256));
	check_sort("integers", random_numbers<int>(n, 1u << 31));
	check_sort("doubles", doubles);
	check_keys(random_numbers<int>(n, 300), random_numbers<int>(n, 1000));
	check_scan(random_numbers<int>(n, 1000));
	check_partition(random_numbers<int>(n, 1000));
	return finish();
}
