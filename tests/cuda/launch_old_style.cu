/* SPDX-License-Identifier: MIT */
/*
 * Programs built by nvcc before CUDA 9.2 launch with cudaConfigureCall, cudaSetupArgument and
 * cudaLaunch.  These names are gone from the headers: they are looked up.
 */
#include "check.h"
#include "parts/invalid_launch.h"
#include <dlfcn.h>

__global__ void fill(int *out, short a, double b)
{
	out[threadIdx.x] = a + (int)b + threadIdx.x;
}

typedef cudaError_t (*configure_fn)(dim3, dim3, size_t, cudaStream_t);
typedef cudaError_t (*argument_fn)(const void *, size_t, size_t);
typedef cudaError_t (*launch_fn)(const void *);

int main()
{
	configure_fn configure = (configure_fn)dlsym(RTLD_DEFAULT, "cudaConfigureCall");
	argument_fn argument = (argument_fn)dlsym(RTLD_DEFAULT, "cudaSetupArgument");
	launch_fn launch = (launch_fn)dlsym(RTLD_DEFAULT, "cudaLaunch");
	int *dev, got[32];
	short a = -5;
	double b = 100.5;

	if (!configure || !argument || !launch)
		skip("this runtime library has no cudaConfigureCall, cudaSetupArgument, cudaLaunch");
	CUDA(cudaMalloc(&dev, sizeof(got)));
	CUDA(configure(dim3(1), dim3(32), 0, NULL));
	CUDA(argument(&dev, sizeof(dev), 0));
	CUDA(argument(&a, sizeof(a), 8));
	CUDA(argument(&b, sizeof(b), 16));
	CUDA(launch((const void *)fill));
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (int i = 0; i < 32; i++)
		CHECK(got[i] == 95 + i);
	EXPECT(cudaErrorMissingConfiguration, launch((const void *)fill));
	CUDA(configure(dim3(1), dim3(5000), 0, NULL));
	CUDA(argument(&dev, sizeof(dev), 0));
	EXPECT_INVALID_LAUNCH(launch((const void *)fill));
	CUDA(configure(dim3(1), dim3(32), 0, NULL));
	EXPECT_NO_KERNEL(launch((const void *)main));
	CUDA(cudaFree(dev));
	return finish();
}
