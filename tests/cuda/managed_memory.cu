/* SPDX-License-Identifier: MIT */
/* cudaMallocManaged: kernels, copies, fills and the CPU take turns; what is known of it, what is refused */
#include "check.h"

__global__ void scale(unsigned *p, unsigned n, unsigned by)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i] *= by;
}

static void turns(unsigned *p, unsigned n)
{
	for (unsigned round = 1; round < 6; round++) {
		for (unsigned i = 0; i < n; i++)
			p[i] = i + round;
		scale<<<(n + 255) / 256, 256>>>(p, n, round);
		CUDA(cudaDeviceSynchronize());
		for (unsigned i = 0; i < n; i++)
			CHECK(p[i] == (i + round) * round);
	}
}

static void copies(unsigned *p, unsigned n)
{
	unsigned *host = (unsigned *)rng_bytes(n * 4), *got = (unsigned *)malloc(n * 4), *dev, *other;
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMalloc(&dev, n * 4));
	CUDA(cudaMallocManaged(&other, n * 4));
	CUDA(cudaMemcpy(p, host, n * 4, cudaMemcpyHostToDevice));
	CHECK_SAME(p, host, n * 4);
	CUDA(cudaMemcpy(dev, p, n * 4, cudaMemcpyDefault));
	CUDA(cudaMemset(p, 0x5a, n * 4));
	CUDA(cudaDeviceSynchronize());
	CHECK(p[0] == 0x5a5a5a5a && p[n - 1] == 0x5a5a5a5a);
	CUDA(cudaMemcpyAsync(other, dev, n * 4, cudaMemcpyDeviceToDevice, stream));
	CUDA(cudaMemcpyAsync(p, other, n * 4, cudaMemcpyDefault, stream));
	CUDA(cudaMemcpyAsync(got, p, n * 4, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamSynchronize(stream));
	CHECK_SAME(got, host, n * 4);
	CHECK_SAME(p, host, n * 4);
	CUDA(cudaMemcpy2D(p, 64, host + 1, 64, 60, 10, cudaMemcpyDefault));
	CHECK_SAME(p, host + 1, 60);
	CUDA(cudaFree(other));
	CUDA(cudaFree(dev));
	CUDA(cudaStreamDestroy(stream));
}

static void what_is_known(unsigned *p, size_t bytes)
{
	struct cudaPointerAttributes is;
	unsigned managed = 0;
	CUdeviceptr base;
	size_t size;
	int mostly = 9;

	CUDA(cudaPointerGetAttributes(&is, p + 3));
	CHECK(is.type == cudaMemoryTypeManaged && is.device == 0);
	CHECK(is.devicePointer == p + 3 && is.hostPointer == p + 3);
	CU(cuPointerGetAttribute(&managed, CU_POINTER_ATTRIBUTE_IS_MANAGED, (CUdeviceptr)p));
	CHECK(managed & 1);
	CU(cuMemGetAddressRange(&base, &size, (CUdeviceptr)(p + 5)));
	CHECK(base == (CUdeviceptr)p && size == bytes);
	CUDA(cudaMemRangeGetAttribute(&mostly, 4, cudaMemRangeAttributeReadMostly, p, bytes));
	CHECK(mostly == 0);
}

static void advice(unsigned *p, size_t bytes)
{
	struct cudaMemLocation host = { cudaMemLocationTypeHost, 0 };
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMemAdvise(p, bytes, cudaMemAdviseSetReadMostly, host));
	CUDA(cudaMemAdvise(p, bytes, cudaMemAdviseUnsetReadMostly, host));
	CUDA(cudaMemAdvise(p, bytes, cudaMemAdviseSetPreferredLocation, host));
	CUDA(cudaMemPrefetchAsync(p, bytes, host, 0, stream));
	CUDA(cudaStreamAttachMemAsync(stream, p, 0, cudaMemAttachSingle));
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaStreamAttachMemAsync(stream, p, 0, cudaMemAttachGlobal));
	CUDA(cudaStreamDestroy(stream));
}

static void refused(unsigned *p, size_t bytes)
{
	struct cudaMemLocation host = { cudaMemLocationTypeHost, 0 };
	unsigned *other, mostly;

	CUDA(cudaMallocManaged(&other, 0));
	EXPECT(cudaErrorInvalidValue, cudaMallocManaged((void **)NULL, 64));
	EXPECT(cudaErrorInvalidValue, cudaMallocManaged(&other, 64, 99));
	EXPECT(cudaErrorInvalidValue, cudaMemAdvise(p, 0, cudaMemAdviseSetReadMostly, host));
	EXPECT(cudaErrorInvalidValue,
	       cudaMemRangeGetAttribute(&mostly, 3, cudaMemRangeAttributeReadMostly, p, bytes));
	CUDA(cudaMalloc(&other, 4096));
	EXPECT(cudaErrorInvalidValue,
	       cudaMemAdvise(other, 4096, cudaMemAdviseSetReadMostly, host));
	EXPECT(cudaErrorInvalidValue, cudaMemPrefetchAsync(other, 4096, host, 0, 0));
	CUDA(cudaFree(other));
}

int main()
{
	const unsigned n = 100000;
	unsigned *p;

	CUDA(cudaMallocManaged(&p, n * 4));
	turns(p, n);
	copies(p, n);
	what_is_known(p, n * 4);
	advice(p, n * 4);
	refused(p, n * 4);
	CUDA(cudaFree(p));
	EXPECT(cudaErrorInvalidValue, cudaFree(p));
	return finish();
}
