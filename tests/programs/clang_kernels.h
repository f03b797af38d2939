/* SPDX-License-Identifier: MIT */
/*
 * clang_kernels.h - programs whose kernels Debian's clang compiles
 *
 * Theory of operation
 *
 * A file clang_NAME.c is compiled twice.  clang, which needs no NVIDIA toolkit for it, sees what is
 * under __CUDA_ARCH__ and makes PTX; gcc sees the rest, a program of the driver API, with that
 * PTX (the file PTX_FILE) inside.  clang's PTX differs from nvcc's: shared memory is addressed with
 * 64 bits, nothing is unrolled alike, and atomics and loads are generic more often.
 */
#ifndef TESTS_PROGRAMS_CLANG_KERNELS_H
#define TESTS_PROGRAMS_CLANG_KERNELS_H

#ifdef __CUDA_ARCH__

#define __global__ extern "C" __attribute__((global))
#define __device__ static __attribute__((device))
#define __shared__ __attribute__((shared))
#define threadIdx_x ((int)__nvvm_read_ptx_sreg_tid_x())
#define threadIdx_y ((int)__nvvm_read_ptx_sreg_tid_y())
#define blockIdx_x ((int)__nvvm_read_ptx_sreg_ctaid_x())
#define blockIdx_y ((int)__nvvm_read_ptx_sreg_ctaid_y())
#define blockDim_x ((int)__nvvm_read_ptx_sreg_ntid_x())
#define gridDim_x ((int)__nvvm_read_ptx_sreg_nctaid_x())

#else

#include "check.h"

__asm__(".section .rodata\n"
	"kernels_ptx:\n"
	".incbin \"" PTX_FILE "\"\n"
	".byte 0\n"
	".previous\n");
extern const char kernels_ptx[];

/* kernels_load() - the file's kernels, in the primary context of device 0 */
static inline CUmodule kernels_load(void)
{
	CUcontext context;
	CUmodule module;

	setenv("TEST_SEED", "1", 0); /* the same inputs in every run, as program.h says */
	CU(cuInit(0));
	CU(cuDevicePrimaryCtxRetain(&context, 0));
	CU(cuCtxSetCurrent(context));
	CU(cuModuleLoadData(&module, kernels_ptx));
	return module;
}

static inline CUfunction kernel(CUmodule module, const char *name)
{
	CUfunction function;

	CU(cuModuleGetFunction(&function, module, name));
	return function;
}

static inline CUdeviceptr to_device(const void *host, size_t bytes)
{
	CUdeviceptr device;

	CU(cuMemAlloc(&device, bytes));
	CU(cuMemcpyHtoD(device, host, bytes));
	return device;
}

#endif /* __CUDA_ARCH__ */
#endif /* TESTS_PROGRAMS_CLANG_KERNELS_H */
