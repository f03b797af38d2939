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
void image_unshare(struct image *image);

/** image_read() - a whole file, with a NUL behind; to be free()d */
CUresult image_read(const char *path, void **data);

/**
 * struct jit - the options of a load
 * @options, @n: those with plain values, as they travel
 * @info, @error: logs; where the program wants them, how long, and where it wants
 *	to know how much was written
 */
struct jit_log {
	char *buffer;
	uint32_t bytes;
	void **written;
};

#define JIT_MAX_OPTIONS	64

struct jit {
	struct wire_option options[JIT_MAX_OPTIONS];
	uint32_t n;
	struct jit_log info, error;
	void **wall_time;
};

/** jit_init() - from the arguments of cuModuleLoadDataEx and cuLibraryLoadData */
CUresult jit_init(struct jit *jit, unsigned int n, const CUjit_option *options, void **values);

/** jit_done() - what is written back into the option values after a load */
void jit_done(struct jit *jit);

#endif
