/* SPDX-License-Identifier: MIT */
/*
 * decode_cvt.c - cvt: a row of its own for the common conversions, "cvt.any" for the rest
 */

#include "softgpu/decode.h"
#include "softgpu/exec_cvt.h"

static const struct {
	const char *mod;
	uint32_t bits;
} modifiers[] = {
	{ "rn", ROUND_NEAREST << CVT_ROUND_SHIFT }, { "rz", ROUND_ZERO << CVT_ROUND_SHIFT },
	{ "rm", ROUND_DOWN << CVT_ROUND_SHIFT }, { "rp", ROUND_UP << CVT_ROUND_SHIFT },
	{ "rna", ROUND_AWAY << CVT_ROUND_SHIFT },
	{ "rni", CVT_INTEGER | ROUND_NEAREST << CVT_ROUND_SHIFT },
	{ "rzi", CVT_INTEGER | ROUND_ZERO << CVT_ROUND_SHIFT },
	{ "rmi", CVT_INTEGER | ROUND_DOWN << CVT_ROUND_SHIFT },
	{ "rpi", CVT_INTEGER | ROUND_UP << CVT_ROUND_SHIFT },
	{ "ftz", CVT_FTZ }, { "sat", CVT_SAT }, { "relu", CVT_RELU },
	{ "satfinite", CVT_SATFINITE },
};

static uint32_t modifier_bits(struct decoder *d, const char *mod)
{
	for (unsigned i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++)
		if (!strcmp(modifiers[i].mod, mod))
			return modifiers[i].bits;
	decode_unsupported(d);
	return 0;
}

static char source_letter(enum ptx_type type)
{
	return type == PTX_F64 ? 'd' : ptx_type_bytes(type) == 8 ? 'q' : type == PTX_F32 ? 'f' : 'w';
}

/* A register wider than the type is read for its low part (PTX ISA, Operand Size Exceeding) */
static uint32_t decode_wide_source(struct decoder *d, const struct ptx_operand *operand,
				   enum ptx_type from)
{
	struct symbol symbol;
	uint32_t low;
	struct insn *in;

	if (ptx_type_bytes(from) == 8 || !decode_register(d, operand, &symbol) ||
	    (symbol.code & 3) != BANK_64)
		return decode_source(d, operand, source_letter(from));
	low = symbol_new_register(d, BANK_32);
	in = decode_emit(d, "cvt.u32.u64");
	decode_def(d, in, 0, low);
	decode_use(d, in, 1, symbol.code);
	return low;
}

/* Is @op, whose destination is the letter before "=", right for the register at hand? */
static bool row_fits(const struct exec_op *op, const struct symbol *symbol, enum ptx_type to)
{
	return op && letter_bank(op->signature[0]) == (symbol->code & 3) &&
	       (ptx_type_bytes(to) == ptx_type_bytes(symbol->type) ||
		(to == PTX_F32 || to == PTX_F64));
}

/* cvt.rn.f16x2.f32 d, a, b: two sources, converted each to a half of d */
static void decode_pair(struct decoder *d, uint32_t aux, enum ptx_type to)
{
	const struct ptx_instr *instr = d->instr;
	uint32_t a, b, def;
	struct insn *in;

	if (instr->operand_count != 3) {
		decode_unsupported(d);
		return;
	}
	aux |= (uint32_t)(to == PTX_F16X2 ? PTX_F16 : PTX_BF16) << CVT_TO_SHIFT |
	       PTX_F32 << CVT_FROM_SHIFT;
	a = decode_source(d, instr->operands[1], 'f');
	b = decode_source(d, instr->operands[2], 'f');
	def = decode_destination(d, instr->operands[0], 'w');
	in = decode_emit(d, "cvt.pair");
	in->aux = aux;
	decode_def(d, in, 0, def);
	decode_use(d, in, 1, a);
	decode_use(d, in, 2, b);
}

/* cvt.pack.sat.u8.s32.b32 d, a, b, c; cvt.pack.sat.u16.s32 d, a, b */
static void decode_pack(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	enum ptx_type to = instr->opcode->mod_count > 2 ? ptx_type_named(instr->opcode->mods[2]) : PTX_NONE;
	uint32_t codes[3];
	struct insn *in;

	if (instr->operand_count < 3 || ptx_type_bytes(to) > 2 || !ptx_type_bytes(to)) {
		decode_unsupported(d);
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		codes[i] = i + 1 < instr->operand_count ?
			   decode_source(d, instr->operands[1 + i], 'w') :
			   decode_constant(d, BANK_32, 0);
	in = decode_emit(d, "cvt.pack");
	in->aux = (uint32_t)to << CVT_TO_SHIFT;
	decode_def(d, in, 0, decode_destination(d, instr->operands[0], 'w'));
	for (unsigned i = 0; i < 3; i++)
		decode_use(d, in, 1 + i, codes[i]);
}

static bool is_floating(enum ptx_type type)
{
	return type >= PTX_F16 && type <= PTX_F64;
}

static bool is_signed(enum ptx_type type)
{
	return type >= PTX_S8 && type <= PTX_S64;
}

/* Is there a number of @from that is none of @to? */
static bool may_saturate(enum ptx_type to, enum ptx_type from)
{
	unsigned more = ptx_type_bytes(to), less = ptx_type_bytes(from);

	if (is_floating(to) || is_floating(from))
		return true;
	return is_signed(from) == is_signed(to) ? more < less : is_signed(from) || more <= less;
}

static bool is_byte(struct decoder *d, const struct ptx_operand *operand)
{
	struct symbol symbol;

	return decode_register(d, operand, &symbol) && ptx_type_bytes(symbol.type) == 1;
}

/* What ptxas refuses, too: between bytes and bfloat16 the byte's register must be no wider */
static bool is_conversion(struct decoder *d, uint32_t aux, enum ptx_type to, enum ptx_type from)
{
	const struct ptx_instr *instr = d->instr;

	if ((ptx_type_bytes(to) == 1 && from == PTX_BF16 && !is_byte(d, instr->operands[0])) ||
	    (ptx_type_bytes(from) == 1 && to == PTX_BF16 && !is_byte(d, instr->operands[1])))
		return false;
	return !(aux & CVT_SAT) || may_saturate(to, from);
}

static void decode_plain(struct decoder *d, uint32_t aux, enum ptx_type to, enum ptx_type from)
{
	const struct ptx_instr *instr = d->instr;
	const struct exec_op *op;
	struct symbol symbol;
	uint32_t source;
	struct insn *in;

	if (!decode_register(d, instr->operands[0], &symbol) || (symbol.code & 3) == BANK_PRED ||
	    (ptx_type_bytes(to) == 8 && (symbol.code & 3) != BANK_64)) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "cvt's destination");
		return;
	}
	source = decode_wide_source(d, instr->operands[1], from);
	op = d->opcode->row;
	if (!row_fits(op, &symbol, to)) {
		op = exec_op_find("cvt.any");
		aux |= (uint32_t)to << CVT_TO_SHIFT | (uint32_t)from << CVT_FROM_SHIFT;
		if ((symbol.code & 3) == BANK_64)
			aux |= CVT_REG64;
		else if (ptx_type_bytes(symbol.type) <= 2)
			aux |= CVT_REG16;
	}
	in = decode_emit_row(d, op);
	in->aux = aux;
	decode_def(d, in, 0, symbol.code);
	decode_use(d, in, 1, source);
}

static bool is_fp8(const char *type)
{
	return !strcmp(type, "e4m3x2") || !strcmp(type, "e5m2x2");
}

/* cvt.rn.satfinite.e4m3x2.f32 d, a, b; .e4m3x2.f16x2 d, a; cvt.rn.f16x2.e4m3x2 d, a */
static void decode_fp8(struct decoder *d, const char *to, const char *from)
{
	const struct ptx_instr *instr = d->instr;
	bool narrow = is_fp8(to), floats = !strcmp(from, "f32");
	uint32_t codes[2] = { 0 }, def;
	struct insn *in;

	if (instr->operand_count != 2u + floats ||
	    (narrow ? !floats && strcmp(from, "f16x2") : strcmp(to, "f16x2"))) {
		decode_unsupported(d);
		return;
	}
	for (unsigned i = 0; i < 1u + floats; i++)
		codes[i] = decode_source(d, instr->operands[1 + i], floats ? 'f' : narrow ? 'w' : 'h');
	def = decode_destination(d, instr->operands[0], narrow ? 'h' : 'w');
	in = decode_emit(d, !narrow ? "cvt.f16x2.fp8" : floats ? "cvt.fp8.f32" : "cvt.fp8.f16x2");
	in->aux = (!strcmp(narrow ? to : from, "e5m2x2") ? FP8_E5M2 : 0) |
		  (decode_has(instr, "relu") ? FP8_RELU : 0);
	decode_def(d, in, 0, def);
	for (unsigned i = 0; i < 1u + floats; i++)
		decode_use(d, in, 1 + i, codes[i]);
}

void decode_cvt(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	enum ptx_type to, from;
	uint32_t aux = 0;
	const char *names[2];

	if (instr->opcode->mod_count && !strcmp(instr->opcode->mods[0], "pack")) {
		decode_pack(d);
		return;
	}
	if (instr->opcode->mod_count < 2 || instr->operand_count < 2) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "cvt needs two types and two operands");
		return;
	}
	names[0] = instr->opcode->mods[instr->opcode->mod_count - 2];
	names[1] = instr->opcode->mods[instr->opcode->mod_count - 1];
	if (is_fp8(names[0]) || is_fp8(names[1])) {
		decode_fp8(d, names[0], names[1]);
		return;
	}
	to = ptx_type_named(names[0]);
	from = ptx_type_named(names[1]);
	for (unsigned i = 0; i + 2 < instr->opcode->mod_count; i++)
		aux |= modifier_bits(d, instr->opcode->mods[i]);
	if (to == PTX_F16X2 || to == PTX_BF16X2)
		decode_pair(d, aux, to);
	else if (to < PTX_B8 || to > PTX_F64 || from < PTX_B8 || from > PTX_F64 ||
		 to == PTX_B128 || from == PTX_B128 || from == PTX_F16X2 || from == PTX_BF16X2 ||
		 instr->operand_count != 2)
		decode_unsupported(d);
	else if (!is_conversion(d, aux, to, from))
		decode_error(d, CUDA_ERROR_INVALID_PTX, "no such conversion");
	else
		decode_plain(d, aux, to, from);
}
