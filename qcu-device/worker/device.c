/* SPDX-License-Identifier: MIT */
/*
 * device.c - what a guest asks once about the host's devices
 *
 * Faces qcu-library/cuda/device.c, which answers every cuDeviceGet* from it.
 */
#include <string.h>

#include "qcu-device/worker/body.h"

CUresult host_host_info(struct dispatch *dispatch, struct wire_host *info)
{
	CUresult rc;

	if (!info)
		return dispatch_refuse(dispatch);
	rc = driver.cuDriverGetVersion(&info->driver_version);
	if (rc == CUDA_SUCCESS)
		rc = driver.cuDeviceGetCount(&info->device_count);
	return rc;
}

static void get_attributes(CUdevice device, struct wire_device *info)
{
	for (int i = 1; i < WIRE_DEVICE_ATTRIBUTES; i++) {
		int value = 0;

		if (driver.cuDeviceGetAttribute(&value, (CUdevice_attribute)i, device) !=
		    CUDA_SUCCESS)
			continue;
		info->attributes[i] = value;
		info->known[i] = 1;
	}
}

CUresult host_device_info(struct dispatch *dispatch, CUdevice ordinal, struct wire_device *info)
{
	size_t total = 0;
	CUdevice device;
	CUuuid uuid;
	CUresult rc;

	if (!info)
		return dispatch_refuse(dispatch);
	rc = driver.cuDeviceGet(&device, ordinal);
	if (rc == CUDA_SUCCESS)
		rc = driver.cuDeviceGetName(info->name, sizeof(info->name), device);
	if (rc == CUDA_SUCCESS)
		rc = driver.cuDeviceTotalMem_v2(&total, device);
	if (rc != CUDA_SUCCESS)
		return rc;
	info->name[sizeof(info->name) - 1] = '\0';
	info->total_memory = total;
	if (driver.cuDeviceGetUuid_v2 && driver.cuDeviceGetUuid_v2(&uuid, device) == CUDA_SUCCESS)
		memcpy(info->uuid, &uuid, sizeof(info->uuid));
	if (driver.cuDeviceGetLuid)
		driver.cuDeviceGetLuid((char *)info->luid, &info->luid_node_mask, device);
	get_attributes(device, info);
	return CUDA_SUCCESS;
}
