/* SPDX-License-Identifier: MIT */
/*
 * decode_operand.c - operands of instructions
 */

#include "softgpu/decode.h"

enum bank letter_bank(char letter)
{
	switch (letter) {
	case 'p':
		return BANK_PRED;
	case 'q': case 'd':
		return BANK_64;
	default:
		return BANK_32;
	}
}

/* ---- constants: each value once a function ---- */

#define CONSTANTS_MAX	(1u << 30)	/* bytes of a function */

static size_t lane_array_bytes(enum bank like)
{
	return like == BANK_64 ? LANES * 8 : like == BANK_32 ? LANES * 4 : 4;
}

static uint32_t new_constant(struct decoder *d, enum bank like, uint64_t bits)
{
	size_t bytes = lane_array_bytes(like);
	/* Lanes that begin a cache line are read fastest */
	uint32_t offset = bytes > 4 ? (d->constant_used + 63) & ~63u : d->constant_used;
	struct constant *constants;

	constants = decode_grow(d, d->scratch, d->constants, d->constant_count, &d->constant_size,
				sizeof(*constants));
	if (!constants)
		return BANK_CONST;
	d->constants = constants;
	if (offset >= CONSTANTS_MAX) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "too many constants");
		return BANK_CONST;
	}
	constants[d->constant_count++] = (struct constant) { bits, offset, like };
	d->constant_used = offset + (uint32_t)bytes;
	return offset | BANK_CONST;
}

uint32_t decode_constant_slot(struct decoder *d, enum bank like)
{
	return new_constant(d, like, 0);
}

void decode_fill_constants(const struct decoder *d, unsigned char *at)
{
	for (uint32_t i = 0; i < d->constant_count; i++) {
		const struct constant *constant = &d->constants[i];
		size_t bytes = lane_array_bytes(constant->like);
		size_t element = bytes > 4 ? bytes / LANES : 4;

		for (size_t lane = 0; lane < bytes; lane += element)
			memcpy(at + constant->offset + lane, &constant->bits, element);
	}
}

/* Entries that were there are forgotten: a value may be there twice, no harm */
static bool grow_table(struct decoder *d)
{
	uint32_t slots = d->constant_slots ? d->constant_slots * 2 : 256;
	uint32_t *table = decode_scratch(d, slots, sizeof(*table));

	if (!table)
		return false;
	d->constant_table = table;
	d->constant_slots = slots;
	return true;
}

uint32_t decode_constant(struct decoder *d, enum bank like, uint64_t bits)
{
	uint32_t slot, code;

	if (like != BANK_64)
		bits = (uint32_t)bits;
	if (2 * d->constant_count >= d->constant_slots && !grow_table(d))
		return BANK_CONST;
	slot = (uint32_t)((bits + like) * 0x9e3779b97f4a7c15ull >> 32) & (d->constant_slots - 1);
	for (; d->constant_table[slot]; slot = (slot + 1) & (d->constant_slots - 1)) {
		const struct constant *constant = &d->constants[d->constant_table[slot] - 1];

		if (constant->like == like && constant->bits == bits)
			return constant->offset | BANK_CONST;
	}
	code = new_constant(d, like, bits);
	d->constant_table[slot] = d->constant_count;
	return code;
}

/* ---- names ---- */

static uint32_t mismatch(struct decoder *d, const struct ptx_operand *operand)
{
	decode_error(d, CUDA_ERROR_INVALID_PTX, "operand %s has a wrong type or is not declared",
		     operand->name ? operand->name : "");
	return decode_constant(d, BANK_32, 0);
}

unsigned decode_elements(const struct ptx_operand *operand, unsigned most, const struct ptx_operand **out)
{
	unsigned n = 0;

	if (operand->kind != OPERAND_VECTOR) {
		out[0] = operand;
		return 1;
	}
	for (operand = operand->list; operand && n < most; operand = operand->next)
		out[n++] = operand;
	return n;
}

unsigned decode_list_length(const struct ptx_operand *list)
{
	unsigned n = 0;

	for (; list; list = list->next)
		n++;
	return n;
}

bool decode_register(struct decoder *d, const struct ptx_operand *operand, struct symbol *symbol)
{
	return operand->kind == OPERAND_NAME && !operand->value &&
	       symbol_lookup(d, operand->name, symbol) && symbol->kind == SYMBOL_REGISTER;
}

static uint32_t convert(struct decoder *d, uint32_t code, enum bank to)
{
	uint32_t converted = symbol_new_register(d, to);
	struct insn *in = decode_emit(d, to == BANK_64 ? "cvt.u64.u32" : "cvt.u32.u64");

	decode_def(d, in, 0, converted);
	decode_use(d, in, 1, code);
	return converted;
}

/* A special register, read into a new one; 0: @name is none */
static uint32_t special_register(struct decoder *d, const char *name, enum bank want)
{
	const struct exec_op *op = exec_op_find(name);
	enum bank bank;
	uint32_t code;

	if (!op) {
		/* No graph is launched by a kernel */
		if (!strncmp(name, "%envreg", 7) || !strncmp(name, "%pm", 3) ||
		    !strncmp(name, "%reserved_smem", 14) || !strcmp(name, "%current_graph_exec"))
			return decode_constant(d, want, 0);
		return 0;
	}
	bank = letter_bank(op->signature[0]);
	code = symbol_new_register(d, bank);
	decode_def(d, decode_emit_row(d, op), 0, code);
	if (bank == want)
		return code;
	if (want == BANK_PRED)
		return 0;
	return convert(d, code, want);
}

static uint32_t dynamic_address(struct decoder *d, enum bank bank, uint64_t addend)
{
	uint32_t code = new_constant(d, bank, 0);
	struct dynamic_fixup *dynamic;

	dynamic = decode_grow(d, &d->kernel->bump, d->dynamic, d->dynamic_count, &d->dynamic_size,
			      sizeof(*dynamic));
	if (!dynamic)
		return code;
	d->dynamic = dynamic;
	dynamic[d->dynamic_count++] = (struct dynamic_fixup) {
		d->function, code & ~3u, bank == BANK_64, addend,
	};
	return code;
}

static uint32_t emit_address(struct decoder *d, const char *row, enum bank bank, uint64_t offset)
{
	uint32_t code = symbol_new_register(d, bank);
	struct insn *in = decode_emit(d, row);

	decode_def(d, in, 0, code);
	in->imm = (int64_t)offset;
	return code;
}

/* The address of a symbol, as mov takes it */
static uint32_t symbol_address(struct decoder *d, const struct ptx_operand *operand,
			       const struct symbol *symbol, enum bank bank)
{
	uint64_t offset = operand->value;

	/* Nothing below fits into four bytes */
	if (bank == BANK_PRED)
		return mismatch(d, operand);
	switch (symbol->kind) {
	case SYMBOL_LOCAL:
		return emit_address(d, bank == BANK_64 ? "local.address.q" : "local.address.w", bank,
				    symbol->offset + offset);
	case SYMBOL_SHARED:
		return decode_constant(d, bank, symbol->offset + offset);
	case SYMBOL_DYNAMIC:
		return dynamic_address(d, bank, offset);
	case SYMBOL_KERNEL_PARAM:
		if (bank == BANK_64)
			return emit_address(d, "param.address", bank, symbol->offset + offset);
		break;
	case SYMBOL_GLOBAL:
		if (bank == BANK_64)
			return decode_constant(d, bank, symbol->address + offset);
		break;
	case SYMBOL_FUNCTION:
		((struct definition *)symbol->definition)->taken = true;
		if (d->indirect)
			decode_require(d, symbol->definition);
		if (bank == BANK_64)
			return decode_constant(d, bank,
					       program_pointer(d->program, symbol->definition));
		break;
	default:
		break;
	}
	return mismatch(d, operand);
}

static uint32_t invert(struct decoder *d, uint32_t code)
{
	uint32_t inverse = symbol_new_register(d, BANK_PRED);
	struct insn *in = decode_emit(d, "not.pred");

	decode_def(d, in, 0, inverse);
	decode_use(d, in, 1, code);
	return inverse;
}

/* What nobody declared: a special register or constant */
static uint32_t undeclared_source(struct decoder *d, const struct ptx_operand *operand, enum bank bank)
{
	uint32_t code = operand->name[0] == '%' ? special_register(d, operand->name, bank) :
			!strcmp(operand->name, "WARP_SZ") ? decode_constant(d, bank, LANES) : 0;

	return code ? code : mismatch(d, operand);
}

static uint32_t named_source(struct decoder *d, const struct ptx_operand *operand, char letter)
{
	enum bank bank = letter_bank(letter);
	struct symbol symbol;

	if (!symbol_lookup(d, operand->name, &symbol))
		return undeclared_source(d, operand, bank);
	if (symbol.kind != SYMBOL_REGISTER)
		return symbol_address(d, operand, &symbol, bank);
	if ((symbol.code & 3) != bank)
		return mismatch(d, operand);
	return operand->not && bank == BANK_PRED ? invert(d, symbol.code) : symbol.code;
}

static uint64_t float_literal(const struct ptx_operand *operand, char letter)
{
	uint32_t bits = (uint32_t)operand->value;
	uint64_t wide = operand->value;
	double number;
	float single;

	if (operand->kind == OPERAND_F64 && letter == 'f') {
		memcpy(&number, &wide, 8);
		single = (float)number;
		memcpy(&bits, &single, 4);
		return bits;
	}
	if (operand->kind == OPERAND_F32 && letter == 'd') {
		memcpy(&single, &bits, 4);
		number = single;
		memcpy(&wide, &number, 8);
	}
	return wide;
}

static uint64_t integer_literal(uint64_t value, char letter)
{
	switch (letter) {
	case 'b':
		return (uint8_t)value;
	case 'h':
		return (uint16_t)value;
	case 'p':
		return value ? ALL_LANES : 0;
	default:
		return value;
	}
}

uint32_t decode_source(struct decoder *d, const struct ptx_operand *operand, char letter)
{
	switch (operand->kind) {
	case OPERAND_NAME:
		return named_source(d, operand, letter);
	case OPERAND_INT:
		return decode_constant(d, letter_bank(letter),
				       integer_literal(operand->not ? !operand->value :
						       operand->value, letter));
	case OPERAND_F32:
	case OPERAND_F64:
		return decode_constant(d, letter_bank(letter), float_literal(operand, letter));
	default:
		return mismatch(d, operand);
	}
}

uint32_t decode_destination(struct decoder *d, const struct ptx_operand *operand, char letter)
{
	enum bank bank = letter_bank(letter);
	struct symbol symbol;

	if (operand->kind == OPERAND_SINK)
		return symbol_new_register(d, bank);
	if (decode_register(d, operand, &symbol) && (symbol.code & 3) == bank)
		return symbol.code;
	mismatch(d, operand);
	return symbol_new_register(d, bank);
}

/* ---- addresses ---- */

static bool symbol_space(const struct symbol *symbol, enum ptx_space *space)
{
	switch (symbol->kind) {
	case SYMBOL_LOCAL:
		*space = SPACE_LOCAL;
		return true;
	case SYMBOL_SHARED:
	case SYMBOL_DYNAMIC:
		*space = SPACE_SHARED;
		return true;
	case SYMBOL_KERNEL_PARAM:
		*space = SPACE_PARAM;
		return true;
	case SYMBOL_GLOBAL:
		*space = SPACE_GLOBAL;
		return true;
	default:
		return false;
	}
}

/* [symbol + offset]: the symbol says where it is, whatever the instruction does */
static bool symbol_operand(struct decoder *d, const struct ptx_operand *operand,
			   const struct symbol *symbol, struct address *out)
{
	struct ptx_operand name = { .kind = OPERAND_NAME, .name = operand->name };

	if (!symbol_space(symbol, &out->space)) {
		mismatch(d, operand);
		return false;
	}
	out->offset = (int64_t)operand->value;
	if (out->space == SPACE_PARAM) {
		out->offset += symbol->offset;
		out->room = d->kernel->param_bytes > (uint64_t)out->offset ?
			    d->kernel->param_bytes - (uint64_t)out->offset : 0;
		return true;
	}
	out->code = symbol_address(d, &name, symbol,
				   out->space == SPACE_GLOBAL ? BANK_64 : BANK_32);
	return d->result == CUDA_SUCCESS;
}

bool decode_address(struct decoder *d, const struct ptx_operand *operand, enum ptx_space space,
		    struct address *out)
{
	enum bank want = space == SPACE_SHARED || space == SPACE_LOCAL ? BANK_32 : BANK_64;
	struct symbol symbol;

	if (operand->kind != OPERAND_ADDRESS) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "expected an address");
		return false;
	}
	out->space = want == BANK_32 ? space : SPACE_GLOBAL;
	out->offset = 0;
	if (!operand->name) {
		out->code = decode_constant(d, want, operand->value);
		return true;
	}
	if (!symbol_lookup(d, operand->name, &symbol)) {
		mismatch(d, operand);
		return false;
	}
	if (symbol.kind != SYMBOL_REGISTER)
		return symbol_operand(d, operand, &symbol, out);
	if ((symbol.code & 3) == BANK_PRED) {
		mismatch(d, operand);
		return false;
	}
	out->code = (symbol.code & 3) == want ? symbol.code : convert(d, symbol.code, want);
	out->offset = (int64_t)operand->value;
	return true;
}
