/* SPDX-License-Identifier: MIT */
/* Words in memory that a stream writes, and waits for: cuStreamWriteValue and cuStreamWaitValue */
#include "ptx.h"

/* Zeroes, and nothing under way that could still write them */
static void clear(CUdeviceptr dev, size_t bytes)
{
	CU(cuMemsetD8(dev, 0, bytes));
	CU(cuStreamSynchronize(NULL));
}

static void written(CUstream stream, CUdeviceptr dev)
{
	uint32_t word = (uint32_t)rng();
	uint64_t dword = rng(), got[2] = { 0 };

	clear(dev, sizeof(got));
	CU(cuStreamWriteValue32(stream, dev, word, 0));
	CU(cuStreamWriteValue64(stream, dev + 8, dword, 0));
	CU(cuStreamSynchronize(stream));
	CU(cuMemcpyDtoH(got, dev, sizeof(got)));
	CHECK(got[0] == word && got[1] == dword);
}

/* What stands behind a wait runs when the host has written the word. */
static void awaited(CUstream stream, volatile uint32_t *host, CUdeviceptr word, CUdeviceptr dev)
{
	uint32_t got = 0;

	host[0] = host[1] = 0;
	clear(dev, sizeof(got));
	CU(cuStreamWaitValue32(stream, word, 5, CU_STREAM_WAIT_VALUE_GEQ));
	CU(cuStreamWriteValue32(stream, word + 4, 1, 0));
	CU(cuMemsetD32Async(dev, 7, 1, stream));
	usleep(20000);
	EXPECT_CU(CUDA_ERROR_NOT_READY, cuStreamQuery(stream));
	CHECK(host[1] == 0);
	host[0] = 4;
	usleep(20000);
	EXPECT_CU(CUDA_ERROR_NOT_READY, cuStreamQuery(stream));
	host[0] = 5;
	CU(cuStreamSynchronize(stream));
	CHECK(host[1] == 1);
	CU(cuMemcpyDtoH(&got, dev, sizeof(got)));
	CHECK(got == 7);
}

/* One stream waits for what another writes. */
static void one_after_another(CUdeviceptr dev)
{
	CUstream first, second;
	uint64_t got[2];

	CU(cuStreamCreate(&first, CU_STREAM_NON_BLOCKING));
	CU(cuStreamCreate(&second, CU_STREAM_NON_BLOCKING));
	clear(dev, sizeof(got));
	CU(cuStreamWaitValue64(second, dev, 0x100000000ull, CU_STREAM_WAIT_VALUE_EQ));
	CU(cuStreamWriteValue64(second, dev + 8, 3, 0));
	CU(cuStreamWriteValue64(first, dev, 0x100000000ull, 0));
	CU(cuStreamSynchronize(second));
	CU(cuStreamSynchronize(first));
	CU(cuMemcpyDtoH(got, dev, sizeof(got)));
	CHECK(got[0] == 0x100000000ull && got[1] == 3);
	CU(cuStreamDestroy(first));
	CU(cuStreamDestroy(second));
}

static void in_a_batch(CUstream stream, CUdeviceptr dev)
{
	CUstreamBatchMemOpParams ops[3];
	uint64_t got[2];

	memset(ops, 0, sizeof(ops));
	ops[0].writeValue.operation = CU_STREAM_MEM_OP_WRITE_VALUE_32;
	ops[0].writeValue.address = dev;
	ops[0].writeValue.value = 11;
	ops[1].waitValue.operation = CU_STREAM_MEM_OP_WAIT_VALUE_32;
	ops[1].waitValue.address = dev;
	ops[1].waitValue.value = 11;
	ops[1].waitValue.flags = CU_STREAM_WAIT_VALUE_EQ;
	ops[2].writeValue.operation = CU_STREAM_MEM_OP_WRITE_VALUE_64;
	ops[2].writeValue.address = dev + 8;
	ops[2].writeValue.value64 = 0x123456789abcdef0ull;
	clear(dev, sizeof(got));
	CU(cuStreamBatchMemOp(stream, 3, ops, 0));
	CU(cuStreamSynchronize(stream));
	CU(cuMemcpyDtoH(got, dev, sizeof(got)));
	CHECK(got[0] == 11 && got[1] == 0x123456789abcdef0ull);
	/* Of so many none is looked at */
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuStreamBatchMemOp(stream, 1u << 20, ops, 0));
}

int main(void)
{
	CUdeviceptr dev, word;
	CUstream stream;
	uint32_t *host;
	int can;

	ptx_context();
	CU(cuDeviceGetAttribute(&can, CU_DEVICE_ATTRIBUTE_CAN_USE_64_BIT_STREAM_MEM_OPS, 0));
	if (!can)
		skip("this device has no 64-bit memory operations of streams");
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CU(cuMemAlloc(&dev, 4096));
	CU(cuMemHostAlloc((void **)&host, 4096, CU_MEMHOSTALLOC_DEVICEMAP));
	CU(cuMemHostGetDevicePointer(&word, host, 0));
	written(stream, dev);
	awaited(stream, host, word, dev);
	one_after_another(dev);
	in_a_batch(stream, dev);
	CU(cuMemFreeHost(host));
	CU(cuMemFree(dev));
	CU(cuStreamDestroy(stream));
	return finish();
}
