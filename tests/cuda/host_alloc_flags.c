/* SPDX-License-Identifier: MIT */
/* cudaHostAlloc keeps its flags and refuses unknown ones; the memory is ordinary memory */
#include "check.h"

int main(void)
{
	static const unsigned flags[] = { cudaHostAllocDefault, cudaHostAllocPortable,
					  cudaHostAllocMapped, cudaHostAllocWriteCombined,
					  cudaHostAllocPortable | cudaHostAllocMapped };
	unsigned i, got;
	char *host;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		CUDA(cudaHostAlloc((void **)&host, 5000, flags[i]));
		CUDA(cudaHostGetFlags(&got, host));
		CHECK((got & flags[i]) == flags[i]);
		memset(host, i, 5000);
		CHECK(host[4999] == (char)i);
		CUDA(cudaFreeHost(host));
	}
	EXPECT(cudaErrorInvalidValue, cudaHostAlloc((void **)&host, 5000, 0x100));
	EXPECT(cudaErrorInvalidValue, cudaHostAlloc((void **)&host, 5000, ~0u));
	EXPECT(cudaErrorInvalidValue, cudaHostGetFlags(&got, &got));
	return finish();
}
