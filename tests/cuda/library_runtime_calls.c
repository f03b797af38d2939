/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* cudaLibrary*: code that the runtime loads when it is asked to, its kernels, variables and counts */
#include "ptx.h"

static const char more_text[] =
	".version 6.4\n"
	".target sm_50\n"
	".address_size 64\n"
	".visible .global .attribute(.managed) .align 4 .b8 shared_by_both[16];\n"
	".visible .global .align 4 .u32 plain[5];\n"
	".visible .entry first(.param .u64 p) { ret; }\n"
	".visible .entry second() { ret; }\n";

int main(void)
{
	unsigned int n = 9, value = 1234, got = 0;
	cudaKernel_t kernels[4] = { NULL }, first;
	cudaLibrary_t library, other;
	size_t bytes;
	void *p;

	CUDA(cudaFree(0));
	CUDA(cudaLibraryLoadData(&library, more_text, NULL, NULL, 0, NULL, NULL, 0));
	CUDA(cudaLibraryLoadData(&other, ptx_text, NULL, NULL, 0, NULL, NULL, 0));
	CUDA(cudaLibraryGetKernelCount(&n, library));
	CHECK(n == 2);
	CUDA(cudaLibraryGetKernel(&first, library, "first"));
	CUDA(cudaLibraryEnumerateKernels(kernels, 2, library));
	CHECK(kernels[0] && kernels[1] && kernels[0] != kernels[1]);
	CHECK(kernels[0] == first || kernels[1] == first);
	CUDA(cudaLibraryGetGlobal(&p, &bytes, library, "plain"));
	CHECK(p && bytes == 20);
	CUDA(cudaMemcpy(p, &value, 4, cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy(&got, p, 4, cudaMemcpyDeviceToHost));
	CHECK(got == 1234);
	CUDA(cudaLibraryGetManaged(&p, &bytes, library, "shared_by_both"));
	CHECK(p && bytes == 16);
	CUDA(cudaDeviceSynchronize());
	*(unsigned int *)p = 77;
	CHECK(*(unsigned int *)p == 77);
	EXPECT(cudaErrorSymbolNotFound, cudaLibraryGetManaged(&p, &bytes, library, "plain"));
	EXPECT(cudaErrorSymbolNotFound, cudaLibraryGetGlobal(&p, &bytes, library, "nothing"));
	EXPECT(cudaErrorSymbolNotFound, cudaLibraryGetKernel(&first, library, "nothing"));
	SHOW(cudaLibraryGetUnifiedFunction(&p, library, "nothing"));
	EXPECT(cudaErrorInvalidValue, cudaLibraryGetKernelCount(NULL, library));
	cudaGetLastError();
	CUDA(cudaLibraryGetKernel(&first, other, "saxpy"));
	CUDA(cudaKernelSetAttributeForDevice(first, cudaFuncAttributeMaxDynamicSharedMemorySize, 2048,
					     0));
	EXPECT(cudaErrorInvalidValue,
	       cudaKernelSetAttributeForDevice(first, cudaFuncAttributeMaxDynamicSharedMemorySize,
					       1 << 30, 0));
	cudaGetLastError();
	EXPECT(cudaSuccess, cudaLibraryUnload(other));
	EXPECT(cudaSuccess, cudaLibraryUnload(library));
	return finish();
}
