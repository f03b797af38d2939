/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * A texture or surface reference is a variable of a module, .texref or .surfref, that PTX names
 * in an instruction and the program binds to memory.  The variable holds the number of a texture
 * as a kernel's parameter does (decode_tex.c), so to bind is to make a texture of what has been
 * said so far and to store its number there.
 *
 * A module makes its references as they are asked for and keeps them until its variables go.
 */
#include "softgpu/texture_reference.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/memory.h"
#include "softgpu/module.h"
#include "softgpu/stream.h"
#include "softgpu/texture_object.h"

/* Guards all references, and the lists of them in modules. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static enum handle_type type_of(enum texture_kind kind)
{
	return kind == TEXTURE_SAMPLED ? HANDLE_TEXTURE_REFERENCE : HANDLE_SURFACE_REFERENCE;
}

CUresult reference_see(const void *value, enum texture_kind kind, bool valid,
		       struct reference **reference)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	*reference = valid ? handle_get(value, type_of(kind)) : NULL;
	if (!*reference)
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&lock);
	return CUDA_SUCCESS;
}

CUresult reference_change(const void *value, enum texture_kind kind, bool valid,
			  struct reference **reference)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	stream_synchronize_context(context);
	return reference_see(value, kind, valid, reference);
}

void reference_seen(struct reference *reference)
{
	pthread_mutex_unlock(&lock);
	handle_put(&reference->handle);
}

static uint64_t make_texture(const struct reference *reference)
{
	struct texture texture = { .kind = reference->kind };

	if (!reference->bound ||
	    texture_from_resource(reference->handle.owner, &reference->resource, &texture))
		return 0;
	if (reference->kind == TEXTURE_SAMPLED &&
	    texture_sampler(&reference->texture, &reference->resource, &texture))
		return 0;
	return texture_add(&texture);
}

void reference_changed(struct reference *reference)
{
	uint64_t old = reference->number;

	reference->number = make_texture(reference);
	if (reference->slot)
		__atomic_store_n(reference->slot, reference->number, __ATOMIC_RELEASE);
	texture_remove(old);
	reference_seen(reference);
}

static void reference_destroy(struct handle *handle)
{
	struct reference *reference = CONTAINER_OF(handle, struct reference, handle);

	texture_remove(reference->number);
	free(reference);
}

/* An H200's driver begins with these */
static void set_defaults(struct reference *reference)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(reference->texture.addressMode); i++)
		reference->texture.addressMode[i] = CU_TR_ADDRESS_MODE_CLAMP;
	reference->format = CU_AD_FORMAT_FLOAT;
	reference->channels = 1;
}

/* With a reference for the caller; NULL: no memory */
static struct reference *reference_new(struct context *context, enum texture_kind kind)
{
	struct reference *reference = calloc(1, sizeof(*reference));

	if (!reference)
		return NULL;
	reference->kind = kind;
	set_defaults(reference);
	handle_init(&reference->handle, type_of(kind), context, reference_destroy);
	handle_publish(&reference->handle);
	return reference;
}

/* The module's reference to one of its variables, borrowed.  Called with the lock held. */
static CUresult find_or_make(struct module *module, const struct program_variable *variable,
			     enum texture_kind kind, struct reference **out)
{
	struct reference *at = module->references;

	while (at && at->name != variable->name)
		at = at->next;
	if (!at) {
		at = reference_new(module->context, kind);
		if (!at)
			return CUDA_ERROR_OUT_OF_MEMORY;
		at->name = variable->name;
		at->slot = memory_pointer(variable->address);
		at->next = module->references;
		module->references = at;
	}
	*out = at;
	return CUDA_SUCCESS;
}

static CUresult of_module(CUmodule value, const char *name, enum program_content content,
			  enum texture_kind kind, struct reference **out)
{
	struct program_variable variable;
	struct module *module;
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	module = handle_get(value, HANDLE_MODULE);
	if (!module)
		return CUDA_ERROR_INVALID_HANDLE;
	if (!name || !out) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else if (!program_variable(module->program, name, &variable) ||
		   variable.content != content) {
		result = CUDA_ERROR_NOT_FOUND;
	} else {
		pthread_mutex_lock(&lock);
		result = find_or_make(module, &variable, kind, out);
		pthread_mutex_unlock(&lock);
	}
	module_put(module);
	return result;
}

CUresult cuModuleGetTexRef(CUtexref *pTexRef, CUmodule hmod, const char *name)
{
	return of_module(hmod, name, PROGRAM_TEXTURE, TEXTURE_SAMPLED,
			 (struct reference **)pTexRef);
}

CUresult cuModuleGetSurfRef(CUsurfref *pSurfRef, CUmodule hmod, const char *name)
{
	return of_module(hmod, name, PROGRAM_SURFACE, TEXTURE_SURFACE,
			 (struct reference **)pSurfRef);
}

void references_retire(struct module *module)
{
	pthread_mutex_lock(&lock);
	for (struct reference *at = module->references; at; at = at->next)
		handle_retire(&at->handle);
	pthread_mutex_unlock(&lock);
}

void references_free(struct module *module)
{
	struct reference *at = module->references;

	while (at) {
		struct reference *next = at->next;

		pthread_mutex_lock(&lock);
		at->slot = NULL;
		pthread_mutex_unlock(&lock);
		handle_retire(&at->handle);
		handle_put(&at->handle);
		at = next;
	}
}

CUresult cuTexRefCreate(CUtexref *pTexRef)
{
	struct reference *reference;
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pTexRef)
		return CUDA_ERROR_INVALID_VALUE;
	reference = reference_new(context, TEXTURE_SAMPLED);
	if (!reference)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*pTexRef = (CUtexref)reference;
	handle_put(&reference->handle);
	return CUDA_SUCCESS;
}

/* A module's references go with the module. */
CUresult cuTexRefDestroy(CUtexref hTexRef)
{
	struct reference *reference;
	CUresult result = reference_see(hTexRef, TEXTURE_SAMPLED, true, &reference);

	if (result)
		return result;
	if (reference->name || !handle_retire(&reference->handle))
		result = CUDA_ERROR_INVALID_VALUE;
	reference_seen(reference);
	return result;
}

/* What the function's module names is there without being asked for. */
CUresult cuParamSetTexRef(CUfunction hfunc, int texunit, CUtexref hTexRef)
{
	struct function *function;
	struct reference *reference;
	CUresult result = reference_see(hTexRef, TEXTURE_SAMPLED, texunit == CU_PARAM_TR_DEFAULT,
					&reference);

	if (result)
		return result;
	reference_seen(reference);
	function = handle_get(hfunc, HANDLE_FUNCTION);
	if (!function)
		return CUDA_ERROR_INVALID_HANDLE;
	function_put(function);
	return CUDA_SUCCESS;
}
