/* SPDX-License-Identifier: MIT */
/*
 * device.c - devices: what never changes about them is asked once, in cuInit()
 *
 * Faces qcu-device/worker/device.c.  Attributes that announce a part of the API
 * that does not cross yet are answered with 0, so that a program which asks
 * first takes its other way.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

/* Written by device_init() before the first success of cuInit(), then only read. */
static struct wire_device *devices;	/* those that the program sees, in its order */
static CUdevice n_devices;
static CUdevice on_host[MAX_DEVICES];
static bool renumbered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of device_init() */

/* What ABSENT rows of calls.def stand for */
static const CUdevice_attribute withheld[] = {
	CU_DEVICE_ATTRIBUTE_CONCURRENT_MANAGED_ACCESS,
	CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS,
	CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS_USES_HOST_PAGE_TABLES,
	CU_DEVICE_ATTRIBUTE_DIRECT_MANAGED_MEM_ACCESS_FROM_HOST,
	CU_DEVICE_ATTRIBUTE_HOST_NATIVE_ATOMIC_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_COOPERATIVE_MULTI_DEVICE_LAUNCH,
	CU_DEVICE_ATTRIBUTE_CAN_FLUSH_REMOTE_WRITES,
	CU_DEVICE_ATTRIBUTE_GENERIC_COMPRESSION_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_GPU_DIRECT_RDMA_WITH_CUDA_VMM_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_TIMELINE_SEMAPHORE_INTEROP_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_GPU_DIRECT_RDMA_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_DMA_BUF_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_FABRIC_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_MULTICAST_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_HOST_NUMA_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_HOST_NUMA_MEMORY_POOLS_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_HOST_NUMA_MULTINODE_IPC_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_HOST_MEMORY_POOLS_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_HOST_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED,
	CU_DEVICE_ATTRIBUTE_HOST_ALLOC_DMA_BUF_SUPPORTED,
};

static void withhold(struct wire_device *device)
{
	for (size_t i = 0; i < ARRAY_SIZE(withheld); i++) {
		static_assert(CU_DEVICE_ATTRIBUTE_MAX <= WIRE_DEVICE_ATTRIBUTES, "payload.h");
		device->attributes[withheld[i]] = 0;
	}
	device->attributes[CU_DEVICE_ATTRIBUTE_MEMPOOL_SUPPORTED_HANDLE_TYPES] &=
		CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR;
}

static CUresult ask(struct wire_device *all, CUdevice n)
{
	CUresult rc = CUDA_SUCCESS;

	for (CUdevice i = 0; rc == CUDA_SUCCESS && i < n; i++) {
		rc = send_device_info(i, &all[i]);
		all[i].name[sizeof(all[i].name) - 1] = '\0';
		withhold(&all[i]);
	}
	return rc;
}

/* Does @text, "GPU-" and the beginning of a UUID, mean this device? */
static bool uuid_begins(const struct wire_device *device, const char *text, size_t length)
{
	char uuid[64];
	int n = 0;

	for (size_t i = 0; i < sizeof(device->uuid); i++)
		n += sprintf(uuid + n, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			     device->uuid[i]);
	return length > 4 && length - 4 <= (size_t)n && !strncmp(text, "GPU-", 4) &&
	       !strncasecmp(text + 4, uuid, length - 4);
}

/* The host's device that one word of CUDA_VISIBLE_DEVICES means, -1 for none */
static CUdevice find_visible(const char *word, size_t length, const struct wire_device *all,
			     CUdevice n)
{
	char *end;
	long number = strtol(word, &end, 10);

	if (end != word && end == word + length)
		return number >= 0 && number < n ? number : -1;
	for (CUdevice i = 0; i < n; i++)
		if (uuid_begins(&all[i], word, length))
			return i;
	return -1;
}

/*
 * CUDA C++ Programming Guide, "CUDA Environment Variables": the devices listed, in
 * that order, up to the first that is none; not set means all.
 */
static void choose_visible(const struct wire_device *all, CUdevice n)
{
	const char *word = getenv("CUDA_VISIBLE_DEVICES");

	if (!word) {
		for (n_devices = 0; n_devices < n; n_devices++)
			on_host[n_devices] = n_devices;
		return;
	}
	renumbered = true;
	while (*word && n_devices < MAX_DEVICES) {
		size_t length = strcspn(word, ",");
		CUdevice device = find_visible(word, length, all, n);

		if (device < 0)
			break;
		on_host[n_devices++] = device;
		word += length + (word[length] == ',');
	}
}

static CUresult init_locked(CUdevice n)
{
	struct wire_device *all = calloc(n, sizeof(*all));
	CUresult rc = all ? ask(all, n) : CUDA_ERROR_OUT_OF_MEMORY;

	if (rc != CUDA_SUCCESS)
		goto out;
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	devices = calloc(MAX_DEVICES, sizeof(*devices));
	if (!devices)
		goto out;
	choose_visible(all, n);
	for (CUdevice i = 0; i < n_devices; i++)
		devices[i] = all[on_host[i]];
	rc = CUDA_SUCCESS;
out:
	free(all);
	return rc;
}

CUresult device_init(void)
{
	int n = session.host.device_count;
	CUresult rc = CUDA_SUCCESS;

	if (!n)
		return CUDA_ERROR_NO_DEVICE;
	pthread_mutex_lock(&lock);
	if (!devices)
		rc = init_locked(n < MAX_DEVICES ? n : MAX_DEVICES);
	if (rc == CUDA_SUCCESS && !n_devices)
		rc = CUDA_ERROR_NO_DEVICE;
	pthread_mutex_unlock(&lock);
	return rc;
}

bool devices_are_renumbered(void)
{
	return renumbered;
}

CUdevice device_on_host(CUdevice dev)
{
	return dev >= 0 && dev < n_devices ? on_host[dev] : -1;
}

CUdevice device_from_host(CUdevice dev)
{
	for (CUdevice i = 0; i < n_devices; i++)
		if (on_host[i] == dev)
			return i;
	return -1;
}

CUresult device_check(CUdevice dev)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (dev < 0 || dev >= n_devices))
		rc = CUDA_ERROR_INVALID_DEVICE;
	return rc;
}

CUresult device_of_location(const CUmemLocation *location)
{
	switch (location->type) {
	case CU_MEM_LOCATION_TYPE_DEVICE:
		return device_check(location->id);
	case CU_MEM_LOCATION_TYPE_HOST:
	case CU_MEM_LOCATION_TYPE_HOST_NUMA:
		return CUDA_ERROR_NOT_SUPPORTED;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult device_of_memory(const CUmemLocation *location, CUmemAllocationHandleType handle_types)
{
	if (location->type == CU_MEM_LOCATION_TYPE_HOST && handle_types)
		return CUDA_ERROR_INVALID_VALUE;
	return device_of_location(location);
}

int device_attribute(CUdevice dev, CUdevice_attribute attribute)
{
	return devices[dev].attributes[attribute];
}

CUresult CUDAAPI cuDeviceGet(CUdevice *device, int ordinal)
{
	CUresult rc = device_check(ordinal);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!device)
		return CUDA_ERROR_INVALID_VALUE;
	*device = ordinal;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceGetCount(int *count)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!count)
		return CUDA_ERROR_INVALID_VALUE;
	*count = n_devices;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceGetName(char *name, int len, CUdevice dev)
{
	CUresult rc = device_check(dev);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!name || len <= 0)
		return CUDA_ERROR_INVALID_VALUE;
	snprintf(name, len, "%s", devices[dev].name);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice dev)
{
	CUresult rc = device_check(dev);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!uuid)
		return CUDA_ERROR_INVALID_VALUE;
	static_assert(sizeof(*uuid) == sizeof(devices[dev].uuid), "payload.h");
	memcpy(uuid, devices[dev].uuid, sizeof(*uuid));
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceGetLuid(char *luid, unsigned int *deviceNodeMask, CUdevice dev)
{
	CUresult rc = device_check(dev);

	if (rc != CUDA_SUCCESS)
		return rc;
	/* CUDA Driver API: a LUID is a thing of Windows. */
	return CUDA_ERROR_NOT_SUPPORTED;
}

CUresult CUDAAPI cuDeviceTotalMem_v2(size_t *bytes, CUdevice dev)
{
	CUresult rc = device_check(dev);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!bytes)
		return CUDA_ERROR_INVALID_VALUE;
	*bytes = devices[dev].total_memory;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceGetAttribute(int *pi, CUdevice_attribute attrib, CUdevice dev)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pi || attrib <= 0 || attrib >= WIRE_DEVICE_ATTRIBUTES)
		return CUDA_ERROR_INVALID_VALUE;
	rc = device_check(dev);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!devices[dev].known[attrib])
		return CUDA_ERROR_INVALID_VALUE;
	*pi = devices[dev].attributes[attrib];
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceGetProperties(CUdevprop *prop, CUdevice dev)
{
	CUresult rc = device_check(dev);
	const int32_t *a;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!prop)
		return CUDA_ERROR_INVALID_VALUE;
	a = devices[dev].attributes;
	*prop = (CUdevprop){
		.maxThreadsPerBlock = a[CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK],
		.maxThreadsDim = { a[CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X],
				   a[CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y],
				   a[CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z] },
		.maxGridSize = { a[CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X],
				 a[CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y],
				 a[CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z] },
		.sharedMemPerBlock = a[CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK],
		.totalConstantMemory = a[CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY],
		.SIMDWidth = a[CU_DEVICE_ATTRIBUTE_WARP_SIZE],
		.memPitch = a[CU_DEVICE_ATTRIBUTE_MAX_PITCH],
		.regsPerBlock = a[CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK],
		.clockRate = a[CU_DEVICE_ATTRIBUTE_CLOCK_RATE],
		.textureAlign = a[CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT],
	};
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceComputeCapability(int *major, int *minor, CUdevice dev)
{
	CUresult rc = device_check(dev);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!major || !minor)
		return CUDA_ERROR_INVALID_VALUE;
	*major = device_attribute(dev, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
	*minor = device_attribute(dev, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
	return CUDA_SUCCESS;
}

static void format_bus_id(char *text, size_t size, CUdevice dev)
{
	snprintf(text, size, "%04x:%02x:%02x.0",
		 device_attribute(dev, CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID),
		 device_attribute(dev, CU_DEVICE_ATTRIBUTE_PCI_BUS_ID),
		 device_attribute(dev, CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID));
}

CUresult CUDAAPI cuDeviceGetPCIBusId(char *pciBusId, int len, CUdevice dev)
{
	CUresult rc = device_check(dev);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pciBusId || len <= 0)
		return CUDA_ERROR_INVALID_VALUE;
	format_bus_id(pciBusId, len, dev);
	return CUDA_SUCCESS;
}

/* "[domain:]bus:device[.function]", hexadecimal; false if it is nothing of the kind */
static bool parse_bus_id(const char *text, unsigned int *domain, unsigned int *bus,
			 unsigned int *device)
{
	if (sscanf(text, "%x:%x:%x", domain, bus, device) == 3)
		return true;
	*domain = 0;
	return sscanf(text, "%x:%x", bus, device) == 2;
}

CUresult CUDAAPI cuDeviceGetByPCIBusId(CUdevice *dev, const char *pciBusId)
{
	CUresult rc = session_check();
	unsigned int domain, bus, device;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!dev || !pciBusId || !parse_bus_id(pciBusId, &domain, &bus, &device))
		return CUDA_ERROR_INVALID_VALUE;
	for (CUdevice i = 0; i < n_devices; i++) {
		const int32_t *a = devices[i].attributes;

		if ((unsigned int)a[CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID] != domain ||
		    (unsigned int)a[CU_DEVICE_ATTRIBUTE_PCI_BUS_ID] != bus ||
		    (unsigned int)a[CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID] != device)
			continue;
		*dev = i;
		return CUDA_SUCCESS;
	}
	return CUDA_ERROR_INVALID_DEVICE;
}
