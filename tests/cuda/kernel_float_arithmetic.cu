/* SPDX-License-Identifier: MIT */
/* Float and double arithmetic that IEEE 754 defines: bit-equal with the CPU's, at the edges too */
#include "check.h"
#include <math.h>

#define COUNT 13
#define N 3000

struct results {
	float f[COUNT];
	double d[COUNT];
};

template <typename T> static __host__ __device__ void compute(T a, T b, T c, T *o)
{
	o[0] = a + b;
	o[1] = a - b;
	o[2] = a * b;
	o[3] = a / b;
	o[4] = sqrt(a);
	o[5] = fma(a, b, c);
	o[6] = (T)(a < b) + 2 * (T)(a == b) + 4 * (T)(a != b) + 8 * (T)(a >= c);
	o[7] = floor(c);
	o[8] = ceil(c);
	o[9] = trunc(c);
	o[10] = rint(c);
	o[11] = fabs(b);
	o[12] = (T)(long long)(c > -1e9 && c < 1e9 ? c : 0) + (T)(int)(c > -1e6 && c < 1e6 ? c : 0);
}

__global__ void kernel(const float *f, const double *d, results *out)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i >= N)
		return;
	compute<float>(f[i * 3], f[i * 3 + 1], f[i * 3 + 2], out[i].f);
	compute<double>(d[i * 3], d[i * 3 + 1], d[i * 3 + 2], out[i].d);
}

/* any bit pattern is as good as another, but random ones are rarely near each other */
template <typename T> static void make(T *x)
{
	static const double edges[] = { 0.0, -0.0, 1.0, -1.0, 0.5, 1e-40, 1e-310, 3e38, 1e308, 2.5, -2.5 };

	for (int i = 0; i < 3 * N; i++) {
		rng_fill(&x[i], sizeof(x[i]));
		if (rng_below(3) == 0)
			x[i] = (T)rng_float() * 1000;
		if (rng_below(10) == 0)
			x[i] = (T)edges[rng_below(ARRAY_SIZE(edges))];
		if (rng_below(50) == 0)
			x[i] = rng_below(2) ? (T)INFINITY : (T)NAN;
	}
}

template <typename T> static void compare(const T *got, const T *in, const char *type)
{
	T want[COUNT];

	compute<T>(in[0], in[1], in[2], want);
	for (int k = 0; k < COUNT; k++)
		if (memcmp(&got[k], &want[k], sizeof(T)) && !(isnan(got[k]) && isnan(want[k]))) {
			fprintf(stderr, "%s operation %d of %a, %a, %a: %a, not %a\n", type, k,
				(double)in[0], (double)in[1], (double)in[2], (double)got[k],
				(double)want[k]);
			CHECK(!"equal");
		}
}

int main()
{
	static float f[3 * N];
	static double d[3 * N];
	static results got[N];
	results *dev_out;
	double *dev_d;
	float *dev_f;

	make(f);
	make(d);
	CUDA(cudaMalloc(&dev_f, sizeof(f)));
	CUDA(cudaMalloc(&dev_d, sizeof(d)));
	CUDA(cudaMalloc(&dev_out, sizeof(got)));
	CUDA(cudaMemcpy(dev_f, f, sizeof(f), cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy(dev_d, d, sizeof(d), cudaMemcpyHostToDevice));
	kernel<<<(N + 127) / 128, 128>>>(dev_f, dev_d, dev_out);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev_out, sizeof(got), cudaMemcpyDeviceToHost));
	for (int i = 0; i < N; i++) {
		compare<float>(got[i].f, f + 3 * i, "float");
		compare<double>(got[i].d, d + 3 * i, "double");
	}
	CUDA(cudaFree(dev_f));
	CUDA(cudaFree(dev_d));
	CUDA(cudaFree(dev_out));
	return finish();
}
