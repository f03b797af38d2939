/* SPDX-License-Identifier: MIT */
/* What cannot be loaded: not an image, PTX that does not parse, a file that is not there */
#include "ptx.h"

int main(void)
{
	static const char garbage[4096] = "this is not an image";
	static const char bad_ptx[] = ".version 6.4\n.target sm_50\n.address_size 64\n"
				      ".visible .entry f(\n{\n	ret;\n}\n";
	CUmodule module;
	char log[8192] = "";
	CUjit_option options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
	void *values[] = { log, (void *)(uintptr_t)sizeof(log) };

	ptx_context();
	EXPECT_CU(CUDA_ERROR_INVALID_PTX, cuModuleLoadData(&module, bad_ptx));
	EXPECT_CU(CUDA_ERROR_INVALID_PTX,
		  cuModuleLoadDataEx(&module, bad_ptx, ARRAY_SIZE(options), options, values));
	CHECK(log[0]);
	CHECK(cuModuleLoadData(&module, garbage) != CUDA_SUCCESS);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuModuleLoadData(&module, NULL));
	EXPECT_CU(CUDA_ERROR_FILE_NOT_FOUND, cuModuleLoad(&module, "/no/such/file.ptx"));
	EXPECT_CU(CUDA_SUCCESS, cuModuleLoadData(&module, ptx_text));
	CU(cuModuleUnload(module));
	return finish();
}
