/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_FATBIN_H
#define SOFTGPU_FATBIN_H

#include "softgpu/api.h"

#include <stdbool.h>
#include <stddef.h>

#include "softgpu/program.h"

/**
 * struct image - the PTX of what a program wants loaded
 * @refs:	atomic
 * @texts:	one for a plain program, several to be linked for -rdc=true; each owned
 * @seen:	what the fat binaries held, for the log
 */
struct image {
	unsigned int refs;
	struct ptx_text *texts;
	unsigned int count;
	char seen[256];
};

/**
 * image_read() - find the PTX in what cuModuleLoadData() was given
 * @data:	a fat binary's wrapper (version 1 or 2), a fat binary, or PTX text.  Its end is
 *		where its own headers say; text ends with a NUL
 * @capability:	of the device, 75 for 7.5: the newest PTX not above it is taken
 *
 * Return: CUDA_SUCCESS and an image; CUDA_ERROR_NO_BINARY_FOR_GPU (machine code only, or
 * for newer devices only; the log says which); CUDA_ERROR_INVALID_IMAGE;
 * CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult image_read(const void *data, int capability, struct image **out);

/**
 * image_read_sized() - the same for bytes whose number is known: a fat binary or PTX text
 *
 * Nothing beyond @bytes is looked at, whatever the headers say.
 */
CUresult image_read_sized(const void *data, size_t bytes, int capability, struct image **out);

/* image_new(), image_add() - build one by hand: text is copied, @bytes without a final NUL */
struct image *image_new(void);
CUresult image_add(struct image *image, const char *text, size_t bytes, const char *name);

/* image_append() - all texts of @from */
CUresult image_append(struct image *image, const struct image *from);

/* image_pack() - as one fat binary that image_read() takes; to be freed by the caller */
CUresult image_pack(const struct image *image, void **out, size_t *bytes);

struct image *image_ref(struct image *image);
void image_put(struct image *image);

#endif /* SOFTGPU_FATBIN_H */
