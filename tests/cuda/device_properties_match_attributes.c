/* SPDX-License-Identifier: MIT */
/* cudaGetDeviceProperties, cudaDeviceGetAttribute and the driver say the same of a device */
#include "check.h"

#define SAME(field, attribute)                                                                     \
	do {                                                                                       \
		CUDA(cudaDeviceGetAttribute(&value, attribute, 0));                                \
		if ((long long)prop.field != value)                                                \
			fprintf(stderr, #field " is %lld, " #attribute " %d\n",                    \
				(long long)prop.field, value);                                     \
		CHECK((long long)prop.field == value);                                             \
	} while (0)

int main(void)
{
	struct cudaDeviceProp prop;
	char name[256];
	size_t total;
	int value;

	CUDA(cudaGetDeviceProperties(&prop, 0));
	CU(cuDeviceGetName(name, sizeof(name), 0));
	CHECK(!strcmp(name, prop.name) && name[0]);
	CU(cuDeviceTotalMem(&total, 0));
	CHECK(total == prop.totalGlobalMem);
	SAME(maxThreadsPerBlock, cudaDevAttrMaxThreadsPerBlock);
	SAME(maxThreadsDim[0], cudaDevAttrMaxBlockDimX);
	SAME(maxThreadsDim[1], cudaDevAttrMaxBlockDimY);
	SAME(maxThreadsDim[2], cudaDevAttrMaxBlockDimZ);
	SAME(maxGridSize[0], cudaDevAttrMaxGridDimX);
	SAME(maxGridSize[1], cudaDevAttrMaxGridDimY);
	SAME(maxGridSize[2], cudaDevAttrMaxGridDimZ);
	SAME(sharedMemPerBlock, cudaDevAttrMaxSharedMemoryPerBlock);
	SAME(sharedMemPerBlockOptin, cudaDevAttrMaxSharedMemoryPerBlockOptin);
	SAME(sharedMemPerMultiprocessor, cudaDevAttrMaxSharedMemoryPerMultiprocessor);
	SAME(reservedSharedMemPerBlock, cudaDevAttrReservedSharedMemoryPerBlock);
	SAME(totalConstMem, cudaDevAttrTotalConstantMemory);
	SAME(warpSize, cudaDevAttrWarpSize);
	SAME(memPitch, cudaDevAttrMaxPitch);
	SAME(regsPerBlock, cudaDevAttrMaxRegistersPerBlock);
	SAME(regsPerMultiprocessor, cudaDevAttrMaxRegistersPerMultiprocessor);
	SAME(major, cudaDevAttrComputeCapabilityMajor);
	SAME(minor, cudaDevAttrComputeCapabilityMinor);
	SAME(multiProcessorCount, cudaDevAttrMultiProcessorCount);
	SAME(maxThreadsPerMultiProcessor, cudaDevAttrMaxThreadsPerMultiProcessor);
	SAME(maxBlocksPerMultiProcessor, cudaDevAttrMaxBlocksPerMultiprocessor);
	SAME(integrated, cudaDevAttrIntegrated);
	SAME(canMapHostMemory, cudaDevAttrCanMapHostMemory);
	SAME(unifiedAddressing, cudaDevAttrUnifiedAddressing);
	SAME(managedMemory, cudaDevAttrManagedMemory);
	SAME(concurrentKernels, cudaDevAttrConcurrentKernels);
	SAME(concurrentManagedAccess, cudaDevAttrConcurrentManagedAccess);
	SAME(pageableMemoryAccess, cudaDevAttrPageableMemoryAccess);
	SAME(cooperativeLaunch, cudaDevAttrCooperativeLaunch);
	SAME(asyncEngineCount, cudaDevAttrAsyncEngineCount);
	SAME(ECCEnabled, cudaDevAttrEccEnabled);
	SAME(pciBusID, cudaDevAttrPciBusId);
	SAME(pciDeviceID, cudaDevAttrPciDeviceId);
	SAME(pciDomainID, cudaDevAttrPciDomainId);
	SAME(l2CacheSize, cudaDevAttrL2CacheSize);
	SAME(memoryBusWidth, cudaDevAttrGlobalMemoryBusWidth);
	SAME(textureAlignment, cudaDevAttrTextureAlignment);
	SAME(texturePitchAlignment, cudaDevAttrTexturePitchAlignment);
	SAME(surfaceAlignment, cudaDevAttrSurfaceAlignment);
	SAME(streamPrioritiesSupported, cudaDevAttrStreamPrioritiesSupported);
	SAME(memoryPoolsSupported, cudaDevAttrMemoryPoolsSupported);
	SAME(hostNativeAtomicSupported, cudaDevAttrHostNativeAtomicSupported);
	/* what every CUDA device since compute capability 5.0 has */
	CHECK(prop.warpSize == 32 && prop.maxThreadsPerBlock == 1024 && prop.major >= 5);
	CHECK(prop.unifiedAddressing && prop.canMapHostMemory && prop.totalConstMem == 65536);
	CHECK(prop.maxGridSize[0] == 0x7fffffff && prop.maxGridSize[1] == 65535);
	CHECK(prop.maxThreadsDim[0] == 1024 && prop.maxThreadsDim[2] == 64);
	CHECK(prop.sharedMemPerBlock == 49152 && prop.multiProcessorCount > 0);
	return finish();
}
