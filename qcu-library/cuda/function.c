/* SPDX-License-Identifier: MIT */
/*
 * function.c - functions of modules and kernels of libraries
 *
 * Faces qcu-device/worker/launch.c.  Both are launched and asked in the same way,
 * so the same is kept of both: the name, and the layout that launches need,
 * fetched at first use and again when an attribute that is in it has changed.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/function.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "softgpu/launch_old.h"

/*
 * The data of a function's or kernel's handle.  Layouts are a stack: readers take
 * the first without a lock, so those below are kept until the end.
 */
struct function {
	char *name;
	_Atomic(struct layout *) layout;	/* for the device last used */
	_Atomic uint64_t epoch;			/* attributes_epoch when @layout was fetched */
	struct old_launch *old_launch;		/* under the lock of launch_old.c */
};

/* Counts cuFuncSetAttribute and cuKernelSetAttribute: setting one of a kernel sets
 * it of its functions, too, so all layouts are fetched anew.
 */
static _Atomic uint64_t attributes_epoch;

static void function_destroy(void *p)
{
	struct function *function = p;
	struct layout *layout = atomic_load(&function->layout);

	while (layout) {
		struct layout *older = layout->older;

		free(layout);
		layout = older;
	}
	free(function->old_launch);
	free(function->name);
	free(function);
}

CUresult function_name(uint64_t handle, const char *name)
{
	struct function *function = calloc(1, sizeof(*function));

	if (function)
		function->name = strdup(name);
	if (!function || !function->name) {
		free(function);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	if (handle_set_data(handle, function, function_destroy) != function)
		function_destroy(function);
	return CUDA_SUCCESS;
}

static struct function *function_of(uint64_t handle)
{
	return handle_find(KIND_CUfunction, handle);
}

struct old_launch *old_launch_of(CUfunction handle, CUresult *rc)
{
	struct function *function = function_of((uint64_t)handle);

	*rc = CUDA_ERROR_INVALID_HANDLE;
	if (!function)
		return NULL;
	if (!function->old_launch)
		function->old_launch = calloc(1, sizeof(*function->old_launch));
	*rc = function->old_launch ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
	return function->old_launch;
}

/* Ask the host; @capacity: of parameters, as many as there turn out to be. */
static struct layout *fetch(uint64_t handle, CUresult *rc)
{
	uint32_t capacity = 16;

	for (;;) {
		struct layout *layout = calloc(1, sizeof(*layout) +
							  capacity * sizeof(layout->params[0]));

		if (!layout) {
			*rc = CUDA_ERROR_OUT_OF_MEMORY;
			return NULL;
		}
		*rc = send_kernel_info((CUfunction)handle, &layout->info, capacity,
				       layout->params);
		if (*rc == CUDA_SUCCESS && layout->info.n_params <= capacity)
			return layout;
		capacity = layout->info.n_params;
		free(layout);
		if (*rc != CUDA_SUCCESS)
			return NULL;
	}
}

const struct layout *function_layout(uint64_t handle, CUresult *rc)
{
	struct function *function = function_of(handle);
	CUdevice device = context_device(context_current());
	struct layout *layout, *fresh;
	uint64_t epoch;

	*rc = CUDA_ERROR_INVALID_HANDLE;
	if (!function)
		return NULL;
	*rc = CUDA_SUCCESS;
	epoch = atomic_load_explicit(&attributes_epoch, memory_order_acquire);
	layout = atomic_load_explicit(&function->layout, memory_order_acquire);
	if (layout && layout->device == device &&
	    atomic_load_explicit(&function->epoch, memory_order_relaxed) == epoch)
		return layout;
	fresh = fetch(handle, rc);
	if (!fresh)
		return NULL;
	fresh->device = device;
	fresh->older = layout;
	while (!atomic_compare_exchange_weak(&function->layout, &fresh->older, fresh))
		;
	atomic_store_explicit(&function->epoch, epoch, memory_order_relaxed);
	return fresh;
}

static void attributes_changed(void)
{
	atomic_fetch_add_explicit(&attributes_epoch, 1, memory_order_acq_rel);
}

CUresult CUDAAPI cuFuncSetAttribute(CUfunction hfunc, CUfunction_attribute attrib, int value)
{
	CUresult rc = send_cuFuncSetAttribute(hfunc, attrib, value);

	if (rc == CUDA_SUCCESS)
		attributes_changed();
	return rc;
}

CUresult CUDAAPI cuKernelSetAttribute(CUfunction_attribute attrib, int val, CUkernel kernel,
				      CUdevice dev)
{
	CUresult rc = device_check(dev);

	if (rc == CUDA_SUCCESS)
		rc = send_cuKernelSetAttribute(attrib, val, kernel, dev);
	if (rc == CUDA_SUCCESS)
		attributes_changed();
	return rc;
}

static CUresult get_name(const char **name, uint64_t handle)
{
	struct function *function = function_of(handle);

	if (!name)
		return CUDA_ERROR_INVALID_VALUE;
	if (!function)
		return CUDA_ERROR_INVALID_HANDLE;
	*name = function->name;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuFuncGetName(const char **name, CUfunction hfunc)
{
	CUresult rc = session_check();

	return rc == CUDA_SUCCESS ? get_name(name, (uint64_t)hfunc) : rc;
}

CUresult CUDAAPI cuKernelGetName(const char **name, CUkernel hfunc)
{
	return cuFuncGetName(name, (CUfunction)hfunc);
}

CUresult CUDAAPI cuFuncGetParamInfo(CUfunction func, size_t paramIndex, size_t *paramOffset,
				    size_t *paramSize)
{
	const struct layout *layout;
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	layout = function_layout((uint64_t)func, &rc);
	if (!layout)
		return rc;
	if (!paramOffset || paramIndex >= layout->info.n_params)
		return CUDA_ERROR_INVALID_VALUE;
	*paramOffset = layout->params[paramIndex].offset;
	if (paramSize)
		*paramSize = layout->params[paramIndex].size;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuKernelGetParamInfo(CUkernel kernel, size_t paramIndex, size_t *paramOffset,
				      size_t *paramSize)
{
	return cuFuncGetParamInfo((CUfunction)kernel, paramIndex, paramOffset, paramSize);
}

CUresult CUDAAPI cuKernelGetLibrary(CUlibrary *pLib, CUkernel kernel)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pLib)
		return CUDA_ERROR_INVALID_VALUE;
	if (!handle_is(KIND_CUkernel, (uint64_t)kernel))
		return CUDA_ERROR_INVALID_HANDLE;
	*pLib = (CUlibrary)handle_owner((uint64_t)kernel);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuFuncGetModule(CUmodule *hmod, CUfunction hfunc)
{
	uint64_t handle = (uint64_t)hfunc, owner;
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!hmod)
		return CUDA_ERROR_INVALID_VALUE;
	if (!handle_is(KIND_CUfunction, handle))
		return CUDA_ERROR_INVALID_HANDLE;
	owner = handle_owner(handle);
	if (handle_kind(owner) == KIND_CUkernel)
		owner = handle_owner(owner);
	if (handle_kind(owner) == KIND_CUlibrary)
		return cuLibraryGetModule(hmod, (CUlibrary)owner);
	*hmod = (CUmodule)owner;
	return CUDA_SUCCESS;
}
