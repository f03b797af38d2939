/* SPDX-License-Identifier: MIT */
/* error.c - what the numbers are called, from the table that softgpu has too */
#include "qcu-library/cuda/api.h"

static const struct {
	CUresult error;
	const char *name, *text;
} errors[] = {
#define ERROR(code, words) { code, #code, words },
#include "wire/error.def"
#undef ERROR
};

static int find(CUresult error)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].error == error)
			return i;
	return -1;
}

CUresult CUDAAPI cuGetErrorName(CUresult error, const char **pStr)
{
	int i = find(error);

	if (!pStr)
		return CUDA_ERROR_INVALID_VALUE;
	*pStr = i < 0 ? NULL : errors[i].name;
	return i < 0 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult CUDAAPI cuGetErrorString(CUresult error, const char **pStr)
{
	int i = find(error);

	if (!pStr)
		return CUDA_ERROR_INVALID_VALUE;
	*pStr = i < 0 ? NULL : errors[i].text;
	return i < 0 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
