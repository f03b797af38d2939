/* SPDX-License-Identifier: MIT */
/* cudaMemcpy from and to memory of cudaMallocHost: any size, any alignment, both directions */
#include "copies.h"

int main(void)
{
	size_t bytes = 3 * MIB + 123;
	void *host;

	CUDA(cudaMallocHost(&host, bytes));
	copies_round_trip(host, bytes, 60);
	CUDA(cudaFreeHost(host));
	return finish();
}
