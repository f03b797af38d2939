/* SPDX-License-Identifier: MIT */
/*
 * A driver for tests of the runtime's own work: it links in place of driver.c,
 * remembers little, computes nothing, and counts what it is asked.
 */
#ifndef FAKE_DRIVER_H
#define FAKE_DRIVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "qcu-library/cudart/cudart.h"
#include "tests/unit/check.h"

struct driver driver;
static cudaError_t fake_state; /* what driver_enter() says */

cudaError_t driver_enter(void)
{
	return fake_state;
}

cudaError_t driver_version(int *version)
{
	*version = CUDART_VERSION;
	return cudaSuccess;
}

bool driver_leaving(void)
{
	return false;
}

/* Contexts: two devices, a primary context each; which one is current on the thread. */
static char fake_contexts[2];
static __thread CUcontext fake_current;
static atomic_int fake_retained;

static CUresult fake_ctx_get_current(CUcontext *context)
{
	*context = fake_current;
	return CUDA_SUCCESS;
}

static CUresult fake_ctx_set_current(CUcontext context)
{
	fake_current = context;
	return CUDA_SUCCESS;
}

static CUresult fake_ctx_synchronize(void)
{
	return CUDA_SUCCESS;
}

static CUresult fake_ctx_get_device(CUdevice *device)
{
	*device = (CUdevice)((char *)fake_current - fake_contexts);
	return fake_current ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

static CUresult fake_device_get(CUdevice *device, int ordinal)
{
	*device = ordinal;
	return ordinal >= 0 && ordinal < 2 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

static CUresult fake_device_get_count(int *count)
{
	*count = 2;
	return CUDA_SUCCESS;
}

static CUresult fake_primary_retain(CUcontext *context, CUdevice device)
{
	fake_retained++;
	*context = (CUcontext)&fake_contexts[device];
	return CUDA_SUCCESS;
}

static CUresult fake_primary_release(CUdevice device)
{
	fake_retained--;
	return CUDA_SUCCESS;
}

static CUresult fake_primary_reset(CUdevice device)
{
	return CUDA_SUCCESS;
}

static inline void fake_driver(void)
{
	driver.cuCtxGetCurrent = fake_ctx_get_current;
	driver.cuCtxSetCurrent = fake_ctx_set_current;
	driver.cuCtxSynchronize = fake_ctx_synchronize;
	driver.cuCtxGetDevice = fake_ctx_get_device;
	driver.cuDeviceGet = fake_device_get;
	driver.cuDeviceGetCount = fake_device_get_count;
	driver.cuDevicePrimaryCtxRetain = fake_primary_retain;
	driver.cuDevicePrimaryCtxRelease = fake_primary_release;
	driver.cuDevicePrimaryCtxReset = fake_primary_reset;
}

#endif
