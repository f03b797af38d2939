/* SPDX-License-Identifier: MIT */
/* Launches: the configuration that <<<...>>> leaves for the launch that follows it. */
#ifndef QCUDA_CUDART_LAUNCH_H
#define QCUDA_CUDART_LAUNCH_H

#include "cudart.h"

struct configuration {
	dim3 grid;
	dim3 block;
	size_t shared;
	cudaStream_t stream;
};

cudaError_t configuration_push(struct configuration configuration);
cudaError_t configuration_pop(struct configuration *configuration);
cudaError_t launch_error(CUresult result, dim3 grid, dim3 block);
void launch_config(CUlaunchConfig *to, const cudaLaunchConfig_t *from);

#pragma GCC visibility push(default)

/* Called from the code that nvcc emits for <<<...>>> and for the stub of a kernel. */
unsigned int __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared,
					 struct CUstream_st *stream);
cudaError_t __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, void *stream);
cudaError_t __cudaGetKernel(cudaKernel_t *kernel, const void *host);
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void **args,
			       size_t shared, cudaStream_t stream);

#pragma GCC visibility pop

#endif
