/* SPDX-License-Identifier: MIT */
/* image.h - a module image that came from the guest, as the driver wants it */
#ifndef QCU_DEVICE_WORKER_IMAGE_H
#define QCU_DEVICE_WORKER_IMAGE_H

#include "qcu-device/worker/body.h"

/**
 * struct image - a private copy of the guest's image
 * @data: what to give to cuModuleLoadData and its like
 */
struct image {
	const void *data;
	uint8_t *copy;
	void *wrapper;
};

/**
 * image_get() - copy an image out of guest memory and check its outline
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_OUT_OF_MEMORY; CUDA_ERROR_INVALID_IMAGE if a
 * fat binary is longer than what came; or dispatch_refuse() for pieces or spans
 * that our library could not have sent.
 */
CUresult image_get(struct dispatch *dispatch, const struct wire_image *wire,
		   const struct wire_piece *pieces, uint32_t n_pieces, struct image *image);
void image_put(struct image *image);

#endif
