/* SPDX-License-Identifier: MIT */
/* Versions, the profiler's switch, and the driver's functions for programs that mix both APIs. */
#include "cudart.h"

cudaError_t cudaDriverGetVersion(int *driverVersion)
{
	return error_set(driverVersion ? driver_version(driverVersion) : cudaErrorInvalidValue);
}

cudaError_t cudaRuntimeGetVersion(int *runtimeVersion)
{
	if (!runtimeVersion)
		return error_set(cudaErrorInvalidValue);
	*runtimeVersion = CUDART_VERSION;
	return cudaSuccess;
}

FORWARD(cudaProfilerStart, (void), cuProfilerStart())
FORWARD(cudaProfilerStop, (void), cuProfilerStop())

static_assert((int)cudaDriverEntryPointSymbolNotFound ==
		      (int)CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND &&
	      (int)cudaDriverEntryPointVersionNotSufficent ==
		      (int)CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT,
	      "outcomes of a look-up are the driver's");

/* A symbol that is not there is an answer to who asks for the status, else an error. */
static cudaError_t get_address(const char *symbol, void **function, unsigned int version,
			       unsigned long long flags,
			       enum cudaDriverEntryPointQueryResult *status)
{
	CUdriverProcAddressQueryResult found = CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
	cudaError_t error = require(driver_enter(), symbol && function);
	CUresult result;

	if (error)
		return error;
	*function = NULL;
	result = driver.cuGetProcAddress(symbol, function, (int)version, flags, &found);
	if (status)
		*status = (enum cudaDriverEntryPointQueryResult)found;
	if (result == CUDA_ERROR_NOT_FOUND && status)
		return cudaSuccess;
	if (!result && !*function && !status)
		return cudaErrorSymbolNotFound;
	return error_from(result);
}

cudaError_t cudaGetDriverEntryPoint(const char *symbol, void **funcPtr, unsigned long long flags,
				    enum cudaDriverEntryPointQueryResult *driverStatus)
{
	return error_set(get_address(symbol, funcPtr, CUDART_VERSION, flags, driverStatus));
}

#if CUDART_VERSION >= 12050
cudaError_t cudaGetDriverEntryPointByVersion(const char *symbol, void **funcPtr,
					     unsigned int cudaVersion, unsigned long long flags,
					     enum cudaDriverEntryPointQueryResult *driverStatus)
{
	return error_set(get_address(symbol, funcPtr, cudaVersion, flags, driverStatus));
}
#endif

/* Export tables are private to NVIDIA's own libraries; there are none here. */
cudaError_t cudaGetExportTable(const void **ppExportTable, const cudaUUID_t *pExportTableId)
{
	if (!ppExportTable || !pExportTableId)
		return error_set(cudaErrorInvalidValue);
	*ppExportTable = NULL;
	return error_set(cudaErrorUnknown);
}
