/* SPDX-License-Identifier: MIT */
/* log_dump.c - cuLogs*: an iterator is the number of a line */
#include <stdio.h>
#include <stdlib.h>

#include "softgpu/driver.h"
#include "softgpu/log.h"

CUresult cuLogsCurrent(CUlogIterator *iterator_out, unsigned int flags)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!iterator_out || flags)
		return CUDA_ERROR_INVALID_VALUE;
	*iterator_out = log_next();
	return CUDA_SUCCESS;
}

CUresult cuLogsDumpToMemory(CUlogIterator *iterator, char *buffer, size_t *size, unsigned int flags)
{
	CUresult result = driver_enter();
	unsigned int from, next;

	if (result)
		return result;
	if (!buffer || !size || !*size || flags)
		return CUDA_ERROR_INVALID_VALUE;
	from = iterator ? *iterator : 0;
	*size = log_copy(from, buffer, *size, &next);
	if (iterator)
		*iterator = next;
	return from < next && !*size ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuLogsDumpToFile(CUlogIterator *iterator, const char *pathToFile, unsigned int flags)
{
	size_t size = LOG_DUMP_MAX;
	char *text = pathToFile ? malloc(size) : NULL;
	CUresult result;
	FILE *file;

	if (!text)
		return pathToFile ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_ERROR_INVALID_VALUE;
	result = cuLogsDumpToMemory(iterator, text, &size, flags);
	file = result ? NULL : fopen(pathToFile, "we");
	if (!result && (!file || fwrite(text, 1, size, file) != size))
		result = CUDA_ERROR_INVALID_VALUE;
	if (file && fclose(file))
		result = CUDA_ERROR_INVALID_VALUE;
	free(text);
	return result;
}
