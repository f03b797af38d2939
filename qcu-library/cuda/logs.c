/* SPDX-License-Identifier: MIT */
/*
 * logs.c - the driver's log of what went wrong
 *
 * Faces qcu-device/worker/logs.c.  The log is the host driver's: it knows more of an
 * error than its code, and has seen the calls of this session only.
 */
#include <stdio.h>
#include <stdlib.h>

#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

#define LOG_BYTES	25600u	/* CUDA Driver API: all that is ever kept */

CUresult CUDAAPI cuLogsDumpToMemory(CUlogIterator *iterator, char *buffer, size_t *size,
				    unsigned int flags)
{
	CUresult rc = session_check();
	uint32_t written = 0;
	CUlogIterator to;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!buffer || !size || !*size || flags)
		return CUDA_ERROR_INVALID_VALUE;
	rc = send_logs_dump(iterator, *size < LOG_BYTES ? *size : LOG_BYTES, buffer, &to, &written);
	*size = written;
	if (rc == CUDA_SUCCESS && iterator)
		*iterator = to;
	return rc;
}

CUresult CUDAAPI cuLogsDumpToFile(CUlogIterator *iterator, const char *pathToFile,
				  unsigned int flags)
{
	size_t size = LOG_BYTES;
	char *text;
	FILE *file;
	CUresult rc;

	if (!pathToFile)
		return CUDA_ERROR_INVALID_VALUE;
	text = malloc(size);
	if (!text)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = cuLogsDumpToMemory(iterator, text, &size, flags);
	if (rc == CUDA_SUCCESS) {
		file = fopen(pathToFile, "we");
		if (!file || fwrite(text, 1, size, file) != size)
			rc = CUDA_ERROR_INVALID_VALUE;
		if (file && fclose(file))
			rc = CUDA_ERROR_INVALID_VALUE;
	}
	free(text);
	return rc;
}
