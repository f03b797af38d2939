/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_MODULE_H
#define SOFTGPU_MODULE_H

#include "softgpu/api.h"

#include <stdbool.h>

#include "softgpu/context.h"
#include "softgpu/fatbin.h"
#include "softgpu/launch.h"
#include "softgpu/setting.h"

struct module;

/**
 * struct function - a kernel of a module
 * @module:	it is part of; each reference to the function holds one to the module
 */
struct function {
	struct handle handle;
	struct module *module;
	struct kernel *kernel;
	struct kernel_info info;
	struct settings settings;
	struct old_launch *old_launch;
};

#define FUNCTION_CLUSTER_MOST	16	/* blocks, when the function allows more than is portable */

/* function_cluster_blocks() - how many blocks a cluster of its launches may have; 1: no clusters */
int function_cluster_blocks(const struct function *function);

/**
 * struct module - a program loaded into a context
 * @functions:	one per kernel, @function_count of them
 * @library:	the CUlibrary it was loaded for; only to be compared; NULL for a CUmodule's own
 * @references:	to its .texref and .surfref variables, as asked for; see texture_reference.h
 */
struct module {
	struct handle handle;
	struct context *context;
	struct program *program;
	struct function *functions;
	unsigned int function_count;
	const void *library;
	struct reference *references;
};

/**
 * module_new() - load an image into a context and publish it
 * @log:	takes what the PTX engine has to say, NUL-terminated
 *
 * Return: CUDA_SUCCESS and the module with a reference, or program_create()'s errors.
 */
CUresult module_new(struct context *context, const struct image *image, const void *library,
		    struct module **out, char *log, size_t log_bytes);

/* module_unload() - handles of it and of its functions end; running launches still finish */
bool module_unload(struct module *module);

/* module_function() - by name, borrowed from the module; NULL: there is none */
struct function *module_function(struct module *module, const char *name);

/**
 * function_resolve() - what a CUfunction of a program is: a function, or a library's CUkernel,
 * which is then loaded into @context
 *
 * Return: CUDA_SUCCESS and the function with a reference; CUDA_ERROR_INVALID_HANDLE;
 * loading errors.
 */
CUresult function_resolve(CUfunction value, struct context *context, struct function **out);

/* function_dynamic_shared() - bytes of dynamic shared memory that a launch may ask for */
int function_dynamic_shared(const struct function *function);

/*
 * function_cluster() - the clusters of its launches, from when it was compiled or as set since; false:
 * as the launch says.  What was set may be a cluster that cannot be, or zeroes in part
 */
bool function_cluster(const struct function *function, unsigned int cluster[3]);

/* function_attribute() - CUDA_ERROR_INVALID_VALUE if there is no such attribute */
CUresult function_attribute(const struct function *function, CUfunction_attribute which,
			    int *value);

/**
 * function_blocks_per_sm() - how many blocks fit on a multiprocessor at once, by threads, blocks,
 * registers and shared memory (CUDA C++ Programming Guide, "Hardware Multithreading")
 */
int function_blocks_per_sm(const struct function *function, int threads, size_t dynamic_shared);

static inline void function_put(struct function *function)
{
	if (function)
		handle_put(&function->handle);
}

static inline void module_put(struct module *module)
{
	if (module)
		handle_put(&module->handle);
}

#endif /* SOFTGPU_MODULE_H */
