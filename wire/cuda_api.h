/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * cuda_api.h - NVIDIA's prototypes, as every reader of calls.def needs them
 *
 * Who carries an API carries its deprecated functions too, without a warning.
 */
#ifndef QCUDA_WIRE_CUDA_API_H
#define QCUDA_WIRE_CUDA_API_H

#include <cuda.h>
#include <cudaProfiler.h>

#include "wire/payload.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#endif
