/* SPDX-License-Identifier: MIT */
/* cuCtxSetLimit, cache configuration, flags, versions, stream priorities of a context */
#include "ptx.h"

int main(void)
{
	CUcontext context = ptx_context();
	CUfunc_cache config;
	unsigned version, flags;
	int least, greatest;
	size_t value;

	CU(cuCtxSetLimit(CU_LIMIT_STACK_SIZE, 4096));
	CU(cuCtxGetLimit(&value, CU_LIMIT_STACK_SIZE));
	CHECK(value >= 4096);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuCtxGetLimit(&value, (CUlimit)99));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuCtxSetLimit((CUlimit)99, 1));
	CU(cuCtxSetCacheConfig(CU_FUNC_CACHE_PREFER_SHARED));
	CU(cuCtxGetCacheConfig(&config));
	CHECK(config == CU_FUNC_CACHE_PREFER_SHARED);
	CU(cuCtxGetApiVersion(context, &version));
	CHECK(version >= 3020);
	CU(cuCtxGetFlags(&flags));
	CU(cuCtxGetStreamPriorityRange(&least, &greatest));
	CHECK(least >= greatest);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuCtxGetLimit(NULL, CU_LIMIT_STACK_SIZE));
	return finish();
}
