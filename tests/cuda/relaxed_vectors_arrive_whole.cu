/* SPDX-License-Identifier: MIT */
/*
 * What a thread stores as one aligned vector of up to 16 bytes, others never see half of, if both do
 * so with .relaxed.  The PTX ISA does not promise it; GPUs do it, and CUB's scans count on it.
 */
#include "check.h"

#define BLOCKS	32	/* half of them write */
#define THREADS	64
#define ROUNDS	500

struct shapes {
	uint2 two[THREADS];
	ushort4 four_small[THREADS];
	ulonglong2 two_large[THREADS];
	uint4 four[THREADS];
};

__device__ void store(struct shapes *s, unsigned t, unsigned x)
{
	unsigned long long large = (unsigned long long)x << 32 | x;
	unsigned short small = x;

	asm volatile("st.relaxed.gpu.v2.u32 [%0], {%1, %1};" :: "l"(&s->two[t]), "r"(x) : "memory");
	asm volatile("st.relaxed.gpu.v4.u16 [%0], {%1, %1, %1, %1};" :: "l"(&s->four_small[t]), "h"(small) : "memory");
	asm volatile("st.relaxed.gpu.v2.u64 [%0], {%1, %1};" :: "l"(&s->two_large[t]), "l"(large) : "memory");
	asm volatile("st.relaxed.gpu.v4.u32 [%0], {%1, %1, %1, %1};" :: "l"(&s->four[t]), "r"(x) : "memory");
}

/* How many of the four were torn */
__device__ unsigned look(const struct shapes *s, unsigned t)
{
	unsigned long long a, b;
	unsigned x, y, z, w, torn = 0;
	unsigned short i, j, k, l;

	asm volatile("ld.relaxed.gpu.v2.u32 {%0, %1}, [%2];" : "=r"(x), "=r"(y) : "l"(&s->two[t]) : "memory");
	torn += x != y;
	asm volatile("ld.relaxed.gpu.v4.u16 {%0, %1, %2, %3}, [%4];"
		     : "=h"(i), "=h"(j), "=h"(k), "=h"(l) : "l"(&s->four_small[t]) : "memory");
	torn += i != j || i != k || i != l;
	asm volatile("ld.relaxed.gpu.v2.u64 {%0, %1}, [%2];" : "=l"(a), "=l"(b) : "l"(&s->two_large[t]) : "memory");
	torn += a != b;
	asm volatile("ld.relaxed.gpu.v4.u32 {%0, %1, %2, %3}, [%4];"
		     : "=r"(x), "=r"(y), "=r"(z), "=r"(w) : "l"(&s->four[t]) : "memory");
	return torn + (x != y || x != z || x != w);
}

__global__ void write_and_look(struct shapes *shapes, unsigned *torn)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (blockIdx.x & 1)
			store(shapes, threadIdx.x, blockIdx.x * ROUNDS + i);
		else
			sum += look(shapes, threadIdx.x);
	}
	atomicAdd(torn, sum);
}

int main(void)
{
	struct shapes *shapes;
	unsigned *torn, seen;

	CUDA(cudaMalloc(&shapes, sizeof(*shapes)));
	CUDA(cudaMalloc(&torn, sizeof(*torn)));
	CUDA(cudaMemset(shapes, 0, sizeof(*shapes)));
	CUDA(cudaMemset(torn, 0, sizeof(*torn)));
	write_and_look<<<BLOCKS, THREADS>>>(shapes, torn);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(&seen, torn, sizeof(seen), cudaMemcpyDeviceToHost));
	CHECK(!seen);
	return finish();
}
