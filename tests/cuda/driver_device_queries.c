/* SPDX-License-Identifier: MIT */
/* Names, sizes, identities of devices through the driver; wrong ordinals and places */
#include "check.h"

int main(void)
{
	char name[256], little[5];
	CUdevice device = -1;
	CUuuid uuid, zero;
	size_t bytes;
	int count, value;

	memset(&zero, 0, sizeof(zero));
	CU(cuInit(0));
	CU(cuDeviceGetCount(&count));
	CU(cuDeviceGet(&device, 0));
	CU(cuDeviceGetName(name, sizeof(name), device));
	CU(cuDeviceGetName(little, sizeof(little), device));
	CHECK(strlen(little) == 4 && !strncmp(little, name, 4));
	CU(cuDeviceTotalMem(&bytes, device));
	CHECK(bytes >= 64 * MIB);
	CU(cuDeviceGetUuid_v2(&uuid, device));
	CHECK(memcmp(&uuid, &zero, sizeof(uuid)));
	CU(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_WARP_SIZE, device));
	CHECK(value == 32);
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuDeviceGet(&device, count));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuDeviceGet(&device, -1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDeviceGet(NULL, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDeviceGetCount(NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuDeviceGetName(name, sizeof(name), count + 5));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuDeviceTotalMem(&bytes, count + 5));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE,
		  cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_WARP_SIZE, count + 5));
	return finish();
}
