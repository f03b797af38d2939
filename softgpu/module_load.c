/* SPDX-License-Identifier: MIT */
/* module_load.c - cuModule* */
#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/file.h"
#include "softgpu/jit.h"
#include "softgpu/module.h"

static int capability_of(const struct context *context)
{
	return context->device->arch->major * 10 + context->device->arch->minor;
}

/* load() - @image is given up */
static CUresult load(CUmodule *out, struct context *context, struct image *image, struct jit *jit)
{
	struct module *module;
	CUresult result;

	result = module_new(context, image, NULL, &module, jit->log, sizeof(jit->log));
	image_put(image);
	if (!result) {
		*out = (CUmodule)module;
		module_put(module);
	}
	return jit_finish(jit, result);
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned int numOptions,
			    CUjit_option *options, void **optionValues)
{
	struct context *context;
	struct image *ptx;
	struct jit jit;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!module || !image)
		return CUDA_ERROR_INVALID_VALUE;
	result = jit_init(&jit, numOptions, options, optionValues);
	if (!result)
		result = image_read(image, capability_of(context), &ptx);
	return result ? result : load(module, context, ptx, &jit);
}

CUresult cuModuleLoadData(CUmodule *module, const void *image)
{
	return cuModuleLoadDataEx(module, image, 0, NULL, NULL);
}

CUresult cuModuleLoadFatBinary(CUmodule *module, const void *fatCubin)
{
	return cuModuleLoadDataEx(module, fatCubin, 0, NULL, NULL);
}

CUresult cuModuleLoad(CUmodule *module, const char *fname)
{
	struct context *context;
	struct image *ptx;
	struct jit jit;
	size_t bytes;
	char *data;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!module || !fname)
		return CUDA_ERROR_INVALID_VALUE;
	result = file_read(fname, &data, &bytes);
	if (result)
		return result;
	result = image_read_sized(data, bytes, capability_of(context), &ptx);
	free(data);
	jit_init(&jit, 0, NULL, NULL);
	return result ? result : load(module, context, ptx, &jit);
}

/* find() - the module of a handle, with a reference */
static CUresult find(CUmodule value, struct module **module)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	*module = handle_get(value, HANDLE_MODULE);
	return *module ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

/* A library's module goes with its library. */
CUresult cuModuleUnload(CUmodule hmod)
{
	struct module *module;
	CUresult result = find(hmod, &module);

	if (result)
		return result;
	if (module->library)
		result = CUDA_ERROR_NOT_PERMITTED;
	else if (!module_unload(module))
		result = CUDA_ERROR_INVALID_HANDLE;
	module_put(module);
	return result;
}

CUresult cuModuleGetFunction(CUfunction *hfunc, CUmodule hmod, const char *name)
{
	struct function *function;
	struct module *module;
	CUresult result = find(hmod, &module);

	if (result)
		return result;
	if (!hfunc || !name) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		function = module_function(module, name);
		if (function)
			*hfunc = (CUfunction)function;
		else
			result = CUDA_ERROR_NOT_FOUND;
	}
	module_put(module);
	return result;
}

CUresult cuModuleGetFunctionCount(unsigned int *count, CUmodule mod)
{
	struct module *module;
	CUresult result = find(mod, &module);

	if (result)
		return result;
	if (count)
		*count = module->function_count;
	module_put(module);
	return count ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuModuleEnumerateFunctions(CUfunction *functions, unsigned int numFunctions, CUmodule mod)
{
	struct module *module;
	CUresult result = find(mod, &module);

	if (result)
		return result;
	for (unsigned int i = 0; functions && i < numFunctions && i < module->function_count; i++)
		functions[i] = (CUfunction)&module->functions[i];
	module_put(module);
	return functions || !numFunctions ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuModuleGetGlobal_v2(CUdeviceptr *dptr, size_t *bytes, CUmodule hmod, const char *name)
{
	struct program_variable variable;
	struct module *module;
	CUresult result = find(hmod, &module);

	if (result)
		return result;
	if (!name || (!dptr && !bytes)) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else if (!program_variable(module->program, name, &variable)) {
		result = CUDA_ERROR_NOT_FOUND;
	} else {
		if (dptr)
			*dptr = variable.address;
		if (bytes)
			*bytes = variable.bytes;
	}
	module_put(module);
	return result;
}

/* Instructions are always decoded when a kernel is first used. */
CUresult cuModuleGetLoadingMode(CUmoduleLoadingMode *mode)
{
	const char *asked = getenv("CUDA_MODULE_LOADING");
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!mode)
		return CUDA_ERROR_INVALID_VALUE;
	*mode = asked && !strcmp(asked, "EAGER") ? CU_MODULE_EAGER_LOADING : CU_MODULE_LAZY_LOADING;
	return CUDA_SUCCESS;
}
