/* SPDX-License-Identifier: MIT */
/* image.h - a module image that came from the guest, as the driver wants it */
#ifndef QCU_DEVICE_WORKER_IMAGE_H
#define QCU_DEVICE_WORKER_IMAGE_H

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/image_memory.h"
#include "qcu-device/worker/keep.h"

/**
 * struct image - a private copy of the guest's image; may be moved
 * @data: what to give to cuModuleLoadData and its like
 * @memory: where the bytes are
 * @keep: for the daemon, until the driver's verdict
 */
struct image {
	const void *data;
	struct image_memory *memory;
	struct keep *keep;
	void *wrapper;
};

/**
 * image_get() - have an image that the guest has sent, or a copy out of its memory, and check its outline
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_OUT_OF_MEMORY, also if the copies of this session
 * are too much; CUDA_ERROR_INVALID_IMAGE if a fat binary is longer than what came; or
 * dispatch_refuse() for pieces or spans that our library could not have sent.
 */
CUresult image_get(struct dispatch *dispatch, const struct wire_image *wire,
		   const struct wire_piece *pieces, uint32_t n_pieces, struct image *image);

/**
 * image_find() - an image that the daemon has
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_NOT_FOUND: it has not; or as image_get().
 */
CUresult image_find(struct dispatch *dispatch, const struct wire_digest *digest, uint32_t kind,
		    uint64_t bytes, struct image *image);

/** image_loaded() - what the driver has said to it: the daemon keeps what is good, if it is worth it */
void image_loaded(struct image *image, CUresult rc);
void image_put(struct image *image);

#endif
