/* SPDX-License-Identifier: MIT */
/* cuFuncGetAttribute, cuFuncSetAttribute, cuFuncGetName and the layout of the parameters */
#include "ptx.h"

int main(void)
{
	static const size_t want[][2] = { { 0, 8 }, { 8, 8 }, { 16, 4 }, { 20, 4 } };
	size_t offset, size, i;
	CUfunction saxpy;
	CUmodule module, owner;
	const char *name;
	int value;

	ptx_context();
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
	CU(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, saxpy));
	CHECK(value == 1024);
	CU(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, saxpy));
	CHECK(value == 0);
	CU(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_PTX_VERSION, saxpy));
	CHECK(value == 50);
	CU(cuFuncSetAttribute(saxpy, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 1024));
	CU(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, saxpy));
	CHECK(value == 1024);
	CU(cuFuncSetCacheConfig(saxpy, CU_FUNC_CACHE_PREFER_L1));
	CU(cuFuncGetModule(&owner, saxpy));
	CHECK(owner == module);
	CU(cuFuncGetName(&name, saxpy));
	CHECK(!strcmp(name, "saxpy"));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		CU(cuFuncGetParamInfo(saxpy, i, &offset, &size));
		CHECK(offset == want[i][0] && size == want[i][1]);
	}
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuFuncGetParamInfo(saxpy, 4, &offset, &size));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuFuncGetAttribute(&value, (CUfunction_attribute)1000, saxpy));
	CU(cuModuleUnload(module));
	return finish();
}
