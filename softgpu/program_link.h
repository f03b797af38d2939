/* SPDX-License-Identifier: MIT */
/*
 * program_link.h - a program from the inside: for program*.c, kernel.c and decode*.c
 */
#ifndef SOFTGPU_PROGRAM_LINK_H
#define SOFTGPU_PROGRAM_LINK_H

#include <pthread.h>

#include "softgpu/exec.h"
#include "softgpu/ptx_parse.h"

/**
 * struct definition - a variable or function at module scope
 * @module:	whose names its body and initialiser use
 * @index:	of a function in program.functions; its pointer is &program.pointers[index]
 * @address:	of a variable, in device memory; not for .shared ones
 * @taken:	some initialiser holds the function's address
 */
struct definition {
	struct definition *next;	/* in its hash slot */
	const struct ptx_module *scope;	/* NULL: the name belongs to the whole program */
	const struct ptx_module *module;
	const char *name;
	const struct ptx_function *function;
	const struct ptx_var *var;
	uint32_t index;
	uint64_t address, bytes;
	bool taken;
};

#define DEFINITION_SLOTS	4096

/**
 * struct program
 * @functions:	definitions with a body, entries too
 * @variables:	.global and .const
 * @pointers:	one element a function; only their addresses mean something
 * @memory:	of all variables that are not managed
 * @parse_ns:	what it took to parse and link it, for who asks: observe_profile.c
 * @lock:	one kernel is decoded at a time
 */
struct program {
	struct engine *engine;
	struct bump bump, scratch;
	struct names names;
	struct ptx_module **modules;
	unsigned module_count;
	struct definition *slots[DEFINITION_SLOTS];
	struct definition **functions, **variables;
	unsigned function_count, variable_count;
	struct kernel *kernels;
	unsigned kernel_count;
	unsigned char (*pointers)[16];
	uint64_t memory;
	uint32_t constant_bytes;
	uint64_t parse_ns;
	char **texts;
	pthread_mutex_t lock;
};

/* program_lookup() - @name as @module sees it; NULL: nothing defines it */
struct definition *program_lookup(const struct program *program, const struct ptx_module *module,
				  const char *name);

/* program_place_variables() - give all variables memory and their first values */
CUresult program_place_variables(struct program *program, struct report *report);

/* program_pointer() - the value of a pointer to a function */
static inline uint64_t program_pointer(const struct program *program, const struct definition *f)
{
	return (uint64_t)(uintptr_t)&program->pointers[f->index];
}

/* var_bytes() - of a variable, without padding; false: more than 2^40 */
bool var_bytes(const struct ptx_var *var, uint64_t *bytes);
uint32_t var_align(const struct ptx_var *var);

/* struct shared_place - where a .shared variable lies in the block's shared memory */
struct shared_place {
	const struct ptx_var *var;
	uint32_t offset;
};

/**
 * struct kernel
 * @functions:	what has been decoded for it, by definition index; functions are decoded
 *		per kernel, because the addresses of .shared variables depend on it
 * @bump:	everything decoded
 * @shared:	places of .shared variables that its code names
 * @dynamic_align: of the .extern .shared memory, which begins behind the static one
 * @state:	of decoding; under the program's lock, but read first without
 */
struct kernel {
	struct program *program;
	struct definition *definition;
	struct kernel_param *params;
	uint32_t param_count, param_bytes;
	struct function **functions;
	struct bump bump;
	struct shared_place *shared;
	unsigned shared_count, shared_size;
	uint32_t shared_bytes, dynamic_align;
	enum { KERNEL_NEW, KERNEL_READY, KERNEL_FAILED } state;
	CUresult result;
	char *log;
};

/* program_kernels() - make the kernels of a linked program */
CUresult program_kernels(struct program *program, struct report *report);
void kernel_free(struct kernel *kernel);

#endif /* SOFTGPU_PROGRAM_LINK_H */
