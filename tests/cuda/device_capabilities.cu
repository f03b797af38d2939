/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/*
 * What a device and a kernel can do, asked one by one.  Numbers that differ from machine to machine
 * are checked against what else is known, not printed.
 */
#include "check.h"

/* The widths of banks are of the past */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

__global__ void kernel(char a, double b, short c, int *p)
{
	extern __shared__ int memory[];

	memory[threadIdx.x] = a + (int)b + c;
	*p = memory[0];
}

static void of_devices(void)
{
	const cudaAtomicOperation operations[] = { cudaAtomicOperationIntegerAdd,
						   cudaAtomicOperationFloatAdd };
	unsigned capabilities[2] = { 0xffff, 0xffff };
	cudaChannelFormatDesc format = cudaCreateChannelDesc<float>();
	cudaChannelFormatDesc wide = cudaCreateChannelDesc<float4>();
	int value = 7, count, devices[] = { 0 };
	size_t width = 0, of_wide = 0;
	cudaDeviceProp prop;

	CUDA(cudaGetDeviceCount(&count));
	CUDA(cudaGetDeviceProperties(&prop, 0));
	CUDA(cudaDeviceGetTexture1DLinearMaxWidth(&width, &format, 0));
	CUDA(cudaDeviceGetTexture1DLinearMaxWidth(&of_wide, &wide, 0));
	CHECK(width >= of_wide && of_wide > 0);
	EXPECT(cudaErrorInvalidDevice, cudaDeviceGetTexture1DLinearMaxWidth(&width, &format, count));
	SHOW(cudaDeviceGetP2PAttribute(&value, cudaDevP2PAttrAccessSupported, 0, 0));
	EXPECT(cudaErrorInvalidDevice,
	       cudaDeviceGetP2PAttribute(&value, cudaDevP2PAttrAccessSupported, 0, count));
	cudaGetLastError();
	SHOW(cudaDeviceGetHostAtomicCapabilities(capabilities, operations, 2, 0));
	SHOW(cudaDeviceGetP2PAtomicCapabilities(capabilities, operations, 2, 0, 0));
	cudaGetLastError();
	if (count > 1) {
		int can;

		CUDA(cudaDeviceCanAccessPeer(&can, 0, 1));
		CUDA(cudaDeviceGetP2PAttribute(&value, cudaDevP2PAttrAccessSupported, 0, 1));
		CHECK(value == can);
	}
	SHOW(cudaDeviceFlushGPUDirectRDMAWrites(cudaFlushGPUDirectRDMAWritesTargetCurrentDevice,
						cudaFlushGPUDirectRDMAWritesToOwner));
	cudaGetLastError();
	EXPECT(cudaSuccess, cudaSetValidDevices(devices, 1));
	EXPECT(cudaErrorInvalidValue, cudaSetValidDevices(NULL, 1));
	cudaGetLastError();
	EXPECT(cudaSuccess, cudaSetValidDevices(NULL, 0));
	/* wants a context, and makes none */
	CUDA(cudaFree(NULL));
	EXPECT(cudaSuccess, cudaCtxResetPersistingL2Cache());
}

static void of_banks(void)
{
	enum cudaSharedMemConfig config = cudaSharedMemBankSizeEightByte;

	EXPECT(cudaSuccess, cudaDeviceSetSharedMemConfig(cudaSharedMemBankSizeDefault));
	EXPECT(cudaSuccess, cudaDeviceGetSharedMemConfig(&config));
	printf("banks %d\n", config);
	EXPECT(cudaSuccess, cudaFuncSetSharedMemConfig((const void *)kernel,
						       cudaSharedMemBankSizeFourByte));
	EXPECT(cudaErrorInvalidValue, cudaDeviceGetSharedMemConfig(NULL));
	cudaGetLastError();
}

static void of_kernels(void)
{
	static const struct { size_t offset, size; } want[] = { { 0, 1 }, { 8, 8 }, { 16, 2 }, { 24, 8 } };
	size_t offset, size, shared = 0, more = 0;
	cudaLaunchConfig_t config = {};
	cudaLaunchAttribute attribute = {};
	int n = -1;

	for (size_t i = 0; i < 4; i++) {
		CUDA(cudaFuncGetParamInfo((const void *)kernel, i, &offset, &size));
		CHECK(offset == want[i].offset && size == want[i].size);
	}
	EXPECT(cudaErrorInvalidValue, cudaFuncGetParamInfo((const void *)kernel, 4, &offset, &size));
	cudaGetLastError();
	CUDA(cudaOccupancyAvailableDynamicSMemPerBlock(&shared, (const void *)kernel, 2, 128));
	CUDA(cudaOccupancyAvailableDynamicSMemPerBlock(&more, (const void *)kernel, 1, 128));
	CHECK(shared > 0 && more >= shared);
	config.gridDim = dim3(16);
	config.blockDim = dim3(128);
	config.dynamicSmemBytes = 512;
	attribute.id = cudaLaunchAttributeClusterDimension;
	attribute.val.clusterDim.x = 2;
	attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
	config.attrs = &attribute;
	config.numAttrs = 1;
	/* Clusters are of some devices only */
	if (cudaOccupancyMaxActiveClusters(&n, (const void *)kernel, &config) == cudaSuccess)
		CHECK(n > 0);
	config.numAttrs = 0;
	if (cudaOccupancyMaxPotentialClusterSize(&n, (const void *)kernel, &config) == cudaSuccess)
		CHECK(n >= 1);
	cudaGetLastError();
}

static void of_streams(void)
{
	cudaStreamAttrValue value = {}, said = {};
	cudaStream_t one, two;
	unsigned char *dev, got[64 * 8];
	cudaEvent_t event;
	size_t pitch;

	CUDA(cudaStreamCreate(&one));
	CUDA(cudaStreamCreate(&two));
	value.syncPolicy = cudaSyncPolicyBlockingSync;
	CUDA(cudaStreamSetAttribute(one, cudaLaunchAttributeSynchronizationPolicy, &value));
	CUDA(cudaStreamCopyAttributes(two, one));
	CUDA(cudaStreamGetAttribute(two, cudaLaunchAttributeSynchronizationPolicy, &said));
	CHECK(said.syncPolicy == cudaSyncPolicyBlockingSync);
	CUDA(cudaMallocPitch(&dev, &pitch, 64, 8));
	CUDA(cudaMemset2DAsync(dev, pitch, 3, 64, 8, two));
	CUDA(cudaEventCreate(&event));
	CUDA(cudaEventRecordWithFlags(event, two, cudaEventRecordDefault));
	CUDA(cudaEventSynchronize(event));
	CUDA(cudaMemcpy2D(got, 64, dev, pitch, 64, 8, cudaMemcpyDeviceToHost));
	for (size_t i = 0; i < sizeof(got); i++)
		CHECK(got[i] == 3);
	EXPECT(cudaErrorInvalidValue, cudaMemset2DAsync(dev, 32, 3, 64, 8, two));
	cudaGetLastError();
	CUDA(cudaEventDestroy(event));
	CUDA(cudaFree(dev));
	CUDA(cudaStreamDestroy(one));
	CUDA(cudaStreamDestroy(two));
}

int main()
{
	enum cudaDriverEntryPointQueryResult found;
	CUresult (*count)(int *) = NULL;
	int devices = 0;

	CUDA(cudaFree(0));
	of_devices();
	of_banks();
	of_kernels();
	of_streams();
	CUDA(cudaGetDriverEntryPointByVersion("cuDeviceGetCount", (void **)&count, 12000,
					      cudaEnableDefault, &found));
	CHECK(found == cudaDriverEntryPointSuccess && count && !count(&devices) && devices > 0);
	return finish();
}
