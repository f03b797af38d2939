/* SPDX-License-Identifier: MIT */
/*
 * module.c - loading modules and libraries
 *
 * Faces qcu-library/cuda/module.c and library.c.  The driver keeps what it
 * needs of an image, so the private copy is gone when the call returns.  The
 * JIT writes its logs also when it fails, hence the call's result travels as an
 * OUT and the command itself succeeds.
 */
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/image.h"

#define MAX_OPTIONS	64
#define LOG_OPTIONS	4

/* Options whose value is a plain number; the others are pointers or obsolete */
static bool option_is_plain(uint32_t option)
{
	switch (option) {
	case CU_JIT_MAX_REGISTERS:
	case CU_JIT_THREADS_PER_BLOCK:
	case CU_JIT_OPTIMIZATION_LEVEL:
	case CU_JIT_TARGET_FROM_CUCONTEXT:
	case CU_JIT_TARGET:
	case CU_JIT_FALLBACK_STRATEGY:
	case CU_JIT_GENERATE_DEBUG_INFO:
	case CU_JIT_LOG_VERBOSE:
	case CU_JIT_GENERATE_LINE_INFO:
	case CU_JIT_CACHE_MODE:
	case CU_JIT_POSITION_INDEPENDENT_CODE:
	case CU_JIT_MIN_CTA_PER_SM:
	case CU_JIT_MAX_THREADS_PER_BLOCK:
	case CU_JIT_OVERRIDE_DIRECTIVE_VALUES:
		return true;
	}
	return false;
}

/* The options of a load, in the form the driver takes them */
struct jit {
	CUjit_option options[MAX_OPTIONS + LOG_OPTIONS];
	void *values[MAX_OPTIONS + LOG_OPTIONS];
	unsigned int n;
};

static void jit_add(struct jit *jit, CUjit_option option, void *value)
{
	jit->options[jit->n] = option;
	jit->values[jit->n++] = value;
}

static void jit_add_log(struct jit *jit, CUjit_option buffer, CUjit_option size, char *log,
			uint32_t bytes)
{
	if (!log || !bytes)
		return;
	jit_add(jit, buffer, log);
	jit_add(jit, size, (void *)(uintptr_t)bytes);
}

static bool jit_init(struct jit *jit, const struct wire_option *options, uint32_t n, char *info_log,
		     uint32_t info_bytes, char *error_log, uint32_t error_bytes)
{
	jit->n = 0;
	if (n > MAX_OPTIONS || (n && !options))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (!option_is_plain(options[i].option))
			return false;
		jit_add(jit, options[i].option, (void *)(uintptr_t)options[i].value);
	}
	jit_add_log(jit, CU_JIT_INFO_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES, info_log,
		    info_bytes);
	jit_add_log(jit, CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, error_log,
		    error_bytes);
	return true;
}

CUresult host_module_load(struct dispatch *dispatch, CUmodule *module, struct wire_image wire,
			  uint32_t n_pieces, const struct wire_piece *pieces, uint32_t n_options,
			  const struct wire_option *options, uint32_t info_bytes, char *info_log,
			  uint32_t error_bytes, char *error_log, int *result)
{
	struct image image;
	struct jit jit;
	CUresult rc;

	if (!result || !jit_init(&jit, options, n_options, info_log, info_bytes, error_log,
				 error_bytes))
		return dispatch_refuse(dispatch);
	rc = image_get(dispatch, &wire, pieces, n_pieces, &image);
	if (rc != CUDA_SUCCESS)
		return rc;
	*result = driver.cuModuleLoadDataEx(module, image.data, jit.n, jit.options, jit.values);
	image_put(&image);
	return CUDA_SUCCESS;
}

CUresult host_library_load(struct dispatch *dispatch, CUlibrary *library, struct wire_image wire,
			   uint32_t n_pieces, const struct wire_piece *pieces, uint32_t n_options,
			   const struct wire_option *options, uint32_t info_bytes, char *info_log,
			   uint32_t error_bytes, char *error_log, int *result)
{
	struct image image;
	struct jit jit;
	CUresult rc;

	if (!driver.cuLibraryLoadData)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!result || !jit_init(&jit, options, n_options, info_log, info_bytes, error_log,
				 error_bytes))
		return dispatch_refuse(dispatch);
	rc = image_get(dispatch, &wire, pieces, n_pieces, &image);
	if (rc != CUDA_SUCCESS)
		return rc;
	/* No CUlibraryOption: the image is not preserved, the driver must copy it. */
	*result = driver.cuLibraryLoadData(library, image.data, jit.options, jit.values, jit.n,
					   NULL, NULL, 0);
	image_put(&image);
	return CUDA_SUCCESS;
}
