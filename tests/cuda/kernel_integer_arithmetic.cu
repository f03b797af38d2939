/* SPDX-License-Identifier: MIT */
/* Integer arithmetic at its edges: division, remainder, shifts, high products, bit functions */
#include "check.h"

#define COUNT 20
#define N 2000

struct numbers {
	long long a, b;
};

static __host__ __device__ int bits(unsigned long long x)
{
	int n = 0;

	for (; x; x &= x - 1)
		n++;
	return n;
}

static __host__ __device__ void compute(long long a, long long b, long long *o)
{
	int i = (int)a, j = (int)b;
	unsigned u = (unsigned)a, v = (unsigned)b;
	unsigned long long p = a, q = b;

	o[0] = b && !(a == LLONG_MIN && b == -1) ? a / b : 0;
	o[1] = b && !(a == LLONG_MIN && b == -1) ? a % b : 0;
	o[2] = q ? p / q : 0;
	o[3] = q ? p % q : 0;
	o[4] = j && !(i == INT_MIN && j == -1) ? i / j : 0;
	o[5] = j && !(i == INT_MIN && j == -1) ? i % j : 0;
	o[6] = v ? u / v : 0;
	o[7] = v ? u % v : 0;
	o[8] = (long long)(p * q);
	o[9] = (long long)(p << (b & 63));
	o[10] = a >> (b & 63);
	o[11] = (long long)(p >> (b & 63));
	o[12] = (long long)i * j;
	o[13] = (long long)((unsigned long long)u * v);
	o[14] = bits(p) + 100 * bits(v);
	o[15] = (short)a * (short)b + (unsigned char)a;
	o[16] = (signed char)a - (unsigned short)b;
	o[17] = a < b ? 1 : p < q ? 2 : i < j ? 3 : u < v ? 4 : 5;
	o[18] = (u << (v & 31)) | (u >> (-v & 31));
	o[19] = (long long)((p & q) ^ (p | ~q));
}

__global__ void kernel(const numbers *in, long long *out)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < N)
		compute(in[i].a, in[i].b, out + i * COUNT);
}

int main()
{
	static const long long edges[] = { 0, 1, -1, INT_MAX, INT_MIN, LLONG_MAX, LLONG_MIN, 0xffffffffll };
	static numbers in[N];
	static long long got[N][COUNT], want[COUNT];
	long long *dev_out;
	numbers *dev_in;

	rng_fill(in, sizeof(in));
	for (int i = 0; i < 64; i++)
		in[i] = { edges[i / 8], edges[i % 8] };
	for (int i = 64; i < N; i += 3)
		in[i].b >>= rng_below(64);
	CUDA(cudaMalloc(&dev_in, sizeof(in)));
	CUDA(cudaMalloc(&dev_out, sizeof(got)));
	CUDA(cudaMemcpy(dev_in, in, sizeof(in), cudaMemcpyHostToDevice));
	kernel<<<(N + 63) / 64, 64>>>(dev_in, dev_out);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev_out, sizeof(got), cudaMemcpyDeviceToHost));
	for (int i = 0; i < N; i++) {
		compute(in[i].a, in[i].b, want);
		for (int k = 0; k < COUNT; k++)
			if (got[i][k] != want[k]) {
				fprintf(stderr, "operation %d of %#llx, %#llx: %#llx, not %#llx\n", k,
					in[i].a, in[i].b, got[i][k], want[k]);
				CHECK(got[i][k] == want[k]);
			}
	}
	CUDA(cudaFree(dev_in));
	CUDA(cudaFree(dev_out));
	return finish();
}
