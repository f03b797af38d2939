/* SPDX-License-Identifier: MIT */
/* cuLibraryLoadData and CUkernel: what the runtime library itself launches with */
#include "ptx.h"

int main(void)
{
	CUlibrary library;
	CUkernel kernel;
	CUfunction function;
	CUmodule module;
	CUdeviceptr variable;
	const char *name;
	unsigned value;
	size_t bytes;

	ptx_context();
	CU(cuLibraryLoadData(&library, ptx_text, NULL, NULL, 0, NULL, NULL, 0));
	CU(cuLibraryGetKernel(&kernel, library, "saxpy"));
	ptx_saxpy((CUfunction)kernel);
	CU(cuKernelGetFunction(&function, kernel));
	ptx_saxpy(function);
	CU(cuKernelGetName(&name, kernel));
	CHECK(!strcmp(name, "saxpy"));
	CU(cuLibraryGetKernelCount(&value, library));
	CHECK(value == 2);
	CU(cuLibraryGetGlobal(&variable, &bytes, library, "variable"));
	CHECK(bytes == 4);
	CU(cuMemcpyDtoH(&value, variable, 4));
	CHECK(value == 5);
	CU(cuLibraryGetModule(&module, library));
	CU(cuModuleGetFunction(&function, module, "saxpy"));
	ptx_saxpy(function);
	EXPECT_CU(CUDA_ERROR_NOT_FOUND, cuLibraryGetKernel(&kernel, library, "nothing"));
	EXPECT_CU(CUDA_ERROR_NOT_FOUND, cuLibraryGetGlobal(&variable, &bytes, library, "nothing"));
	CU(cuLibraryUnload(library));
	return finish();
}
