/* SPDX-License-Identifier: MIT */
/*
 * link.c - cuLink*: several PTX texts made one image
 *
 * The real linker gives back machine code.  Here the result is a fat binary of our own with
 * all the PTX in it, one entry a text, marked as one to be linked whole; cuModuleLoadData()
 * takes it like any other image.  It is checked by loading it, so that errors show where they
 * are expected, in cuLinkComplete().
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/file.h"
#include "softgpu/jit.h"
#include "softgpu/module.h"

/* struct link - @jit: where messages go; the option arrays stay the program's until the end */
struct link {
	struct handle handle;
	struct context *context;
	pthread_mutex_t lock;		/* of what is below */
	struct image *image;
	struct jit jit;
	void *linked;			/* what cuLinkComplete() gave out */
};

static void link_destroy(struct handle *handle)
{
	struct link *link = CONTAINER_OF(handle, struct link, handle);

	pthread_mutex_destroy(&link->lock);
	image_put(link->image);
	context_put(link->context);
	free(link->linked);
	free(link);
}

CUresult cuLinkCreate_v2(unsigned int numOptions, CUjit_option *options, void **optionValues,
			 CUlinkState *stateOut)
{
	struct context *context;
	struct link *link;
	struct jit jit;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!stateOut)
		return CUDA_ERROR_INVALID_VALUE;
	result = jit_init(&jit, numOptions, options, optionValues);
	if (result)
		return result;
	link = calloc(1, sizeof(*link));
	if (!link)
		return CUDA_ERROR_OUT_OF_MEMORY;
	link->image = image_new();
	if (!link->image) {
		free(link);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	handle_init(&link->handle, HANDLE_LINK, context, link_destroy);
	link->context = handle_ref(&context->handle);
	link->jit = jit;
	pthread_mutex_init(&link->lock, NULL);
	handle_publish(&link->handle);
	*stateOut = (CUlinkState)link;
	handle_put(&link->handle);
	return CUDA_SUCCESS;
}

CUresult cuLinkCreate(unsigned int numOptions, CUjit_option *options, void **optionValues,
		      CUlinkState *stateOut)
{
	return cuLinkCreate_v2(numOptions, options, optionValues, stateOut);
}

static CUresult find(CUlinkState value, struct link **link)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	*link = handle_get(value, HANDLE_LINK);
	return *link ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

/* add() - @data of @size bytes, whose type the program says */
static CUresult add(struct link *link, CUjitInputType type, const void *data, size_t size,
		    const char *name)
{
	const struct arch *arch = link->context->device->arch;
	struct image *image;
	CUresult result;

	switch (type) {
	case CU_JIT_INPUT_PTX:
		return image_add(link->image, data, strnlen(data, size), name ? name : "ptx");
	case CU_JIT_INPUT_FATBINARY:
	case CU_JIT_INPUT_OBJECT:
	case CU_JIT_INPUT_LIBRARY:
	case CU_JIT_INPUT_CUBIN:
		result = image_read_sized(data, size, arch->major * 10 + arch->minor, &image);
		if (result)
			return result;
		result = image_append(link->image, image);
		image_put(image);
		return result;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult cuLinkAddData_v2(CUlinkState state, CUjitInputType type, void *data, size_t size,
			  const char *name, unsigned int numOptions, CUjit_option *options,
			  void **optionValues)
{
	struct link *link;
	CUresult result = find(state, &link);

	if (result)
		return result;
	pthread_mutex_lock(&link->lock);
	if (!data || !size || (numOptions && (!options || !optionValues)))
		result = CUDA_ERROR_INVALID_VALUE;
	else
		result = add(link, type, data, size, name);
	pthread_mutex_unlock(&link->lock);
	handle_put(&link->handle);
	return result;
}

CUresult cuLinkAddData(CUlinkState state, CUjitInputType type, void *data, size_t size,
		       const char *name, unsigned int numOptions, CUjit_option *options,
		       void **optionValues)
{
	return cuLinkAddData_v2(state, type, data, size, name, numOptions, options, optionValues);
}

CUresult cuLinkAddFile_v2(CUlinkState state, CUjitInputType type, const char *path,
			  unsigned int numOptions, CUjit_option *options, void **optionValues)
{
	char *data;
	size_t bytes;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!path)
		return CUDA_ERROR_INVALID_VALUE;
	result = file_read(path, &data, &bytes);
	if (result)
		return result;
	result = cuLinkAddData_v2(state, type, data, bytes, path, numOptions, options,
				  optionValues);
	free(data);
	return result;
}

CUresult cuLinkAddFile(CUlinkState state, CUjitInputType type, const char *path,
		       unsigned int numOptions, CUjit_option *options, void **optionValues)
{
	return cuLinkAddFile_v2(state, type, path, numOptions, options, optionValues);
}

/* prepare() - decode every kernel, so that a name nobody defines is found now */
static CUresult prepare(const struct module *module, char *log, size_t log_bytes)
{
	CUresult result = CUDA_SUCCESS;

	for (unsigned int i = 0; !result && i < module->function_count; i++)
		result = kernel_prepare(module->functions[i].kernel, log, log_bytes);
	return result;
}

static CUresult complete(struct link *link, void **out, size_t *bytes)
{
	struct module *module;
	CUresult result;

	if (!link->image->count)
		return CUDA_ERROR_INVALID_IMAGE;
	result = module_new(link->context, link->image, NULL, &module, link->jit.log,
			    sizeof(link->jit.log));
	if (!result) {
		result = prepare(module, link->jit.log, sizeof(link->jit.log));
		module_unload(module);
		module_put(module);
	}
	if (!result) {
		free(link->linked);
		result = image_pack(link->image, &link->linked, bytes);
	}
	if (!result)
		*out = link->linked;
	return jit_finish(&link->jit, result);
}

CUresult cuLinkComplete(CUlinkState state, void **cubinOut, size_t *sizeOut)
{
	struct link *link;
	size_t bytes = 0;
	CUresult result = find(state, &link);

	if (result)
		return result;
	if (!cubinOut) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		pthread_mutex_lock(&link->lock);
		result = complete(link, cubinOut, &bytes);
		pthread_mutex_unlock(&link->lock);
	}
	if (!result && sizeOut)
		*sizeOut = bytes;
	handle_put(&link->handle);
	return result;
}

CUresult cuLinkDestroy(CUlinkState state)
{
	struct link *link;
	bool mine;
	CUresult result = find(state, &link);

	if (result)
		return result;
	mine = handle_retire(&link->handle);
	handle_put(&link->handle);
	return mine ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}
