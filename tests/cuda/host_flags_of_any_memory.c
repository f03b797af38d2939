/* cuMemHostGetFlags of memory that was allocated, registered, managed, and of other memory */
#include "check.h"

static unsigned flags_of(void *host)
{
	unsigned flags = ~0u;

	CU(cuMemHostGetFlags(&flags, host));
	return flags;
}

static void allocated(void)
{
	void *host;

	for (unsigned flags = 0; flags < 8; flags++) {
		CU(cuMemHostAlloc(&host, 5000, flags));
		CHECK(flags_of(host) == (flags | CU_MEMHOSTALLOC_DEVICEMAP));
		CHECK(flags_of((char *)host + 4999) == (flags | CU_MEMHOSTALLOC_DEVICEMAP));
		CU(cuMemFreeHost(host));
	}
}

/* Whether the device only reads is not told */
static void registered(void)
{
	static const unsigned all[] = {
		0, CU_MEMHOSTREGISTER_PORTABLE, CU_MEMHOSTREGISTER_DEVICEMAP, CU_MEMHOSTREGISTER_READ_ONLY,
		CU_MEMHOSTREGISTER_READ_ONLY | CU_MEMHOSTREGISTER_PORTABLE,
	};
	char *host = aligned_alloc(4096, 16384);
	int read_only = 0;
	unsigned flags;

	CHECK(host);
	memset(host, 1, 16384);
	CU(cuDeviceGetAttribute(&read_only, CU_DEVICE_ATTRIBUTE_READ_ONLY_HOST_REGISTER_SUPPORTED, 0));
	for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
		unsigned expected = CU_MEMHOSTALLOC_DEVICEMAP |
				    (all[i] & CU_MEMHOSTREGISTER_PORTABLE ? CU_MEMHOSTALLOC_PORTABLE : 0);

		if (all[i] & CU_MEMHOSTREGISTER_READ_ONLY && !read_only)
			continue;
		CU(cuMemHostRegister(host + 100, 5000, all[i]));
		CHECK(flags_of(host + 100) == expected && flags_of(host + 5099) == expected);
		CUDA(cudaHostGetFlags(&flags, host + 200));
		CHECK(flags == expected);
		EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostGetFlags(&flags, host));
		EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostGetFlags(&flags, host + 5100));
		CU(cuMemHostUnregister(host + 100));
		EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostGetFlags(&flags, host + 100));
	}
	free(host);
}

int main(void)
{
	CUdeviceptr managed, device;
	unsigned flags;

	CUDA(cudaFree(NULL));
	allocated();
	registered();
	CU(cuMemAllocManaged(&managed, 4096, CU_MEM_ATTACH_GLOBAL));
	CHECK(flags_of((void *)managed) == CU_MEMHOSTALLOC_DEVICEMAP);
	CU(cuMemFree(managed));
	CU(cuMemAlloc(&device, 4096));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostGetFlags(&flags, (void *)device));
	CU(cuMemFree(device));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostGetFlags(&flags, &flags));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostGetFlags(NULL, NULL));
	return finish();
}
