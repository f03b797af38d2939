/* SPDX-License-Identifier: MIT */
/*
 * decode.c - a kernel and all that it calls become instructions that run
 */

#include <stdarg.h>
#include <stdlib.h>

#include "softgpu/decode.h"
#include "softgpu/exec_call.h"
#include "softgpu/perf.h"

#define STACK_MAX	(1u << 30)	/* bytes of registers or local memory */

void decode_error(struct decoder *d, CUresult result, const char *format, ...)
{
	const struct ptx_instr *instr = d->instr;
	char text[200], source[200];
	va_list args;

	if (d->result != CUDA_SUCCESS)
		return;
	d->result = result;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* A call often takes several lines */
	if (instr)
		report_line(d->report, "kernel %s: %s: %s (%s, line %u)", d->kernel->definition->name, text,
			    report_one_line(instr->text, instr->bytes, source, sizeof(source)),
			    d->definition->module->file, instr->line);
	else
		report_line(d->report, "kernel %s: %s", d->kernel->definition->name, text);
}

void decode_unsupported(struct decoder *d)
{
	decode_error(d, CUDA_ERROR_NOT_SUPPORTED, "instruction not supported");
}

static void out_of_memory(struct decoder *d)
{
	decode_error(d, CUDA_ERROR_OUT_OF_MEMORY, "out of memory");
}

void *decode_grow(struct decoder *d, struct bump *bump, void *array, uint32_t count, uint32_t *size, size_t bytes)
{
	uint32_t wanted = *size ? *size * 2 : 16;
	void *grown;

	if (count < *size)
		return array;
	grown = wanted > *size ? bump_alloc(bump, wanted * bytes) : NULL;
	if (!grown) {
		out_of_memory(d);
		return NULL;
	}
	if (count)
		memcpy(grown, array, count * bytes);
	*size = wanted;
	return grown;
}

void *decode_scratch(struct decoder *d, size_t count, size_t bytes)
{
	void *array = count <= SIZE_MAX / bytes ? bump_alloc(d->scratch, count * bytes) : NULL;

	if (!array)
		out_of_memory(d);
	return array;
}

/* Room for @size instructions and one more, which none is: a label may stand behind the last */
static bool make_room(struct decoder *d, uint32_t size)
{
	struct insn *insns = bump_alloc_lines(&d->kernel->bump, (size + (size_t)1) * sizeof(*insns));
	const struct ptx_instr **sources = bump_alloc(&d->kernel->bump, (size + (size_t)1) * sizeof(*sources));

	if (size <= d->size || !insns || !sources) {
		out_of_memory(d);
		return false;
	}
	if (d->count) {
		memcpy(insns, d->insns, d->count * sizeof(*insns));
		memcpy(sources, d->sources, d->count * sizeof(*sources));
	}
	d->insns = insns;
	d->sources = sources;
	d->size = size;
	return true;
}

/* One more instruction; a scratch one when out of memory, so that callers need not care */
static struct insn *append(struct decoder *d, insn_fn *fn)
{
	static _Thread_local struct insn scratch;

	if (d->count == d->size && !make_room(d, d->size * 2))
		return &scratch;
	d->sources[d->count] = d->instr;
	d->insns[d->count].fn = fn;
	return &d->insns[d->count++];
}

struct insn *decode_emit_row(struct decoder *d, const struct exec_op *op)
{
	if (d->guard) {
		struct insn *guard = append(d, decode_known_rows[ROW_GUARD]->fn);

		guard->flags = d->guard_not;
		decode_use(d, guard, 0, d->guard);
	}
	return append(d, op->fn);
}

const struct exec_op *decode_find(struct decoder *d, const char *name)
{
	const struct exec_op *op = exec_op_find(name);

	if (op)
		return op;
	decode_error(d, CUDA_ERROR_NOT_SUPPORTED, "instruction not supported (%s)", name);
	return decode_known_rows[ROW_NOP];
}

struct insn *decode_emit(struct decoder *d, const char *name)
{
	return decode_emit_row(d, decode_find(d, name));
}

uint32_t decode_emit_unary(struct decoder *d, const char *name, enum bank bank, uint32_t a)
{
	uint32_t code = symbol_new_register(d, bank);
	struct insn *in = decode_emit(d, name);

	decode_def(d, in, 0, code);
	decode_use(d, in, 1, a);
	return code;
}

uint16_t decode_slot(struct decoder *d)
{
	return d->next_slot++ % SPANS;
}

static void set_operand(struct insn *in, unsigned n, uint32_t code, enum operand_role role)
{
	in->o[n] = code;
	in->roles |= (uint32_t)role << 2 * n;
}

void decode_use(struct decoder *d, struct insn *in, unsigned n, uint32_t code)
{
	set_operand(in, n, code, ROLE_USE);
}

void decode_def(struct decoder *d, struct insn *in, unsigned n, uint32_t code)
{
	/* Behind a guard some lanes keep what the register had */
	set_operand(in, n, code, d->guard ? ROLE_BOTH : ROLE_DEF);
	decode_forget_place(d, code);
}

bool decode_has(const struct ptx_instr *instr, const char *mod)
{
	for (unsigned i = 0; i < instr->opcode->mod_count; i++)
		if (!strcmp(instr->opcode->mods[i], mod))
			return true;
	return false;
}

const struct exec_op *decode_known_rows[KNOWN_ROWS];

static void find_known_rows(void)
{
	static const char *const names[KNOWN_ROWS] = {
		[ROW_GUARD] = "guard", [ROW_NOP] = "nop", [ROW_BRA] = "bra", [ROW_BRA_IF] = "bra.if",
		[ROW_BRX] = "brx", [ROW_CALL] = "call", [ROW_CALL_INDIRECT] = "call.indirect",
		[ROW_RET] = "ret", [ROW_EXIT] = "exit", [ROW_TRAP] = "trap",
	};

	for (unsigned i = 0; i < KNOWN_ROWS; i++)
		decode_known_rows[i] = exec_op_find(names[i]);
}

void decode_require(struct decoder *d, const struct definition *definition)
{
	if (d->queued[definition->index])
		return;
	d->queued[definition->index] = true;
	d->queue[d->queue_count++] = definition->index;
}

/* ---- statements ---- */

static void decode_guarded(struct decoder *d)
{
	struct symbol symbol;
	struct ptx_operand guard = { .kind = OPERAND_NAME, .name = d->instr->guard };

	if (!decode_register(d, &guard, &symbol) || symbol.type != PTX_PRED) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "the guard is not a predicate");
		return;
	}
	d->guard = symbol.code;
	d->guard_not = d->instr->guard_not;
}

/* A guarded instruction that waits or branches: the other lanes jump around it */
static uint32_t jump_around(struct decoder *d)
{
	uint32_t code = d->guard, at = d->count;
	struct insn *in;

	d->guard = 0;
	in = decode_emit(d, "bra.if");
	in->flags = !d->guard_not;
	decode_use(d, in, 0, code);
	return at;
}

static void decode_instr(struct decoder *d, const struct ptx_instr *instr)
{
	uint32_t around = UINT32_MAX;
	bool waits;

	d->instr = instr;
	d->opcode = decode_opcode(d, instr->opcode);
	d->guard = 0;
	if (instr->guard)
		decode_guarded(d);
	waits = d->opcode->control && d->opcode->special != decode_bra;
	if (d->guard && waits)
		around = jump_around(d);
	if (d->opcode->special)
		d->opcode->special(d);
	else if (!decode_alu(d))
		decode_unsupported(d);
	if (waits)
		decode_forget_places(d);
	/* Until the code has its final place, a target is an index */
	if (around != UINT32_MAX && around < d->count)
		d->insns[around].imm = d->count;
	d->guard = 0;
	d->instr = NULL;
}

/* Labels come in the order in which the parser found them */
static void place_label(struct decoder *d)
{
	decode_forget_places(d);
	if (d->next_label < d->label_count) {
		d->labels[d->next_label].position = d->count;
		d->labels[d->next_label++].placed = true;
	}
}

static void decode_statement(struct decoder *d, const struct ptx_statement *s)
{
	struct symbol *symbol;

	switch (s->kind) {
	case STATEMENT_INSTR:
		decode_instr(d, s->instr);
		break;
	case STATEMENT_LABEL:
		place_label(d);
		break;
	case STATEMENT_OPEN:
		symbol_open_scope(d);
		break;
	case STATEMENT_CLOSE:
		symbol_close_scope(d);
		break;
	case STATEMENT_VAR:
		symbol_declare(d, s->var);
		break;
	case STATEMENT_PROTOTYPE:
		symbol = symbol_add(d, s->name, SYMBOL_PROTOTYPE);
		symbol->function = s->prototype;
		break;
	case STATEMENT_TARGETS:
		symbol = symbol_add(d, s->name, SYMBOL_TARGETS);
		symbol->targets = s->targets;
		break;
	}
}

#define FETCHED	16u	/* statements */

/*
 * What @s and the statements behind it refer to, step by step, so that the memory brings all of a step at
 * once: the tree of a large module is not in the caches any more when a kernel of it is decoded.
 */
static void fetch(const struct ptx_statement *s)
{
	const struct ptx_instr *instrs[FETCHED];
	unsigned count = 0;

	for (unsigned i = 0; i < FETCHED && s; i++, s = s->next) {
		if (s->kind != STATEMENT_INSTR)
			continue;
		instrs[count++] = s->instr;
		__builtin_prefetch(s->instr);
	}
	for (unsigned i = 0; i < count; i++)
		for (unsigned n = 0; n < instrs[i]->operand_count; n++)
			__builtin_prefetch(instrs[i]->operands[n]);
	for (unsigned i = 0; i < count; i++)
		for (unsigned n = 0; n < instrs[i]->operand_count; n++)
			if (instrs[i]->operands[n]->kind == OPERAND_NAME)
				__builtin_prefetch(name_of(instrs[i]->operands[n]->name));
}

static void decode_body(struct decoder *d, const struct ptx_statement *body)
{
	const bool ahead = perf_on(PERF_FETCH);
	unsigned i = 0;

	for (const struct ptx_statement *s = body; s && d->result == CUDA_SUCCESS; s = s->next, i++) {
		if (ahead && i % FETCHED == 0)
			fetch(s);
		decode_statement(d, s);
	}
}

/* ---- a function ---- */

uint32_t decode_layout(struct decoder *d, const struct ptx_function *f,
		       struct call_layout *results, struct call_layout *params)
{
	const struct ptx_var *lists[2] = { f->returns, f->params };
	struct call_layout *out[2] = { results, params };
	uint64_t at = 0, bytes;

	for (unsigned i = 0; i < 2; i++) {
		for (const struct ptx_var *var = lists[i]; var; var = var->next) {
			uint32_t align = var_align(var);

			if (!var_bytes(var, &bytes) || bytes > 65536)
				bytes = 65536;
			at = (at + align - 1) & ~(uint64_t)(align - 1);
			if (out[i])
				*out[i]++ = (struct call_layout) { (uint32_t)at, (uint32_t)bytes };
			at += bytes;
			if (at > 1u << 20) {
				decode_error(d, CUDA_ERROR_INVALID_PTX, "parameters too large");
				return 0;
			}
		}
	}
	return (uint32_t)at;
}

static void declare_kernel_params(struct decoder *d, const struct ptx_function *f)
{
	const struct kernel_param *param = d->kernel->params;

	for (const struct ptx_var *var = f->params; var; var = var->next, param++) {
		struct symbol *symbol = symbol_add(d, var->name, SYMBOL_KERNEL_PARAM);

		symbol->offset = param->offset;
		symbol->bytes = param->bytes;
		symbol->type = var->type;
	}
}

/* Results and parameters begin the frame, both to be reached as local variables */
static void declare_formals(struct decoder *d, const struct ptx_function *f)
{
	const struct ptx_var *lists[2] = { f->returns, f->params };
	uint64_t at = 0, bytes;

	d->function->parameter_bytes = decode_layout(d, f, NULL, NULL);
	for (unsigned i = 0; i < 2; i++) {
		for (const struct ptx_var *var = lists[i]; var; var = var->next) {
			struct symbol *symbol;
			uint32_t align = var_align(var);

			at = (at + align - 1) & ~(uint64_t)(align - 1);
			var_bytes(var, &bytes);
			if (var->space == SPACE_REG) {
				decode_error(d, CUDA_ERROR_NOT_SUPPORTED,
					     "function %s: parameters in registers", f->name);
				return;
			}
			symbol = symbol_add(d, var->name, SYMBOL_LOCAL);
			symbol->offset = (uint32_t)at;
			symbol->bytes = bytes;
			symbol->type = var->type;
			at += bytes;
		}
	}
	d->local = d->function->parameter_bytes;
}

static void resolve_labels(struct decoder *d, struct insn *code)
{
	for (uint32_t i = 0; i < d->count; i++)
		if (decode_is(&code[i], ROW_BRA_IF) && code[i].imm)
			code[i].target = code + code[i].imm;
	for (uint32_t i = 0; i < d->fixup_count; i++) {
		struct fixup *fixup = &d->fixups[i];
		struct label *label = &d->labels[fixup->label];

		if (!label->placed) {
			decode_error(d, CUDA_ERROR_INVALID_PTX, "no label %s", label->name);
			return;
		}
		if (fixup->table)
			fixup->table->targets[fixup->entry] = code + label->position;
		else
			code[fixup->insn].target = code + label->position;
	}
}

/* Close the gaps that decode_hoist() left, and index the fixups */
static void drop_hoisted(struct decoder *d)
{
	uint32_t *moved = decode_scratch(d, d->count + (size_t)1, sizeof(*moved)), count = 0, fixup = 0;

	d->fixup_first = decode_scratch(d, d->count + (size_t)1, sizeof(*d->fixup_first));
	if (!moved || !d->fixup_first)
		return;
	for (uint32_t i = 0; i < d->count; i++) {
		moved[i] = count;
		if (!d->insns[i].fn)
			continue;
		d->sources[count] = d->sources[i];
		d->insns[count++] = d->insns[i];
	}
	moved[d->count] = count;
	for (uint32_t i = 0; i < count; i++)
		if (decode_is(&d->insns[i], ROW_BRA_IF))
			d->insns[i].imm = moved[d->insns[i].imm];
	for (uint32_t i = 0; i < d->label_count; i++)
		d->labels[i].position = moved[d->labels[i].position];
	for (uint32_t i = 0; i < d->fixup_count; i++)
		d->fixups[i].insn = moved[d->fixups[i].insn];
	d->count = count;
	for (uint32_t i = 0; i < count; i++) {
		while (fixup < d->fixup_count && d->fixups[fixup].insn < i)
			fixup++;
		d->fixup_first[i] = fixup;
	}
}

static void finish_function(struct decoder *d)
{
	struct function *f = d->function;

	if (d->result != CUDA_SUCCESS)
		return;
	decode_hoist(d);
	drop_hoisted(d);
	if (d->result != CUDA_SUCCESS)
		return;
	decode_allocate(d);
	if (d->result != CUDA_SUCCESS)
		return;
	f->frame.local = (d->local + 15) & ~15u;
	/* A call takes some stack whatever it declares, so that recursion ends */
	if (!d->definition->function->entry && !f->frame.local)
		f->frame.local = 16;
	f->constants = bump_alloc_lines(&d->kernel->bump, d->constant_used);
	if (!f->constants) {
		out_of_memory(d);
		return;
	}
	f->code = d->insns;
	f->source = d->sources;
	/* drop_hoisted() has left something there */
	memset(&f->code[d->count], 0, sizeof(*f->code));
	f->source[d->count] = NULL;
	decode_fill_constants(d, f->constants);
	f->count = d->count;
	f->constant_bytes = d->constant_used;
	resolve_labels(d, f->code);
}

/* Forget what belonged to the function before; what is of the whole kernel stays */
static void reset(struct decoder *d)
{
	bump_reset(d->scratch);
	*d = (struct decoder) {
		.kernel = d->kernel, .program = d->program, .report = d->report, .scratch = d->scratch,
		.result = d->result,
		.registers = { 1, 1, 1 }, .next_slot = d->next_slot,
		.dynamic = d->dynamic, .dynamic_count = d->dynamic_count, .dynamic_size = d->dynamic_size,
		.queue = d->queue, .queue_count = d->queue_count, .queued = d->queued, .indirect = d->indirect,
	};
	decode_forget_places(d);
}

static void decode_function(struct decoder *d, const struct definition *definition)
{
	const struct ptx_function *f = definition->function;

	reset(d);
	d->definition = definition;
	d->function = bump_alloc(&d->kernel->bump, sizeof(*d->function));
	if (!d->function) {
		out_of_memory(d);
		return;
	}
	/* Most become one, those with a guard two */
	if (!make_room(d, f->instructions + f->instructions / 4 + 16))
		return;
	d->function->name = definition->name;
	d->kernel->functions[definition->index] = d->function;
	if (f->entry) {
		declare_kernel_params(d, f);
	} else {
		d->link = symbol_new_register(d, BANK_64);
		declare_formals(d, f);
	}
	if (f->alloca) {
		d->stack_mark = symbol_new_register(d, BANK_64);
		decode_def(d, decode_emit(d, "stacksave.u64"), 0, d->stack_mark);
	}
	symbol_find_labels(d, f);
	decode_body(d, f->body);
	decode_ret(d);
	finish_function(d);
}

/* ---- a kernel ---- */

static void require_taken(struct decoder *d)
{
	for (unsigned i = 0; i < d->program->function_count; i++)
		if (d->program->functions[i]->taken && !d->program->functions[i]->function->entry)
			decode_require(d, d->program->functions[i]);
}

static uint32_t add_sizes(struct decoder *d, uint32_t a, uint32_t b)
{
	uint64_t sum = (uint64_t)a + b;

	if (sum > STACK_MAX)
		decode_error(d, CUDA_ERROR_INVALID_PTX, "its functions need too much stack");
	return sum > STACK_MAX ? 0 : (uint32_t)sum;
}

/*
 * What @f and all that it calls need.  @path marks functions that are being looked at: one
 * that is met again calls itself.
 */
static void add_up(struct decoder *d, struct function *f, unsigned depth)
{
	struct frame deepest = { 0 };

	if (f->stack_known)
		return;
	f->stack_known = true;
	f->on_path = true;
	for (uint32_t i = 0; i < f->count; i++) {
		const struct call_site *site = f->code[i].extra;
		struct function *callee;

		if (decode_is(&f->code[i], ROW_CALL_INDIRECT))
			f->unbounded = true;
		if (!decode_is(&f->code[i], ROW_CALL))
			continue;
		callee = (struct function *)site->callee;
		if (callee->on_path || depth > 256) {
			f->unbounded = true;
			continue;
		}
		add_up(d, callee, depth + 1);
		f->unbounded |= callee->unbounded;
		for (unsigned b = 0; b < 3; b++)
			if (callee->stack.bank[b] > deepest.bank[b])
				deepest.bank[b] = callee->stack.bank[b];
		if (callee->stack.local > deepest.local)
			deepest.local = callee->stack.local;
	}
	f->on_path = false;
	for (unsigned b = 0; b < 3; b++)
		f->stack.bank[b] = add_sizes(d, f->frame.bank[b], deepest.bank[b]);
	f->stack.local = add_sizes(d, f->frame.local, deepest.local);
}

/* Calls were decoded before their callees: now those exist */
static void resolve_calls(struct decoder *d)
{
	for (unsigned n = 0; n < d->program->function_count; n++) {
		struct function *f = d->kernel->functions[n];

		for (uint32_t i = 0; f && i < f->count; i++) {
			struct call_site *site = (struct call_site *)f->code[i].extra;

			if (decode_is(&f->code[i], ROW_CALL))
				site->callee = d->kernel->functions[site->callee_index];
		}
	}
}

static void place_dynamic_shared(struct decoder *d)
{
	struct kernel *kernel = d->kernel;
	uint32_t align = kernel->dynamic_align ? kernel->dynamic_align : 1;
	uint64_t base = ((uint64_t)kernel->shared_bytes + align - 1) & ~(uint64_t)(align - 1);

	if (d->dynamic_count)
		kernel->shared_bytes = (uint32_t)base;
	for (uint32_t i = 0; i < d->dynamic_count; i++) {
		struct dynamic_fixup *fixup = &d->dynamic[i];
		unsigned char *at = fixup->function->constants + fixup->offset;

		for (unsigned lane = 0; lane < LANES; lane++) {
			uint64_t value = base + fixup->addend;

			if (fixup->wide)
				((uint64_t *)at)[lane] = value;
			else
				((uint32_t *)at)[lane] = (uint32_t)value;
		}
	}
}

static void decode_all(struct decoder *d)
{
	decode_require(d, d->kernel->definition);
	for (uint32_t i = 0; i < d->queue_count && d->result == CUDA_SUCCESS; i++) {
		decode_function(d, d->program->functions[d->queue[i]]);
		if (d->indirect && i + 1 == d->queue_count)
			require_taken(d);
	}
	if (d->result != CUDA_SUCCESS)
		return;
	resolve_calls(d);
	for (unsigned i = 0; i < d->program->function_count; i++)
		if (d->kernel->functions[i])
			add_up(d, d->kernel->functions[i], 0);
	place_dynamic_shared(d);
}

CUresult decode_kernel(struct kernel *kernel, struct report *report)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct decoder *d = calloc(1, sizeof(*d));
	CUresult result;

	pthread_once(&once, find_known_rows);
	if (!d)
		return CUDA_ERROR_OUT_OF_MEMORY;
	d->kernel = kernel;
	d->program = kernel->program;
	d->definition = kernel->definition;
	d->report = report;
	d->scratch = &d->program->scratch;
	kernel->functions = bump_alloc(&kernel->bump, (d->program->function_count + 1) *
				       sizeof(*kernel->functions));
	d->queue = calloc(d->program->function_count + 1, sizeof(*d->queue));
	d->queued = calloc(d->program->function_count + 1, sizeof(*d->queued));
	if (kernel->functions && d->queue && d->queued)
		decode_all(d);
	else
		out_of_memory(d);
	result = d->result;
	bump_reset(d->scratch);
	free(d->queue);
	free(d->queued);
	free(d);
	return result;
}
