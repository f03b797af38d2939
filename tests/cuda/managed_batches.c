/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/*
 * Many ranges of managed memory prefetched or discarded at once: where the device has concurrent
 * managed access; elsewhere it is an error that leaves the memory as it is
 */
#include "check.h"

#define BYTES (2 * MIB)

int main(void)
{
	struct cudaMemLocation host = { cudaMemLocationTypeHost, 0 };
	size_t sizes[2] = { BYTES, BYTES }, first = 0;
	cudaError_t prefetched, discarded, both;
	unsigned char *managed[2];
	cudaStream_t stream;
	int concurrent;

	CUDA(cudaDeviceGetAttribute(&concurrent, cudaDevAttrConcurrentManagedAccess, 0));
	CUDA(cudaStreamCreate(&stream));
	for (int i = 0; i < 2; i++) {
		CUDA(cudaMallocManaged((void **)&managed[i], BYTES, cudaMemAttachGlobal));
		memset(managed[i], 40 + i, BYTES);
	}
	prefetched = cudaMemPrefetchBatchAsync((void **)managed, sizes, 2, &host, &first, 1, 0, stream);
	CHECK(!prefetched == !!concurrent);
	cudaGetLastError();
	CUDA(cudaStreamSynchronize(stream));
	for (int i = 0; i < 2; i++)
		CHECK(managed[i][0] == 40 + i && managed[i][BYTES - 1] == 40 + i);
	discarded = cudaMemDiscardBatchAsync((void **)managed, sizes, 1, 0, stream);
	CHECK(!discarded == !!concurrent);
	both = cudaMemDiscardAndPrefetchBatchAsync((void **)managed, sizes, 1, &host, &first, 1, 0,
						   stream);
	CHECK(!both == !!concurrent);
	cudaGetLastError();
	CUDA(cudaStreamSynchronize(stream));
	if (!concurrent) {
		CUmemLocation device = { .type = CU_MEM_LOCATION_TYPE_DEVICE };
		CUdeviceptr address = (CUdeviceptr)managed[1];

		CHECK(cuMemPrefetchBatchAsync(&address, sizes, 1, &device, &first, 1, 0, stream));
		CHECK(cuMemDiscardBatchAsync(&address, sizes, 1, 0, stream));
		CHECK(cuMemDiscardAndPrefetchBatchAsync(&address, sizes, 1, &device, &first, 1, 0,
							stream));
	}
	/* What was not discarded is there; the other may be written and read again */
	CHECK(managed[1][BYTES / 2] == 41);
	memset(managed[0], 9, BYTES);
	CHECK(managed[0][BYTES / 2] == 9);
	CUDA(cudaFree(managed[0]));
	CUDA(cudaFree(managed[1]));
	CUDA(cudaStreamDestroy(stream));
	return finish();
}
