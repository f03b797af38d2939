/* SPDX-License-Identifier: MIT */
/* Two programs that NVRTC compiled apart are linked by cuLink*, or by nvJitLink, and run */
#include "nvrtc_program.h"
#include "ptx.h"

#ifndef NO_NVRTC
#include <nvJitLink.h>

#define LINK(call)                                                                                 \
	check_result(__FILE__, __LINE__, #call,                                                    \
		     (call) == NVJITLINK_SUCCESS ? "CUDA_SUCCESS" : "an error of nvJitLink", NULL)

static const char main_source[] =
	"extern __device__ float scaled(float x, float a);\n"
	"extern \"C\" __global__ void saxpy(float *y, const float *x, float a, unsigned n)\n"
	"{\n"
	"	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;\n"
	"	if (i < n)\n"
	"		y[i] += scaled(x[i], a);\n"
	"}\n";
static const char other_source[] = "__device__ float scaled(float x, float a) { return a * x; }\n";

static void load_and_run(const char *by, const void *image)
{
	CUfunction function;
	CUmodule module;
	CUresult result = cuModuleLoadData(&module, image);

	if (result == CUDA_ERROR_NO_BINARY_FOR_GPU) {
		fprintf(stderr, "%s: this device has no code of its own to load\n", by);
		return;
	}
	CU(result);
	CU(cuModuleGetFunction(&function, module, "saxpy"));
	ptx_saxpy(function);
	CU(cuModuleUnload(module));
}

static void by_driver(void)
{
	char *one = nvrtc_ptx(nvrtc_compile(main_source, NULL, "--relocatable-device-code=true"));
	char *two = nvrtc_ptx(nvrtc_compile(other_source, NULL, "--relocatable-device-code=true"));
	CUlinkState state;
	void *image;
	size_t bytes;

	CU(cuLinkCreate(0, NULL, NULL, &state));
	CU(cuLinkAddData(state, CU_JIT_INPUT_PTX, one, strlen(one) + 1, "one", 0, NULL, NULL));
	CU(cuLinkAddData(state, CU_JIT_INPUT_PTX, two, strlen(two) + 1, "two", 0, NULL, NULL));
	CU(cuLinkComplete(state, &image, &bytes));
	CHECK(image && bytes);
	load_and_run("cuLink", image);
	CU(cuLinkDestroy(state));
	free(one);
	free(two);
}

/* nvJitLink makes a cubin of PTX */
static void by_library(void)
{
	char *one = nvrtc_ptx(nvrtc_compile(main_source, NULL, "--relocatable-device-code=true"));
	char *two = nvrtc_ptx(nvrtc_compile(other_source, NULL, "--relocatable-device-code=true"));
	const char *options[] = { nvrtc_arch("-arch=sm_") };
	nvJitLinkHandle link;
	size_t bytes;
	char *cubin;

	LINK(nvJitLinkCreate(&link, 1, options));
	LINK(nvJitLinkAddData(link, NVJITLINK_INPUT_PTX, one, strlen(one) + 1, "one"));
	LINK(nvJitLinkAddData(link, NVJITLINK_INPUT_PTX, two, strlen(two) + 1, "two"));
	LINK(nvJitLinkComplete(link));
	LINK(nvJitLinkGetLinkedCubinSize(link, &bytes));
	cubin = malloc(bytes);
	CHECK(cubin);
	LINK(nvJitLinkGetLinkedCubin(link, cubin));
	LINK(nvJitLinkDestroy(&link));
	load_and_run("nvJitLink", cubin);
	free(cubin);
	free(one);
	free(two);
}

static void add_lto(nvJitLinkHandle link, const char *source, const char *name)
{
	nvrtcProgram program = nvrtc_compile(source, NULL, "-dlto");
	size_t bytes;
	char *ir;

	NVRTC(nvrtcGetLTOIRSize(program, &bytes));
	ir = malloc(bytes);
	CHECK(ir);
	NVRTC(nvrtcGetLTOIR(program, ir));
	NVRTC(nvrtcDestroyProgram(&program));
	LINK(nvJitLinkAddData(link, NVJITLINK_INPUT_LTOIR, ir, bytes, name));
	free(ir);
}

/* And PTX of what was compiled for optimisation at link time */
static void at_link_time(void)
{
	const char *options[] = { nvrtc_arch("-arch=sm_"), "-lto", "-ptx" };
	nvJitLinkHandle link;
	size_t bytes;
	char *ptx;

	LINK(nvJitLinkCreate(&link, 3, options));
	add_lto(link, main_source, "one");
	add_lto(link, other_source, "two");
	LINK(nvJitLinkComplete(link));
	LINK(nvJitLinkGetLinkedPtxSize(link, &bytes));
	ptx = calloc(1, bytes + 1);
	CHECK(ptx);
	LINK(nvJitLinkGetLinkedPtx(link, ptx));
	LINK(nvJitLinkDestroy(&link));
	load_and_run("nvJitLink -lto", ptx);
	free(ptx);
}

static int run(void)
{
	ptx_context();
	by_driver();
	by_library();
	at_link_time();
	return finish();
}
#endif

NVRTC_MAIN
