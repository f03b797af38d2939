/* SPDX-License-Identifier: MIT */
/* Shuffles, votes, ballots and matches within a warp */
#include "check.h"

__global__ void all(const unsigned *in, unsigned *out)
{
	unsigned x = in[threadIdx.x], lane = threadIdx.x % 32, *o = out + threadIdx.x * 10;
	unsigned sum = x;

	for (int d = 16; d; d /= 2)
		sum += __shfl_xor_sync(~0u, sum, d);
	o[0] = sum;
	o[1] = __shfl_sync(~0u, x, 5);
	o[2] = __shfl_up_sync(~0u, x, 3);
	o[3] = __shfl_down_sync(~0u, x, 7);
	o[4] = __shfl_sync(~0u, x, lane + 1, 8);
	o[5] = __ballot_sync(~0u, x & 1);
	o[6] = __any_sync(~0u, x == 0x12345);
	o[7] = __all_sync(~0u, x != 0x12345);
	o[8] = __match_any_sync(~0u, x % 3);
	o[9] = __popc(__activemask());
}

int main()
{
	const unsigned n = 96;
	unsigned in[n], got[n][10], *dev_in, *dev_out;

	rng_fill(in, sizeof(in));
	CUDA(cudaMalloc(&dev_in, sizeof(in)));
	CUDA(cudaMalloc(&dev_out, sizeof(got)));
	CUDA(cudaMemcpy(dev_in, in, sizeof(in), cudaMemcpyHostToDevice));
	all<<<1, n>>>(dev_in, dev_out);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev_out, sizeof(got), cudaMemcpyDeviceToHost));
	for (unsigned t = 0; t < n; t++) {
		const unsigned *warp = in + t / 32 * 32;
		unsigned lane = t % 32, sum = 0, ballot = 0, match = 0, any = 0;

		for (int i = 0; i < 32; i++) {
			sum += warp[i];
			ballot |= (warp[i] & 1) << i;
			any |= warp[i] == 0x12345;
			match |= (unsigned)(warp[i] % 3 == warp[lane] % 3) << i;
		}
		CHECK(got[t][0] == sum && got[t][1] == warp[5]);
		CHECK(got[t][2] == warp[lane < 3 ? lane : lane - 3]);
		CHECK(got[t][3] == warp[lane + 7 > 31 ? lane : lane + 7]);
		CHECK(got[t][4] == warp[lane / 8 * 8 + (lane + 1) % 8]);
		CHECK(got[t][5] == ballot && got[t][6] == any && got[t][7] == !any);
		CHECK(got[t][8] == match && got[t][9] == 32);
	}
	CUDA(cudaFree(dev_in));
	CUDA(cudaFree(dev_out));
	return finish();
}
