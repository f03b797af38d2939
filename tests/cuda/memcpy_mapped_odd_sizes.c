/* SPDX-License-Identifier: MIT */
/* cudaMemcpy from and to mapped memory of cudaHostAlloc: any size, any alignment */
#include "copies.h"

int main(void)
{
	size_t bytes = 3 * MIB + 123;
	void *host;

	CUDA(cudaHostAlloc(&host, bytes, cudaHostAllocMapped | cudaHostAllocPortable));
	copies_round_trip(host, bytes, 60);
	CUDA(cudaFreeHost(host));
	return finish();
}
