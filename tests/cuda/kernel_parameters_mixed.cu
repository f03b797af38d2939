/* SPDX-License-Identifier: MIT */
/* Parameters of every size and alignment reach the kernel, in place */
#include "check.h"

struct odd {
	char c[3];
	short s;
	double d;
	char tail;
};

__global__ void collect(char a, short b, int c, long long d, float e, double f, odd g, bool h,
			const int *i, unsigned char j, int3 k, double *out)
{
	out[0] = a;
	out[1] = b;
	out[2] = c;
	out[3] = d;
	out[4] = e;
	out[5] = f;
	out[6] = g.c[0] + g.c[1] + g.c[2];
	out[7] = g.s;
	out[8] = g.d;
	out[9] = g.tail;
	out[10] = h;
	out[11] = *i;
	out[12] = j;
	out[13] = k.x;
	out[14] = k.y;
	out[15] = k.z;
}

int main()
{
	odd g = { { 1, 2, 3 }, -7, 0.25, 'x' };
	double *dev, got[16];
	int *pointee, value = 424242;
	double want[16] = { -5, -1234, 123456789, -(double)(1LL << 40), 1.5, -2.75, 6, -7, 0.25, 'x', 1,
			    424242, 200, 9, -8, 7 };

	CUDA(cudaMalloc(&dev, sizeof(got)));
	CUDA(cudaMalloc(&pointee, 4));
	CUDA(cudaMemcpy(pointee, &value, 4, cudaMemcpyHostToDevice));
	collect<<<1, 1>>>(-5, -1234, 123456789, -(1LL << 40), 1.5f, -2.75, g, true, pointee, 200,
			  make_int3(9, -8, 7), dev);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (int i = 0; i < 16; i++)
		CHECK(got[i] == want[i]);
	CUDA(cudaFree(dev));
	CUDA(cudaFree(pointee));
	return finish();
}
