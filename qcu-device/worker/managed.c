/* SPDX-License-Identifier: MIT */
/*
 * managed.c - managed variables of modules
 *
 * Faces qcu-library/cuda/mirror.c, which moves their contents by ordinary copies.
 */
#include "qcu-device/worker/body.h"

CUresult host_is_managed(struct dispatch *dispatch, int *managed, CUdeviceptr address)
{
	unsigned int value = 0;

	if (!managed)
		return dispatch_refuse(dispatch);
	/* An address that the driver knows nothing of is none of managed memory. */
	if (driver.cuPointerGetAttribute &&
	    driver.cuPointerGetAttribute(&value, CU_POINTER_ATTRIBUTE_IS_MANAGED, address) !=
		    CUDA_SUCCESS)
		value = 0;
	*managed = value != 0;
	return CUDA_SUCCESS;
}
