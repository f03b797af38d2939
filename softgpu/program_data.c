/* SPDX-License-Identifier: MIT */
/*
 * program_data.c - variables of a program: memory and first values
 */

#include <string.h>

#include "softgpu/program_link.h"

#define BYTES_MAX	(1ull << 40)

bool var_bytes(const struct ptx_var *var, uint64_t *bytes)
{
	uint64_t element = (uint64_t)ptx_type_bytes(var->type) * var->vector;

	return !__builtin_mul_overflow(element, var->count, bytes) && *bytes <= BYTES_MAX;
}

uint32_t var_align(const struct ptx_var *var)
{
	return var->align ? var->align : ptx_type_bytes(var->type) * var->vector;
}

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* Where each variable goes in the one block; managed ones have memory of their own */
static CUresult place(struct program *program, uint64_t *total, struct report *report)
{
	*total = 0;
	for (unsigned i = 0; i < program->variable_count; i++) {
		struct definition *d = program->variables[i];

		if (!var_bytes(d->var, &d->bytes)) {
			report_line(report, "%s, line %u: %s is too large", d->module->file,
				    d->var->line, d->name);
			return CUDA_ERROR_OUT_OF_MEMORY;
		}
		if (d->var->space == SPACE_CONST)
			program->constant_bytes += (uint32_t)d->bytes;
		if (d->var->managed)
			continue;
		*total = round_up(*total, var_align(d->var));
		d->address = *total;
		*total += d->bytes;
		if (*total > BYTES_MAX)
			return CUDA_ERROR_OUT_OF_MEMORY;
	}
	return CUDA_SUCCESS;
}

static CUresult allocate(struct program *program, uint64_t total)
{
	struct engine_memory *memory = &program->engine->memory;

	if (total) {
		program->memory = memory->alloc(memory->context, total, 4096, ENGINE_GLOBAL);
		if (!program->memory)
			return CUDA_ERROR_OUT_OF_MEMORY;
	}
	for (unsigned i = 0; i < program->variable_count; i++) {
		struct definition *d = program->variables[i];

		if (!d->var->managed) {
			d->address += program->memory;
			continue;
		}
		d->address = memory->alloc(memory->context, d->bytes ? d->bytes : 1, 256,
					   ENGINE_MANAGED);
		if (!d->address)
			return CUDA_ERROR_OUT_OF_MEMORY;
	}
	return CUDA_SUCCESS;
}

/* The value of a name in an initialiser */
static bool name_value(const struct program *program, const struct definition *d,
		       const struct ptx_init *init, uint64_t *value)
{
	struct definition *target = program_lookup(program, d->module, init->name);

	if (!target)
		return false;
	if (target->function) {
		target->taken = true;
		*value = program_pointer(program, target) + init->value;
		return true;
	}
	*value = target->address + init->value;
	return target->var->space == SPACE_GLOBAL || target->var->space == SPACE_CONST;
}

static uint64_t convert(enum ptx_type type, const struct ptx_init *init)
{
	float single;
	double number;
	uint32_t bits;
	uint64_t wide = init->value;

	if (init->kind == INIT_F64 && type == PTX_F32) {
		memcpy(&number, &wide, 8);
		single = (float)number;
		memcpy(&bits, &single, 4);
		return bits;
	}
	if (init->kind == INIT_INT && (type == PTX_F32 || type == PTX_F64)) {
		number = (double)(int64_t)wide;
		single = (float)number;
		memcpy(&bits, &single, 4);
		memcpy(&wide, &number, 8);
		return type == PTX_F32 ? bits : wide;
	}
	if (init->kind == INIT_F32 && type == PTX_F64) {
		bits = (uint32_t)wide;
		memcpy(&single, &bits, 4);
		number = single;
		memcpy(&wide, &number, 8);
	}
	return wide;
}

static CUresult initialise(struct program *program, struct definition *d, struct report *report)
{
	unsigned size = ptx_type_bytes(d->var->type);
	const struct ptx_init *init;

	for (init = d->var->init; init; init = init->next) {
		uint64_t value, offset;

		if (__builtin_mul_overflow(init->index, size, &offset) || offset >= d->bytes ||
		    d->bytes - offset < size) {
			report_line(report, "%s, line %u: too many values for %s", d->module->file,
				    d->var->line, d->name);
			return CUDA_ERROR_INVALID_PTX;
		}
		if (init->kind != INIT_NAME) {
			value = convert(d->var->type, init);
		} else if (!name_value(program, d, init, &value)) {
			report_line(report, "%s, line %u: %s needs %s, which nothing defines",
				    d->module->file, d->var->line, d->name, init->name);
			return CUDA_ERROR_NOT_FOUND;
		} else if (init->mask) {
			value = (value & init->mask) >> __builtin_ctzll(init->mask);
		}
		memcpy((void *)(uintptr_t)(d->address + offset), &value, size < 8 ? size : 8);
	}
	return CUDA_SUCCESS;
}

CUresult program_place_variables(struct program *program, struct report *report)
{
	uint64_t total;
	CUresult result = place(program, &total, report);

	if (result == CUDA_SUCCESS)
		result = allocate(program, total);
	for (unsigned i = 0; i < program->variable_count && result == CUDA_SUCCESS; i++)
		result = initialise(program, program->variables[i], report);
	return result;
}
