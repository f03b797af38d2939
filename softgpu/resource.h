/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_RESOURCE_H
#define SOFTGPU_RESOURCE_H

#include "softgpu/api.h"

/**
 * resource_desc_sms() - how many multiprocessors of device @dev a descriptor asks for
 * @desc: NULL: all there are, as with NVIDIA's driver
 *
 * Return: CUDA_SUCCESS, CUDA_ERROR_INVALID_VALUE.
 */
CUresult resource_desc_sms(CUdevResourceDesc desc, CUdevice dev, unsigned int *sms);

#endif /* SOFTGPU_RESOURCE_H */
