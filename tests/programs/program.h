/* SPDX-License-Identifier: MIT */
/*
 * program.h - what the programs under tests/programs share
 *
 * Theory of operation
 *
 * A program here is what a user would write: it makes its inputs, computes on the GPU, and
 * compares with the same computation on the CPU.  What it prints must be the same on every GPU
 * and every way there (check.h).  Its inputs are random but the same each time (TEST_SEED=N:
 * others), so it may print a checksum of its result, and two GPUs can be compared bit for bit.
 *
 * The programs are built with -fmad=false: a product is rounded before it is added unless fmaf()
 * says otherwise, on the GPU as on the CPU.  So a floating-point result is compared bit for bit
 * too where both compute in the same order (check_equal(), print_checksum()).  Where they do not,
 * or where a function is an approximation (expf(), sinf(), __fdividef(), rsqrtf()), it is
 * compared within a tolerance (check_close()), and nothing of it is printed.
 *
 * The first argument is the size of the problem, for bench/run: what lies between gpu_begin()
 * and gpu_end() (copies, kernels, what the CPU does in between) is timed if there is one.  The
 * second is how often the kernels do their work over again, as a simulation or a service would,
 * with what has been copied once; it changes nothing about the result.
 */
#ifndef TESTS_PROGRAMS_PROGRAM_H
#define TESTS_PROGRAMS_PROGRAM_H

#include "check.h"
#include <cuda_profiler_api.h>
#include <math.h>
#include <time.h>
#include <vector>

static bool program_is_timed;
static double program_began, gpu_began;

static inline double program_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

__attribute__((constructor)) static void program_start(void)
{
	program_began = program_now();
	setenv("TEST_SEED", "1", 0);
}

/* program_size() - how large the problem is: @usual, unless the first argument says */
static inline int program_size(int argc, char **argv, int usual)
{
	program_is_timed = argc > 1;
	return program_is_timed ? atoi(argv[1]) : usual;
}

/* program_rounds() - how often the work is done: once, unless the second argument says */
static inline int program_rounds(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 1;

	return rounds > 1 ? rounds : 1;
}

/* Who has prepared inputs for a while finds the GPU at its idle clocks, and no two ways as long. */
static inline void gpu_warm_up(void)
{
	const size_t bytes = 16 << 20;
	double began = program_now();
	void *memory;

	CUDA(cudaMalloc(&memory, bytes));
	while (program_now() - began < 0.2) {
		for (int i = 0; i < 20; i++)
			CUDA(cudaMemsetAsync(memory, i, bytes, 0));
		CUDA(cudaDeviceSynchronize());
	}
	CUDA(cudaFree(memory));
}

/*
 * gpu_begin(), gpu_end() - around what is timed: the device is there, the inputs are ready
 *
 * A profiler is told, and a trace of qCUDA's (QCUDA_TRACE) shows the two calls.
 */
static inline void gpu_begin(void)
{
	CUDA(cudaFree(NULL));
	if (program_is_timed) {
		gpu_warm_up();
		CUDA(cudaProfilerStart());
	}
	gpu_began = program_now();
}

static inline void gpu_end(void)
{
	double ended;

	CUDA(cudaDeviceSynchronize());
	ended = program_now();
	if (!program_is_timed)
		return;
	CUDA(cudaProfilerStop());
	fprintf(stderr, "gpu %.3f ms, with start-up %.3f ms\n", (ended - gpu_began) * 1e3,
		(ended - program_began) * 1e3);
}

template <typename T> T *device_array(size_t n)
{
	T *device;

	CUDA(cudaMalloc(&device, n * sizeof(T)));
	return device;
}

/* to_device() - a copy of @host in device memory, for release() */
template <typename T> T *to_device(const std::vector<T> &host)
{
	T *device = device_array<T>(host.size());

	CUDA(cudaMemcpy(device, host.data(), host.size() * sizeof(T), cudaMemcpyHostToDevice));
	return device;
}

/* again_from() - put back what a round has overwritten, on the device */
template <typename T> void again_from(T *device, const T *saved, size_t n)
{
	CUDA(cudaMemcpyAsync(device, saved, n * sizeof(T), cudaMemcpyDeviceToDevice, 0));
}

/* from_device() - what @n elements hold when the kernels launched before are through */
template <typename T> std::vector<T> from_device(const T *device, size_t n)
{
	std::vector<T> host(n);

	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(host.data(), device, n * sizeof(T), cudaMemcpyDeviceToHost));
	return host;
}

template <typename... T> void release(T *...device)
{
	cudaError_t results[] = { cudaFree(device)... };

	for (cudaError_t result : results)
		CUDA(result);
}

/* blocks_for() - how many blocks of @block threads cover @n */
static inline int blocks_for(size_t n, int block)
{
	return (int)((n + block - 1) / block);
}

/* random_floats() - @n of them in [-1, 1) */
static inline std::vector<float> random_floats(size_t n)
{
	std::vector<float> v(n);

	for (float &x : v)
		x = rng_float();
	return v;
}

/* random_numbers() - @n integers in [0, below) */
template <typename T> std::vector<T> random_numbers(size_t n, uint64_t below)
{
	std::vector<T> v(n);

	for (T &x : v)
		x = (T)rng_below(below);
	return v;
}

template <typename T> void check_equal(const std::vector<T> &got, const std::vector<T> &want)
{
	CHECK(got.size() == want.size());
	CHECK_SAME(got.data(), want.data(), want.size() * sizeof(T));
}

/* check_close() - within @tolerance of what is wanted, relative to it where it is above 1 */
static inline void check_close(double got, double want, double tolerance)
{
	double scale = fabs(want) > 1 ? fabs(want) : 1;

	if (!(fabs(got - want) <= tolerance * scale)) {
		fprintf(stderr, "%.9g is not close to %.9g\n", got, want);
		CHECK(!"close");
	}
}

template <typename T>
void check_close(const std::vector<T> &got, const std::vector<T> &want, double tolerance)
{
	CHECK(got.size() == want.size());
	for (size_t i = 0; i < want.size(); i++)
		check_close((double)got[i], (double)want[i], tolerance);
}

/* print_checksum() - the bytes of a result that every GPU must have the same: FNV-1a */
template <typename T> void print_checksum(const char *name, const std::vector<T> &v)
{
	const unsigned char *bytes = (const unsigned char *)v.data();
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < v.size() * sizeof(T); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	printf("%s: checksum %016llx\n", name, (unsigned long long)hash);
}

#endif /* TESTS_PROGRAMS_PROGRAM_H */
