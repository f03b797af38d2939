/* SPDX-License-Identifier: MIT */
/*
 * module.c - programs loaded into contexts, and their functions as handles
 *
 * The functions of a module are one array inside it.  Each is a handle of its own; a
 * reference to a function keeps the whole module, so unloading one that is still
 * running takes the handles away at once and the code when the last launch is through.
 */
#include "softgpu/module.h"

#include <stdlib.h>
#include <string.h>

#include "softgpu/device.h"
#include "softgpu/library.h"
#include "softgpu/texture_reference.h"

static void module_destroy(struct handle *handle)
{
	struct module *module = CONTAINER_OF(handle, struct module, handle);

	references_free(module);
	if (module->program)
		program_destroy(module->program);
	context_put(module->context);
	free(module->functions);
	free(module);
}

static void function_destroy(struct handle *handle)
{
	struct function *function = CONTAINER_OF(handle, struct function, handle);

	free(function->old_launch);
	module_put(function->module);
}

/*
 * With so many registers a thread, a block of the largest size fits on a multiprocessor, or as many
 * blocks as .minnctapersm says: what a compiler sees to
 */
static uint32_t registers_at_most(const struct kernel_info *info)
{
	uint64_t warps = (info->max_threads + DEVICE_WARP - 1) / DEVICE_WARP;
	uint64_t units = DEVICE_REGISTERS / 256 / (warps * (info->min_blocks ? info->min_blocks : 1));

	return units < 2 ? 16 : units > 31 ? 255 : (uint32_t)units * 256 / DEVICE_WARP;
}

static CUresult load_functions(struct module *module)
{
	module->function_count = program_kernel_count(module->program);
	module->functions = calloc(module->function_count + 1, sizeof(*module->functions));
	if (!module->functions)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (unsigned int i = 0; i < module->function_count; i++) {
		struct function *function = &module->functions[i];

		function->kernel = program_kernel_at(module->program, i);
		kernel_info(function->kernel, &function->info);
		if (function->info.registers > registers_at_most(&function->info))
			function->info.registers = registers_at_most(&function->info);
		settings_init(&function->settings);
		function->module = module;
	}
	return CUDA_SUCCESS;
}

static void publish(struct module *module)
{
	handle_publish(&module->handle);
	for (unsigned int i = 0; i < module->function_count; i++) {
		struct function *function = &module->functions[i];

		handle_ref(&module->handle);
		handle_init(&function->handle, HANDLE_FUNCTION, module->context, function_destroy);
		handle_publish(&function->handle);
		function_put(function);
	}
}

CUresult module_new(struct context *context, const struct image *image, const void *library,
		    struct module **out, char *log, size_t log_bytes)
{
	struct module *module = calloc(1, sizeof(*module));
	CUresult result;

	if (!module)
		return CUDA_ERROR_OUT_OF_MEMORY;
	handle_init(&module->handle, HANDLE_MODULE, context, module_destroy);
	module->context = handle_ref(&context->handle);
	module->library = library;
	result = program_create(&module->program, &context->engine, image->texts, image->count,
				log, log_bytes);
	if (result)
		module->program = NULL;
	else
		result = load_functions(module);
	if (result) {
		module_put(module);
		return result;
	}
	publish(module);
	*out = module;
	return CUDA_SUCCESS;
}

bool module_unload(struct module *module)
{
	if (!handle_retire(&module->handle))
		return false;
	for (unsigned int i = 0; i < module->function_count; i++)
		handle_retire(&module->functions[i].handle);
	references_retire(module);
	return true;
}

struct function *module_function(struct module *module, const char *name)
{
	for (unsigned int i = 0; i < module->function_count; i++)
		if (!strcmp(module->functions[i].info.name, name))
			return &module->functions[i];
	return NULL;
}

CUresult function_resolve(CUfunction value, struct context *context, struct function **out)
{
	struct library_kernel *kernel;
	CUresult result;

	*out = handle_get(value, HANDLE_FUNCTION);
	if (*out)
		return CUDA_SUCCESS;
	kernel = handle_get(value, HANDLE_KERNEL);
	if (!kernel)
		return CUDA_ERROR_INVALID_HANDLE;
	result = library_kernel_function(kernel, context, out);
	handle_put((struct handle *)kernel);
	return result;
}
