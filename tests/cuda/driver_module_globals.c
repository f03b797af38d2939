/* SPDX-License-Identifier: MIT */
/* cuModuleGetGlobal: address and size of a module's variables; two loads do not share them */
#include "ptx.h"

int main(void)
{
	CUmodule one, two;
	CUdeviceptr in_one, in_two, out, table;
	CUfunction add;
	void *params[] = { &out };
	unsigned value = 100, words[4];
	size_t bytes;

	ptx_context();
	CU(cuModuleLoadData(&one, ptx_text));
	CU(cuModuleLoadData(&two, ptx_text));
	CU(cuModuleGetGlobal(&in_one, &bytes, one, "variable"));
	CHECK(bytes == 4);
	CU(cuModuleGetGlobal(&in_two, NULL, two, "variable"));
	CHECK(in_one != in_two);
	CU(cuModuleGetGlobal(&table, &bytes, one, "table"));
	CHECK(bytes == 16);
	CU(cuMemcpyDtoH(words, table, 16));
	CHECK(words[0] == 1 && words[3] == 4);
	CU(cuMemcpyHtoD(in_one, &value, 4));
	CU(cuMemAlloc(&out, 4));
	CU(cuMemsetD32(out, 1, 1));
	CU(cuModuleGetFunction(&add, one, "add_variable"));
	CU(cuLaunchKernel(add, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	CU(cuModuleGetFunction(&add, two, "add_variable"));
	CU(cuLaunchKernel(add, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	CU(cuMemcpyDtoH(&value, out, 4));
	CHECK(value == 1 + 100 + 5);
	EXPECT_CU(CUDA_ERROR_NOT_FOUND, cuModuleGetGlobal(&out, &bytes, one, "nothing"));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuModuleGetGlobal(&out, &bytes, one, NULL));
	CU(cuModuleUnload(one));
	CU(cuModuleUnload(two));
	return finish();
}
