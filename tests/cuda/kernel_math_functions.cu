/* SPDX-License-Identifier: MIT */
/* The mathematical functions agree with the C library's within CUDA's documented error */
#include "check.h"
#include <math.h>

#define COUNT 12
#define N 2000

static __host__ __device__ void compute(float x, double y, float *f, double *d)
{
	f[0] = sinf(x);
	f[1] = cosf(x);
	f[2] = tanf(x);
	f[3] = expf(x / 10);
	f[4] = logf(fabsf(x));
	f[5] = powf(fabsf(x), 1.7f);
	f[6] = atan2f(x, 3);
	f[7] = tanhf(x);
	f[8] = cbrtf(x);
	f[9] = erff(x / 30);
	f[10] = log2f(fabsf(x));
	f[11] = hypotf(x, 2);
	d[0] = sin(y);
	d[1] = cos(y);
	d[2] = tan(y);
	d[3] = exp(y / 10);
	d[4] = log(fabs(y));
	d[5] = pow(fabs(y), 1.7);
	d[6] = atan2(y, 3.0);
	d[7] = tanh(y);
	d[8] = cbrt(y);
	d[9] = erf(y / 30);
	d[10] = log2(fabs(y));
	d[11] = hypot(y, 2.0);
}

__global__ void kernel(const float *x, const double *y, float *f, double *d)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < N)
		compute(x[i], y[i], f + i * COUNT, d + i * COUNT);
}

/* near() - within 10 units of the last place, or of 2^-bits of one near zero */
static bool near(double got, double want, int bits)
{
	return fabs(got - want) <= 10 * ldexp(fmax(fabs(want), 1e-3), -bits);
}

int main()
{
	static float x[N], f[N][COUNT], want_f[COUNT], *dev_x, *dev_f;
	static double y[N], d[N][COUNT], want_d[COUNT], *dev_y, *dev_d;

	for (int i = 0; i < N; i++) {
		x[i] = rng_float() * (i % 2 ? 100 : 3);
		y[i] = rng_float() * (i % 2 ? 100 : 3);
	}
	CUDA(cudaMalloc(&dev_x, sizeof(x)));
	CUDA(cudaMalloc(&dev_y, sizeof(y)));
	CUDA(cudaMalloc(&dev_f, sizeof(f)));
	CUDA(cudaMalloc(&dev_d, sizeof(d)));
	CUDA(cudaMemcpy(dev_x, x, sizeof(x), cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy(dev_y, y, sizeof(y), cudaMemcpyHostToDevice));
	kernel<<<(N + 127) / 128, 128>>>(dev_x, dev_y, dev_f, dev_d);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(f, dev_f, sizeof(f), cudaMemcpyDeviceToHost));
	CUDA(cudaMemcpy(d, dev_d, sizeof(d), cudaMemcpyDeviceToHost));
	for (int i = 0; i < N; i++) {
		compute(x[i], y[i], want_f, want_d);
		for (int k = 0; k < COUNT; k++) {
			if (!near(f[i][k], want_f[k], 23) || !near(d[i][k], want_d[k], 52))
				fprintf(stderr, "function %d of %a or %a: %a, %a, not %a, %a\n", k, x[i],
					y[i], f[i][k], d[i][k], want_f[k], want_d[k]);
			CHECK(near(f[i][k], want_f[k], 23) && near(d[i][k], want_d[k], 52));
		}
	}
	CUDA(cudaFree(dev_x));
	CUDA(cudaFree(dev_y));
	CUDA(cudaFree(dev_f));
	CUDA(cudaFree(dev_d));
	return finish();
}
