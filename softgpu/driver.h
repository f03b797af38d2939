/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_DRIVER_H
#define SOFTGPU_DRIVER_H

#include "softgpu/api.h"

#include <stdbool.h>

#define DRIVER_VERSION 13000

/**
 * driver_enter() - what a call that needs no context checks first
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_NOT_INITIALIZED before cuInit() and in the child of
 * a fork; CUDA_ERROR_NOT_PERMITTED in a host function of a stream.
 */
CUresult driver_enter(void);

/* driver_callback() - the calling thread begins (true) or ends a host function of a stream */
void driver_callback(bool begins);

/* driver_launch_blocking() - $CUDA_LAUNCH_BLOCKING: launches return when the kernel has ended */
bool driver_launch_blocking(void);

#endif /* SOFTGPU_DRIVER_H */
