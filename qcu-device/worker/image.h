/* SPDX-License-Identifier: MIT */
/* image.h - a module image that came from the guest, as the driver wants it */
#ifndef QCU_DEVICE_WORKER_IMAGE_H
#define QCU_DEVICE_WORKER_IMAGE_H

#include "qcu-device/worker/body.h"

/**
 * struct image - a private copy of the guest's image; may be moved
 * @data: what to give to cuModuleLoadData and its like
 * @copy: memory, or @mapped bytes of the file @fd
 * @held: what it counts of the bytes that a guest may have copied
 * @known: it is the daemon's file
 */
struct image {
	const void *data;
	uint8_t *copy;
	size_t mapped;
	uint64_t held;
	int fd;
	bool known;
	void *wrapper;
};

/**
 * image_get() - copy an image out of guest memory and check its outline
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

/** image_keep() - let the daemon keep it, if it is worth it and not from there */
void image_keep(const struct image *image);
void image_put(struct image *image);

#endif
