/* SPDX-License-Identifier: MIT */
/*
 * decode_symbol.c - what names mean inside a function
 *
 * Names are interned, so a name is its address.  Scopes are numbered as they open, in the
 * order of the text; labels are there before the first instruction, since branches go
 * forward, and know the number of the scope they are in.
 */

#include "softgpu/decode.h"

#define RANGE_MAX	(1u << 20)	/* registers of one function */
#define SHARED_MAX	(227u << 10)	/* bytes of a block, the most that any GPU has */
#define LOCAL_MAX	(512u << 10)	/* bytes of a thread, as on every GPU */

static unsigned slot_of(const char *name)
{
	return (unsigned)((uintptr_t)name * 0x9e3779b97f4a7c15ull >> 40) % SYMBOL_SLOTS;
}

struct symbol *symbol_add(struct decoder *d, const char *name, enum symbol_kind kind)
{
	static _Thread_local struct symbol scratch;
	struct symbol *symbol = decode_scratch(d, 1, sizeof(*symbol));

	if (!symbol)
		return &scratch;
	symbol->name = name;
	symbol->kind = kind;
	symbol->scope = d->scope;
	symbol->next = d->slots[slot_of(name)];
	d->slots[slot_of(name)] = symbol;
	symbol->older = d->symbols;
	d->symbols = symbol;
	return symbol;
}

static struct symbol *find(struct decoder *d, const char *name)
{
	struct symbol *symbol;

	for (symbol = d->slots[slot_of(name)]; symbol; symbol = symbol->next)
		if (symbol->name == name)
			return symbol;
	return NULL;
}

uint32_t symbol_new_register(struct decoder *d, enum bank bank)
{
	if (d->registers[bank] >= 2 * RANGE_MAX) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "too many registers");
		return bank | 4;
	}
	return bank | d->registers[bank]++ << 2;
}

static enum bank type_bank(enum ptx_type type)
{
	if (type == PTX_PRED)
		return BANK_PRED;
	return ptx_type_bytes(type) >= 8 ? BANK_64 : BANK_32;
}

/* A register of @out's type; one of .b128 is two */
static void name_register(struct decoder *d, struct symbol *out, uint32_t codes[2])
{
	bool wide = out->type == PTX_B128;

	if (!codes[0]) {
		codes[0] = symbol_new_register(d, type_bank(out->type));
		if (wide)
			codes[1] = symbol_new_register(d, BANK_64);
	}
	out->kind = wide ? SYMBOL_WIDE_REGISTER : SYMBOL_REGISTER;
	out->code = codes[0];
	out->high = wide ? codes[1] : 0;
}

/* The family that has register @name: .reg .b32 %r<100> has %r12 */
static struct symbol *find_range(struct decoder *d, const char *name)
{
	const struct name *split = name_of(name);
	struct symbol *range = split->stem ? find(d, split->stem) : NULL;

	return range && range->kind == SYMBOL_RANGE && split->number < range->count ? range : NULL;
}

/* .shared at module scope, or a declaration of it: where it lies in this kernel's blocks */
static uint32_t place_shared(struct decoder *d, const struct ptx_var *var)
{
	struct kernel *kernel = d->kernel;
	uint32_t align = var_align(var);
	uint64_t bytes, at;
	void *grown;

	for (uint32_t i = 0; i < kernel->shared_count; i++)
		if (kernel->shared[i].var == var)
			return kernel->shared[i].offset;
	grown = decode_grow(d, &kernel->bump, kernel->shared, kernel->shared_count, &kernel->shared_size,
			    sizeof(*kernel->shared));
	if (!grown)
		return 0;
	kernel->shared = grown;
	at = ((uint64_t)kernel->shared_bytes + align - 1) & ~(uint64_t)(align - 1);
	if (!var_bytes(var, &bytes) || at + bytes > SHARED_MAX) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "too much shared memory");
		return 0;
	}
	kernel->shared[kernel->shared_count++] = (struct shared_place) { var, (uint32_t)at };
	kernel->shared_bytes = (uint32_t)(at + bytes);
	return (uint32_t)at;
}

static void dynamic_shared(struct decoder *d, const struct ptx_var *var, struct symbol *out)
{
	out->kind = SYMBOL_DYNAMIC;
	if (var_align(var) > d->kernel->dynamic_align)
		d->kernel->dynamic_align = var_align(var);
}

/* .extern .shared at module scope has no definition anywhere: look for the declaration */
static const struct ptx_var *find_dynamic(const struct decoder *d, const char *name)
{
	const struct ptx_var *var;

	for (var = d->definition->module->vars; var; var = var->next)
		if (var->name == name && var->space == SPACE_SHARED && var->linkage == LINK_EXTERN)
			return var;
	return NULL;
}

static bool find_outside(struct decoder *d, const char *name, struct symbol *out)
{
	struct definition *def = program_lookup(d->program, d->definition->module, name);
	const struct ptx_var *var = def ? def->var : find_dynamic(d, name);

	memset(out, 0, sizeof(*out));
	out->name = name;
	out->definition = def;
	if (def && def->function) {
		out->kind = SYMBOL_FUNCTION;
	} else if (!var) {
		return false;
	} else if (var->space == SPACE_SHARED) {
		out->type = var->type;
		if (!def || (var->array && !var->count)) {
			dynamic_shared(d, var, out);
		} else {
			out->kind = SYMBOL_SHARED;
			out->offset = place_shared(d, var);
		}
	} else {
		out->kind = SYMBOL_GLOBAL;
		out->type = var->type;
		out->address = def->address;
		out->bytes = def->bytes;
	}
	return true;
}

bool symbol_lookup(struct decoder *d, const char *name, struct symbol *out)
{
	const struct symbol *symbol = find(d, name), *range = find_range(d, name);

	/* The innermost scope counts, and has the highest number of those that are open */
	if (range && (!symbol || symbol->scope < range->scope)) {
		*out = *range;
		name_register(d, out, &range->codes[name_of(name)->number * (range->type == PTX_B128 ? 2 : 1)]);
		return true;
	}
	if (symbol && symbol->kind != SYMBOL_RANGE) {
		*out = *symbol;
		return true;
	}
	return find_outside(d, name, out);
}

void symbol_open_scope(struct decoder *d)
{
	if (d->depth == SCOPES_MAX) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "scopes nested too deep");
		return;
	}
	d->scope = ++d->scope_count;
	d->scopes[d->depth++] = d->scope;
}

void symbol_close_scope(struct decoder *d)
{
	while (d->symbols && d->symbols->scope == d->scope) {
		d->slots[slot_of(d->symbols->name)] = d->symbols->next;
		d->symbols = d->symbols->older;
	}
	d->depth -= d->depth > 0;
	d->scope = d->depth ? d->scopes[d->depth - 1] : 0;
}

uint32_t symbol_new_local(struct decoder *d, uint64_t bytes, uint32_t align)
{
	uint64_t at = ((uint64_t)d->local + align - 1) & ~(uint64_t)(align - 1);

	if (at + bytes > LOCAL_MAX) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "too much local memory");
		return 0;
	}
	d->local = (uint32_t)(at + bytes);
	return (uint32_t)at;
}

static void declare_register(struct decoder *d, const struct ptx_var *var)
{
	struct symbol *symbol;
	uint32_t codes[2] = { 0 };

	if (var->vector > 1) {
		decode_error(d, CUDA_ERROR_NOT_SUPPORTED, "register %s: vectors of registers", var->name);
		return;
	}
	symbol = symbol_add(d, var->name, SYMBOL_RANGE);
	symbol->type = var->type;
	symbol->count = var->range;
	if (!var->range) {
		name_register(d, symbol, codes);
		return;
	}
	symbol->codes = decode_scratch(d, var->range, sizeof(codes) / (var->type == PTX_B128 ? 1 : 2));
}

void symbol_declare(struct decoder *d, const struct ptx_var *var)
{
	struct symbol *symbol;
	uint64_t bytes;

	if (var->space == SPACE_REG) {
		declare_register(d, var);
		return;
	}
	if (!var_bytes(var, &bytes)) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "variable %s is too large", var->name);
		return;
	}
	symbol = symbol_add(d, var->name, SYMBOL_LOCAL);
	symbol->type = var->type;
	symbol->bytes = bytes;
	if (var->space == SPACE_SHARED && (var->linkage == LINK_EXTERN ||
					   (var->array && !var->count))) {
		dynamic_shared(d, var, symbol);
	} else if (var->space == SPACE_SHARED) {
		symbol->kind = SYMBOL_SHARED;
		symbol->offset = place_shared(d, var);
	} else if (var->space == SPACE_LOCAL || var->space == SPACE_PARAM) {
		symbol->offset = symbol_new_local(d, bytes, var_align(var));
	} else {
		decode_error(d, CUDA_ERROR_NOT_SUPPORTED, "variable %s of this space in a function",
			     var->name);
	}
}

/* ---- labels ---- */

static uint32_t label_slot(const struct decoder *d, const char *name, uint32_t scope)
{
	return (uint32_t)(((uintptr_t)name + scope) * 0x9e3779b97f4a7c15ull >> 40) &
	       (d->label_slot_count - 1);
}

static void hash_labels(struct decoder *d)
{
	uint32_t count = 16;

	while (count < 2 * d->label_count)
		count *= 2;
	d->label_slots = decode_scratch(d, count, sizeof(*d->label_slots));
	d->label_slot_count = count;
	if (!d->label_slots)
		return;
	for (uint32_t i = 0; i < d->label_count; i++) {
		uint32_t slot = label_slot(d, d->labels[i].name, d->labels[i].scope);

		while (d->label_slots[slot])
			slot = (slot + 1) & (count - 1);
		d->label_slots[slot] = i + 1;
	}
}

void symbol_find_labels(struct decoder *d, const struct ptx_function *f)
{
	for (const struct ptx_statement *s = f->labels; s; s = s->next_label) {
		struct label *labels = decode_grow(d, d->scratch, d->labels, d->label_count, &d->label_size,
						   sizeof(*labels));

		if (!labels)
			return;
		d->labels = labels;
		labels[d->label_count++] = (struct label) { .name = s->name, .scope = s->scope };
	}
	hash_labels(d);
}

uint32_t symbol_label(struct decoder *d, const char *name)
{
	for (uint32_t depth = d->depth; d->label_slots && depth; depth--) {
		uint32_t scope = d->scopes[depth - 1], slot = label_slot(d, name, scope), i;

		for (; (i = d->label_slots[slot]); slot = (slot + 1) & (d->label_slot_count - 1))
			if (d->labels[i - 1].name == name && d->labels[i - 1].scope == scope)
				return i - 1;
	}
	decode_error(d, CUDA_ERROR_INVALID_PTX, "no label %s", name);
	return 0;
}
