/* SPDX-License-Identifier: MIT */
/* image.h - a module image on its way to the host */
#ifndef QCU_LIBRARY_IMAGE_H
#define QCU_LIBRARY_IMAGE_H

#include "qcu-library/cuda/api.h"

/**
 * struct image - where it is here, and packed into shared memory
 * @wire, @pieces, @n_pieces: as module_load and library_load carry them
 * @parts: where the pieces are here; @trimmed: those that are shorter copies
 * @memory, @bytes: what is shared, once it is
 * @digest: of the only piece, if image_is_known()
 */
struct image {
	struct wire_image wire;
	struct wire_piece *pieces;
	uint32_t n_pieces;
	const void **parts;
	void **trimmed;
	void *memory;
	size_t bytes;
	struct wire_digest digest;
};

/** image_init() - find out how long the image at @data is; on success image_finish() is due */
CUresult image_init(struct image *image, const void *data);

/** image_init_bytes() - the same for data that is @bytes long, whatever it is */
CUresult image_init_bytes(struct image *image, const void *data, size_t bytes);
void image_finish(struct image *image);

/**
 * image_is_known() - may the host have it from another process?
 *
 * If so, @digest is its name.
 */
bool image_is_known(struct image *image);

/** image_share() - share a copy with the host */
CUresult image_share(struct image *image);

/** image_read() - a whole file, with a NUL behind; to be free()d.  @size may be NULL */
CUresult image_read(const char *path, void **data, size_t *size);

#endif
