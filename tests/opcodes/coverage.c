/* SPDX-License-Identifier: MIT */
/*
 * coverage.c - is every row of softgpu's instruction tables (exec_*.c) in what the tests ran?
 *
 * A row is there if its handler is in a kernel's code.  A handler may serve several rows, of add.u32
 * and add.s32 say: then the row's name must be in a kernel's text, too.
 */
#include <fnmatch.h>
#include <search.h>

#include "softgpu/exec_families.h"
#include "softgpu/program_link.h"
#include "tests/opcodes/coverage.h"
#include "tests/opcodes/gpu.h"

static void *names, *handlers;

static int by_text(const void *x, const void *y)
{
	return strcmp(x, y);
}

static int by_address(const void *x, const void *y)
{
	return x < y ? -1 : x > y;
}

static void note_text(const char *name)
{
	if (!tfind(name, &names, by_text))
		tsearch(strdup(name), &names, by_text);
}

/* Special registers, and the instruction's name less the modifiers that rows leave out */
static void note_names(const struct ptx_instr *instr)
{
	char name[160];
	size_t used = (size_t)snprintf(name, sizeof(name), "%s", instr->opcode->name);

	for (unsigned i = 0; i < instr->opcode->mod_count && used < sizeof(name); i++)
		if (strcmp(instr->opcode->mods[i], "rn") && strcmp(instr->opcode->mods[i], "aligned"))
			used += (size_t)snprintf(name + used, sizeof(name) - used, ".%s", instr->opcode->mods[i]);
	note_text(name);
	for (unsigned i = 0; i < instr->operand_count; i++)
		if (instr->operands[i]->name && instr->operands[i]->name[0] == '%')
			note_text(instr->operands[i]->name);
}

static void note_code(const struct insn *code, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		tsearch((void *)(uintptr_t)code[i].fn, &handlers, by_address);
}

void coverage_note(const struct program *program)
{
	for (unsigned k = 0; k < program->kernel_count; k++) {
		const struct kernel *kernel = &program->kernels[k];

		for (unsigned i = 0; kernel->functions && i < program->function_count; i++) {
			const struct function *f = kernel->functions[i];

			if (!f)
				continue;
			note_code(f->code, f->count);
			note_code(f->once, f->once_count);
			note_code(f->block, f->block_count);
			note_code(f->warp, f->warp_count);
			for (unsigned n = 0; n < f->count; n++)
				if (f->source[n])
					note_names(f->source[n]);
		}
	}
}

#define BASE(name)	&name##_base,
#define V3(name)	&name##_v3,
static const struct exec_family *const families[] = {
	EXEC_FAMILIES(BASE)
#if defined(__x86_64__)
	EXEC_FAMILIES(V3)
#endif
};

static unsigned rows_with(insn_fn *fn)
{
	unsigned count = 0;

	for (unsigned f = 0; f < ARRAY_SIZE(families); f++)
		for (unsigned i = 0; i < families[f]->count; i++)
			count += families[f]->ops[i].fn == fn;
	return count;
}

static bool is_noted(const struct exec_op *op)
{
	char name[160];
	const char *rn = strstr(op->name, ".rn.");

	if (!tfind((void *)(uintptr_t)op->fn, &handlers, by_address))
		return false;
	snprintf(name, sizeof(name), "%.*s%s", rn ? (int)(rn - op->name) : 0, op->name, rn ? rn + 3 : op->name);
	return rows_with(op->fn) == 1 || tfind(name, &names, by_text);
}

/* What needs more than a kernel and its memory has programs of its own in tests/cuda and tests/unit */
static const struct {
	const char *rows, *tests;
} elsewhere[] = {
	{ "trap", "softgpu_faults" }, { "brkpt", "softgpu_faults" },
	{ "syscall.vprintf", "kernel_printf" }, { "syscall.__assertfail", "assert_*" },
	{ "syscall.malloc", "kernel_malloc" }, { "syscall.free", "kernel_malloc" },
	{ "syscall.cudaGraphSetConditional", "graph_conditional" },
	{ "tex", "texture_*" }, { "tex.stage", "texture_*" }, { "txq", "driver_texture_instructions" },
	{ "suq", "driver_texture_instructions" }, { "sured.*", "driver_texture_instructions" },
	{ "suld.*", "surface_*" }, { "sust.*", "surface_*" }, { "sust.p", "driver_surface_formatted_store" },
};

static bool is_elsewhere(const struct exec_op *op)
{
	for (unsigned i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (!fnmatch(elsewhere[i].rows, op->name, 0))
			return true;
	return false;
}

unsigned coverage_check(void)
{
	unsigned rows = 0, missing = 0;

	for (unsigned f = 0; f < ARRAY_SIZE(families); f++) {
		for (unsigned i = 0; i < families[f]->count; i++) {
			const struct exec_op *op = &families[f]->ops[i];

			/* The other set of handlers, which this process does not use */
			if (exec_op_find(op->name) != op)
				continue;
			rows++;
			if (is_noted(op) || is_elsewhere(op))
				continue;
			fprintf(stderr, "no test has %s\n", op->name);
			missing++;
		}
	}
	printf("%u instructions of softgpu, %u in no test\n", rows, missing);
	return missing;
}
