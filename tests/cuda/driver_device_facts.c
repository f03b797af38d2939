/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* Facts of devices that several calls know: they agree.  And peers, pools, atomics, entry tables */
#include "ptx.h"

static void places(void)
{
	int domain, bus, slot, count;
	CUdevice device = 99;
	char id[32];

	CU(cuDeviceGetCount(&count));
	CU(cuDeviceGetPCIBusId(id, sizeof(id), 0));
	CU(cuDeviceGetAttribute(&domain, CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID, 0));
	CU(cuDeviceGetAttribute(&bus, CU_DEVICE_ATTRIBUTE_PCI_BUS_ID, 0));
	CU(cuDeviceGetAttribute(&slot, CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID, 0));
	{
		char want[32];

		snprintf(want, sizeof(want), "%04X:%02X:%02X.0", domain, bus, slot);
		CHECK(!strcmp(id, want));
	}
	CU(cuDeviceGetByPCIBusId(&device, id));
	CHECK(device == 0);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDeviceGetByPCIBusId(&device, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuDeviceGetPCIBusId(id, sizeof(id), count));
}

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static void properties(void)
{
	int major, minor, now_major, now_minor, threads, shared;
	CUdevprop prop;

	CU(cuDeviceComputeCapability(&major, &minor, 0));
	CU(cuDeviceGetAttribute(&now_major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0));
	CU(cuDeviceGetAttribute(&now_minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0));
	CHECK(major == now_major && minor == now_minor);
	CU(cuDeviceGetProperties(&prop, 0));
	CU(cuDeviceGetAttribute(&threads, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 0));
	CU(cuDeviceGetAttribute(&shared, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, 0));
	CHECK(prop.maxThreadsPerBlock == threads && prop.sharedMemPerBlock == shared);
	CHECK(prop.SIMDWidth == 32);
}

static void peers(void)
{
	const CUatomicOperation operations[] = { CU_ATOMIC_OPERATION_INTEGER_ADD };
	unsigned int capabilities = 0;
	size_t width = 0;
	int value, count;

	CU(cuDeviceGetCount(&count));
	CU(cuDeviceCanAccessPeer(&value, 0, 0));
	CHECK(value == 0);
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuDeviceCanAccessPeer(&value, 0, count));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE,
		  cuDeviceGetP2PAttribute(&value, CU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED, 0,
					  count));
	printf("atomics with the host: %s\n",
	       cu_name(cuDeviceGetHostAtomicCapabilities(&capabilities, operations, 1, 0)));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE,
		  cuDeviceGetHostAtomicCapabilities(&capabilities, operations, 1, count));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuDeviceGetHostAtomicCapabilities(&capabilities, operations, 0, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuDeviceGetHostAtomicCapabilities(NULL, operations, 1, 0));
	if (count > 1)
		CHECK(cuDeviceGetP2PAtomicCapabilities(&capabilities, operations, 1, 0, 1) !=
		      CUDA_ERROR_INVALID_DEVICE);
	else
		CHECK(cuDeviceGetP2PAtomicCapabilities(&capabilities, operations, 1, 0, 1) !=
		      CUDA_SUCCESS);
	CU(cuDeviceGetTexture1DLinearMaxWidth(&width, CU_AD_FORMAT_FLOAT, 4, 0));
	CHECK(width > 0);
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE,
		  cuDeviceGetTexture1DLinearMaxWidth(&width, CU_AD_FORMAT_FLOAT, 4, count));
}

static void identities(void)
{
	const CUuuid nobody = { { 1, 2, 3 } };
	const void *table = &nobody;
	unsigned int mask = 0;
	char luid[8];

	/* Of Windows */
	printf("luid: %s\n", cu_name(cuDeviceGetLuid(luid, &mask, 0)));
	CHECK(cuGetExportTable(&table, &nobody) != CUDA_SUCCESS);
}

int main(void)
{
	ptx_context();
	places();
	properties();
	peers();
	identities();
	return finish();
}
