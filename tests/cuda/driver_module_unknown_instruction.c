/* SPDX-License-Identifier: MIT */
/* PTX with an instruction that is none is refused when it is loaded, and the log says which */
#include "ptx.h"

static const char unknown[] = ".version 6.4\n.target sm_50\n.address_size 64\n"
			      ".visible .entry f()\n{\n	no.such.instruction;\n	ret;\n}\n";

int main(void)
{
	char log[8192] = "";
	CUjit_option options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
	void *values[] = { log, (void *)(uintptr_t)sizeof(log) };
	CUmodule module;

	ptx_context();
	EXPECT_CU(CUDA_ERROR_INVALID_PTX,
		  cuModuleLoadDataEx(&module, unknown, ARRAY_SIZE(options), options, values));
	CHECK(strstr(log, "no"));
	return finish();
}
