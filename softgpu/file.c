/* SPDX-License-Identifier: MIT */
#include "softgpu/file.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST_BYTES ((size_t)1 << 30)

/* slurp() - the rest of @file; NULL: no memory, or too much */
static char *slurp(FILE *file, size_t *bytes, CUresult *result)
{
	char *data = NULL, *more;
	size_t size = 0, used = 0;

	do {
		if (size - used < 2) {
			size = size ? 2 * size : 65536;
			more = size > 2 * MOST_BYTES ? NULL : realloc(data, size);
			if (!more) {
				*result = size > 2 * MOST_BYTES ? CUDA_ERROR_INVALID_IMAGE :
								  CUDA_ERROR_OUT_OF_MEMORY;
				free(data);
				return NULL;
			}
			data = more;
		}
		used += fread(data + used, 1, size - used - 1, file);
	} while (!feof(file) && !ferror(file));
	data[used] = 0;
	*bytes = used;
	return data;
}

CUresult file_read(const char *path, char **data, size_t *bytes)
{
	CUresult result = CUDA_SUCCESS;
	FILE *file = fopen(path, "rbe");

	if (!file)
		return CUDA_ERROR_FILE_NOT_FOUND;
	*data = slurp(file, bytes, &result);
	fclose(file);
	return result;
}
