/* SPDX-License-Identifier: MIT */
/* cudaThread* and cudaSetDoubleFor*, gone from CUDA 13's header: looked up */
#include "check.h"
#include <dlfcn.h>

typedef cudaError_t (*plain_fn)(void);
typedef cudaError_t (*get_limit_fn)(size_t *, enum cudaLimit);
typedef cudaError_t (*set_limit_fn)(enum cudaLimit, size_t);
typedef cudaError_t (*get_cache_fn)(enum cudaFuncCache *);
typedef cudaError_t (*set_cache_fn)(enum cudaFuncCache);
typedef cudaError_t (*double_fn)(double *);

/* Each is what cudaDevice* is now, and doubles are what they are */
static void settings(void)
{
	get_limit_fn get_limit = (get_limit_fn)dlsym(RTLD_DEFAULT, "cudaThreadGetLimit");
	set_limit_fn set_limit = (set_limit_fn)dlsym(RTLD_DEFAULT, "cudaThreadSetLimit");
	get_cache_fn get_cache = (get_cache_fn)dlsym(RTLD_DEFAULT, "cudaThreadGetCacheConfig");
	set_cache_fn set_cache = (set_cache_fn)dlsym(RTLD_DEFAULT, "cudaThreadSetCacheConfig");
	double_fn to_device = (double_fn)dlsym(RTLD_DEFAULT, "cudaSetDoubleForDevice");
	double_fn to_host = (double_fn)dlsym(RTLD_DEFAULT, "cudaSetDoubleForHost");
	enum cudaFuncCache cache;
	size_t stack = 0;
	double d = 0.1;

	if (!get_limit || !set_limit || !get_cache || !set_cache || !to_device || !to_host)
		skip("this runtime library has no settings of threads");
	EXPECT(cudaSuccess, set_limit(cudaLimitStackSize, 4096));
	EXPECT(cudaSuccess, get_limit(&stack, cudaLimitStackSize));
	CHECK(stack >= 4096);
	EXPECT(cudaSuccess, set_cache(cudaFuncCachePreferNone));
	EXPECT(cudaSuccess, get_cache(&cache));
	EXPECT(cudaSuccess, to_device(&d));
	EXPECT(cudaSuccess, to_host(&d));
	CHECK(d == 0.1);
}

int main(void)
{
	plain_fn synchronize = (plain_fn)dlsym(RTLD_DEFAULT, "cudaThreadSynchronize");
	plain_fn leave = (plain_fn)dlsym(RTLD_DEFAULT, "cudaThreadExit");
	void *dev;

	/* the program must need the runtime library before it can look names up in it */
	CUDA(cudaMalloc(&dev, 100));
	if (!synchronize || !leave)
		skip("this runtime library has no cudaThreadSynchronize and cudaThreadExit");
	settings();
	CUDA(cudaMemsetAsync(dev, 1, 100, 0));
	EXPECT(cudaSuccess, synchronize());
	EXPECT(cudaSuccess, leave());
	CUDA(cudaMalloc(&dev, 100));
	EXPECT(cudaSuccess, synchronize());
	CUDA(cudaFree(dev));
	return finish();
}
