/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_TEXTURE_REFERENCE_H
#define SOFTGPU_TEXTURE_REFERENCE_H

#include "softgpu/api.h"

#include <stdbool.h>

#include "softgpu/context.h"
#include "softgpu/handle.h"
#include "softgpu/texture.h"

struct module;

/**
 * struct reference - a CUtexref or CUsurfref
 * @kind:	which of the two
 * @name:	of the variable; lives as long as the module; NULL: of cuTexRefCreate()
 * @slot:	the variable, where kernels find the number of the texture; NULL: none, or no more
 * @number:	in the table of textures; 0: nothing is bound, or what is cannot be read so
 * @bound:	@resource says what is
 * @next:	of the same module
 *
 * What follows the handle is under the lock that reference_change() takes.
 */
struct reference {
	struct handle handle;
	enum texture_kind kind;
	const char *name;
	uint64_t *slot;
	uint64_t number;
	bool bound;
	CUDA_RESOURCE_DESC resource;
	CUDA_TEXTURE_DESC texture;
	CUarray_format format;
	unsigned int channels;
	struct reference *next;
};

/**
 * reference_change() - look at a reference or change it
 * @valid:	the other parameters are
 *
 * Waits for the work of the context: kernels that were launched before see what was bound then.
 *
 * Return: CUDA_SUCCESS, locked: reference_changed() or reference_seen() must follow; else
 * context_enter()'s errors or CUDA_ERROR_INVALID_VALUE.
 */
CUresult reference_change(const void *value, enum texture_kind kind, bool valid,
			  struct reference **reference);

/* reference_see() - the same, without waiting; reference_seen() must follow */
CUresult reference_see(const void *value, enum texture_kind kind, bool valid,
		       struct reference **reference);

/* reference_changed() - let kernels see it, and unlock */
void reference_changed(struct reference *reference);
void reference_seen(struct reference *reference);

/* references_retire() - the module is unloaded: none of its references is found any more */
void references_retire(struct module *module);

/* references_free() - the memory of the module's variables is about to go */
void references_free(struct module *module);

#endif /* SOFTGPU_TEXTURE_REFERENCE_H */
