/* SPDX-License-Identifier: MIT */
/*
 * decode_control.c - branches, calls, barriers, exchange between lanes
 */

#include "softgpu/decode.h"
#include "softgpu/exec_call.h"

static struct fixup *add_fixup(struct decoder *d, const char *label)
{
	static _Thread_local struct fixup scratch;
	uint32_t index = symbol_label(d, label);
	struct fixup *fixups;

	fixups = decode_grow(d, d->scratch, d->fixups, d->fixup_count, &d->fixup_size, sizeof(*fixups));
	if (!fixups)
		return &scratch;
	d->fixups = fixups;
	fixups[d->fixup_count] = (struct fixup) { .insn = d->count - 1, .label = index };
	return &fixups[d->fixup_count++];
}

void decode_bra(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	uint32_t guard = d->guard;
	struct insn *in;

	if (instr->operand_count != 1 || instr->operands[0]->kind != OPERAND_NAME) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "expected a label");
		return;
	}
	d->guard = 0;
	in = decode_emit(d, guard ? "bra.if" : "bra");
	if (guard) {
		in->flags = d->guard_not;
		decode_use(d, in, 0, guard);
	}
	add_fixup(d, instr->operands[0]->name);
}

/* brx.idx index, targets */
void decode_brx(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	const struct ptx_operand *target;
	struct branch_table *table;
	struct symbol symbol;
	uint32_t count = 0, index;
	struct insn *in;

	if (instr->operand_count != 2 || instr->operands[1]->kind != OPERAND_NAME ||
	    !symbol_lookup(d, instr->operands[1]->name, &symbol) ||
	    symbol.kind != SYMBOL_TARGETS) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "expected an index and a table");
		return;
	}
	for (target = symbol.targets; target; target = target->next)
		count++;
	table = bump_alloc(&d->kernel->bump, sizeof(*table) + count * sizeof(table->targets[0]));
	if (!table) {
		decode_error(d, CUDA_ERROR_OUT_OF_MEMORY, "out of memory");
		return;
	}
	table->count = count;
	index = decode_source(d, instr->operands[0], 'w');
	in = decode_emit(d, "brx");
	in->extra = table;
	decode_use(d, in, 0, index);
	count = 0;
	for (target = symbol.targets; target; target = target->next) {
		struct fixup *fixup = add_fixup(d, target->name ? target->name : "");

		fixup->table = table;
		fixup->entry = count++;
	}
}

void decode_exit(struct decoder *d)
{
	decode_emit(d, "exit");
}

void decode_ret(struct decoder *d)
{
	struct insn *in;

	if (d->definition->function->entry) {
		decode_emit(d, "exit");
		return;
	}
	if (d->stack_mark)
		decode_use(d, decode_emit(d, "stackrestore.u64"), 0, d->stack_mark);
	in = decode_emit(d, "ret");
	decode_use(d, in, 0, d->link);
}

/* ---- calls ---- */

/* struct call - the operands of a call sorted out */
struct call {
	const struct ptx_operand *results, *name, *arguments, *prototype;
	const struct ptx_function *signature;
	struct symbol callee;
	uint32_t pointer;
};

static bool sort_operands(struct decoder *d, struct call *call)
{
	const struct ptx_instr *instr = d->instr;
	unsigned n = 0;

	memset(call, 0, sizeof(*call));
	if (n < instr->operand_count && instr->operands[n]->kind == OPERAND_LIST)
		call->results = instr->operands[n++]->list;
	if (n < instr->operand_count && instr->operands[n]->kind == OPERAND_NAME)
		call->name = instr->operands[n++];
	if (n < instr->operand_count && instr->operands[n]->kind == OPERAND_LIST)
		call->arguments = instr->operands[n++]->list;
	if (n < instr->operand_count && instr->operands[n]->kind == OPERAND_NAME)
		call->prototype = instr->operands[n++];
	if (call->name && n == instr->operand_count)
		return true;
	decode_error(d, CUDA_ERROR_INVALID_PTX, "not a call");
	return false;
}

/* The declaration of a function that has no body anywhere */
static const struct ptx_function *find_declaration(const struct decoder *d, const char *name)
{
	const struct ptx_function *f;

	for (f = d->definition->module->functions; f; f = f->next)
		if (f->name == name)
			return f;
	return NULL;
}

static bool find_callee(struct decoder *d, struct call *call)
{
	struct symbol prototype;

	if (!symbol_lookup(d, call->name->name, &call->callee)) {
		call->callee.kind = SYMBOL_PROTOTYPE;
		call->signature = find_declaration(d, call->name->name);
		if (!call->signature)
			decode_error(d, CUDA_ERROR_INVALID_PTX, "%s is not declared", call->name->name);
		return call->signature;
	}
	if (call->callee.kind == SYMBOL_FUNCTION) {
		call->signature = call->callee.definition->function;
		if (call->signature->entry)
			decode_error(d, CUDA_ERROR_INVALID_PTX, "call of a kernel");
		return !call->signature->entry;
	}
	if (call->callee.kind != SYMBOL_REGISTER || (call->callee.code & 3) != BANK_64 ||
	    !call->prototype || !symbol_lookup(d, call->prototype->name, &prototype)) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "call of what is not a function");
		return false;
	}
	if (prototype.kind == SYMBOL_PROTOTYPE) {
		call->signature = prototype.function;
	} else if (prototype.kind == SYMBOL_TARGETS && prototype.targets && prototype.targets->name &&
		   symbol_lookup(d, prototype.targets->name, &prototype) &&
		   prototype.kind == SYMBOL_FUNCTION) {
		/* A list of possible callees: all have one signature */
		call->signature = prototype.definition->function;
	} else {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "call without a prototype");
		return false;
	}
	return true;
}

static unsigned var_count(const struct ptx_var *var)
{
	unsigned n = 0;

	for (; var; var = var->next)
		n++;
	return n;
}

static void emit_local(struct decoder *d, const char *row, bool load, uint32_t offset,
		       uint32_t code)
{
	uint32_t address = symbol_new_register(d, BANK_32);
	struct insn *in = decode_emit(d, "local.address.w");

	in->imm = offset;
	decode_def(d, in, 0, address);
	in = decode_emit(d, row);
	in->count = 1;
	if (load) {
		decode_def(d, in, 0, code);
		decode_use(d, in, 1, address);
	} else {
		decode_use(d, in, 0, address);
		decode_use(d, in, 1, code);
	}
}

/*
 * Where an argument or result lies in the caller's frame: a .param variable does already, a
 * register or constant gets a place and is stored to it before the call.
 */
static bool place_operand(struct decoder *d, const struct ptx_operand *operand,
			  const struct call_layout *layout, bool argument, struct call_copy *copy)
{
	char width = layout->bytes == 8 ? 'q' : 'w';
	struct symbol symbol;
	char row[24];

	copy->callee = layout->offset;
	copy->bytes = layout->bytes;
	if (operand->kind == OPERAND_NAME && symbol_lookup(d, operand->name, &symbol) &&
	    symbol.kind == SYMBOL_LOCAL) {
		copy->caller = symbol.offset;
		if (symbol.bytes < copy->bytes)
			copy->bytes = (uint32_t)symbol.bytes;
		return true;
	}
	if (layout->bytes > 8 || (layout->bytes & (layout->bytes - 1))) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "operand of a wrong size in a call");
		return false;
	}
	copy->caller = symbol_new_local(d, 8, 8);
	if (argument) {
		uint32_t code = decode_source(d, operand, width);

		snprintf(row, sizeof(row), "st.local.%u.%c", 8 * layout->bytes, width);
		emit_local(d, row, false, copy->caller, code);
	}
	return true;
}

static void load_result(struct decoder *d, const struct ptx_operand *operand,
			const struct call_copy *copy)
{
	char width = copy->bytes == 8 ? 'q' : 'w';
	struct symbol symbol;
	char row[24];

	if (operand->kind == OPERAND_SINK || !decode_register(d, operand, &symbol))
		return;
	snprintf(row, sizeof(row), "ld.local.u%u.%c", 8 * copy->bytes, width);
	emit_local(d, row, true, copy->caller, decode_destination(d, operand, width));
}

static bool place_list(struct decoder *d, const struct ptx_operand *list,
		       const struct call_layout *layouts, bool arguments, struct call_copy *copies)
{
	for (; list; list = list->next)
		if (!place_operand(d, list, layouts++, arguments, copies++))
			return false;
	return true;
}

static struct call_site *new_site(struct decoder *d, const struct call *call)
{
	unsigned results = decode_list_length(call->results), arguments = decode_list_length(call->arguments);
	struct call_layout *layouts;
	struct call_site *site;

	if (results != var_count(call->signature->returns) ||
	    arguments != var_count(call->signature->params)) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong number of arguments");
		return NULL;
	}
	site = bump_alloc(&d->kernel->bump, sizeof(*site));
	layouts = bump_alloc(&d->kernel->bump, (results + arguments + 1) * sizeof(*layouts));
	if (!site || !layouts)
		goto no_memory;
	site->results = bump_alloc(&d->kernel->bump, (results + 1) * sizeof(*site->results));
	site->arguments = bump_alloc(&d->kernel->bump, (arguments + 1) * sizeof(*site->arguments));
	if (d->kernel->bump.failed)
		goto no_memory;
	site->caller = d->function;
	site->result_count = results;
	site->argument_count = arguments;
	site->parameter_bytes = decode_layout(d, call->signature, layouts, layouts + results);
	if (!place_list(d, call->results, layouts, false, site->results) ||
	    !place_list(d, call->arguments, layouts + results, true, site->arguments))
		return NULL;
	return site;
no_memory:
	decode_error(d, CUDA_ERROR_OUT_OF_MEMORY, "out of memory");
	return NULL;
}

/* A function outside all texts: one that the engine has, or none */
static void call_outside(struct decoder *d, const struct call *call, struct call_site *site)
{
	const struct exec_op *op;
	char name[128];

	snprintf(name, sizeof(name), "syscall.%s", call->name->name);
	op = exec_op_find(name);
	if (op)
		decode_emit_row(d, op)->extra = site;
	else if (!strncmp(call->name->name, "__cudaCDP", 9) || !strncmp(call->name->name, "cudaLaunchDevice", 16))
		decode_error(d, CUDA_ERROR_NOT_SUPPORTED, "dynamic parallelism is not supported");
	else
		decode_error(d, CUDA_ERROR_NOT_FOUND, "nothing defines %s", call->name->name);
}

void decode_call(struct decoder *d)
{
	const struct ptx_operand *operand;
	struct call_site *site;
	struct call call;
	struct insn *in;
	unsigned n = 0;

	if (!sort_operands(d, &call) || !find_callee(d, &call))
		return;
	site = new_site(d, &call);
	if (!site)
		return;
	if (call.callee.kind == SYMBOL_PROTOTYPE) {
		call_outside(d, &call, site);
	} else if (call.callee.kind == SYMBOL_FUNCTION) {
		decode_require(d, call.callee.definition);
		site->callee_index = call.callee.definition->index;
		decode_emit(d, "call")->extra = site;
		decode_emit(d, "call.results")->extra = site;
	} else {
		d->indirect = true;
		in = decode_emit(d, "call.indirect");
		in->extra = site;
		decode_use(d, in, 0, call.callee.code);
		decode_emit(d, "call.results")->extra = site;
	}
	for (operand = call.results; operand; operand = operand->next)
		load_result(d, operand, &site->results[n++]);
}

/* ---- barriers ---- */

/*
 * bar.sync a{, b}; bar.arrive a, b; bar.red.op{.pred|.u32} d, a{, b}, {!}c; barrier the same.
 */
void decode_bar(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	bool red = decode_has(instr, "red"), arrive = decode_has(instr, "arrive");
	unsigned n = red, last = instr->operand_count - red;
	uint32_t id, count = BANK_CONST, p = BANK_CONST, def = BANK_CONST;
	bool counted;
	struct insn *in;

	if (decode_has(instr, "warp")) {
		if (!decode_alu(d))
			decode_unsupported(d);
		return;
	}
	if (decode_has(instr, "cluster")) {
		decode_cluster_barrier(d);
		return;
	}
	if (instr->operand_count <= 2u * red || (!red && instr->operand_count > 2)) {
		decode_unsupported(d);
		return;
	}
	id = decode_source(d, instr->operands[n++], 'w');
	counted = n < last;
	if (counted)
		count = decode_source(d, instr->operands[n], 'w');
	if (red) {
		p = decode_source(d, instr->operands[last], 'p');
		def = decode_destination(d, instr->operands[0], decode_has(instr, "popc") ? 'w' : 'p');
	}
	in = decode_emit(d, "bar");
	in->aux = !red ? BAR_NONE : decode_has(instr, "popc") ? BAR_POPC :
		  decode_has(instr, "and") ? BAR_AND : BAR_OR;
	in->flags = (arrive ? BAR_ARRIVE : 0) | (counted ? BAR_COUNTED : 0);
	decode_use(d, in, 1, id);
	if (counted)
		decode_use(d, in, 2, count);
	if (!red)
		return;
	decode_use(d, in, 3, p);
	in = decode_emit(d, "bar.result");
	decode_def(d, in, 0, def);
}

/* ---- exchange between lanes ---- */

/* The member mask of a .sync instruction; without .sync, nobody is waited for */
static uint32_t member_mask(struct decoder *d, unsigned operand)
{
	uint32_t mask;

	if (decode_has(d->instr, "sync") && operand < d->instr->operand_count)
		return decode_source(d, d->instr->operands[operand], 'w');
	mask = symbol_new_register(d, BANK_32);
	decode_def(d, decode_emit(d, "activemask.b32"), 0, mask);
	return mask;
}

/* shfl{.sync}.mode.b32 d{|p}, a, b, c{, mask} */
void decode_shfl(struct decoder *d)
{
	static const char *const modes[] = { "up", "down", "bfly", "idx" };
	const struct ptx_instr *instr = d->instr;
	uint32_t codes[4], def, p = BANK_CONST;
	struct insn *in;
	char name[16];

	if (instr->operand_count < 4) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "too few operands");
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		codes[i] = decode_source(d, instr->operands[1 + i], 'w');
	codes[3] = member_mask(d, 4);
	def = decode_destination(d, instr->operands[0], 'w');
	if (instr->operands[0]->second)
		p = decode_destination(d, instr->operands[0]->second, 'p');
	for (unsigned mode = 0; mode < 4; mode++) {
		if (!decode_has(instr, modes[mode]))
			continue;
		snprintf(name, sizeof(name), "shfl.%s", modes[mode]);
		in = decode_emit(d, name);
		in->flags = p == BANK_CONST;
		decode_def(d, in, 0, def);
		if (p != BANK_CONST)
			decode_def(d, in, 1, p);
		for (unsigned i = 0; i < 4; i++)
			decode_use(d, in, 2 + i, codes[i]);
		return;
	}
	decode_unsupported(d);
}

/* vote{.sync}.mode.pred d, {!}a{, mask}; vote.sync.ballot.b32 */
void decode_vote(struct decoder *d)
{
	static const char *const modes[] = { "all", "any", "uni", "ballot" };
	const struct ptx_instr *instr = d->instr;
	uint32_t a, mask, def;
	struct insn *in;
	char name[16];

	if (instr->operand_count < 2) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "too few operands");
		return;
	}
	for (unsigned mode = 0; mode < 4; mode++) {
		if (!decode_has(instr, modes[mode]))
			continue;
		a = decode_source(d, instr->operands[1], 'p');
		mask = member_mask(d, 2);
		def = decode_destination(d, instr->operands[0], mode == 3 ? 'w' : 'p');
		snprintf(name, sizeof(name), "vote.%s", modes[mode]);
		in = decode_emit(d, name);
		decode_def(d, in, 0, def);
		decode_use(d, in, 1, a);
		decode_use(d, in, 2, mask);
		return;
	}
	decode_unsupported(d);
}

/* match.any.sync.b32 d, a, mask; match.all.sync.b32 d{|p}, a, mask */
void decode_match(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	bool wide = decode_has(instr, "b64"), all = decode_has(instr, "all");
	uint32_t a, mask, def, p = BANK_CONST;
	struct insn *in;
	char name[24];

	if (instr->operand_count != 3) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong number of operands");
		return;
	}
	a = decode_source(d, instr->operands[1], wide ? 'q' : 'w');
	mask = decode_source(d, instr->operands[2], 'w');
	def = decode_destination(d, instr->operands[0], 'w');
	if (instr->operands[0]->second)
		p = decode_destination(d, instr->operands[0]->second, 'p');
	snprintf(name, sizeof(name), "match.%s.%s", all ? "all" : "any", wide ? "b64" : "b32");
	in = decode_emit(d, name);
	in->flags = p == BANK_CONST;
	decode_def(d, in, 0, def);
	if (p != BANK_CONST)
		decode_def(d, in, 1, p);
	decode_use(d, in, 2, a);
	decode_use(d, in, 3, mask);
}

/* elect.sync d|p, mask */
void decode_elect(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	bool sink;
	uint32_t mask, def, p;
	struct insn *in;

	if (instr->operand_count != 2 || !instr->operands[0]->second) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong operands");
		return;
	}
	sink = instr->operands[0]->kind == OPERAND_SINK;
	mask = decode_source(d, instr->operands[1], 'w');
	def = decode_destination(d, instr->operands[0], 'w');
	p = decode_destination(d, instr->operands[0]->second, 'p');
	in = decode_emit(d, "elect");
	in->flags = sink;
	decode_def(d, in, 0, def);
	decode_def(d, in, 1, p);
	decode_use(d, in, 2, mask);
}
