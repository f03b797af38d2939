/* SPDX-License-Identifier: MIT */
/*
 * growth.h - a call must not become slower for what there already is
 *
 * Calls are compared with the time of a small copy and its wait, which crosses to wherever the
 * GPU is: on a busy machine a crossing may take fifty times what it takes on an idle one, and change
 * at any moment.  Each tenth of the calls is measured in ten parts, and the best part counts.  What
 * is kept in lists that are walked costs ten times as much in the last tenth as in the first; caches
 * that no longer hold everything may cost a few times as much, hence the limit.  The times go to
 * stderr.
 */
#ifndef TESTS_CUDA_GROWTH_H
#define TESTS_CUDA_GROWTH_H

#include "check.h"
#include <time.h>

#define GROWTH_COPIES	20	/* beside each part */
#define GROWTH_LIMIT	4	/* so many times as slow, and so many copies or microseconds, is allowed */

static cudaStream_t growth_stream;
static int *growth_host, *growth_device;

static inline double growth_micros(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* growth_begin() - before the first growth_of() */
static inline void growth_begin(void)
{
	CUDA(cudaStreamCreateWithFlags(&growth_stream, cudaStreamNonBlocking));
	CUDA(cudaMalloc((void **)&growth_device, sizeof(*growth_device)));
	CUDA(cudaMallocHost((void **)&growth_host, sizeof(*growth_host)));
	CUDA(cudaMemset(growth_device, 0, sizeof(*growth_device)));
}

static inline void growth_end(void)
{
	CUDA(cudaStreamDestroy(growth_stream));
	CUDA(cudaFree(growth_device));
	CUDA(cudaFreeHost(growth_host));
}

static inline void growth_copy(void)
{
	CUDA(cudaMemcpyAsync(growth_host, growth_device, sizeof(*growth_host),
			     cudaMemcpyDeviceToHost, growth_stream));
	CUDA(cudaStreamSynchronize(growth_stream));
}

/* Of call(from) .. call(to - 1): microseconds each in @micros, and by those of a copy */
static inline double growth_part(void (*call)(int i), int from, int to, double *micros)
{
	double began = growth_micros(), called, copied;
	int i;

	for (i = from; i < to; i++)
		call(i);
	called = growth_micros();
	for (i = 0; i < GROWTH_COPIES; i++)
		growth_copy();
	copied = growth_micros();
	*micros = (called - began) / (to - from);
	return *micros / ((copied - called) / GROWTH_COPIES);
}

/* growth_of() - call(0) .. call(@n - 1): it fails if they become slower; @n is a multiple of 100 */
static inline void growth_of(const char *what, int n, void (*call)(int i))
{
	double cost[10], least[10], micros, one;
	int part = n / 100, p;

	for (p = 0; p < 100; p++) {
		one = growth_part(call, p * part, (p + 1) * part, &micros);
		if (p % 10 == 0 || one < cost[p / 10])
			cost[p / 10] = one;
		if (p % 10 == 0 || micros < least[p / 10])
			least[p / 10] = micros;
	}
	fprintf(stderr, "%d %s: %.2f us each at first, %.2f at last\n", n, what, least[0], least[9]);
	if (cost[9] > cost[0] * GROWTH_LIMIT + GROWTH_LIMIT &&
	    least[9] > least[0] * GROWTH_LIMIT + GROWTH_LIMIT) {
		check_note(__FILE__, __LINE__, what);
		fprintf(stderr, " become slower:");
		for (p = 0; p < 10; p++)
			fprintf(stderr, " %.2f", cost[p]);
		fprintf(stderr, " times a copy\n");
	}
	puts(what);
}

#endif /* TESTS_CUDA_GROWTH_H */
