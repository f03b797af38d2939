/* SPDX-License-Identifier: MIT */
/* NVRTC compiles a template in the program; the PTX is loaded and run */
#include "nvrtc_program.h"
#include "ptx.h"

#ifndef NO_NVRTC
static const char source[] =
	"template <typename T> __device__ T twice(T x) { return x + x; }\n"
	"template <typename T> __global__ void saxpy_of(T *y, const T *x, T a, unsigned n)\n"
	"{\n"
	"	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;\n"
	"	if (i < n)\n"
	"		y[i] += twice(a) * x[i] - a * x[i];\n"
	"}\n";

static int run(void)
{
	nvrtcProgram program;
	const char *lowered;
	char name[256];
	CUfunction function;
	CUmodule module;
	char *ptx;

	ptx_context();
	program = nvrtc_compile(source, "saxpy_of<float>", NULL);
	NVRTC(nvrtcGetLoweredName(program, "saxpy_of<float>", &lowered));
	snprintf(name, sizeof(name), "%s", lowered);
	puts(name);
	ptx = nvrtc_ptx(program);
	CU(cuModuleLoadData(&module, ptx));
	free(ptx);
	CU(cuModuleGetFunction(&function, module, name));
	ptx_saxpy(function);
	CU(cuModuleUnload(module));
	return finish();
}
#endif

NVRTC_MAIN
