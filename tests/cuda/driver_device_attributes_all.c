/* SPDX-License-Identifier: MIT */
/* Every device attribute of the header can be asked; the pairs that must fit do */
#include "ptx.h"

static int get(CUdevice_attribute attribute)
{
	int value = -1;

	CU(cuDeviceGetAttribute(&value, attribute, 0));
	return value;
}

int main(void)
{
	int attribute, value, answered = 0;

	CU(cuInit(0));
	for (attribute = 1; attribute < 140; attribute++)
		answered += cuDeviceGetAttribute(&value, (CUdevice_attribute)attribute, 0) == CUDA_SUCCESS;
	CHECK(answered > 120);
	CHECK(get(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK) <=
	      get(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR));
	CHECK(get(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK) <=
	      get(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
	CHECK(get(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN) <=
	      get(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR));
	CHECK(get(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK) <=
	      get(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR));
	CHECK(get(CU_DEVICE_ATTRIBUTE_CLOCK_RATE) > 0);
	CHECK(get(CU_DEVICE_ATTRIBUTE_COMPUTE_MODE) == CU_COMPUTEMODE_DEFAULT);
	CHECK(get(CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY) == 1);
	CHECK(get(CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING) == 1);
	return finish();
}
