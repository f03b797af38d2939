/* SPDX-License-Identifier: MIT */
/* cudaGetDriverEntryPointByVersion finds driver functions by name */
#include "check.h"

typedef CUresult (*count_fn)(int *);

int main(void)
{
	enum cudaDriverEntryPointQueryResult why;
	void *entry = NULL;
	int n = 0;

	CUDA(cudaGetDriverEntryPointByVersion("cuDeviceGetCount", &entry, 12000,
					      cudaEnableDefault, &why));
	CHECK(why == cudaDriverEntryPointSuccess && entry);
	CU(((count_fn)entry)(&n));
	CHECK(n >= 1);
	EXPECT(cudaSuccess, cudaGetDriverEntryPointByVersion("cuNoSuchCall", &entry, 12000,
							     cudaEnableDefault, &why));
	CHECK(why == cudaDriverEntryPointSymbolNotFound && !entry);
	return finish();
}
