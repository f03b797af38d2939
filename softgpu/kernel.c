/* SPDX-License-Identifier: MIT */
/*
 * kernel.c - what is known of a kernel before and after it is decoded
 */

#include <stdlib.h>
#include <string.h>

#include "softgpu/decode.h"
#include "softgpu/exec_call.h"
#include "softgpu/observe.h"
#include "softgpu/program_link.h"

/* Offsets of the parameters: each at the next multiple of its alignment (PTX ISA, .param) */
static CUresult lay_out_params(struct kernel *kernel, struct report *report)
{
	const struct ptx_var *var;
	uint64_t at = 0, bytes;

	for (var = kernel->definition->function->params; var; var = var->next)
		kernel->param_count++;
	kernel->params = bump_alloc(&kernel->bump,
				    (kernel->param_count + 1) * sizeof(*kernel->params));
	if (!kernel->params)
		return CUDA_ERROR_OUT_OF_MEMORY;
	kernel->param_count = 0;
	for (var = kernel->definition->function->params; var; var = var->next) {
		uint32_t align = var_align(var);

		if (!var_bytes(var, &bytes) || bytes > 65536)
			bytes = 65537;
		at = (at + align - 1) & ~(uint64_t)(align - 1);
		kernel->params[kernel->param_count++] = (struct kernel_param) {
			(uint32_t)at, (uint32_t)bytes, align,
		};
		at += bytes;
		if (at > 65536) {
			report_line(report, "kernel %s: its parameters are too large",
				    kernel->definition->name);
			return CUDA_ERROR_INVALID_PTX;
		}
	}
	kernel->param_bytes = (uint32_t)at;
	return CUDA_SUCCESS;
}

CUresult program_kernels(struct program *program, struct report *report)
{
	unsigned count = 0;
	CUresult result = CUDA_SUCCESS;

	for (unsigned i = 0; i < program->function_count; i++)
		count += program->functions[i]->function->entry;
	program->kernels = bump_alloc(&program->bump, (count + 1) * sizeof(*program->kernels));
	if (!program->kernels)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (unsigned i = 0; i < program->function_count && result == CUDA_SUCCESS; i++) {
		struct kernel *kernel = &program->kernels[program->kernel_count];

		if (!program->functions[i]->function->entry)
			continue;
		program->kernel_count++;
		kernel->program = program;
		kernel->definition = program->functions[i];
		result = lay_out_params(kernel, report);
	}
	return result;
}

void kernel_free(struct kernel *kernel)
{
	free(kernel->log);
	bump_free(&kernel->bump);
}

struct kernel *program_kernel(struct program *program, const char *name)
{
	for (unsigned i = 0; i < program->kernel_count; i++)
		if (!strcmp(program->kernels[i].definition->name, name))
			return &program->kernels[i];
	return NULL;
}

unsigned program_kernel_count(const struct program *program)
{
	return program->kernel_count;
}

struct kernel *program_kernel_at(struct program *program, unsigned index)
{
	return &program->kernels[index];
}

/* Static .shared bytes of the kernel's own body, for kernels not decoded yet */
static uint32_t shared_of_body(const struct ptx_function *f)
{
	const struct ptx_statement *s;
	uint64_t bytes, at = 0;

	for (s = f->body; s; s = s->next) {
		if (s->kind != STATEMENT_VAR || s->var->space != SPACE_SHARED ||
		    s->var->linkage == LINK_EXTERN || !var_bytes(s->var, &bytes))
			continue;
		at = (at + var_align(s->var) - 1) & ~(uint64_t)(var_align(s->var) - 1);
		at += bytes;
	}
	return at > UINT32_MAX ? UINT32_MAX : (uint32_t)at;
}

/* 32-bit registers declared, which is what a compiler without a limit might use: an estimate */
static uint32_t registers_of_body(const struct ptx_function *f)
{
	const struct ptx_statement *s;
	uint64_t words = 0;

	for (s = f->body; s; s = s->next)
		if (s->kind == STATEMENT_VAR && s->var->space == SPACE_REG &&
		    s->var->type != PTX_PRED)
			words += (uint64_t)(s->var->range ? s->var->range : 1) *
				 (ptx_type_bytes(s->var->type) > 4 ? 2 : 1);
	/* PTX registers are assigned once; about one in four is alive at a time */
	words = words / 4 + 16;
	return words > 255 ? 255 : (uint32_t)words;
}

void kernel_info(const struct kernel *kernel, struct kernel_info *info)
{
	const struct ptx_function *f = kernel->definition->function;
	bool ready = __atomic_load_n(&kernel->state, __ATOMIC_ACQUIRE) == KERNEL_READY;

	memset(info, 0, sizeof(*info));
	info->name = kernel->definition->name;
	info->program = kernel->program;
	info->params = kernel->params;
	info->param_count = kernel->param_count;
	info->param_bytes = kernel->param_bytes;
	info->registers = registers_of_body(f);
	info->static_shared = ready ? kernel->shared_bytes : shared_of_body(f);
	info->local = ready ? kernel_function(kernel)->stack.local : 0;
	info->constant = kernel->program->constant_bytes;
	info->max_threads = f->max_threads && f->max_threads < 1024 ? f->max_threads : 1024;
	memcpy(info->block, f->block, sizeof(info->block));
	info->ptx_version = kernel->definition->module->version;
	info->target = kernel->definition->module->target;
	info->min_blocks = f->min_blocks;
	memcpy(info->cluster, f->cluster, sizeof(info->cluster));
	info->explicit_cluster = f->explicit_cluster;
}

static CUresult decode(struct kernel *kernel)
{
	static const size_t log_bytes = 4096;
	const uint64_t begin = profile_own_ns();
	struct report report;
	CUresult result;

	kernel->log = malloc(log_bytes);
	if (!kernel->log)
		return CUDA_ERROR_OUT_OF_MEMORY;
	report_start(&report, kernel->log, log_bytes);
	result = decode_kernel(kernel, &report);
	if (result == CUDA_SUCCESS && observe_wanted() & OBSERVE_PROFILE)
		profile_decoded(kernel, profile_own_ns() - begin);
	return result;
}

CUresult kernel_prepare(struct kernel *kernel, char *log, size_t log_bytes)
{
	struct report report;

	if (__atomic_load_n(&kernel->state, __ATOMIC_ACQUIRE) == KERNEL_READY)
		return CUDA_SUCCESS;
	pthread_mutex_lock(&kernel->program->lock);
	if (kernel->state == KERNEL_NEW) {
		kernel->result = decode(kernel);
		__atomic_store_n(&kernel->state, kernel->result == CUDA_SUCCESS ?
				 KERNEL_READY : KERNEL_FAILED, __ATOMIC_RELEASE);
	}
	report_start(&report, log, log_bytes);
	if (kernel->result != CUDA_SUCCESS && kernel->log && *kernel->log)
		report_line(&report, "%.*s", (int)strcspn(kernel->log, "\n"), kernel->log);
	pthread_mutex_unlock(&kernel->program->lock);
	return kernel->result;
}

const struct function *kernel_function(const struct kernel *kernel)
{
	return kernel->functions[kernel->definition->index];
}

size_t kernel_shared(const struct kernel *kernel)
{
	return kernel->shared_bytes;
}

bool kernel_is_constant(const struct kernel *kernel, uint64_t address)
{
	const struct program *program = kernel->program;

	for (unsigned i = 0; i < program->variable_count; i++) {
		const struct definition *d = program->variables[i];

		if (d->var->space == SPACE_CONST && address - d->address < d->bytes)
			return true;
	}
	return false;
}

const struct function *kernel_function_at(const struct kernel *kernel, uint64_t pointer)
{
	const struct program *program = kernel->program;
	uint64_t at = pointer - (uint64_t)(uintptr_t)program->pointers;

	/* A kernel has no place for a return address */
	if (at % 16 || at / 16 >= program->function_count ||
	    program->functions[at / 16]->function->entry)
		return NULL;
	return kernel->functions[at / 16];
}
