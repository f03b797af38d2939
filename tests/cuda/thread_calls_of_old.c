/* SPDX-License-Identifier: MIT */
/* cudaThreadSynchronize and cudaThreadExit, gone from CUDA 13's header: looked up */
#include "check.h"
#include <dlfcn.h>

typedef cudaError_t (*plain_fn)(void);

int main(void)
{
	plain_fn synchronize = (plain_fn)dlsym(RTLD_DEFAULT, "cudaThreadSynchronize");
	plain_fn leave = (plain_fn)dlsym(RTLD_DEFAULT, "cudaThreadExit");
	void *dev;

	/* the program must need the runtime library before it can look names up in it */
	CUDA(cudaMalloc(&dev, 100));
	if (!synchronize || !leave)
		skip("this runtime library has no cudaThreadSynchronize and cudaThreadExit");
	CUDA(cudaMemsetAsync(dev, 1, 100, 0));
	EXPECT(cudaSuccess, synchronize());
	EXPECT(cudaSuccess, leave());
	CUDA(cudaMalloc(&dev, 100));
	EXPECT(cudaSuccess, synchronize());
	CUDA(cudaFree(dev));
	return finish();
}
