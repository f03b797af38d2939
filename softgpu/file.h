/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_FILE_H
#define SOFTGPU_FILE_H

#include "softgpu/api.h"

#include <stddef.h>

/**
 * file_read() - a whole file, with a NUL behind it; to be freed by the caller
 *
 * Return: CUDA_SUCCESS, CUDA_ERROR_FILE_NOT_FOUND, CUDA_ERROR_OUT_OF_MEMORY,
 * CUDA_ERROR_INVALID_IMAGE for one that is too large to be one.
 */
CUresult file_read(const char *path, char **data, size_t *bytes);

#endif /* SOFTGPU_FILE_H */
