/* SPDX-License-Identifier: MIT */
/* image.h - a module image on its way to the host */
#ifndef QCU_LIBRARY_IMAGE_H
#define QCU_LIBRARY_IMAGE_H

#include "qcu-library/cuda/api.h"

/**
 * struct image - packed into shared memory
 * @wire, @pieces, @n_pieces: as module_load and library_load carry them
 */
struct image {
	struct wire_image wire;
	struct wire_piece *pieces;
	uint32_t n_pieces;
	void *memory;
	size_t bytes;
};

/** image_share() - find out how long the image at @data is, and share a copy with the host */
CUresult image_share(const void *data, struct image *image);

/** image_share_bytes() - the same for data that is @bytes long, whatever it is */
CUresult image_share_bytes(const void *data, size_t bytes, struct image *image);
void image_unshare(struct image *image);

/** image_read() - a whole file, with a NUL behind; to be free()d.  @size may be NULL */
CUresult image_read(const char *path, void **data, size_t *size);

#endif
