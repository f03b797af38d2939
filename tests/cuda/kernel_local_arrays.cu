/* SPDX-License-Identifier: MIT */
/* Per-thread arrays with computed indices, structures by value, vectors of every width */
#include "check.h"

struct pair {
	double a;
	short b[3];
};

__device__ __noinline__ pair turn(pair p, int k)
{
	pair q = { p.a * 2 + k, { p.b[2], p.b[0], (short)(p.b[1] + k) } };

	return q;
}

__global__ void kernel(const int *in, int *out, double *pairs, float4 *vectors, uchar4 *bytes)
{
	int t = threadIdx.x, a[32];
	pair p = { 1.0 + t, { 1, 2, (short)t } };

	for (int i = 0; i < 32; i++)
		a[(i * 5 + t) % 32] = in[i] + i * t;
	for (int i = 0; i < 31; i++) /* one pass of a bubble sort */
		if (a[i] > a[i + 1]) {
			int x = a[i];

			a[i] = a[i + 1];
			a[i + 1] = x;
		}
	for (int i = 0; i < 32; i++)
		out[t * 32 + i] = a[in[i] & 31];
	for (int k = 0; k < 5; k++)
		p = turn(p, k);
	pairs[t] = p.a + p.b[0] + 10 * p.b[1] + 100 * p.b[2];
	vectors[t] = make_float4(vectors[t].w, vectors[t].x, t, vectors[t].z + 0.5f);
	bytes[t].y = bytes[t].x + bytes[t].w;
}

int main()
{
	const int n = 64;
	int in[32], got[n * 32], *dev_in, *dev_out;
	double pairs[n], *dev_pairs;
	float4 vectors[n], was[n], *dev_vectors;
	uchar4 bytes[n], had[n], *dev_bytes;

	rng_fill(had, sizeof(had));
	for (int i = 0; i < 32; i++)
		in[i] = (int)rng_below(1000000);
	for (int i = 0; i < n; i++)
		was[i] = make_float4(rng_float(), rng_float(), rng_float(), rng_float());
	CUDA(cudaMalloc(&dev_in, sizeof(in)));
	CUDA(cudaMalloc(&dev_out, sizeof(got)));
	CUDA(cudaMalloc(&dev_pairs, sizeof(pairs)));
	CUDA(cudaMalloc(&dev_vectors, sizeof(vectors)));
	CUDA(cudaMalloc(&dev_bytes, sizeof(bytes)));
	CUDA(cudaMemcpy(dev_in, in, sizeof(in), cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy(dev_vectors, was, sizeof(was), cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy(dev_bytes, had, sizeof(had), cudaMemcpyHostToDevice));
	kernel<<<1, n>>>(dev_in, dev_out, dev_pairs, dev_vectors, dev_bytes);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev_out, sizeof(got), cudaMemcpyDeviceToHost));
	CUDA(cudaMemcpy(pairs, dev_pairs, sizeof(pairs), cudaMemcpyDeviceToHost));
	CUDA(cudaMemcpy(vectors, dev_vectors, sizeof(vectors), cudaMemcpyDeviceToHost));
	CUDA(cudaMemcpy(bytes, dev_bytes, sizeof(bytes), cudaMemcpyDeviceToHost));
	for (int t = 0; t < n; t++) {
		int a[32], b[3] = { 1, 2, t };
		double d = 1.0 + t;

		for (int i = 0; i < 32; i++)
			a[(i * 5 + t) % 32] = in[i] + i * t;
		for (int i = 0; i < 31; i++)
			if (a[i] > a[i + 1]) {
				int x = a[i];

				a[i] = a[i + 1];
				a[i + 1] = x;
			}
		for (int i = 0; i < 32; i++)
			CHECK(got[t * 32 + i] == a[in[i] & 31]);
		for (int k = 0; k < 5; k++) {
			int x = b[2];

			d = d * 2 + k;
			b[2] = b[1] + k;
			b[1] = b[0];
			b[0] = x;
		}
		CHECK(pairs[t] == d + b[0] + 10 * b[1] + 100 * b[2]);
		CHECK(vectors[t].x == was[t].w && vectors[t].y == was[t].x && vectors[t].z == t &&
		      vectors[t].w == was[t].z + 0.5f);
		CHECK(bytes[t].y == (unsigned char)(had[t].x + had[t].w) && bytes[t].z == had[t].z);
	}
	return finish();
}
