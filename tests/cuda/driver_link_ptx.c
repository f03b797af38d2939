/* SPDX-License-Identifier: MIT */
/* cuLinkCreate, AddData, Complete: two pieces of PTX that need each other become a module */
#include "ptx.h"

#define HEADER ".version 6.4\n.target sm_50\n.address_size 64\n"

static const char caller[] = HEADER
	".extern .func (.param .b32 r) triple(.param .b32 x);\n"
	".extern .global .align 4 .u32 offset;\n"
	".visible .entry run(.param .u64 p)\n"
	"{\n"
	"	.reg .b32 %r<5>;\n"
	"	.reg .b64 %rd<2>;\n"
	"	ld.param.u64 %rd1, [p];\n"
	"	ld.global.u32 %r1, [%rd1];\n"
	"	{\n"
	"	.param .b32 x;\n"
	"	.param .b32 r;\n"
	"	st.param.b32 [x], %r1;\n"
	"	call.uni (r), triple, (x);\n"
	"	ld.param.b32 %r2, [r];\n"
	"	}\n"
	"	ld.global.u32 %r3, [offset];\n"
	"	add.u32 %r4, %r2, %r3;\n"
	"	st.global.u32 [%rd1], %r4;\n"
	"	ret;\n"
	"}\n";

static const char callee[] = HEADER
	".visible .global .align 4 .u32 offset = 1000;\n"
	".visible .func (.param .b32 r) triple(.param .b32 x)\n"
	"{\n"
	"	.reg .b32 %r<3>;\n"
	"	ld.param.b32 %r1, [x];\n"
	"	mul.lo.u32 %r2, %r1, 3;\n"
	"	st.param.b32 [r], %r2;\n"
	"	ret;\n"
	"}\n";

int main(void)
{
	CUlinkState state;
	CUfunction run;
	CUmodule module;
	CUdeviceptr dev;
	void *cubin, *params[] = { &dev };
	size_t bytes;
	unsigned value = 14;

	ptx_context();
	CU(cuLinkCreate(0, NULL, NULL, &state));
	CU(cuLinkAddData(state, CU_JIT_INPUT_PTX, (void *)caller, sizeof(caller), "caller", 0, NULL,
			 NULL));
	CU(cuLinkAddData(state, CU_JIT_INPUT_PTX, (void *)callee, sizeof(callee), "callee", 0, NULL,
			 NULL));
	CU(cuLinkComplete(state, &cubin, &bytes));
	CHECK(cubin && bytes);
	CU(cuModuleLoadData(&module, cubin));
	CU(cuLinkDestroy(state));
	CU(cuModuleGetFunction(&run, module, "run"));
	CU(cuMemAlloc(&dev, 4));
	CU(cuMemcpyHtoD(dev, &value, 4));
	CU(cuLaunchKernel(run, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	CU(cuMemcpyDtoH(&value, dev, 4));
	CHECK(value == 1042);
	CU(cuModuleUnload(module));
	return finish();
}
