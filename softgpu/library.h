/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_LIBRARY_H
#define SOFTGPU_LIBRARY_H

#include "softgpu/api.h"

#include "softgpu/module.h"

struct library;

/**
 * struct library_kernel - a CUkernel: a name in a library, whatever the context
 * @library:	with a reference
 * @next:	in the library, under its lock
 * @name:	as in the PTX
 *
 * Settings made with cuKernelSetAttribute() and cuKernelSetCacheConfig(): what a function is
 * given when it is made for a context.
 */
struct library_kernel {
	struct handle handle;
	struct library *library;
	struct library_kernel *next;
	char *name;
	struct settings settings;
};

/**
 * library_kernel_function() - the function a kernel is in a context, loading it if need be
 *
 * Return: CUDA_SUCCESS and the function with a reference, or module_new()'s errors.
 */
CUresult library_kernel_function(struct library_kernel *kernel, struct context *context,
				 struct function **out);

/* library_kernel_apply() - after its settings changed: tell its functions in all contexts */
void library_kernel_apply(const struct library_kernel *kernel);

/* library_context_gone() - forget the modules that were loaded into a context that is going */
void library_context_gone(struct context *context);

#endif /* SOFTGPU_LIBRARY_H */
