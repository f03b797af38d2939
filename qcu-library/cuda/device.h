/* SPDX-License-Identifier: MIT */
/* device.h - the host's devices, asked once */
#ifndef QCU_LIBRARY_DEVICE_H
#define QCU_LIBRARY_DEVICE_H

#include "qcu-library/cuda/api.h"

#define MAX_DEVICES	64

/** device_init() - ask the host what its devices are; in cuInit() */
CUresult device_init(void);

/** device_check() - session_check(), and CUDA_ERROR_INVALID_DEVICE if there is no @dev */
CUresult device_check(CUdevice dev);

/** device_attribute() - of a device that exists; 0 if the host does not know it */
int device_attribute(CUdevice dev, CUdevice_attribute attribute);

#endif
