/*
 * Registrations that share a page: they may differ in all flags but one, whether the device only reads, which the
 * page has from the first of them; and what is copied goes where it should
 */
#include <stdbool.h>

#include "check.h"

#define PAGE		4096
#define READ_ONLY	CU_MEMHOSTREGISTER_READ_ONLY

static const unsigned all[] = {
	0, CU_MEMHOSTREGISTER_PORTABLE, CU_MEMHOSTREGISTER_DEVICEMAP,
	CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP,
	READ_ONLY, READ_ONLY | CU_MEMHOSTREGISTER_DEVICEMAP,
};

/* @bytes of the first registration, @apart from the second */
static void two(char *host, size_t bytes, size_t apart, unsigned first, unsigned second)
{
	bool agree = (first & READ_ONLY) == (second & READ_ONLY);
	char *other = host + bytes + apart;

	CU(cuMemHostRegister(host, bytes, first));
	if (agree)
		CU(cuMemHostRegister(other, 700, second));
	else
		EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostRegister(other, 700, second));
	CU(cuMemHostUnregister(host));
	if (agree)
		CU(cuMemHostUnregister(other));
	else
		EXPECT_CU(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, cuMemHostUnregister(other));
}

/* A page has no flags any more once the last registration is gone */
static void one_after_the_other(char *host)
{
	CU(cuMemHostRegister(host, 100, READ_ONLY));
	CU(cuMemHostRegister(host + 200, 100, READ_ONLY));
	CU(cuMemHostUnregister(host));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostRegister(host, 100, 0));
	CU(cuMemHostUnregister(host + 200));
	CU(cuMemHostRegister(host, 100, 0));
	CU(cuMemHostUnregister(host));
}

static void copies(char *host, CUdeviceptr device)
{
	CU(cuMemsetD8(device, 7, PAGE));
	CU(cuMemHostRegister(host, 2000, READ_ONLY));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostRegister(host + 2000, 2000, 0));
	/* The rest of the page is memory as any other */
	CU(cuMemcpyDtoH(host + 2000, device, 2000));
	CHECK(host[1999] == 1 && host[2000] == 7 && host[3999] == 7 && host[4000] == 1);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH(host, device, 2000));
	CHECK(host[0] == 1 && host[1999] == 1);
	CU(cuMemcpyHtoD(device, host, 2000));
	CU(cuMemHostUnregister(host));
	CU(cuMemcpyDtoH(host, device + 1000, 2000));
	CHECK(host[0] == 1 && host[999] == 1 && host[1000] == 7);
}

int main(void)
{
	char *host = aligned_alloc(PAGE, 4 * PAGE);
	int supported = 0;
	CUdeviceptr device;

	CHECK(host);
	memset(host, 1, 4 * PAGE);
	CUDA(cudaFree(NULL));
	CU(cuDeviceGetAttribute(&supported, CU_DEVICE_ATTRIBUTE_READ_ONLY_HOST_REGISTER_SUPPORTED, 0));
	if (!supported)
		skip("the device registers no memory that is only to be read");
	CU(cuMemAlloc(&device, PAGE));
	for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
		for (unsigned n = 0; n < ARRAY_SIZE(all); n++) {
			two(host, 2048, 0, all[i], all[n]);
			two(host, 6000, 0, all[i], all[n]);
			two(host, 1000, 500, all[i], all[n]);
		}
	}
	one_after_the_other(host);
	copies(host, device);
	CU(cuMemFree(device));
	free(host);
	return finish();
}
