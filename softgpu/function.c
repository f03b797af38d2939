/* SPDX-License-Identifier: MIT */
/* function.c - cuFunc* and cuKernel*: what a kernel needs, and settings */
#include "softgpu/driver.h"

#include <stdlib.h>

#include "softgpu/launch_old.h"
#include "softgpu/library.h"
#include "softgpu/module.h"

/* default_shared() - what is left of the 48 KiB that every block may have */
static int default_shared(const struct function *function)
{
	int left = DEVICE_SHARED_PER_BLOCK - (int)function->info.static_shared;

	return left > 0 ? left : 0;
}

int function_dynamic_shared(const struct function *function)
{
	int set = setting_get(&function->settings, SETTING_SHARED);

	return set == FUNCTION_SHARED_DEFAULT ? default_shared(function) : set;
}

static const struct arch *arch_of(const struct function *function)
{
	return function->module->context->device->arch;
}

int function_cluster_blocks(const struct function *function)
{
	if (arch_of(function)->major < 9)
		return 1;
	return setting_get(&function->settings, SETTING_LARGE_CLUSTERS) ? FUNCTION_CLUSTER_MOST : 8;
}

bool function_cluster(const struct function *function, unsigned int cluster[3])
{
	bool any = false;

	for (unsigned int i = 0; i < 3; i++) {
		cluster[i] = function->info.cluster[0] ? function->info.cluster[i] :
			     (unsigned int)setting_get(&function->settings, SETTING_CLUSTER + i);
		any |= cluster[i] != 0;
	}
	return any;
}

CUresult function_attribute(const struct function *function, CUfunction_attribute which,
			    int *value)
{
	const struct kernel_info *info = &function->info;
	unsigned int cluster[3];

	switch (which) {
	case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
		*value = (int)info->max_threads;
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
		*value = (int)info->static_shared;
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
		*value = (int)info->constant;
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
		*value = (int)info->local;
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_NUM_REGS:
		*value = (int)info->registers;
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_PTX_VERSION:
		*value = (int)info->target;
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
		*value = arch_of(function)->major * 10 + arch_of(function)->minor;
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
		*value = function_dynamic_shared(function);
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
		*value = setting_get(&function->settings, SETTING_CARVEOUT);
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA:
		*value = 0;
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_CLUSTER_SIZE_MUST_BE_SET:
		*value = info->explicit_cluster;
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH:
	case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT:
	case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_DEPTH:
		function_cluster(function, cluster);
		*value = (int)cluster[which - CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH];
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
		*value = setting_get(&function->settings, SETTING_LARGE_CLUSTERS);
		return CUDA_SUCCESS;
	case CU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
		*value = setting_get(&function->settings, SETTING_CLUSTER_POLICY);
		return CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

/*
 * may_require_cluster() - @value blocks along @axis?  Of a kernel that has clusters at compile time an H200
 * takes what it has anyway, and says CUDA_ERROR_INVALID_VALUE to all else, where the CUDA Driver API has
 * CUDA_ERROR_NOT_PERMITTED.
 */
static bool may_require_cluster(const struct function *function, unsigned int axis, int value)
{
	const unsigned int *cluster = function->info.cluster;

	return value >= 0 && (!cluster[0] || cluster[axis] == (unsigned int)value);
}

/* check_setting() - may this attribute be set to this? */
static CUresult check_setting(const struct function *function, CUfunction_attribute which,
			      int value)
{
	int most = arch_of(function)->shared_optin - (int)function->info.static_shared;

	switch (which) {
	case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
		return value >= 0 && value <= most ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
	case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
		return value >= -1 && value <= 100 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
	case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH:
	case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT:
	case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_DEPTH:
		return may_require_cluster(function, which - CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH,
					   value) ?
			       CUDA_SUCCESS :
			       CUDA_ERROR_INVALID_VALUE;
	case CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
	case CU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
		return CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

/* enter() - the function of a handle in the current context, with a reference */
static CUresult enter(CUfunction value, struct function **function)
{
	struct context *context;
	CUresult result = context_enter(&context);

	return result ? result : function_resolve(value, context, function);
}

/* enter_kernel() - a library's kernel and what it is in the current context */
static CUresult enter_kernel(CUkernel value, struct library_kernel **kernel,
			     struct function **function)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	*kernel = handle_get(value, HANDLE_KERNEL);
	if (!*kernel)
		return CUDA_ERROR_INVALID_HANDLE;
	result = library_kernel_function(*kernel, context, function);
	if (result)
		handle_put(&(*kernel)->handle);
	return result;
}

struct old_launch *old_launch_of(CUfunction value, CUresult *rc)
{
	struct function *function;
	struct old_launch *launch;

	*rc = enter(value, &function);
	if (*rc)
		return NULL;
	if (!function->old_launch)
		function->old_launch = calloc(1, sizeof(*function->old_launch));
	launch = function->old_launch;
	*rc = launch ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
	function_put(function);
	return launch;
}

CUresult cuFuncGetAttribute(int *pi, CUfunction_attribute attrib, CUfunction hfunc)
{
	struct function *function;
	CUresult result = enter(hfunc, &function);

	if (result)
		return result;
	result = pi ? function_attribute(function, attrib, pi) : CUDA_ERROR_INVALID_VALUE;
	function_put(function);
	return result;
}

/* set_attribute() - one that check_setting() knows */
static void set_attribute(struct settings *settings, CUfunction_attribute which, int value)
{
	switch (which) {
	case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
		setting_set(settings, SETTING_SHARED, value);
		break;
	case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
		setting_set(settings, SETTING_CARVEOUT, value);
		break;
	case CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
		setting_set(settings, SETTING_LARGE_CLUSTERS, !!value);
		break;
	case CU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
		setting_set(settings, SETTING_CLUSTER_POLICY, value);
		break;
	default:
		setting_set(settings, SETTING_CLUSTER + which - CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH,
			    value);
	}
}

/* A CUkernel given as a CUfunction keeps the setting too. */
CUresult cuFuncSetAttribute(CUfunction hfunc, CUfunction_attribute attrib, int value)
{
	struct library_kernel *kernel;
	struct function *function;
	CUresult result = enter(hfunc, &function);

	if (result)
		return result;
	result = check_setting(function, attrib, value);
	if (!result)
		set_attribute(&function->settings, attrib, value);
	kernel = result ? NULL : handle_get(hfunc, HANDLE_KERNEL);
	if (kernel) {
		set_attribute(&kernel->settings, attrib, value);
		handle_put(&kernel->handle);
	}
	function_put(function);
	return result;
}

CUresult cuFuncSetCacheConfig(CUfunction hfunc, CUfunc_cache config)
{
	struct function *function;
	CUresult result = enter(hfunc, &function);

	if (result)
		return result;
	if ((unsigned int)config > CU_FUNC_CACHE_PREFER_EQUAL)
		result = CUDA_ERROR_INVALID_VALUE;
	else
		setting_set(&function->settings, SETTING_CACHE, (int)config);
	function_put(function);
	return result;
}

CUresult cuFuncSetSharedMemConfig(CUfunction hfunc, CUsharedconfig config)
{
	struct function *function;
	CUresult result = enter(hfunc, &function);

	if (result)
		return result;
	function_put(function);
	return (unsigned int)config > CU_SHARED_MEM_CONFIG_EIGHT_BYTE_BANK_SIZE ?
		       CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuFuncGetModule(CUmodule *hmod, CUfunction hfunc)
{
	struct function *function;
	CUresult result = enter(hfunc, &function);

	if (result)
		return result;
	if (hmod)
		*hmod = (CUmodule)function->module;
	function_put(function);
	return hmod ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuFuncGetName(const char **name, CUfunction hfunc)
{
	struct function *function;
	CUresult result = enter(hfunc, &function);

	if (result)
		return result;
	if (name)
		*name = function->info.name;
	function_put(function);
	return name ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

static CUresult param_info(const struct function *function, size_t index, size_t *offset,
			   size_t *size)
{
	if (!offset || index >= function->info.param_count)
		return CUDA_ERROR_INVALID_VALUE;
	*offset = function->info.params[index].offset;
	if (size)
		*size = function->info.params[index].bytes;
	return CUDA_SUCCESS;
}

CUresult cuFuncGetParamInfo(CUfunction func, size_t paramIndex, size_t *paramOffset,
			    size_t *paramSize)
{
	struct function *function;
	CUresult result = enter(func, &function);

	if (result)
		return result;
	result = param_info(function, paramIndex, paramOffset, paramSize);
	function_put(function);
	return result;
}

CUresult cuFuncIsLoaded(CUfunctionLoadingState *state, CUfunction function)
{
	struct function *found;
	CUresult result = enter(function, &found);

	if (result)
		return result;
	if (state)
		*state = CU_FUNCTION_LOADING_STATE_LOADED;
	function_put(found);
	return state ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuFuncLoad(CUfunction function)
{
	struct function *found;
	CUresult result = enter(function, &found);

	if (result)
		return result;
	result = kernel_prepare(found->kernel, NULL, 0);
	function_put(found);
	return result;
}

CUresult cuKernelGetFunction(CUfunction *pFunc, CUkernel kernel)
{
	struct library_kernel *found;
	struct function *function;
	CUresult result = enter_kernel(kernel, &found, &function);

	if (result)
		return result;
	if (pFunc)
		*pFunc = (CUfunction)function;
	function_put(function);
	handle_put(&found->handle);
	return pFunc ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuKernelGetAttribute(int *pi, CUfunction_attribute attrib, CUkernel kernel, CUdevice dev)
{
	struct library_kernel *found;
	struct function *function;
	CUresult result = enter_kernel(kernel, &found, &function);

	if (result)
		return result;
	if (!device_get(dev))
		result = CUDA_ERROR_INVALID_DEVICE;
	else
		result = pi ? function_attribute(function, attrib, pi) : CUDA_ERROR_INVALID_VALUE;
	function_put(function);
	handle_put(&found->handle);
	return result;
}

CUresult cuKernelSetAttribute(CUfunction_attribute attrib, int val, CUkernel kernel, CUdevice dev)
{
	struct library_kernel *found;
	struct function *function;
	CUresult result = enter_kernel(kernel, &found, &function);

	if (result)
		return result;
	result = device_get(dev) ? check_setting(function, attrib, val) : CUDA_ERROR_INVALID_DEVICE;
	if (!result) {
		set_attribute(&found->settings, attrib, val);
		library_kernel_apply(found);
	}
	function_put(function);
	handle_put(&found->handle);
	return result;
}

CUresult cuKernelSetCacheConfig(CUkernel kernel, CUfunc_cache config, CUdevice dev)
{
	struct library_kernel *found;
	CUresult result = driver_enter();

	if (result)
		return result;
	found = handle_get(kernel, HANDLE_KERNEL);
	if (!found)
		return CUDA_ERROR_INVALID_HANDLE;
	if (!device_get(dev)) {
		result = CUDA_ERROR_INVALID_DEVICE;
	} else if ((unsigned int)config > CU_FUNC_CACHE_PREFER_EQUAL) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		setting_set(&found->settings, SETTING_CACHE, (int)config);
		library_kernel_apply(found);
	}
	handle_put(&found->handle);
	return result;
}

CUresult cuKernelGetName(const char **name, CUkernel hfunc)
{
	struct library_kernel *kernel;
	CUresult result = driver_enter();

	if (result)
		return result;
	kernel = handle_get(hfunc, HANDLE_KERNEL);
	if (!kernel)
		return CUDA_ERROR_INVALID_HANDLE;
	if (name)
		*name = kernel->name;
	handle_put(&kernel->handle);
	return name ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuKernelGetLibrary(CUlibrary *pLib, CUkernel kernel)
{
	struct library_kernel *found;
	CUresult result = driver_enter();

	if (result)
		return result;
	found = handle_get(kernel, HANDLE_KERNEL);
	if (!found)
		return CUDA_ERROR_INVALID_HANDLE;
	if (pLib)
		*pLib = (CUlibrary)found->library;
	handle_put(&found->handle);
	return pLib ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuKernelGetParamInfo(CUkernel kernel, size_t paramIndex, size_t *paramOffset,
			      size_t *paramSize)
{
	struct library_kernel *found;
	struct function *function;
	CUresult result = enter_kernel(kernel, &found, &function);

	if (result)
		return result;
	result = param_info(function, paramIndex, paramOffset, paramSize);
	function_put(function);
	handle_put(&found->handle);
	return result;
}
