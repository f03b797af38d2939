/* SPDX-License-Identifier: MIT */
/*
 * Large images: texts of 1 MiB, equal but for one number, give kernels that differ in it
 *
 *	driver_large_image [SEED]
 *
 * SEED makes the texts those of another program, of the same length.
 */
#include <string.h>

#include "ptx.h"

#define BYTES	((size_t)1 << 20)

static const char format[] =
	"\n.version 6.4\n"
	".target sm_50\n"
	".address_size 64\n"
	".visible .entry number(.param .u64 p)\n"
	"{\n"
	"	.reg .b32 %%r<2>;\n"
	"	.reg .b64 %%rd<2>;\n"
	"	ld.param.u64 %%rd1, [p];\n"
	"	mov.u32 %%r1, %08u;\n"
	"	st.global.u32 [%%rd1], %%r1;\n"
	"	ret;\n"
	"}\n";

/* A comment that only @seed determines, and the kernel */
static char *make_text(unsigned seed, unsigned number)
{
	char *text = malloc(BYTES), code[sizeof(format) + 16];
	size_t n = (size_t)sprintf(code, format, number);
	uint64_t state = seed;

	CHECK(text);
	for (size_t i = 0; i < BYTES; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		text[i] = (char)('a' + (state >> 60));
	}
	memcpy(text, "//", 2);
	memcpy(text + BYTES - n - 1, code, n + 1);
	return text;
}

static void check_number(CUfunction function, unsigned number)
{
	CUdeviceptr memory;
	void *params[] = { &memory };
	unsigned got;

	CU(cuMemAlloc(&memory, sizeof(got)));
	CU(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	CU(cuMemcpyDtoH(&got, memory, sizeof(got)));
	CHECK(got == number);
	CU(cuMemFree(memory));
}

static void module(unsigned seed, unsigned number)
{
	char *text = make_text(seed, number);
	CUfunction function;
	CUmodule module;

	CU(cuModuleLoadData(&module, text));
	free(text);
	CU(cuModuleGetFunction(&function, module, "number"));
	check_number(function, number);
	CU(cuModuleUnload(module));
}

static void library(unsigned seed, unsigned number)
{
	char *text = make_text(seed, number);
	CUfunction function;
	CUlibrary library;
	CUkernel kernel;

	CU(cuLibraryLoadData(&library, text, NULL, NULL, 0, NULL, NULL, 0));
	free(text);
	CU(cuLibraryGetKernel(&kernel, library, "number"));
	CU(cuKernelGetFunction(&function, kernel));
	check_number(function, number);
	CU(cuLibraryUnload(library));
}

/* What cannot be compiled says so each time. */
static void broken(unsigned seed)
{
	char *text = make_text(seed, 1);
	CUmodule module;

	memcpy(strstr(text, "st.global"), "xx", 2);
	for (int i = 0; i < 2; i++)
		CHECK(cuModuleLoadData(&module, text) == CUDA_ERROR_INVALID_PTX);
	free(text);
}

int main(int argc, char **argv)
{
	unsigned seed = argc > 1 ? (unsigned)atoi(argv[1]) : 1;

	ptx_context();
	for (unsigned number = 0; number < 3; number++) {
		module(seed, number);
		library(seed, number);
	}
	broken(seed);
	printf("three numbers\n");
	return 0;
}
