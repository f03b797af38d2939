/* SPDX-License-Identifier: MIT */
/* Libraries that a program loads itself; a cudaLibrary_t is a CUlibrary. */
#include "fatbin.h"

#if CUDART_VERSION >= 12080

static_assert(cudaLibraryHostUniversalFunctionAndDataTable ==
		      (int)CU_LIBRARY_HOST_UNIVERSAL_FUNCTION_AND_DATA_TABLE &&
	      cudaLibraryBinaryIsPreserved == (int)CU_LIBRARY_BINARY_IS_PRESERVED,
	      "options of libraries are the driver's");
static_assert((int)cudaJitMaxRegisters == (int)CU_JIT_MAX_REGISTERS &&
	      (int)cudaJitOptimizationLevel == (int)CU_JIT_OPTIMIZATION_LEVEL &&
	      (int)cudaJitGenerateDebugInfo == (int)CU_JIT_GENERATE_DEBUG_INFO,
	      "options of the JIT are the driver's");

FORWARD(cudaLibraryLoadData,
	(cudaLibrary_t *library, const void *code, enum cudaJitOption *jitOptions,
	 void **jitOptionsValues, unsigned int numJitOptions,
	 enum cudaLibraryOption *libraryOptions, void **libraryOptionValues,
	 unsigned int numLibraryOptions),
	cuLibraryLoadData(library, code, (CUjit_option *)jitOptions, jitOptionsValues,
			  numJitOptions, (CUlibraryOption *)libraryOptions, libraryOptionValues,
			  numLibraryOptions))
FORWARD(cudaLibraryLoadFromFile,
	(cudaLibrary_t *library, const char *fileName, enum cudaJitOption *jitOptions,
	 void **jitOptionsValues, unsigned int numJitOptions,
	 enum cudaLibraryOption *libraryOptions, void **libraryOptionValues,
	 unsigned int numLibraryOptions),
	cuLibraryLoadFromFile(library, fileName, (CUjit_option *)jitOptions, jitOptionsValues,
			      numJitOptions, (CUlibraryOption *)libraryOptions,
			      libraryOptionValues, numLibraryOptions))

cudaError_t cudaLibraryUnload(cudaLibrary_t library)
{
	cudaError_t error = context_enter();

	if (!error)
		error = error_from(driver.cuLibraryUnload(library));
	if (!error)
		fatbin_drop_library(library);
	return error_set(error);
}

cudaError_t cudaLibraryGetKernel(cudaKernel_t *pKernel, cudaLibrary_t library, const char *name)
{
	cudaError_t error = context_enter();

	if (!error)
		error = error_from(driver.cuLibraryGetKernel(pKernel, library, name));
	if (!error)
		error = fatbin_adopt_kernel(library, *pKernel);
	return error_set(error);
}

cudaError_t cudaLibraryEnumerateKernels(cudaKernel_t *kernels, unsigned int numKernels,
					cudaLibrary_t lib)
{
	unsigned int count;
	cudaError_t error = context_enter();

	if (!error)
		error = error_from(driver.cuLibraryEnumerateKernels(kernels, numKernels, lib));
	if (!error)
		error = error_from(driver.cuLibraryGetKernelCount(&count, lib));
	for (unsigned int i = 0; !error && i < count && i < numKernels; i++)
		error = fatbin_adopt_kernel(lib, kernels[i]);
	return error_set(error);
}

FORWARD(cudaLibraryGetKernelCount, (unsigned int *count, cudaLibrary_t lib),
	cuLibraryGetKernelCount(count, lib))
FORWARD(cudaLibraryGetGlobal,
	(void **dptr, size_t *bytes, cudaLibrary_t library, const char *name),
	cuLibraryGetGlobal((CUdeviceptr *)dptr, bytes, library, name))
FORWARD(cudaLibraryGetManaged,
	(void **dptr, size_t *bytes, cudaLibrary_t library, const char *name),
	cuLibraryGetManaged((CUdeviceptr *)dptr, bytes, library, name))
FORWARD(cudaLibraryGetUnifiedFunction, (void **fptr, cudaLibrary_t library, const char *symbol),
	cuLibraryGetUnifiedFunction(fptr, library, symbol))

#endif
