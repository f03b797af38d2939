/* SPDX-License-Identifier: MIT */
/*
 * ptx.h - a module in PTX text for the tests of the driver API, and a context to load it in
 *
 * saxpy(y, x, a, n): y[i] += a * x[i]; add_variable(p): *p += variable, an int that is 5 at first.
 */
#ifndef TESTS_CUDA_PTX_H
#define TESTS_CUDA_PTX_H

#include "check.h"

static const char ptx_text[] =
	".version 6.4\n"
	".target sm_50\n"
	".address_size 64\n"
	".visible .global .align 4 .u32 variable = 5;\n"
	".visible .const .align 4 .u32 table[4] = {1, 2, 3, 4};\n"
	".visible .entry saxpy(.param .u64 y, .param .u64 x, .param .f32 a, .param .u32 n)\n"
	"{\n"
	"	.reg .pred %p<2>;\n"
	"	.reg .f32 %f<5>;\n"
	"	.reg .b32 %r<6>;\n"
	"	.reg .b64 %rd<8>;\n"
	"	ld.param.u64 %rd1, [y];\n"
	"	ld.param.u64 %rd2, [x];\n"
	"	ld.param.f32 %f1, [a];\n"
	"	ld.param.u32 %r1, [n];\n"
	"	mov.u32 %r2, %ctaid.x;\n"
	"	mov.u32 %r3, %ntid.x;\n"
	"	mov.u32 %r4, %tid.x;\n"
	"	mad.lo.s32 %r5, %r2, %r3, %r4;\n"
	"	setp.ge.u32 %p1, %r5, %r1;\n"
	"	@%p1 bra done;\n"
	"	mul.wide.u32 %rd3, %r5, 4;\n"
	"	add.s64 %rd4, %rd1, %rd3;\n"
	"	add.s64 %rd5, %rd2, %rd3;\n"
	"	ld.global.f32 %f2, [%rd4];\n"
	"	ld.global.f32 %f3, [%rd5];\n"
	"	fma.rn.f32 %f4, %f3, %f1, %f2;\n"
	"	st.global.f32 [%rd4], %f4;\n"
	"done:\n"
	"	ret;\n"
	"}\n"
	".visible .entry add_variable(.param .u64 p)\n"
	"{\n"
	"	.reg .b32 %r<4>;\n"
	"	.reg .b64 %rd<2>;\n"
	"	ld.param.u64 %rd1, [p];\n"
	"	ld.global.u32 %r1, [%rd1];\n"
	"	ld.global.u32 %r2, [variable];\n"
	"	add.u32 %r3, %r1, %r2;\n"
	"	st.global.u32 [%rd1], %r3;\n"
	"	ret;\n"
	"}\n";

/* ptx_context() - cuInit and the primary context of device 0, current */
static inline CUcontext ptx_context(void)
{
	CUcontext context;

	CU(cuInit(0));
	CU(cuDevicePrimaryCtxRetain(&context, 0));
	CU(cuCtxSetCurrent(context));
	return context;
}

/* ptx_saxpy() - launch @saxpy with random numbers and check every result */
static inline void ptx_saxpy(CUfunction saxpy)
{
	enum { N = 1000 };
	float x[N], y[N], got[N], a = 0.5f;
	CUdeviceptr dev_x, dev_y;
	unsigned n = N;
	void *params[] = { &dev_y, &dev_x, &a, &n };
	int i;

	for (i = 0; i < N; i++) {
		x[i] = (float)(int)rng_below(1000);
		y[i] = (float)(int)rng_below(1000);
	}
	CU(cuMemAlloc(&dev_x, sizeof(x)));
	CU(cuMemAlloc(&dev_y, sizeof(y)));
	CU(cuMemcpyHtoD(dev_x, x, sizeof(x)));
	CU(cuMemcpyHtoD(dev_y, y, sizeof(y)));
	CU(cuLaunchKernel(saxpy, (N + 127) / 128, 1, 1, 128, 1, 1, 0, NULL, params, NULL));
	CU(cuCtxSynchronize());
	CU(cuMemcpyDtoH(got, dev_y, sizeof(got)));
	for (i = 0; i < N; i++)
		CHECK(got[i] == x[i] * a + y[i]);
	CU(cuMemFree(dev_x));
	CU(cuMemFree(dev_y));
}

#endif /* TESTS_CUDA_PTX_H */
