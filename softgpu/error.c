/* SPDX-License-Identifier: MIT */
/* error.c - what the numbers are called */
#include "softgpu/api.h"

static const char *error_name(CUresult error)
{
	switch ((int)error) {
#define ERROR(code, text) \
	case code: \
		return #code;
#include "wire/error.def"
#undef ERROR
	}
	return NULL;
}

static const char *error_text(CUresult error)
{
	switch ((int)error) {
#define ERROR(code, text) \
	case code: \
		return text;
#include "wire/error.def"
#undef ERROR
	}
	return NULL;
}

CUresult cuGetErrorName(CUresult error, const char **pStr)
{
	if (!pStr)
		return CUDA_ERROR_INVALID_VALUE;
	*pStr = error_name(error);
	return *pStr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGetErrorString(CUresult error, const char **pStr)
{
	if (!pStr)
		return CUDA_ERROR_INVALID_VALUE;
	*pStr = error_text(error);
	return *pStr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
