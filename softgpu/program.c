/* SPDX-License-Identifier: MIT */
/*
 * program.c - PTX texts become a program: parse, link by name
 *
 * Names without a linkage directive belong to their text, .visible, .weak and .common ones
 * to the whole program.  Two strong definitions of a name are an error, a strong one beats
 * a weak one, and of several weak ones the first counts.
 */

#include <stdlib.h>
#include <string.h>

#include "softgpu/observe.h"
#include "softgpu/program_link.h"

static unsigned slot_of(const struct ptx_module *scope, const char *name)
{
	uint64_t key = (uintptr_t)name * 0x9e3779b97f4a7c15ull ^ (uintptr_t)scope * 31;

	return (unsigned)(key >> 40) % DEFINITION_SLOTS;
}

static struct definition *find(const struct program *program, const struct ptx_module *scope,
			       const char *name)
{
	struct definition *d;

	for (d = program->slots[slot_of(scope, name)]; d; d = d->next)
		if (d->name == name && d->scope == scope)
			return d;
	return NULL;
}

struct definition *program_lookup(const struct program *program, const struct ptx_module *module,
				  const char *name)
{
	struct definition *d = find(program, module, name);

	return d ? d : find(program, NULL, name);
}

static bool is_weak(enum ptx_linkage linkage)
{
	return linkage == LINK_WEAK || linkage == LINK_COMMON;
}

/* Exactly one of @function and @var is given */
static CUresult define(struct program *program, const struct ptx_module *module,
		       const struct ptx_function *function, const struct ptx_var *var,
		       struct report *report)
{
	enum ptx_linkage linkage = function ? function->linkage : var->linkage, old;
	const struct ptx_module *scope = linkage == LINK_LOCAL ? module : NULL;
	const char *name = function ? function->name : var->name;
	struct definition *d = find(program, scope, name);

	if (d) {
		old = d->function ? d->function->linkage : d->var->linkage;
		if (!is_weak(old) && !is_weak(linkage)) {
			report_line(report, "%s, line %u: %s is defined twice", module->file,
				    function ? function->line : var->line, name);
			return CUDA_ERROR_INVALID_PTX;
		}
		if (is_weak(linkage))
			return CUDA_SUCCESS;
	} else {
		unsigned slot = slot_of(scope, name);

		d = bump_alloc(&program->bump, sizeof(*d));
		if (!d)
			return CUDA_ERROR_OUT_OF_MEMORY;
		d->next = program->slots[slot];
		program->slots[slot] = d;
	}
	d->scope = scope;
	d->module = module;
	d->name = name;
	d->function = function;
	d->var = var;
	return CUDA_SUCCESS;
}

static bool defines_var(const struct ptx_var *var)
{
	return var->linkage != LINK_EXTERN;
}

static CUresult define_all(struct program *program, const struct ptx_module *module,
			   struct report *report)
{
	const struct ptx_function *f;
	const struct ptx_var *var;
	const struct ptx_alias *alias;
	CUresult result = CUDA_SUCCESS;

	for (f = module->functions; f && result == CUDA_SUCCESS; f = f->next)
		if (f->has_body)
			result = define(program, module, f, NULL, report);
	for (var = module->vars; var && result == CUDA_SUCCESS; var = var->next)
		if (defines_var(var))
			result = define(program, module, NULL, var, report);
	for (alias = module->aliases; alias && result == CUDA_SUCCESS; alias = alias->next) {
		struct definition *target = program_lookup(program, module, alias->target);
		struct ptx_function *copy;

		if (!target || !target->function)
			continue;
		copy = bump_alloc(&program->bump, sizeof(*copy));
		if (!copy)
			return CUDA_ERROR_OUT_OF_MEMORY;
		*copy = *target->function;
		copy->name = alias->name;
		result = define(program, module, copy, NULL, report);
	}
	return result;
}

/* List what is defined, functions and variables apart, in the order of the slots */
static CUresult list_definitions(struct program *program)
{
	unsigned functions = 0, variables = 0;
	struct definition *d;

	for (unsigned pass = 0; pass < 2; pass++) {
		if (pass) {
			program->functions = bump_alloc(&program->bump, (functions + 1) * sizeof(d));
			program->variables = bump_alloc(&program->bump, (variables + 1) * sizeof(d));
			program->pointers = bump_alloc(&program->bump, (functions + 1) * (size_t)16);
			if (program->bump.failed)
				return CUDA_ERROR_OUT_OF_MEMORY;
			functions = variables = 0;
		}
		for (unsigned i = 0; i < DEFINITION_SLOTS; i++) {
			for (d = program->slots[i]; d; d = d->next) {
				if (d->function) {
					d->index = functions++;
					if (pass)
						program->functions[d->index] = d;
				} else if (d->var->space == SPACE_GLOBAL || d->var->space == SPACE_CONST) {
					d->index = variables++;
					if (pass)
						program->variables[d->index] = d;
				}
			}
		}
	}
	program->function_count = functions;
	program->variable_count = variables;
	return CUDA_SUCCESS;
}

/* Texts are copied: instructions point into them */
static CUresult parse_all(struct program *program, const struct ptx_text *texts, unsigned count,
			  struct report *report)
{
	program->modules = bump_alloc(&program->bump, (count + 1) * sizeof(*program->modules));
	program->texts = bump_alloc(&program->bump, (count + 1) * sizeof(*program->texts));
	if (!program->modules || !program->texts)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (unsigned i = 0; i < count; i++) {
		const char *file = texts[i].name ? texts[i].name : "PTX";

		file = names_get(&program->names, file, strlen(file));
		program->texts[i] = file ? malloc(texts[i].bytes + 1) : NULL;
		if (!program->texts[i])
			return CUDA_ERROR_OUT_OF_MEMORY;
		memcpy(program->texts[i], texts[i].text, texts[i].bytes);
		program->texts[i][texts[i].bytes] = 0;
		program->modules[i] = ptx_parse(&program->bump, &program->names, program->texts[i],
						file, report);
		program->module_count = i + 1;
		if (!program->modules[i])
			return program->bump.failed ? CUDA_ERROR_OUT_OF_MEMORY :
						      CUDA_ERROR_INVALID_PTX;
	}
	return CUDA_SUCCESS;
}

static CUresult link_all(struct program *program, struct report *report)
{
	CUresult result = CUDA_SUCCESS;

	for (unsigned i = 0; i < program->module_count && result == CUDA_SUCCESS; i++)
		result = define_all(program, program->modules[i], report);
	if (result == CUDA_SUCCESS)
		result = list_definitions(program);
	if (result == CUDA_SUCCESS)
		result = program_place_variables(program, report);
	if (result == CUDA_SUCCESS)
		result = program_kernels(program, report);
	return result;
}

CUresult program_create(struct program **out, struct engine *engine,
			const struct ptx_text *texts, unsigned count,
			char *log, size_t log_bytes)
{
	const uint64_t begin = profile_own_ns();
	struct program *program;
	struct report report;
	CUresult result;

	*out = NULL;
	report_start(&report, log, log_bytes);
	program = calloc(1, sizeof(*program));
	if (!program)
		return CUDA_ERROR_OUT_OF_MEMORY;
	program->engine = engine;
	program->names.bump = &program->bump;
	pthread_mutex_init(&program->lock, NULL);
	result = parse_all(program, texts, count, &report);
	if (result == CUDA_SUCCESS)
		result = link_all(program, &report);
	program->parse_ns = profile_own_ns() - begin;
	if (result == CUDA_SUCCESS)
		*out = program;
	else
		program_destroy(program);
	return result;
}

void program_destroy(struct program *program)
{
	struct engine_memory *memory = &program->engine->memory;

	for (unsigned i = 0; i < program->kernel_count; i++)
		kernel_free(&program->kernels[i]);
	for (unsigned i = 0; i < program->variable_count; i++)
		if (program->variables[i]->var->managed && program->variables[i]->address)
			memory->release(memory->context, program->variables[i]->address);
	if (program->memory)
		memory->release(memory->context, program->memory);
	for (unsigned i = 0; i < program->module_count; i++)
		free(program->texts[i]);
	pthread_mutex_destroy(&program->lock);
	bump_free(&program->scratch);
	bump_free(&program->bump);
	free(program);
}

static void describe(const struct definition *d, struct program_variable *out)
{
	out->name = d->name;
	out->address = d->address;
	out->bytes = d->bytes;
	out->constant = d->var->space == SPACE_CONST;
	out->managed = d->var->managed;
	out->visible = d->var->linkage != LINK_LOCAL;
	out->content = d->var->type == PTX_TEXREF ? PROGRAM_TEXTURE :
		       d->var->type == PTX_SURFREF ? PROGRAM_SURFACE : PROGRAM_DATA;
}

bool program_variable(const struct program *program, const char *name,
		      struct program_variable *out)
{
	/* The name may not be in the table of names, which is not to be changed here */
	for (unsigned i = 0; i < program->variable_count; i++) {
		if (!strcmp(program->variables[i]->name, name)) {
			describe(program->variables[i], out);
			return true;
		}
	}
	return false;
}

unsigned program_variable_count(const struct program *program)
{
	return program->variable_count;
}

void program_variable_at(const struct program *program, unsigned index,
			 struct program_variable *out)
{
	describe(program->variables[index], out);
}
