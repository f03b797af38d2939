/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/*
 * What only some devices have: a decompression engine, writes of other devices that can be flushed.
 * A device without says so in its attributes, and the call is an error that breaks nothing.
 */
#include "ptx.h"

int main(void)
{
	CUmemDecompressParams batch = { 0 };
	CUdeviceptr from, to, bytes;
	size_t wrong = 0;
	int algorithms, flush;
	CUresult rc;

	ptx_context();
	CU(cuMemAlloc(&from, 65536));
	CU(cuMemAlloc(&to, 65536));
	CU(cuMemAlloc(&bytes, 4));
	CU(cuDeviceGetAttribute(&algorithms, CU_DEVICE_ATTRIBUTE_MEM_DECOMPRESS_ALGORITHM_MASK, 0));
	CU(cuDeviceGetAttribute(&flush, CU_DEVICE_ATTRIBUTE_GPU_DIRECT_RDMA_FLUSH_WRITES_OPTIONS,
				0));
	batch = (CUmemDecompressParams){
		.srcNumBytes = 100, .dstNumBytes = 65536, .dstActBytes = (cuuint32_t *)bytes,
		.src = (const void *)from, .dst = (void *)to, .algo = CU_MEM_DECOMPRESS_ALGORITHM_LZ4,
	};
	printf("algorithms %#x\n", algorithms);
	rc = cuMemBatchDecompressAsync(&batch, 1, 1, &wrong, CU_STREAM_PER_THREAD);
	printf("flags that are none: %s\n", cu_name(rc));
	CHECK(rc != CUDA_SUCCESS);
	rc = cuMemBatchDecompressAsync(&batch, 1, 0, &wrong, CU_STREAM_PER_THREAD);
	if (!(algorithms & CU_MEM_DECOMPRESS_ALGORITHM_LZ4))
		printf("without the engine: %s\n", cu_name(rc));
	rc = cuFlushGPUDirectRDMAWrites(CU_FLUSH_GPU_DIRECT_RDMA_WRITES_TARGET_CURRENT_CTX,
					CU_FLUSH_GPU_DIRECT_RDMA_WRITES_TO_OWNER);
	printf("flush: %s\n", cu_name(rc));
	CHECK(!(flush & CU_FLUSH_GPU_DIRECT_RDMA_WRITES_OPTION_HOST) || rc == CUDA_SUCCESS);
	CU(cuCtxSynchronize());
	CU(cuMemFree(from));
	CU(cuMemFree(to));
	CU(cuMemFree(bytes));
	return finish();
}
