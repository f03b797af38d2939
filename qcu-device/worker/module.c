/* SPDX-License-Identifier: MIT */
/*
 * module.c - loading modules, and what is in modules and libraries
 *
 * Faces qcu-library/cuda/module.c.  The driver keeps what it needs of an
 * image, so the private copy is gone when the call returns.  The JIT writes its
 * logs also when it fails, hence the call's result travels as an OUT and the
 * command itself succeeds.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/image.h"
#include "qcu-device/worker/jit.h"

/* Load an image, which is the callee's now */
static CUresult load(CUmodule *module, struct image *image, struct jit *jit)
{
	CUresult rc = driver.cuModuleLoadDataEx(module, image->data, jit->n, jit->options,
						jit->values);

	image_loaded(image, rc);
	image_put(image);
	return rc;
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
	if (rc == CUDA_SUCCESS)
		*result = load(module, &image, &jit);
	return rc;
}

CUresult host_module_load_known(struct dispatch *dispatch, CUmodule *module,
				struct wire_digest digest, uint32_t kind, uint64_t bytes,
				uint32_t n_options, const struct wire_option *options,
				uint32_t info_bytes, char *info_log, uint32_t error_bytes,
				char *error_log, int *result)
{
	struct image image;
	struct jit jit;
	CUresult rc;

	if (!result || !jit_init(&jit, options, n_options, info_log, info_bytes, error_log,
				 error_bytes))
		return dispatch_refuse(dispatch);
	rc = image_find(dispatch, &digest, kind, bytes, &image);
	if (rc == CUDA_SUCCESS)
		*result = load(module, &image, &jit);
	return rc;
}

/* Names, each with its NUL, as far as they fit; false once one does not */
struct page {
	char *at;
	uint32_t left, count;
};

static bool page_add(struct page *page, const char *name)
{
	size_t bytes = strlen(name) + 1;

	if (bytes > page->left)
		return false;
	memcpy(page->at, name, bytes);
	page->at += bytes;
	page->left -= bytes;
	page->count++;
	return true;
}

/* What there is, in an array that is to be free()d: functions or kernels */
static CUresult enumerate_functions(CUmodule module, CUfunction **functions, unsigned int *n)
{
	CUresult rc = driver.cuModuleGetFunctionCount(n, module);

	if (rc != CUDA_SUCCESS)
		return rc;
	*functions = calloc(*n + 1, sizeof(**functions));
	if (!*functions)
		return CUDA_ERROR_OUT_OF_MEMORY;
	return driver.cuModuleEnumerateFunctions(*functions, *n, module);
}

CUresult host_module_names(struct dispatch *dispatch, CUmodule module, uint32_t first,
			   uint32_t bytes, char *names, uint32_t *count)
{
	struct page page = { .at = names, .left = bytes };
	CUfunction *functions = NULL;
	const char *name;
	unsigned int n;
	CUresult rc;

	if (!names || !count)
		return dispatch_refuse(dispatch);
	if (!driver.cuModuleEnumerateFunctions || !driver.cuFuncGetName)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = enumerate_functions(module, &functions, &n);
	for (uint32_t i = first; rc == CUDA_SUCCESS && i < n; i++) {
		rc = driver.cuFuncGetName(&name, functions[i]);
		if (rc != CUDA_SUCCESS || !page_add(&page, name))
			break;
	}
	free(functions);
	*count = page.count;
	return rc;
}

static CUresult enumerate_kernels(CUlibrary library, CUkernel **kernels, unsigned int *n)
{
	CUresult rc = driver.cuLibraryGetKernelCount(n, library);

	if (rc != CUDA_SUCCESS)
		return rc;
	*kernels = calloc(*n + 1, sizeof(**kernels));
	if (!*kernels)
		return CUDA_ERROR_OUT_OF_MEMORY;
	return driver.cuLibraryEnumerateKernels(*kernels, *n, library);
}

CUresult host_library_names(struct dispatch *dispatch, CUlibrary library, uint32_t first,
			    uint32_t bytes, char *names, uint32_t *count)
{
	struct page page = { .at = names, .left = bytes };
	CUkernel *kernels = NULL;
	const char *name;
	unsigned int n;
	CUresult rc;

	if (!names || !count)
		return dispatch_refuse(dispatch);
	if (!driver.cuLibraryEnumerateKernels || !driver.cuKernelGetName)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = enumerate_kernels(library, &kernels, &n);
	for (uint32_t i = first; rc == CUDA_SUCCESS && i < n; i++) {
		rc = driver.cuKernelGetName(&name, kernels[i]);
		if (rc != CUDA_SUCCESS || !page_add(&page, name))
			break;
	}
	free(kernels);
	*count = page.count;
	return rc;
}
