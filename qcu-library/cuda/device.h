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

/**
 * device_of_location() - CUDA_SUCCESS if it is a device there is, else what the call returns
 *
 * The host is not supported, which the attributes of the device say (docs/design.md, "Pools and
 * mappings"), and its current node is no place for memory on any GPU (CUDA Driver API,
 * cuMemCreate, cuMemPoolCreate, cuMemGetMemPool).
 */
CUresult device_of_location(const CUmemLocation *location);

/**
 * device_of_memory() - device_of_location() of memory to be made
 * @handle_types: how other processes may get it; on the host, no way (ibid.)
 */
CUresult device_of_memory(const CUmemLocation *location, CUmemAllocationHandleType handle_types);

/** device_attribute() - of a device that exists; 0 if the host does not know it */
int device_attribute(CUdevice dev, CUdevice_attribute attribute);

/**
 * device_on_host() - the host's number of a device of this process
 *
 * CUDA_VISIBLE_DEVICES hides devices from a program and puts them in another
 * order.  What is no device here is none there: -1.
 */
CUdevice device_on_host(CUdevice dev);

/** device_from_host() - and back; -1 for a device that the program does not see */
CUdevice device_from_host(CUdevice dev);

/** devices_are_renumbered() - is there any difference between the two? */
bool devices_are_renumbered(void);

#endif
