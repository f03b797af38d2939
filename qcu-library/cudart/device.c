/* SPDX-License-Identifier: MIT */
/* Devices: choosing one, what it can do, its limits, its peers. */
#include <string.h>
#include "cudart.h"

cudaError_t cudaGetDeviceCount(int *count)
{
	cudaError_t error = driver_enter();

	if (count && error == cudaErrorNoDevice)
		*count = 0;
	error = require(error, count);
	if (!error)
		error = error_from(driver.cuDeviceGetCount(count));
	return error_set(error);
}

cudaError_t cudaSetDevice(int device)
{
	cudaError_t error = driver_enter();

	return error_set(error ? error : context_select(device));
}

cudaError_t cudaGetDevice(int *device)
{
	cudaError_t error = require(driver_enter(), device);

	return error_set(error ? error : context_device(device));
}

#define FLAGS_KNOWN (cudaDeviceScheduleMask | cudaDeviceMapHost | cudaDeviceLmemResizeToMax)

static_assert(cudaDeviceScheduleMask == CU_CTX_SCHED_MASK &&
	      cudaDeviceMapHost == CU_CTX_MAP_HOST &&
	      cudaDeviceLmemResizeToMax == CU_CTX_LMEM_RESIZE_TO_MAX,
	      "flags of devices are the driver's");

/* Mapping of host memory is always on and no flag of a primary context any more. */
static cudaError_t set_flags(CUdevice device, unsigned int flags)
{
	unsigned int known = FLAGS_KNOWN;
	unsigned int schedule = flags & cudaDeviceScheduleMask;

	known |= cudaDeviceSyncMemops;
	if (flags & ~known || schedule & (schedule - 1))
		return cudaErrorInvalidValue;
	flags &= ~(unsigned int)cudaDeviceMapHost;
	return error_from(driver.cuDevicePrimaryCtxSetFlags(device, flags));
}

cudaError_t cudaSetDeviceFlags(unsigned int flags)
{
	CUdevice device;
	cudaError_t error = context_device(&device);

	return error_set(error ? error : set_flags(device, flags));
}

cudaError_t cudaGetDeviceFlags(unsigned int *flags)
{
	CUdevice device;
	cudaError_t error = require(context_device(&device), flags);
	int active;

	if (!error)
		error = error_from(driver.cuDevicePrimaryCtxGetState(device, flags, &active));
	if (!error)
		*flags |= cudaDeviceMapHost;
	return error_set(error);
}

cudaError_t cudaInitDevice(int device, unsigned int deviceFlags, unsigned int flags)
{
	cudaError_t error = driver_enter();
	CUcontext context;
	CUdevice handle;

	if (!error && flags & ~cudaInitDeviceFlagsAreValid)
		error = cudaErrorInvalidValue;
	if (!error)
		error = error_from(driver.cuDeviceGet(&handle, device));
	if (!error && flags & cudaInitDeviceFlagsAreValid)
		error = set_flags(handle, deviceFlags);
	if (!error)
		error = context_retain(device, &context);
	return error_set(error);
}

/* The first device of the list becomes that of threads which choose none. */
static cudaError_t set_valid(const int *devices, int count)
{
	cudaError_t error = driver_enter();
	int present;

	if (!error)
		error = error_from(driver.cuDeviceGetCount(&present));
	if (error)
		return error;
	if (count < 0 || count > present || (count && !devices))
		return cudaErrorInvalidValue;
	for (int i = 0; i < count; i++)
		if (devices[i] < 0 || devices[i] >= present)
			return cudaErrorInvalidDevice;
	context_set_default_device(count ? devices[0] : 0);
	return cudaSuccess;
}

cudaError_t cudaSetValidDevices(int *device_arr, int len)
{
	return error_set(set_valid(device_arr, len));
}

/* How well a device meets a wish: what was left zero is not wished for. */
static int score(const struct cudaDeviceProp *have, const struct cudaDeviceProp *want)
{
	int points = 0;

	points += want->name[0] && !strcmp(have->name, want->name);
	points += want->major && have->major >= want->major;
	points += want->minor && have->major == want->major && have->minor >= want->minor;
	points += want->totalGlobalMem && have->totalGlobalMem >= want->totalGlobalMem;
	points += want->multiProcessorCount &&
		  have->multiProcessorCount >= want->multiProcessorCount;
	points += want->sharedMemPerBlock && have->sharedMemPerBlock >= want->sharedMemPerBlock;
	return points;
}

cudaError_t cudaChooseDevice(int *device, const struct cudaDeviceProp *prop)
{
	struct cudaDeviceProp candidate;
	int count, best = -1;
	cudaError_t error = require(cudaGetDeviceCount(&count), device && prop);

	for (int i = 0; i < count && !error; i++) {
		error = cudaGetDeviceProperties(&candidate, i);
		if (!error && score(&candidate, prop) > best) {
			best = score(&candidate, prop);
			*device = i;
		}
	}
	return error_set(error);
}

static_assert((int)cudaDevAttrMaxThreadsPerBlock == CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK &&
	      (int)cudaDevAttrComputeCapabilityMajor ==
		      CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR &&
	      (int)cudaDevAttrHostNumaId == CU_DEVICE_ATTRIBUTE_HOST_NUMA_ID,
	      "attributes of devices are the driver's");

/* Ordinals and CUdevice are the same numbers; the driver refuses those that are not there. */
FORWARD_BARE(cudaDeviceGetAttribute, (int *value, enum cudaDeviceAttr attr, int device),
	     cuDeviceGetAttribute(value, (CUdevice_attribute)attr, device))
FORWARD_BARE(cudaDeviceGetPCIBusId, (char *pciBusId, int len, int device),
	     cuDeviceGetPCIBusId(pciBusId, len, device))
FORWARD_BARE(cudaDeviceGetByPCIBusId, (int *device, const char *pciBusId),
	     cuDeviceGetByPCIBusId(device, pciBusId))
FORWARD_BARE(cudaDeviceCanAccessPeer, (int *canAccessPeer, int device, int peerDevice),
	     cuDeviceCanAccessPeer(canAccessPeer, device, peerDevice))
FORWARD_BARE(cudaDeviceGetP2PAttribute,
	     (int *value, enum cudaDeviceP2PAttr attr, int srcDevice, int dstDevice),
	     cuDeviceGetP2PAttribute(value, (CUdevice_P2PAttribute)attr, srcDevice, dstDevice))
#if CUDART_VERSION >= 13000
FORWARD_BARE(cudaDeviceGetHostAtomicCapabilities,
	     (unsigned int *capabilities, const enum cudaAtomicOperation *operations,
	      unsigned int count, int device),
	     cuDeviceGetHostAtomicCapabilities(capabilities, (const CUatomicOperation *)operations,
					       count, device))
FORWARD_BARE(cudaDeviceGetP2PAtomicCapabilities,
	     (unsigned int *capabilities, const enum cudaAtomicOperation *operations,
	      unsigned int count, int srcDevice, int dstDevice),
	     cuDeviceGetP2PAtomicCapabilities(capabilities, (const CUatomicOperation *)operations,
					      count, srcDevice, dstDevice))
#endif

cudaError_t cudaDeviceReset(void)
{
	return error_set(context_reset());
}

FORWARD(cudaDeviceSynchronize, (void), cuCtxSynchronize())

static_assert((int)cudaLimitStackSize == CU_LIMIT_STACK_SIZE &&
	      (int)cudaLimitMallocHeapSize == CU_LIMIT_MALLOC_HEAP_SIZE &&
	      (int)cudaLimitPersistingL2CacheSize == CU_LIMIT_PERSISTING_L2_CACHE_SIZE,
	      "limits are the driver's");

FORWARD(cudaDeviceSetLimit, (enum cudaLimit limit, size_t value),
	cuCtxSetLimit((CUlimit)limit, value))
FORWARD_OUT(cudaDeviceGetLimit, (size_t *pValue, enum cudaLimit limit), pValue,
	    cuCtxGetLimit(pValue, (CUlimit)limit))
FORWARD_OUT(cudaDeviceGetCacheConfig, (enum cudaFuncCache *pCacheConfig), pCacheConfig,
	    cuCtxGetCacheConfig((CUfunc_cache *)pCacheConfig))
FORWARD(cudaDeviceSetCacheConfig, (enum cudaFuncCache cacheConfig),
	cuCtxSetCacheConfig((CUfunc_cache)cacheConfig))
FORWARD(cudaDeviceGetStreamPriorityRange, (int *leastPriority, int *greatestPriority),
	cuCtxGetStreamPriorityRange(leastPriority, greatestPriority))
FORWARD(cudaCtxResetPersistingL2Cache, (void), cuCtxResetPersistingL2Cache())
FORWARD(cudaDeviceFlushGPUDirectRDMAWrites,
	(enum cudaFlushGPUDirectRDMAWritesTarget target,
	 enum cudaFlushGPUDirectRDMAWritesScope scope),
	cuFlushGPUDirectRDMAWrites((CUflushGPUDirectRDMAWritesTarget)target,
				   (CUflushGPUDirectRDMAWritesScope)scope))

/* Since Kepler banks are four bytes wide whatever is wished for. */
cudaError_t cudaDeviceGetSharedMemConfig(enum cudaSharedMemConfig *pConfig)
{
	cudaError_t error = require(context_enter(), pConfig);

	if (!error)
		*pConfig = cudaSharedMemBankSizeFourByte;
	return error_set(error);
}

cudaError_t cudaDeviceSetSharedMemConfig(enum cudaSharedMemConfig config)
{
	cudaError_t error = context_enter();

	if (!error && (unsigned int)config > cudaSharedMemBankSizeEightByte)
		error = cudaErrorInvalidValue;
	return error_set(error);
}

cudaError_t cudaDeviceEnablePeerAccess(int peerDevice, unsigned int flags)
{
	cudaError_t error = context_enter();
	CUcontext peer;
	CUdevice device;

	if (!error)
		error = error_from(driver.cuCtxGetDevice(&device));
	/* As NVIDIA's runtime has it: a device is no peer of its own. */
	if (!error && peerDevice == device)
		error = cudaErrorPeerAccessUnsupported;
	if (!error)
		error = context_retain(peerDevice, &peer);
	if (!error)
		error = error_from(driver.cuCtxEnablePeerAccess(peer, flags));
	return error_set(error);
}

cudaError_t cudaDeviceDisablePeerAccess(int peerDevice)
{
	cudaError_t error = context_enter();
	CUcontext peer;

	if (!error)
		error = context_retain(peerDevice, &peer);
	if (!error)
		error = error_from(driver.cuCtxDisablePeerAccess(peer));
	return error_set(error);
}
