/* SPDX-License-Identifier: MIT */
/* image.h - a module image on its way to the host */
#ifndef QCU_LIBRARY_IMAGE_H
#define QCU_LIBRARY_IMAGE_H

#include "qcu-library/cuda/api.h"
#include "qcu-library/cuda/jit.h"

/**
 * struct image - where it is here, and as the host is told of it
 * @wire, @pieces, @n_pieces: as module_load and library_load carry them
 * @parts: where the pieces are here; @trimmed: those that are shorter copies
 * @memory, @bytes: what is shared, if it is
 * @digest: of the only piece, where it stands for the image
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

/** image_init_bytes() - of @bytes of data, whatever they are; on success image_finish() is due */
CUresult image_init_bytes(struct image *image, const void *data, size_t bytes);

/**
 * image_finish() - end of the image here
 * @rc: what has become of the command that names it: unless it ran, the host forgets the image, too
 */
void image_finish(struct image *image, CUresult rc);

/** image_send() - let the host have it: on success @wire names it, for one command */
CUresult image_send(struct image *image);

/* Sends a command that has the host load an image; @result: what its driver made of it */
typedef CUresult image_sender(uint64_t *made, const struct image *image, struct jit *jit,
			      int *result);

/**
 * image_load() - have the host load the image at @data
 * @made: set to the new object's handle on success
 * @jit: finished with, once the host's driver has had the image
 * @send: for an image that the host has been sent
 * @send_known: for one that it may have; CUDA_ERROR_NOT_FOUND: it has not
 */
CUresult image_load(uint64_t *made, const void *data, struct jit *jit, image_sender *send,
		    image_sender *send_known);

/** image_read() - a whole file, with a NUL behind; to be free()d.  @size may be NULL */
CUresult image_read(const char *path, void **data, size_t *size);

#endif
