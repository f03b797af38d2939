/* SPDX-License-Identifier: MIT */
/* sust.p, which only PTX can say: elements of a surface made from 32 bits a channel */
#include <stdbool.h>

#include "ptx.h"

#define W 16
#define H 4

static const char text[] =
	".version 6.4\n"
	".target sm_50\n"
	".address_size 64\n"
	".visible .entry store(.param .u64 surface, .param .u64 in)\n"
	"{\n"
	"	.reg .b32 %x, %y, %w, %i, %r<4>;\n"
	"	.reg .b64 %surface, %in;\n"
	"	ld.param.u64 %surface, [surface];\n"
	"	ld.param.u64 %in, [in];\n"
	"	mov.u32 %x, %tid.x;\n"
	"	mov.u32 %y, %tid.y;\n"
	"	mov.u32 %w, %ntid.x;\n"
	"	mad.lo.u32 %i, %y, %w, %x;\n"
	"	mad.wide.u32 %in, %i, 16, %in;\n"
	"	ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%in];\n"
	"	sust.p.2d.v4.b32.trap [%surface, {%x, %y}], {%r0, %r1, %r2, %r3};\n"
	"	ret;\n"
	"}\n";

static CUfunction kernel;

/* What @channel of @format is after @value, a number that it can hold, was stored */
static uint32_t stored(CUarray_format format, int value)
{
	float f = (float)value;
	uint32_t bits;

	switch (format) {
	case CU_AD_FORMAT_UNSIGNED_INT8:
	case CU_AD_FORMAT_SIGNED_INT8:
		return (uint8_t)value;
	case CU_AD_FORMAT_UNSIGNED_INT16:
	case CU_AD_FORMAT_SIGNED_INT16:
		return (uint16_t)value;
	case CU_AD_FORMAT_HALF:
		/* A number of up to 11 bits: sign, exponent, and what is behind the first bit */
		memcpy(&bits, &f, 4);
		return value ? (bits >> 16 & 0x8000) | (((bits >> 23 & 255) - 112) << 10) | (bits >> 13 & 0x3ff) : 0;
	case CU_AD_FORMAT_FLOAT:
		memcpy(&bits, &f, 4);
		return bits;
	default:
		return (uint32_t)value;
	}
}

static void check(CUarray_format format, unsigned bytes, unsigned channels, int least, int most)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor = {
		.Width = W, .Height = H, .Format = format, .NumChannels = channels,
		.Flags = CUDA_ARRAY3D_SURFACE_LDST,
	};
	CUDA_RESOURCE_DESC resource = { .resType = CU_RESOURCE_TYPE_ARRAY };
	bool floats = format == CU_AD_FORMAT_HALF || format == CU_AD_FORMAT_FLOAT;
	uint32_t in[H * W][4];
	uint8_t got[H * W * 16], want[H * W * 16];
	CUDA_MEMCPY2D copy = {
		.srcMemoryType = CU_MEMORYTYPE_ARRAY, .dstMemoryType = CU_MEMORYTYPE_HOST, .dstHost = got,
		.dstPitch = W * channels * bytes, .WidthInBytes = W * channels * bytes, .Height = H,
	};
	CUsurfObject surface;
	CUdeviceptr dev;

	for (unsigned i = 0; i < H * W; i++) {
		for (unsigned n = 0; n < 4; n++) {
			int value = least + (int)rng_below((size_t)(most - least) + 1);
			uint32_t bits = stored(format, value);

			in[i][n] = floats ? stored(CU_AD_FORMAT_FLOAT, value) : (uint32_t)value;
			if (n < channels)
				memcpy(want + (i * channels + n) * bytes, &bits, bytes);
		}
	}
	CU(cuArray3DCreate(&copy.srcArray, &descriptor));
	resource.res.array.hArray = copy.srcArray;
	CU(cuSurfObjectCreate(&surface, &resource));
	CU(cuMemAlloc(&dev, sizeof(in)));
	CU(cuMemcpyHtoD(dev, in, sizeof(in)));
	CU(cuLaunchKernel(kernel, 1, 1, 1, W, H, 1, 0, NULL, (void *[]){ &surface, &dev }, NULL));
	CU(cuMemcpy2D(&copy));
	CHECK_SAME(got, want, H * W * channels * bytes);
	CU(cuSurfObjectDestroy(surface));
	CU(cuArrayDestroy(copy.srcArray));
	CU(cuMemFree(dev));
}

int main(void)
{
	CUmodule module;

	ptx_context();
	CU(cuModuleLoadData(&module, text));
	CU(cuModuleGetFunction(&kernel, module, "store"));
	check(CU_AD_FORMAT_UNSIGNED_INT8, 1, 4, 0, 255);
	check(CU_AD_FORMAT_SIGNED_INT8, 1, 2, -128, 127);
	check(CU_AD_FORMAT_UNSIGNED_INT16, 2, 1, 0, 65535);
	check(CU_AD_FORMAT_SIGNED_INT16, 2, 4, -32768, 32767);
	check(CU_AD_FORMAT_UNSIGNED_INT32, 4, 4, 0, 2000000000);
	check(CU_AD_FORMAT_SIGNED_INT32, 4, 2, -1000000000, 1000000000);
	check(CU_AD_FORMAT_HALF, 2, 4, -2047, 2047);
	check(CU_AD_FORMAT_FLOAT, 4, 1, -1000000, 1000000);
	CU(cuModuleUnload(module));
	return finish();
}
