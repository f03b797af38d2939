/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* cudaGetDriverEntryPointByVersion finds driver functions by name */
#include "check.h"

/* cudaGetDriverEntryPoint is deprecated */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

typedef CUresult (*count_fn)(int *);

int main(void)
{
	enum cudaDriverEntryPointQueryResult why;
	const cudaUUID_t nobody = { { 1, 2, 3 } };
	const void *table = NULL;
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
	/* The version is that of the runtime */
	CUDA(cudaGetDriverEntryPoint("cuDeviceGetCount", &entry, cudaEnableDefault, &why));
	CHECK(why == cudaDriverEntryPointSuccess && entry && !((count_fn)entry)(&n));
	/* Tables are of the libraries themselves: a name that is none finds none */
	CHECK(cudaGetExportTable(&table, &nobody) != cudaSuccess);
	return finish();
}
