/* SPDX-License-Identifier: MIT */
/* init.c - cuInit, and which CUDA this is */
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/timeline.h"

/* The newest CUDA whose driver API calls.def knows, 1000 * major + 10 * minor */
#define KNOWN_VERSION	13000

CUresult CUDAAPI cuInit(unsigned int flags)
{
	CUresult rc;

	if (flags)
		return CUDA_ERROR_INVALID_VALUE;
	if (session_check() == CUDA_SUCCESS)
		return CUDA_SUCCESS;
	rc = session_connect();
	if (rc == CUDA_SUCCESS)
		rc = device_init();
	if (rc == CUDA_SUCCESS) {
		session_up();
		timeline_start();
	}
	return rc;
}

CUresult CUDAAPI cuDriverGetVersion(int *driverVersion)
{
	if (!driverVersion)
		return CUDA_ERROR_INVALID_VALUE;
	/* Without a host this library is what there is: its version is the answer. */
	*driverVersion = KNOWN_VERSION;
	session_connect();
	if (session.host.driver_version > 0 && session.host.driver_version < KNOWN_VERSION)
		*driverVersion = session.host.driver_version;
	return CUDA_SUCCESS;
}
