/* SPDX-License-Identifier: MIT */
/* The functions of a module and the kernels of a library, listed, are those found by name */
#include "ptx.h"

static int is_one_of(const void *handle, const void *a, const void *b)
{
	return handle == a || handle == b;
}

static void functions(void)
{
	CUfunction saxpy, add, listed[3] = { 0 };
	CUmodule module;
	unsigned n;

	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
	CU(cuModuleGetFunctionCount(&n, module));
	CHECK(n == 2);
	CU(cuModuleEnumerateFunctions(listed, 3, module));
	CU(cuModuleGetFunction(&add, module, "add_variable"));
	CHECK(is_one_of(listed[0], saxpy, add) && is_one_of(listed[1], saxpy, add));
	CHECK(listed[0] != listed[1] && !listed[2]);
	memset(listed, 0, sizeof(listed));
	CU(cuModuleEnumerateFunctions(listed, 1, module));
	CHECK(is_one_of(listed[0], saxpy, add) && !listed[1]);
	ptx_saxpy(saxpy);
	CU(cuModuleUnload(module));
}

static void kernels(void)
{
	CUkernel saxpy, add, listed[3] = { 0 };
	CUlibrary library;
	unsigned n;
	void *pointer;

	CU(cuLibraryLoadData(&library, ptx_text, NULL, NULL, 0, NULL, NULL, 0));
	CU(cuLibraryGetKernelCount(&n, library));
	CHECK(n == 2);
	CU(cuLibraryEnumerateKernels(listed, 3, library));
	CU(cuLibraryGetKernel(&saxpy, library, "saxpy"));
	CU(cuLibraryGetKernel(&add, library, "add_variable"));
	CHECK(is_one_of(listed[0], saxpy, add) && is_one_of(listed[1], saxpy, add));
	CHECK(listed[0] != listed[1] && !listed[2]);
	ptx_saxpy((CUfunction)saxpy);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuLibraryGetUnifiedFunction(&pointer, library, "saxpy"));
	CU(cuLibraryUnload(library));
}

int main(void)
{
	ptx_context();
	functions();
	kernels();
	return finish();
}
