/* SPDX-License-Identifier: MIT */
/* Half precision: conversions are exact or rightly rounded, arithmetic is the float's, rounded */
#include "check.h"
#include <cuda_fp16.h>

#define N 4096

__global__ void kernel(const unsigned short *in, float *wide, unsigned short *back, __half *sum)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	__half x = __ushort_as_half(in[i]), y = __ushort_as_half(in[(i * 7 + 1) % N]);

	wide[i] = __half2float(x);
	back[i] = __half_as_ushort(__float2half_rn(__half2float(x) * 1.0009765625f));
	sum[i] = __hadd(x, y);
}

int main()
{
	static unsigned short in[N], back[N], *dev_in, *dev_back;
	static __half sum[N], *dev_sum;
	static float wide[N], *dev_wide;

	for (int i = 0; i < N; i++) /* finite ones */
		do
			in[i] = (unsigned short)rng();
		while ((in[i] & 0x7c00) == 0x7c00);
	CUDA(cudaMalloc(&dev_in, sizeof(in)));
	CUDA(cudaMalloc(&dev_back, sizeof(back)));
	CUDA(cudaMalloc(&dev_sum, sizeof(sum)));
	CUDA(cudaMalloc(&dev_wide, sizeof(wide)));
	CUDA(cudaMemcpy(dev_in, in, sizeof(in), cudaMemcpyHostToDevice));
	kernel<<<N / 128, 128>>>(dev_in, dev_wide, dev_back, dev_sum);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(wide, dev_wide, sizeof(wide), cudaMemcpyDeviceToHost));
	CUDA(cudaMemcpy(back, dev_back, sizeof(back), cudaMemcpyDeviceToHost));
	CUDA(cudaMemcpy(sum, dev_sum, sizeof(sum), cudaMemcpyDeviceToHost));
	for (int i = 0; i < N; i++) {
		float x = __half2float(__ushort_as_half(in[i]));
		float y = __half2float(__ushort_as_half(in[(i * 7 + 1) % N]));

		CHECK(wide[i] == x);
		CHECK(back[i] == __half_as_ushort(__float2half_rn(x * 1.0009765625f)));
		CHECK(__half2float(sum[i]) == __half2float(__float2half_rn(x + y)));
	}
	CUDA(cudaFree(dev_in));
	CUDA(cudaFree(dev_back));
	CUDA(cudaFree(dev_sum));
	CUDA(cudaFree(dev_wide));
	return finish();
}
