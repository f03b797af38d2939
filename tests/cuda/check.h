/* SPDX-License-Identifier: MIT */
/*
 * check.h - what every program under tests/cuda includes
 *
 * A test program is one behaviour.  It exits 0 (holds), 1 (does not) or 77 (cannot be tried
 * here, and a line says why).  Its stdout must be the same on every GPU and over every
 * transport, so that two runs can be compared: no address, time, size of the machine or random
 * number goes there.  What went wrong goes to stderr, with the seed of the random inputs.
 *
 * CUDA() and CU() are for calls a test needs to go on: a failure ends it.  EXPECT() and
 * EXPECT_CU() are for the error code that is the behaviour: they print it, note a wrong one, and
 * go on; finish() turns the notes into the exit status.  SHOW() only prints.
 *
 * Valid as C and as C++: a test without device code is a .c file, which compiles ten times
 * faster than nvcc does.
 */
#ifndef TESTS_CUDA_CHECK_H
#define TESTS_CUDA_CHECK_H

#include <cuda.h>
#include <cuda_runtime_api.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static int check_failures;
static uint64_t check_seed, rng_state;

/* rng_seed() - start the random inputs; TEST_SEED=N repeats a run that failed */
static inline void rng_seed(void)
{
	const char *given = getenv("TEST_SEED");
	FILE *f;

	if (check_seed)
		return;
	if (given) {
		check_seed = strtoull(given, NULL, 0);
	} else {
		f = fopen("/dev/urandom", "r");
		if (!f || fread(&check_seed, sizeof(check_seed), 1, f) != 1)
			check_seed = (uint64_t)getpid() * 2654435761u;
		if (f)
			fclose(f);
	}
	check_seed |= 1;
	rng_state = check_seed;
}

/* splitmix64: every seed is good, and it is five lines */
static inline uint64_t rng(void)
{
	uint64_t z;

	rng_seed();
	z = rng_state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* rng_below() - a random number in [0, n) */
static inline size_t rng_below(size_t n)
{
	return (size_t)(rng() % n);
}

/* rng_float() - in [-1, 1), with 24 random bits */
static inline float rng_float(void)
{
	return (float)(int32_t)(rng() >> 40) / 8388608.0f - 1.0f;
}

static inline void rng_fill(void *to, size_t bytes)
{
	unsigned char *p = (unsigned char *)to;
	uint64_t x;

	for (; bytes >= sizeof(x); p += sizeof(x), bytes -= sizeof(x)) {
		x = rng();
		memcpy(p, &x, sizeof(x));
	}
	x = rng();
	memcpy(p, &x, bytes);
}

/* rng_bytes() - malloc()ed memory with random contents */
static inline void *rng_bytes(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p) {
		fprintf(stderr, "out of host memory: %zu bytes\n", bytes);
		exit(1);
	}
	rng_fill(p, bytes);
	return p;
}

static inline void check_note(const char *file, int line, const char *what)
{
	check_failures++;
	fflush(stdout);
	fprintf(stderr, "%s:%d: %s", file, line, what);
}

static inline void check_give_up(void)
{
	if (check_seed)
		fprintf(stderr, " (TEST_SEED=%#llx)", (unsigned long long)check_seed);
	fputc('\n', stderr);
	fflush(stdout);
	_exit(1);
}

/* CHECK() - a condition without which the test has failed */
#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			check_note(__FILE__, __LINE__, "not true: " #cond);                        \
			check_give_up();                                                           \
		}                                                                                  \
	} while (0)

static inline void check_result(const char *file, int line, const char *call, const char *got,
				const char *want)
{
	if (want)
		printf("%s = %s\n", call, got);
	if (!strcmp(got, want ? want : "cudaSuccess") ||
	    (!want && !strcmp(got, "CUDA_SUCCESS")))
		return;
	check_note(file, line, call);
	fprintf(stderr, " is %s, expected %s", got, want ? want : "success");
	if (!want)
		check_give_up();
	fputc('\n', stderr);
}

static inline const char *cu_name(CUresult result)
{
	const char *name = NULL;

	if (cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
		return "a code without a name";
	return name;
}

/* CUDA(), CU() - a runtime or driver call that must succeed for the test to go on */
#define CUDA(call) check_result(__FILE__, __LINE__, #call, cudaGetErrorName(call), NULL)
#define CU(call) check_result(__FILE__, __LINE__, #call, cu_name(call), NULL)

/* EXPECT(), EXPECT_CU() - a call whose error code is the behaviour: it is printed and compared */
#define EXPECT(code, call) check_result(__FILE__, __LINE__, #call, cudaGetErrorName(call), #code)
#define EXPECT_CU(code, call) check_result(__FILE__, __LINE__, #call, cu_name(call), #code)

/* SHOW() - a call whose result CUDA does not promise: only printed, for comparing two runs */
#define SHOW(call) printf("%s = %s\n", #call, cudaGetErrorName(call))

static inline void check_same(const char *file, int line, const void *got, const void *want,
			      size_t bytes)
{
	const unsigned char *g = (const unsigned char *)got, *w = (const unsigned char *)want;
	size_t i = 0;

	if (!memcmp(g, w, bytes))
		return;
	while (g[i] == w[i])
		i++;
	check_note(file, line, "contents differ");
	fprintf(stderr, " at byte %zu of %zu: %#x, expected %#x", i, bytes, g[i], w[i]);
	check_give_up();
}

/* CHECK_SAME() - memory must hold what the CPU computed */
#define CHECK_SAME(got, want, bytes) check_same(__FILE__, __LINE__, got, want, bytes)

/* skip() - the behaviour cannot be tried on this machine: say why */
#define skip(...)                                                                                  \
	do {                                                                                       \
		printf("skipped: " __VA_ARGS__);                                                   \
		putchar('\n');                                                                     \
		fflush(stdout);                                                                    \
		_exit(77);                                                                         \
	} while (0)

/* NEEDS(), NEEDS_CU() - a call for a feature that CUDA allows a device not to have */
#define NEEDS(call)                                                                                \
	do {                                                                                       \
		cudaError_t needs_ = (call);                                                       \
		                                                                                   \
		if (needs_ == cudaErrorNotSupported)                                               \
			skip("%s is not supported here", #call);                                   \
		check_result(__FILE__, __LINE__, #call, cudaGetErrorName(needs_), NULL);           \
	} while (0)
#define NEEDS_CU(call)                                                                             \
	do {                                                                                       \
		CUresult needs_ = (call);                                                          \
		                                                                                   \
		if (needs_ == CUDA_ERROR_NOT_SUPPORTED)                                            \
			skip("%s is not supported here", #call);                                   \
		check_result(__FILE__, __LINE__, #call, cu_name(needs_), NULL);                    \
	} while (0)

/* finish() - the last line of main(): the exit status */
static inline int finish(void)
{
	if (check_failures) {
		fprintf(stderr, "%d checks failed", check_failures);
		check_give_up();
	}
	puts("done");
	return 0;
}

#endif /* TESTS_CUDA_CHECK_H */
