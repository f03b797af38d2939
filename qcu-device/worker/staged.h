/* SPDX-License-Identifier: MIT */
/* staged.h - copies of guest memory that is not registered with CUDA */
#ifndef QCU_DEVICE_WORKER_STAGED_H
#define QCU_DEVICE_WORKER_STAGED_H

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/span.h"

/**
 * staged_write(), staged_read() - copy a span in the order of @stream, through registered memory
 *
 * Return: once the copy is done, or an error of the driver's.
 */
CUresult staged_write(struct dispatch *dispatch, CUdeviceptr dst, const struct span *span,
		      CUstream stream);
CUresult staged_read(struct dispatch *dispatch, const struct span *span, CUdeviceptr src,
		     CUstream stream);

#endif
