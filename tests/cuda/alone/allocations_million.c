/* SPDX-License-Identifier: MIT */
/*
 * 1,000,000 allocations at once, freed in a random order: one costs what it did with few.  An
 * emulated machine that needs an hour for them does as many as it can in ten seconds.
 */
#include "growth.h"

#define ALLOCATIONS 1000000
#define BYTES 200
#define SECONDS 10
#define TRIED 1000

static unsigned char *pointers[ALLOCATIONS];

static void allocate(int i)
{
	CUDA(cudaMalloc((void **)&pointers[i], BYTES));
}

static void release(int i)
{
	CUDA(cudaFree(pointers[i]));
}

/* How many can be made and freed here in time, a multiple of 100 */
static int affordable(void)
{
	double began = growth_micros(), most;
	int i;

	for (i = 0; i < TRIED; i++)
		allocate(i);
	for (i = 0; i < TRIED; i++)
		release(i);
	most = SECONDS * 1e6 / ((growth_micros() - began) / TRIED);
	return most > ALLOCATIONS ? ALLOCATIONS : most > 10 * TRIED ? (int)most / 100 * 100 : 10 * TRIED;
}

static int compare(const void *a, const void *b)
{
	const unsigned char *const *pa = a, *const *pb = b;

	return *pa < *pb ? -1 : *pa > *pb;
}

/* No two of them overlap, and what one holds is its own: tried with some, since a copy takes longer */
static void check(int n)
{
	unsigned char want[BYTES], got[BYTES];
	int i, at[100], apart = n / (int)ARRAY_SIZE(at);

	qsort(pointers, n, sizeof(pointers[0]), compare);
	for (i = 1; i < n; i++)
		CHECK(pointers[i] >= pointers[i - 1] + BYTES);
	for (i = 0; i < (int)ARRAY_SIZE(at); i++) {
		at[i] = i * apart + (int)rng_below(apart);
		CUDA(cudaMemset(pointers[at[i]], i, BYTES));
	}
	for (i = 0; i < (int)ARRAY_SIZE(at); i++) {
		memset(want, i, BYTES);
		CUDA(cudaMemcpy(got, pointers[at[i]], BYTES, cudaMemcpyDeviceToHost));
		CHECK_SAME(got, want, BYTES);
	}
}

static void shuffle(int n)
{
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = rng_below(i + 1);
		unsigned char *p = pointers[i];

		pointers[i] = pointers[j];
		pointers[j] = p;
	}
}

int main(void)
{
	int n;

	growth_begin();
	n = affordable();
	growth_of("allocations made", n, allocate);
	check(n);
	shuffle(n);
	growth_of("allocations freed", n, release);
	growth_end();
	return finish();
}
