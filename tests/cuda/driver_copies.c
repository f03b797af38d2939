/* SPDX-License-Identifier: MIT */
/* cuMemcpy in all its names: HtoD, DtoH, DtoD, unified, async; and past the end */
#include "ptx.h"

#define BYTES 150001

int main(void)
{
	unsigned char *host = rng_bytes(BYTES), *pinned, *got = malloc(BYTES);
	CUdeviceptr one, two;
	CUstream stream;

	CHECK(got);
	ptx_context();
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CU(cuMemAlloc(&one, 8 * MIB));
	CU(cuMemAlloc(&two, 8 * MIB));
	CU(cuMemHostAlloc((void **)&pinned, BYTES, CU_MEMHOSTALLOC_PORTABLE));
	CU(cuMemcpyHtoD(one, host, BYTES));
	CU(cuMemcpyDtoD(two, one + 1, BYTES - 1));
	CU(cuMemcpyDtoH(got, two, BYTES - 1));
	CHECK_SAME(got, host + 1, BYTES - 1);
	memcpy(pinned, host, BYTES);
	CU(cuMemcpyHtoDAsync(two, pinned, BYTES, stream));
	CU(cuMemcpyDtoDAsync(one + 77, two, BYTES, stream));
	CU(cuMemcpyDtoHAsync(pinned, one + 77, BYTES, stream));
	CU(cuStreamSynchronize(stream));
	CHECK_SAME(pinned, host, BYTES);
	rng_fill(pinned, BYTES);
	CU(cuMemcpy(one, (CUdeviceptr)pinned, BYTES));
	CU(cuMemcpyAsync(two, one, BYTES, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuMemcpy((CUdeviceptr)got, two, BYTES));
	CHECK_SAME(got, pinned, BYTES);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD(0, host, 16));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH(host, 0x100, 16));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoD(one, two, 1024 * GIB));
	CU(cuMemFree(one));
	CU(cuMemFree(two));
	CU(cuMemFreeHost(pinned));
	CU(cuStreamDestroy(stream));
	free(host);
	free(got);
	return finish();
}
