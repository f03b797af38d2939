/* SPDX-License-Identifier: MIT */
/* cuMemsetD8, D16, D32 and their 2D forms: values, offsets, and addresses not aligned to them */
#include "ptx.h"

#define BYTES 10000

static void set(unsigned char *model, size_t at, size_t width, size_t n, unsigned value)
{
	while (n--) {
		memcpy(model + at, &value, width);
		at += width;
	}
}

int main(void)
{
	unsigned char *model = rng_bytes(BYTES), got[BYTES];
	CUdeviceptr dev;
	int row;

	ptx_context();
	CU(cuMemAlloc(&dev, BYTES));
	CU(cuMemcpyHtoD(dev, model, BYTES));
	CU(cuMemsetD8(dev + 3, 0xab, 1001));
	set(model, 3, 1, 1001, 0xab);
	CU(cuMemsetD16(dev + 2002, 0x1234, 501));
	set(model, 2002, 2, 501, 0x1234);
	CU(cuMemsetD32(dev + 4004, 0xdeadbeef, 301));
	set(model, 4004, 4, 301, 0xdeadbeef);
	CU(cuMemsetD8Async(dev + 6001, 7, 3, NULL));
	set(model, 6001, 1, 3, 7);
	CU(cuMemsetD16Async(dev + 6006, 0xfedc, 1, NULL));
	set(model, 6006, 2, 1, 0xfedc);
	CU(cuMemsetD32Async(dev + 6012, 0x01020304, 2, NULL));
	set(model, 6012, 4, 2, 0x01020304);
	CU(cuMemsetD2D8(dev + 7001, 101, 0x55, 33, 5));
	CU(cuMemsetD2D32(dev + 8000, 200, 0xcafef00d, 20, 6));
	for (row = 0; row < 5; row++)
		set(model, 7001 + row * 101, 1, 33, 0x55);
	for (row = 0; row < 6; row++)
		set(model, 8000 + row * 200, 4, 20, 0xcafef00d);
	CU(cuMemcpyDtoH(got, dev, BYTES));
	CHECK_SAME(got, model, BYTES);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemsetD16(dev + 1, 0, 10));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemsetD32(dev + 2, 0, 10));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemsetD8(0, 0, 10));
	CU(cuMemFree(dev));
	free(model);
	return finish();
}
