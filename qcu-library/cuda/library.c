/* SPDX-License-Identifier: MIT */
/*
 * library.c - libraries: modules that belong to no context
 *
 * Faces qcu-device/worker/library.c.  Kernels are found by name once.  A module of
 * a library, or a function of a kernel, is of one context: those are remembered
 * under the context's name, and forgotten when any context has died since.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/function.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/image.h"
#include "qcu-library/cuda/jit.h"
#include "qcu-library/cuda/memory.h"
#include "qcu-library/cuda/names.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

/* The data of a library's handle */
struct library {
	struct names kernels;	/* by name */
	struct names modules;	/* by context, see context_name() */
	struct names functions;	/* by kernel and context */
};

static void library_destroy(void *p)
{
	struct library *library = p;

	names_finish(&library->kernels);
	names_finish(&library->modules);
	names_finish(&library->functions);
	free(library);
}

/* Made when first asked for; NULL for a stale handle or without memory */
static struct library *library_of(uint64_t handle)
{
	struct library *library = handle_data(handle), *now;

	if (library)
		return library;
	library = malloc(sizeof(*library));
	if (!library)
		return NULL;
	names_init(&library->kernels);
	names_init(&library->modules);
	names_init(&library->functions);
	now = handle_set_data(handle, library, library_destroy);
	if (now != library)
		library_destroy(library);
	return now;
}

struct context_name {
	char text[64];
};

static struct context_name context_name(uint64_t of)
{
	struct context_name name;

	snprintf(name.text, sizeof(name.text), "%llx %llx %llx", (unsigned long long)of,
		 (unsigned long long)context_current(), (unsigned long long)context_epoch());
	return name;
}

static CUresult send(uint64_t *made, const struct image *image, struct jit *jit, int *result)
{
	return send_library_load((CUlibrary *)made, image->wire, image->n_pieces, image->pieces,
				 jit->n, jit->options, jit->info.bytes, jit->info.buffer,
				 jit->error.bytes, jit->error.buffer, result);
}

static CUresult send_known(uint64_t *made, const struct image *image, struct jit *jit, int *result)
{
	return send_library_load_known((CUlibrary *)made, image->digest, image->wire.kind,
				       image->pieces[0].bytes, jit->n, jit->options,
				       jit->info.bytes, jit->info.buffer, jit->error.bytes,
				       jit->error.buffer, result);
}

static CUresult load(CUlibrary *library, const void *data, struct jit *jit)
{
	uint64_t made;
	CUresult rc = image_load(&made, data, jit, send, send_known);

	if (rc == CUDA_SUCCESS)
		*library = (CUlibrary)made;
	return rc;
}

/* The host loads from a copy: whether the image is preserved does not matter here. */
static CUresult check_options(unsigned int n, const CUlibraryOption *options)
{
	if (n && !options)
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < n; i++)
		if (options[i] != CU_LIBRARY_BINARY_IS_PRESERVED &&
		    options[i] != CU_LIBRARY_HOST_UNIVERSAL_FUNCTION_AND_DATA_TABLE)
			return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuLibraryLoadData(CUlibrary *library, const void *code, CUjit_option *jitOptions,
				   void **jitOptionsValues, unsigned int numJitOptions,
				   CUlibraryOption *libraryOptions, void **libraryOptionValues,
				   unsigned int numLibraryOptions)
{
	CUresult rc = session_check();
	struct jit jit;

	if (rc == CUDA_SUCCESS && (!library || !code))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = check_options(numLibraryOptions, libraryOptions);
	if (rc == CUDA_SUCCESS)
		rc = jit_init(&jit, numJitOptions, jitOptions, jitOptionsValues);
	return rc == CUDA_SUCCESS ? load(library, code, &jit) : rc;
}

CUresult CUDAAPI cuLibraryLoadFromFile(CUlibrary *library, const char *fileName,
				       CUjit_option *jitOptions, void **jitOptionsValues,
				       unsigned int numJitOptions, CUlibraryOption *libraryOptions,
				       void **libraryOptionValues, unsigned int numLibraryOptions)
{
	CUresult rc = session_check();
	void *image;

	if (rc == CUDA_SUCCESS)
		rc = image_read(fileName, &image, NULL);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = cuLibraryLoadData(library, image, jitOptions, jitOptionsValues, numJitOptions,
			       libraryOptions, libraryOptionValues, numLibraryOptions);
	free(image);
	return rc;
}

CUresult CUDAAPI cuLibraryUnload(CUlibrary library)
{
	CUresult rc = send_cuLibraryUnload(library);

	if (session_check() == CUDA_SUCCESS && !handle_is(KIND_CUlibrary, (uint64_t)library))
		ranges_owner_died((uint64_t)library);
	return rc;
}

/* The library behind a handle that a call was given, or NULL and *rc */
static struct library *find(CUlibrary handle, CUresult *rc)
{
	struct library *library;

	*rc = session_check();
	if (*rc != CUDA_SUCCESS)
		return NULL;
	if (!handle_is(KIND_CUlibrary, (uint64_t)handle)) {
		*rc = CUDA_ERROR_INVALID_HANDLE;
		return NULL;
	}
	library = library_of((uint64_t)handle);
	*rc = library ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
	return library;
}

CUresult CUDAAPI cuLibraryGetKernel(CUkernel *pKernel, CUlibrary handle, const char *name)
{
	CUkernel kernel;
	CUresult rc;
	struct library *library = find(handle, &rc);

	if (!library)
		return rc;
	if (!pKernel || !name)
		return CUDA_ERROR_INVALID_VALUE;
	/* Held over the call: of two threads that ask at once, one names it. */
	pthread_mutex_lock(&library->kernels.lock);
	kernel = (CUkernel)names_get(&library->kernels, name);
	if (!kernel) {
		rc = send_cuLibraryGetKernel(&kernel, handle, name);
		if (rc == CUDA_SUCCESS)
			rc = function_name((uint64_t)kernel, name);
		if (rc == CUDA_SUCCESS)
			names_set(&library->kernels, name, (uint64_t)kernel);
	}
	pthread_mutex_unlock(&library->kernels.lock);
	if (rc == CUDA_SUCCESS)
		*pKernel = kernel;
	return rc;
}

static CUresult ask_names(uint64_t library, uint32_t first, uint32_t bytes, char *names,
			  uint32_t *count)
{
	return send_library_names((CUlibrary)library, first, bytes, names, count);
}

static CUresult take_kernel(const struct listing *listing, uint32_t i, const char *name)
{
	return cuLibraryGetKernel((CUkernel *)listing->to + i, (CUlibrary)listing->of, name);
}

CUresult CUDAAPI cuLibraryEnumerateKernels(CUkernel *kernels, unsigned int numKernels,
					   CUlibrary lib)
{
	const struct listing listing = { (uint64_t)lib, ask_names, take_kernel, kernels };
	CUresult rc;

	if (!find(lib, &rc))
		return rc;
	return kernels ? names_list(&listing, numKernels) : CUDA_ERROR_INVALID_VALUE;
}

CUresult CUDAAPI cuLibraryGetModule(CUmodule *pMod, CUlibrary handle)
{
	struct context_name name = context_name(0);
	CUmodule module;
	CUresult rc;
	struct library *library = find(handle, &rc);

	if (!library)
		return rc;
	if (!pMod)
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&library->modules.lock);
	module = (CUmodule)names_get(&library->modules, name.text);
	if (!module) {
		rc = send_cuLibraryGetModule(&module, handle);
		if (rc == CUDA_SUCCESS)
			names_set(&library->modules, name.text, (uint64_t)module);
	}
	pthread_mutex_unlock(&library->modules.lock);
	if (rc == CUDA_SUCCESS)
		*pMod = module;
	return rc;
}

CUresult CUDAAPI cuKernelGetFunction(CUfunction *pFunc, CUkernel kernel)
{
	struct context_name key = context_name((uint64_t)kernel);
	struct library *library;
	CUfunction function;
	const char *name;
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pFunc)
		return CUDA_ERROR_INVALID_VALUE;
	if (!handle_is(KIND_CUkernel, (uint64_t)kernel))
		return CUDA_ERROR_INVALID_HANDLE;
	library = find((CUlibrary)handle_owner((uint64_t)kernel), &rc);
	if (!library)
		return rc;
	pthread_mutex_lock(&library->functions.lock);
	function = (CUfunction)names_get(&library->functions, key.text);
	if (!function) {
		rc = send_cuKernelGetFunction(&function, kernel);
		if (rc == CUDA_SUCCESS && cuKernelGetName(&name, kernel) == CUDA_SUCCESS)
			rc = function_name((uint64_t)function, name);
		if (rc == CUDA_SUCCESS)
			names_set(&library->functions, key.text, (uint64_t)function);
	}
	pthread_mutex_unlock(&library->functions.lock);
	if (rc == CUDA_SUCCESS)
		*pFunc = function;
	return rc;
}

static void answer(CUdeviceptr address, size_t size, CUdeviceptr *dptr, size_t *bytes)
{
	if (dptr)
		*dptr = address;
	if (bytes)
		*bytes = size;
}

CUresult CUDAAPI cuLibraryGetGlobal(CUdeviceptr *dptr, size_t *bytes, CUlibrary library,
				    const char *name)
{
	CUdeviceptr address;
	size_t size;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && !dptr && !bytes)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_cuLibraryGetGlobal(&address, &size, library, name);
	if (rc != CUDA_SUCCESS)
		return rc;
	memory_note_global(address, size, (uint64_t)library);
	answer(address, size, dptr, bytes);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuLibraryGetManaged(CUdeviceptr *dptr, size_t *bytes, CUlibrary library,
				     const char *name)
{
	CUdeviceptr address;
	size_t size;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !dptr && !bytes)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_cuLibraryGetManaged(&address, &size, library, name);
	if (rc == CUDA_SUCCESS)
		rc = memory_note_managed(address, size, (uint64_t)library);
	if (rc == CUDA_SUCCESS)
		answer(address, size, dptr, bytes);
	return rc;
}

/*
 * What an H200 says of a function that is not unified.  None is here: a pointer to the
 * host's function would be none in this process.
 */
CUresult CUDAAPI cuLibraryGetUnifiedFunction(void **fptr, CUlibrary library, const char *symbol)
{
	CUresult rc;

	if (!find(library, &rc))
		return rc;
	return CUDA_ERROR_INVALID_VALUE;
}
