/* SPDX-License-Identifier: MIT */
/* cuModuleLoad reads PTX from a file; cuModuleLoadDataEx takes options */
#include "ptx.h"

int main(void)
{
	CUjit_option options[] = { CU_JIT_MAX_REGISTERS, CU_JIT_OPTIMIZATION_LEVEL };
	void *values[] = { (void *)32, (void *)2 };
	char path[] = "/tmp/qcuda-ptx-XXXXXX";
	int fd = mkstemp(path);
	CUfunction saxpy;
	CUmodule module;
	unsigned count;

	CHECK(fd >= 0 && write(fd, ptx_text, strlen(ptx_text)) == (ssize_t)strlen(ptx_text));
	close(fd);
	ptx_context();
	CU(cuModuleLoad(&module, path));
	unlink(path);
	CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
	ptx_saxpy(saxpy);
	CU(cuModuleUnload(module));
	CU(cuModuleLoadDataEx(&module, ptx_text, ARRAY_SIZE(options), options, values));
	CU(cuModuleGetFunctionCount(&count, module));
	CHECK(count == 2);
	CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
	ptx_saxpy(saxpy);
	CU(cuModuleUnload(module));
	return finish();
}
