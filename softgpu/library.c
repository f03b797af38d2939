/* SPDX-License-Identifier: MIT */
/*
 * library.c - cuLibrary*: images that belong to no context
 *
 * A library keeps the PTX, and loads it as a module into each context in which one of its
 * kernels or variables is first used.  A kernel (CUkernel) is a name and settings; which
 * function it is depends on the context.
 */
#include "softgpu/library.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/file.h"
#include "softgpu/jit.h"
#include "softgpu/log.h"

/* struct loaded - a library in a context */
struct loaded {
	struct loaded *next;
	struct module *module;	/* with a reference */
};

struct library {
	struct handle handle;
	struct image *image;
	struct library *next;		/* in libraries; under libraries_lock */

	pthread_mutex_t lock;		/* of what is below; held while a module is loaded */
	bool unloaded;
	struct loaded *loaded;
	struct library_kernel *kernels;	/* published, so the table holds the references */
};

static pthread_mutex_t libraries_lock = PTHREAD_MUTEX_INITIALIZER; /* before library->lock */
static struct library *libraries;

static void library_destroy(struct handle *handle)
{
	struct library *library = CONTAINER_OF(handle, struct library, handle);

	pthread_mutex_destroy(&library->lock);
	image_put(library->image);
	free(library);
}

static void kernel_destroy(struct handle *handle)
{
	struct library_kernel *kernel = CONTAINER_OF(handle, struct library_kernel, handle);

	handle_put(&kernel->library->handle);
	free(kernel->name);
	free(kernel);
}

/* default_capability() - of the current context's device, or of the first */
static int default_capability(void)
{
	struct context *context = context_current();
	const struct arch *arch = (context ? context->device : device_get(0))->arch;

	return arch->major * 10 + arch->minor;
}

/* library_new() - @image is given up */
static CUresult library_new(struct image *image, CUlibrary *out)
{
	struct library *library = calloc(1, sizeof(*library));

	if (!library) {
		image_put(image);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	handle_init(&library->handle, HANDLE_LIBRARY, NULL, library_destroy);
	library->image = image;
	pthread_mutex_init(&library->lock, NULL);
	pthread_mutex_lock(&libraries_lock);
	library->next = libraries;
	libraries = library;
	pthread_mutex_unlock(&libraries_lock);
	handle_publish(&library->handle);
	*out = (CUlibrary)library;
	handle_put(&library->handle);
	return CUDA_SUCCESS;
}

static CUresult check_options(unsigned int count, const CUlibraryOption *options)
{
	if (count && !options)
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < count; i++)
		if ((unsigned int)options[i] >= CU_LIBRARY_NUM_OPTIONS)
			return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

CUresult cuLibraryLoadData(CUlibrary *library, const void *code, CUjit_option *jitOptions,
			   void **jitOptionsValues, unsigned int numJitOptions,
			   CUlibraryOption *libraryOptions, void **libraryOptionValues,
			   unsigned int numLibraryOptions)
{
	struct image *image;
	struct jit jit;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!library || !code)
		return CUDA_ERROR_INVALID_VALUE;
	result = jit_init(&jit, numJitOptions, jitOptions, jitOptionsValues);
	if (!result)
		result = check_options(numLibraryOptions, libraryOptions);
	if (!result)
		result = image_read(code, default_capability(), &image);
	return result ? result : library_new(image, library);
}

CUresult cuLibraryLoadFromFile(CUlibrary *library, const char *fileName, CUjit_option *jitOptions,
			       void **jitOptionsValues, unsigned int numJitOptions,
			       CUlibraryOption *libraryOptions, void **libraryOptionValues,
			       unsigned int numLibraryOptions)
{
	struct image *image;
	struct jit jit;
	size_t bytes;
	char *data;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!library || !fileName)
		return CUDA_ERROR_INVALID_VALUE;
	result = jit_init(&jit, numJitOptions, jitOptions, jitOptionsValues);
	if (!result)
		result = check_options(numLibraryOptions, libraryOptions);
	if (!result)
		result = file_read(fileName, &data, &bytes);
	if (result)
		return result;
	result = image_read_sized(data, bytes, default_capability(), &image);
	free(data);
	return result ? result : library_new(image, library);
}

static void unlink_library(struct library *library)
{
	pthread_mutex_lock(&libraries_lock);
	for (struct library **link = &libraries; *link; link = &(*link)->next)
		if (*link == library) {
			*link = library->next;
			break;
		}
	pthread_mutex_unlock(&libraries_lock);
}

/* empty() - take a library out of all contexts, and its kernels away */
static void empty(struct library *library)
{
	struct library_kernel *kernel, *next_kernel;
	struct loaded *loaded, *next;

	pthread_mutex_lock(&library->lock);
	library->unloaded = true;
	loaded = library->loaded;
	kernel = library->kernels;
	library->loaded = NULL;
	library->kernels = NULL;
	pthread_mutex_unlock(&library->lock);
	for (; loaded; loaded = next) {
		next = loaded->next;
		module_unload(loaded->module);
		module_put(loaded->module);
		free(loaded);
	}
	for (; kernel; kernel = next_kernel) {
		next_kernel = kernel->next;
		handle_retire(&kernel->handle);
	}
}

CUresult cuLibraryUnload(CUlibrary library)
{
	struct library *found;
	bool mine;
	CUresult result = driver_enter();

	if (result)
		return result;
	found = handle_get(library, HANDLE_LIBRARY);
	if (!found)
		return CUDA_ERROR_INVALID_HANDLE;
	mine = handle_retire(&found->handle);
	if (mine) {
		unlink_library(found);
		empty(found);
	}
	handle_put(&found->handle);
	return mine ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

static struct loaded **find_loaded(struct library *library, const struct context *context)
{
	struct loaded **link = &library->loaded;

	while (*link && (*link)->module->context != context)
		link = &(*link)->next;
	return link;
}

void library_context_gone(struct context *context)
{
	pthread_mutex_lock(&libraries_lock);
	for (struct library *library = libraries; library; library = library->next) {
		struct loaded **link, *loaded;

		pthread_mutex_lock(&library->lock);
		link = find_loaded(library, context);
		loaded = *link;
		if (loaded)
			*link = loaded->next;
		pthread_mutex_unlock(&library->lock);
		if (loaded) {
			module_unload(loaded->module);
			module_put(loaded->module);
			free(loaded);
		}
	}
	pthread_mutex_unlock(&libraries_lock);
}

/* apply() - give a kernel's function in a context its settings; under library->lock */
static void apply(const struct library_kernel *kernel, struct module *module)
{
	struct function *function = module_function(module, kernel->name);

	if (function)
		settings_copy(&function->settings, &kernel->settings);
}

void library_kernel_apply(const struct library_kernel *kernel)
{
	struct library *library = kernel->library;

	pthread_mutex_lock(&library->lock);
	for (struct loaded *loaded = library->loaded; loaded; loaded = loaded->next)
		apply(kernel, loaded->module);
	pthread_mutex_unlock(&library->lock);
}

/* load() - under library->lock */
static CUresult load(struct library *library, struct context *context, struct loaded **out)
{
	struct loaded *loaded = calloc(1, sizeof(*loaded));
	char log[1024] = "";
	CUresult result;

	if (!loaded)
		return CUDA_ERROR_OUT_OF_MEMORY;
	result = module_new(context, library->image, library, &loaded->module, log, sizeof(log));
	if (result) {
		if (*log)
			log_error("%s", log);
		free(loaded);
		return result;
	}
	for (struct library_kernel *kernel = library->kernels; kernel; kernel = kernel->next)
		apply(kernel, loaded->module);
	loaded->next = library->loaded;
	library->loaded = loaded;
	*out = loaded;
	return CUDA_SUCCESS;
}

/* module_in() - the library's module in a context, with a reference; loaded if need be */
static CUresult module_in(struct library *library, struct context *context, struct module **out)
{
	CUresult result = context_status(context);
	struct loaded *loaded;

	pthread_mutex_lock(&library->lock);
	loaded = *find_loaded(library, context);
	if (library->unloaded)
		result = CUDA_ERROR_INVALID_HANDLE;
	if (!result && !loaded)
		result = load(library, context, &loaded);
	if (!result)
		*out = handle_ref(&loaded->module->handle);
	pthread_mutex_unlock(&library->lock);
	return result;
}

CUresult library_kernel_function(struct library_kernel *kernel, struct context *context,
				 struct function **out)
{
	struct function *function;
	struct module *module;
	CUresult result = module_in(kernel->library, context, &module);

	if (result)
		return result;
	function = module_function(module, kernel->name);
	/* The module may have been unloaded meanwhile, and its functions' handles with it. */
	*out = handle_get(function, HANDLE_FUNCTION);
	if (!*out)
		result = function ? CUDA_ERROR_INVALID_HANDLE : CUDA_ERROR_NOT_FOUND;
	module_put(module);
	return result;
}

/* enter() - the library of a handle and its module in the current context, both with references */
static CUresult enter(CUlibrary value, struct library **library, struct module **module)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	*library = handle_get(value, HANDLE_LIBRARY);
	if (!*library)
		return CUDA_ERROR_INVALID_HANDLE;
	result = module_in(*library, context, module);
	if (result)
		handle_put(&(*library)->handle);
	return result;
}

static void leave(struct library *library, struct module *module)
{
	module_put(module);
	handle_put(&library->handle);
}

static struct library_kernel *kernel_new(struct library *library, const char *name)
{
	struct library_kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	kernel->name = strdup(name);
	if (!kernel->name) {
		free(kernel);
		return NULL;
	}
	handle_init(&kernel->handle, HANDLE_KERNEL, NULL, kernel_destroy);
	kernel->library = handle_ref(&library->handle);
	settings_init(&kernel->settings);
	return kernel;
}

/* kernel_named() - the one CUkernel of that name, made when first asked for */
static CUresult kernel_named(struct library *library, const char *name, CUkernel *out)
{
	struct library_kernel *kernel;
	CUresult result = CUDA_SUCCESS;

	pthread_mutex_lock(&library->lock);
	for (kernel = library->kernels; kernel; kernel = kernel->next)
		if (!strcmp(kernel->name, name))
			break;
	if (library->unloaded) {
		result = CUDA_ERROR_INVALID_HANDLE;
	} else if (!kernel) {
		kernel = kernel_new(library, name);
		if (kernel) {
			kernel->next = library->kernels;
			library->kernels = kernel;
			handle_publish(&kernel->handle);
			handle_put(&kernel->handle);
		} else {
			result = CUDA_ERROR_OUT_OF_MEMORY;
		}
	}
	*out = (CUkernel)kernel;
	pthread_mutex_unlock(&library->lock);
	return result;
}

CUresult cuLibraryGetKernel(CUkernel *pKernel, CUlibrary library, const char *name)
{
	struct library *found;
	struct module *module;
	CUresult result = enter(library, &found, &module);

	if (result)
		return result;
	if (!pKernel || !name)
		result = CUDA_ERROR_INVALID_VALUE;
	else if (!module_function(module, name))
		result = CUDA_ERROR_NOT_FOUND;
	else
		result = kernel_named(found, name, pKernel);
	leave(found, module);
	return result;
}

CUresult cuLibraryGetKernelCount(unsigned int *count, CUlibrary lib)
{
	struct library *found;
	struct module *module;
	CUresult result = enter(lib, &found, &module);

	if (result)
		return result;
	if (count)
		*count = module->function_count;
	leave(found, module);
	return count ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuLibraryEnumerateKernels(CUkernel *kernels, unsigned int numKernels, CUlibrary lib)
{
	struct library *found;
	struct module *module;
	CUresult result = enter(lib, &found, &module);

	if (result)
		return result;
	if (!kernels)
		result = CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; !result && i < numKernels && i < module->function_count; i++)
		result = kernel_named(found, module->functions[i].info.name, &kernels[i]);
	leave(found, module);
	return result;
}

CUresult cuLibraryGetModule(CUmodule *pMod, CUlibrary library)
{
	struct library *found;
	struct module *module;
	CUresult result = enter(library, &found, &module);

	if (result)
		return result;
	if (pMod)
		*pMod = (CUmodule)module;
	leave(found, module);
	return pMod ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

static CUresult variable(CUdeviceptr *dptr, size_t *bytes, CUlibrary library, const char *name,
			 bool managed)
{
	struct program_variable variable;
	struct library *found;
	struct module *module;
	CUresult result = enter(library, &found, &module);

	if (result)
		return result;
	if (!name || (!dptr && !bytes)) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else if (!program_variable(module->program, name, &variable) ||
		   (managed && !variable.managed)) {
		result = CUDA_ERROR_NOT_FOUND;
	} else {
		if (dptr)
			*dptr = variable.address;
		if (bytes)
			*bytes = variable.bytes;
	}
	leave(found, module);
	return result;
}

CUresult cuLibraryGetGlobal(CUdeviceptr *dptr, size_t *bytes, CUlibrary library, const char *name)
{
	return variable(dptr, bytes, library, name, false);
}

CUresult cuLibraryGetManaged(CUdeviceptr *dptr, size_t *bytes, CUlibrary library, const char *name)
{
	return variable(dptr, bytes, library, name, true);
}

/* Device functions have no address that a host could call. */
CUresult cuLibraryGetUnifiedFunction(void **fptr, CUlibrary library, const char *symbol)
{
	struct library *found;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!fptr || !symbol)
		return CUDA_ERROR_INVALID_VALUE;
	found = handle_get(library, HANDLE_LIBRARY);
	if (!found)
		return CUDA_ERROR_INVALID_HANDLE;
	handle_put(&found->handle);
	return CUDA_ERROR_INVALID_VALUE;	/* so says an H200 of a function that is not unified */
}
