/* SPDX-License-Identifier: MIT */
/*
 * module.c - modules: loading, and what is in them
 *
 * Faces qcu-device/worker/module.c.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/function.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/image.h"
#include "qcu-library/cuda/jit.h"
#include "qcu-library/cuda/memory.h"
#include "qcu-library/cuda/names.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

/* The data of a module's handle: what is in it by name */
struct module {
	struct names functions, textures, surfaces;
};

static void module_destroy(void *p)
{
	struct module *module = p;

	names_finish(&module->functions);
	names_finish(&module->textures);
	names_finish(&module->surfaces);
	free(module);
}

/* Made when first asked for; NULL for a stale handle or without memory */
static struct module *module_of(CUmodule handle)
{
	struct module *module = handle_data((uint64_t)handle), *now;

	if (module)
		return module;
	module = malloc(sizeof(*module));
	if (!module)
		return NULL;
	names_init(&module->functions);
	names_init(&module->textures);
	names_init(&module->surfaces);
	now = handle_set_data((uint64_t)handle, module, module_destroy);
	if (now != module)
		module_destroy(module);
	return now;
}

static CUresult send(uint64_t *made, const struct image *image, struct jit *jit, int *result)
{
	return send_module_load((CUmodule *)made, image->wire, image->n_pieces, image->pieces,
				jit->n, jit->options, jit->info.bytes, jit->info.buffer,
				jit->error.bytes, jit->error.buffer, result);
}

static CUresult send_known(uint64_t *made, const struct image *image, struct jit *jit, int *result)
{
	return send_module_load_known((CUmodule *)made, image->digest, image->wire.kind,
				      image->pieces[0].bytes, jit->n, jit->options, jit->info.bytes,
				      jit->info.buffer, jit->error.bytes, jit->error.buffer,
				      result);
}

static CUresult load(CUmodule *module, const void *data, struct jit *jit)
{
	uint64_t made;
	CUresult rc = image_load(&made, data, jit, send, send_known);

	if (rc == CUDA_SUCCESS)
		*module = (CUmodule)made;
	return rc;
}

CUresult CUDAAPI cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned int numOptions,
				    CUjit_option *options, void **optionValues)
{
	CUresult rc = context_check();
	struct jit jit;

	if (rc == CUDA_SUCCESS && (!module || !image))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = jit_init(&jit, numOptions, options, optionValues);
	return rc == CUDA_SUCCESS ? load(module, image, &jit) : rc;
}

CUresult CUDAAPI cuModuleLoadData(CUmodule *module, const void *image)
{
	return cuModuleLoadDataEx(module, image, 0, NULL, NULL);
}

CUresult CUDAAPI cuModuleLoadFatBinary(CUmodule *module, const void *fatCubin)
{
	return cuModuleLoadDataEx(module, fatCubin, 0, NULL, NULL);
}

CUresult CUDAAPI cuModuleLoad(CUmodule *module, const char *fname)
{
	CUresult rc = context_check();
	void *image;

	if (rc == CUDA_SUCCESS && !module)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = image_read(fname, &image, NULL);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = cuModuleLoadData(module, image);
	free(image);
	return rc;
}

CUresult CUDAAPI cuModuleUnload(CUmodule hmod)
{
	CUresult rc = send_cuModuleUnload(hmod);

	if (session_check() == CUDA_SUCCESS && !handle_is(KIND_CUmodule, (uint64_t)hmod))
		ranges_owner_died((uint64_t)hmod);
	return rc;
}

/* A name is looked up in a module; @complete: with somewhere to put what is found */
static CUresult look_in(CUmodule handle, bool complete, struct module **module)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!complete)
		return CUDA_ERROR_INVALID_VALUE;
	if (!handle_is(KIND_CUmodule, (uint64_t)handle))
		return CUDA_ERROR_INVALID_HANDLE;
	*module = module_of(handle);
	return *module ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult CUDAAPI cuModuleGetFunction(CUfunction *hfunc, CUmodule hmod, const char *name)
{
	struct module *module;
	CUfunction function;
	CUresult rc = look_in(hmod, hfunc && name, &module);

	if (rc != CUDA_SUCCESS)
		return rc;
	/* Held over the call: of two threads that ask at once, one names it. */
	pthread_mutex_lock(&module->functions.lock);
	function = (CUfunction)names_get(&module->functions, name);
	if (!function) {
		rc = send_cuModuleGetFunction(&function, hmod, name);
		if (rc == CUDA_SUCCESS)
			rc = function_name((uint64_t)function, name);
		if (rc == CUDA_SUCCESS)
			names_set(&module->functions, name, (uint64_t)function);
	}
	pthread_mutex_unlock(&module->functions.lock);
	if (rc == CUDA_SUCCESS)
		*hfunc = function;
	return rc;
}

CUresult CUDAAPI cuModuleGetTexRef(CUtexref *pTexRef, CUmodule hmod, const char *name)
{
	struct module *module;
	CUresult rc = look_in(hmod, pTexRef && name, &module);
	CUtexref reference;

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&module->textures.lock);
	reference = (CUtexref)names_get(&module->textures, name);
	if (!reference) {
		rc = send_cuModuleGetTexRef(&reference, hmod, name);
		if (rc == CUDA_SUCCESS)
			names_set(&module->textures, name, (uint64_t)reference);
	}
	if (rc == CUDA_SUCCESS)
		*pTexRef = reference;
	pthread_mutex_unlock(&module->textures.lock);
	return rc;
}

CUresult CUDAAPI cuModuleGetSurfRef(CUsurfref *pSurfRef, CUmodule hmod, const char *name)
{
	struct module *module;
	CUresult rc = look_in(hmod, pSurfRef && name, &module);
	CUsurfref reference;

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&module->surfaces.lock);
	reference = (CUsurfref)names_get(&module->surfaces, name);
	if (!reference) {
		rc = send_cuModuleGetSurfRef(&reference, hmod, name);
		if (rc == CUDA_SUCCESS)
			names_set(&module->surfaces, name, (uint64_t)reference);
	}
	if (rc == CUDA_SUCCESS)
		*pSurfRef = reference;
	pthread_mutex_unlock(&module->surfaces.lock);
	return rc;
}

static CUresult ask_names(uint64_t module, uint32_t first, uint32_t bytes, char *names,
			  uint32_t *count)
{
	return send_module_names((CUmodule)module, first, bytes, names, count);
}

static CUresult take_function(const struct listing *listing, uint32_t i, const char *name)
{
	return cuModuleGetFunction((CUfunction *)listing->to + i, (CUmodule)listing->of, name);
}

CUresult CUDAAPI cuModuleEnumerateFunctions(CUfunction *functions, unsigned int numFunctions,
					    CUmodule mod)
{
	const struct listing listing = { (uint64_t)mod, ask_names, take_function, functions };
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && !functions)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS && !handle_is(KIND_CUmodule, (uint64_t)mod))
		rc = CUDA_ERROR_INVALID_HANDLE;
	return rc == CUDA_SUCCESS ? names_list(&listing, numFunctions) : rc;
}

CUresult CUDAAPI cuModuleGetGlobal_v2(CUdeviceptr *dptr, size_t *bytes, CUmodule hmod,
				      const char *name)
{
	CUdeviceptr address;
	size_t size;
	int managed = 0;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!dptr && !bytes)
		return CUDA_ERROR_INVALID_VALUE;
	rc = send_cuModuleGetGlobal_v2(&address, &size, hmod, name);
	if (rc == CUDA_SUCCESS)
		rc = send_is_managed(&managed, address);
	if (rc == CUDA_SUCCESS && managed)
		rc = memory_note_managed(address, size, (uint64_t)hmod);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!managed)
		memory_note_global(address, size, (uint64_t)hmod);
	if (dptr)
		*dptr = address;
	if (bytes)
		*bytes = size;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuModuleGetLoadingMode(CUmoduleLoadingMode *mode)
{
	const char *asked = getenv("CUDA_MODULE_LOADING");
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!mode)
		return CUDA_ERROR_INVALID_VALUE;
	*mode = asked && !strcmp(asked, "EAGER") ? CU_MODULE_EAGER_LOADING : CU_MODULE_LAZY_LOADING;
	return CUDA_SUCCESS;
}
