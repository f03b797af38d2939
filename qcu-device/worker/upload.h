/* SPDX-License-Identifier: MIT */
/* upload.h - module images that come piece by piece */
#ifndef QCU_DEVICE_WORKER_UPLOAD_H
#define QCU_DEVICE_WORKER_UPLOAD_H

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/image_memory.h"

/**
 * upload_take() - what has come under a name, which is free again
 * @memory: the caller's; no command can change it any more
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_OUT_OF_MEMORY: there was no room for it; or
 * dispatch_refuse() if a part of it comes just now.
 */
CUresult upload_take(struct dispatch *dispatch, const struct wire_upload *name,
		     struct image_memory **memory);

#endif
