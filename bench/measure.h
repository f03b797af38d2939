/* SPDX-License-Identifier: MIT */
/*
 * measure.h - what the benchmarks share: checked calls, a clock, figures
 *
 * A benchmark prints its figures as lines
 *
 *	NAME MEDIAN UNIT [KEY=VALUE ...]
 *
 * to which bench/run adds how it ran.  The keys say how the samples lie about their median:
 * min, p10, p90, p99, max.  NAME is made of words between dots; one that ends in a size (64KiB,
 * 16MiB) or a number is a point of a curve.  The unit tells what is better: more, of what has a
 * slash (GB/s), less, of everything else.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <cuda_runtime.h>

#define NEED(call)                                                                      \
	do {                                                                            \
		cudaError_t rc_ = (call);                                               \
		if (rc_ != cudaSuccess) {                                               \
			fprintf(stderr, "%s: %s\n", #call, cudaGetErrorString(rc_));    \
			exit(1);                                                        \
		}                                                                       \
	} while (0)

/* Seconds */
static inline double now()
{
	using namespace std::chrono;

	return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/* figure() - print one; @values are its samples, in @unit */
static inline void figure(const std::string &name, const char *unit, std::vector<double> values)
{
	auto at = [&](double part) { return values[std::min(values.size() - 1, (size_t)(values.size() * part))]; };

	std::sort(values.begin(), values.end());
	printf("%s %.4g %s", name.c_str(), at(0.5), unit);
	if (values.size() > 1)
		printf(" min=%.4g p10=%.4g p90=%.4g p99=%.4g max=%.4g", values.front(), at(0.1), at(0.9),
		       at(0.99), values.back());
	putchar('\n');
	fflush(stdout);
}

static inline void figure(const std::string &name, const char *unit, double value)
{
	figure(name, unit, std::vector<double>{ value });
}

/* size_name() - 4096 is "4KiB" */
static inline std::string size_name(size_t bytes)
{
	return bytes >= 1 << 20 ? std::to_string(bytes >> 20) + "MiB" : std::to_string(bytes >> 10) + "KiB";
}

/*
 * warm_up() - let the GPU leave its idle clocks, and the bus its idle speed
 *
 * Copies and launches for @seconds.  Without it the first figure of a program is up to fifty
 * times too bad (a pinned copy of 4 KiB on an H200).
 */
static __global__ void warm_up_kernel(unsigned int *counter)
{
	atomicAdd(counter, threadIdx.x);
}

static inline void warm_up(double seconds)
{
	const size_t bytes = 1 << 20;
	void *host, *device;
	double began = now();

	NEED(cudaMallocHost(&host, bytes));
	NEED(cudaMalloc(&device, bytes));
	NEED(cudaMemset(device, 0, bytes));
	while (now() - began < seconds) {
		NEED(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, 0));
		NEED(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, 0));
		warm_up_kernel<<<1, 32>>>((unsigned int *)device);
		NEED(cudaDeviceSynchronize());
	}
	NEED(cudaFree(device));
	NEED(cudaFreeHost(host));
}

/* wanted() - whether the figures called @name are asked for: a word of @only, or nothing asked */
static inline bool wanted(const char *only, const char *name)
{
	return !only || !*only || strstr(name, only);
}

#endif /* BENCH_MEASURE_H */
