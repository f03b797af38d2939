/* SPDX-License-Identifier: MIT */
/* params.h - a kernel's parameters, which the guest sends in one buffer, as the driver wants them */
#ifndef QCU_DEVICE_WORKER_PARAMS_H
#define QCU_DEVICE_WORKER_PARAMS_H

#include "qcu-device/worker/body.h"

#define PARAMS_MAX	4096	/* of a kernel: 4 KiB, later 32,764 bytes, of at least one each */

/**
 * params_point() - make an array of pointers to the values in @buffer, kernelParams
 * @pointers: PARAMS_MAX of them
 *
 * Return: CUDA_ERROR_INVALID_VALUE if there are fewer than the kernel has, or an error of the driver.
 */
CUresult params_point(CUfunction function, const uint8_t *buffer, uint32_t bytes, void **pointers);

#endif
