/* SPDX-License-Identifier: MIT */
/* device_query.c - cuDevice*: what devices there are and what they are called */
#include "softgpu/device.h"

#include <stdio.h>
#include <string.h>

#include "softgpu/driver.h"

#define MAX_PITCH 0x7fffffff

/* query() - the checks of every function here */
static CUresult query(const void *out, CUdevice dev, struct device **device)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!out)
		return CUDA_ERROR_INVALID_VALUE;
	*device = device_get(dev);
	return *device ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal)
{
	struct device *found;
	CUresult result = query(device, ordinal, &found);

	if (!result)
		*device = found->ordinal;
	return result;
}

CUresult cuDeviceGetCount(int *count)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!count)
		return CUDA_ERROR_INVALID_VALUE;
	*count = device_count();
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char *name, int len, CUdevice dev)
{
	struct device *device;
	CUresult result = query(name, dev, &device);

	if (result)
		return result;
	if (len <= 0)
		return CUDA_ERROR_INVALID_VALUE;
	snprintf(name, len, "%s", device->name);
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice dev)
{
	struct device *device;
	CUresult result = query(uuid, dev, &device);

	if (!result)
		*uuid = device->uuid;
	return result;
}

CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice dev)
{
	return cuDeviceGetUuid_v2(uuid, dev);
}

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice dev)
{
	struct device *device;
	CUresult result = query(bytes, dev, &device);

	if (!result)
		*bytes = device->memory_bytes;
	return result;
}

CUresult cuDeviceTotalMem(unsigned int *bytes, CUdevice dev)
{
	struct device *device;
	CUresult result = query(bytes, dev, &device);

	if (!result)
		*bytes = device->memory_bytes > 0xffffffff ? 0xffffffff : device->memory_bytes;
	return result;
}

CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice dev)
{
	struct device *device;
	CUresult result = query(major, dev, &device);

	if (result)
		return result;
	if (!minor)
		return CUDA_ERROR_INVALID_VALUE;
	*major = device->arch->major;
	*minor = device->arch->minor;
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetProperties(CUdevprop *prop, CUdevice dev)
{
	struct device *device;
	CUresult result = query(prop, dev, &device);

	if (result)
		return result;
	*prop = (CUdevprop){
		.maxThreadsPerBlock = DEVICE_MAX_THREADS,
		.maxThreadsDim = { 1024, 1024, 64 },
		.maxGridSize = { 0x7fffffff, 65535, 65535 },
		.sharedMemPerBlock = DEVICE_SHARED_PER_BLOCK,
		.totalConstantMemory = 64 << 10,
		.SIMDWidth = DEVICE_WARP,
		.memPitch = MAX_PITCH,
		.regsPerBlock = DEVICE_REGISTERS,
		.clockRate = 1000000,
		.textureAlign = 512,
	};
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetPCIBusId(char *pciBusId, int len, CUdevice dev)
{
	struct device *device;
	CUresult result = query(pciBusId, dev, &device);
	char text[16];

	if (result)
		return result;
	snprintf(text, sizeof(text), "%04x:%02x:%02x.0", 0, 0, device->ordinal);
	if (len <= (int)strlen(text))
		return CUDA_ERROR_INVALID_VALUE;
	strcpy(pciBusId, text);
	return CUDA_SUCCESS;
}

/* The forms of a PCI address: [domain:]bus:device[.function], hexadecimal */
CUresult cuDeviceGetByPCIBusId(CUdevice *dev, const char *pciBusId)
{
	unsigned int domain = 0, bus, device, function = 0;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!dev || !pciBusId)
		return CUDA_ERROR_INVALID_VALUE;
	if (sscanf(pciBusId, "%x:%x:%x.%x", &domain, &bus, &device, &function) < 3) {
		domain = function = 0;
		if (sscanf(pciBusId, "%x:%x.%x", &bus, &device, &function) < 2)
			return CUDA_ERROR_INVALID_VALUE;
	}
	if (domain || bus || function || device > 31 || !device_get((int)device))
		return CUDA_ERROR_INVALID_DEVICE;
	*dev = (CUdevice)device;
	return CUDA_SUCCESS;
}

CUresult cuDeviceCanAccessPeer(int *canAccessPeer, CUdevice dev, CUdevice peerDev)
{
	struct device *device, *peer;
	CUresult result = query(canAccessPeer, dev, &device);

	if (!result)
		result = query(canAccessPeer, peerDev, &peer);
	if (!result)
		*canAccessPeer = device != peer;
	return result;
}

CUresult cuDeviceGetP2PAttribute(int *value, CUdevice_P2PAttribute attrib, CUdevice srcDevice,
				 CUdevice dstDevice)
{
	struct device *source, *destination;
	CUresult result = query(value, srcDevice, &source);

	if (!result)
		result = query(value, dstDevice, &destination);
	if (result)
		return result;
	if (source == destination)
		return CUDA_ERROR_INVALID_DEVICE;
	switch (attrib) {
	case CU_DEVICE_P2P_ATTRIBUTE_PERFORMANCE_RANK:
		*value = 0;
		return CUDA_SUCCESS;
	case CU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED:
	case CU_DEVICE_P2P_ATTRIBUTE_NATIVE_ATOMIC_SUPPORTED:
	case CU_DEVICE_P2P_ATTRIBUTE_CUDA_ARRAY_ACCESS_SUPPORTED:
		*value = 1;
		return CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

/* atomics() - what a link can do that does @every operation on integers natively, or none */
static CUresult atomics(unsigned int *capabilities, const CUatomicOperation *operations,
			unsigned int count, bool every)
{
	const unsigned int natively = CU_ATOMIC_CAPABILITY_SIGNED | CU_ATOMIC_CAPABILITY_UNSIGNED |
				      CU_ATOMIC_CAPABILITY_REDUCTION |
				      CU_ATOMIC_CAPABILITY_SCALAR_32 |
				      CU_ATOMIC_CAPABILITY_SCALAR_64;

	if (!capabilities || !operations || !count)
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < count; i++)
		if ((unsigned int)operations[i] >= CU_ATOMIC_OPERATION_MAX)
			return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < count; i++)
		capabilities[i] = every && operations[i] <= CU_ATOMIC_OPERATION_CAS ? natively : 0;
	return CUDA_SUCCESS;
}

/* As CU_DEVICE_ATTRIBUTE_HOST_NATIVE_ATOMIC_SUPPORTED has it: none */
CUresult cuDeviceGetHostAtomicCapabilities(unsigned int *capabilities,
					   const CUatomicOperation *operations, unsigned int count,
					   CUdevice dev)
{
	struct device *device;
	CUresult result = query(capabilities, dev, &device);

	return result ? result : atomics(capabilities, operations, count, false);
}

/* As CU_DEVICE_P2P_ATTRIBUTE_NATIVE_ATOMIC_SUPPORTED has it: all */
CUresult cuDeviceGetP2PAtomicCapabilities(unsigned int *capabilities,
					  const CUatomicOperation *operations, unsigned int count,
					  CUdevice srcDevice, CUdevice dstDevice)
{
	int native;
	CUresult result = cuDeviceGetP2PAttribute(
		&native, CU_DEVICE_P2P_ATTRIBUTE_NATIVE_ATOMIC_SUPPORTED, srcDevice, dstDevice);

	return result ? result : atomics(capabilities, operations, count, native);
}

CUresult cuDeviceGetExecAffinitySupport(int *pi, CUexecAffinityType type, CUdevice dev)
{
	struct device *device;
	CUresult result = query(pi, dev, &device);

	if (!result && type != CU_EXEC_AFFINITY_TYPE_SM_COUNT)
		result = CUDA_ERROR_INVALID_VALUE;
	if (!result)
		*pi = 0;
	return result;
}

CUresult cuDeviceGetTexture1DLinearMaxWidth(size_t *maxWidthInElements, CUarray_format format,
					    unsigned numChannels, CUdevice dev)
{
	struct device *device;
	CUresult result = query(maxWidthInElements, dev, &device);

	if (!result && (numChannels != 1 && numChannels != 2 && numChannels != 4))
		result = CUDA_ERROR_INVALID_VALUE;
	if (!result)
		*maxWidthInElements = 268435456;
	return result;
}
