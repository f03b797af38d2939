/* SPDX-License-Identifier: MIT */
/*
 * decode_alu.c - instructions that a table row describes, and compositions of such rows
 *
 * The opcode and its modifiers, less those that say nothing here, are the row's name.  Its
 * signature says what the operands are: "f=ff" is a float from two floats.  Before the "="
 * stand destinations, behind it sources, a letter each:
 *
 *	p	predicate
 *	b h w q	integer or untyped, 8, 16, 32, 64 bits
 *	f d	float, double: only literals differ from w and q
 *	x	the carry flag, which is no operand in the text
 *	#N	insn.aux, hexadecimal
 */

#include <stdlib.h>

#include "softgpu/decode.h"

static uint32_t carry_register(struct decoder *d)
{
	if (!d->carry)
		d->carry = symbol_new_register(d, BANK_PRED);
	return d->carry;
}

/* The operands of the instruction in hand, as @op's signature wants them */
static void decode_row(struct decoder *d, const struct exec_op *op)
{
	const struct ptx_instr *instr = d->instr;
	uint32_t codes[INSN_OPERANDS], count = 0, defs = 0, aux = 0;
	unsigned operand = 0;
	bool source = false;
	struct insn *in;

	for (const char *c = op->signature; *c; c++) {
		if (*c == '#') {
			aux = (uint32_t)strtoul(c + 1, NULL, 16);
			break;
		}
		if (*c == '=') {
			source = true;
			defs = count;
			continue;
		}
		if (*c == 'x') {
			codes[count++] = carry_register(d);
			continue;
		}
		if (operand == instr->operand_count) {
			decode_error(d, CUDA_ERROR_INVALID_PTX, "too few operands");
			return;
		}
		codes[count++] = source ? decode_source(d, instr->operands[operand], *c) :
					  decode_destination(d, instr->operands[operand], *c);
		operand++;
	}
	if (operand != instr->operand_count) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "too many operands");
		return;
	}
	in = decode_emit_row(d, op);
	in->aux = aux;
	for (uint32_t i = 0; i < count; i++) {
		if (i < defs)
			decode_def(d, in, i, codes[i]);
		else
			decode_use(d, in, i, codes[i]);
	}
}

bool decode_alu(struct decoder *d)
{
	const struct exec_op *op = decode_row_of(d);

	if (!op || !strchr(op->signature, '='))
		return false;
	decode_row(d, op);
	return true;
}

/* ---- small helpers for compositions ---- */

static void emit2(struct decoder *d, const char *name, uint32_t def, uint32_t a)
{
	struct insn *in = decode_emit(d, name);

	decode_def(d, in, 0, def);
	decode_use(d, in, 1, a);
}

static void emit3(struct decoder *d, const char *name, uint32_t def, uint32_t a, uint32_t b)
{
	struct insn *in = decode_emit(d, name);

	decode_def(d, in, 0, def);
	decode_use(d, in, 1, a);
	decode_use(d, in, 2, b);
}

static bool need_operands(struct decoder *d, unsigned least, unsigned most)
{
	if (d->instr->operand_count >= least && d->instr->operand_count <= most)
		return true;
	decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong number of operands");
	return false;
}

/* ---- setp, set ---- */

static char type_letter(const char *type)
{
	switch (ptx_type_named(type)) {
	case PTX_U16: case PTX_S16: case PTX_B16: case PTX_F16: case PTX_BF16:
		return 'h';
	case PTX_F32:
		return 'f';
	case PTX_U64: case PTX_S64: case PTX_B64:
		return 'q';
	case PTX_F64:
		return 'd';
	default:
		return 'w';
	}
}

/* struct comparison - what setp's and set's modifiers say */
struct comparison {
	const char *compare, *combine, *type;
	bool ftz;
};

static bool is_combine(const char *mod)
{
	return !strcmp(mod, "and") || !strcmp(mod, "or") || !strcmp(mod, "xor");
}

static bool parse_comparison(struct decoder *d, unsigned count, struct comparison *out)
{
	const struct ptx_instr *instr = d->instr;

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < count; i++) {
		if (!i)
			out->compare = instr->opcode->mods[i];
		else if (is_combine(instr->opcode->mods[i]))
			out->combine = instr->opcode->mods[i];
		else if (!strcmp(instr->opcode->mods[i], "ftz"))
			out->ftz = true;
	}
	out->type = instr->opcode->mod_count ? instr->opcode->mods[instr->opcode->mod_count - 1] : "";
	if (!out->compare)
		decode_unsupported(d);
	return out->compare;
}

/* One comparison of two registers into predicate @p */
static void emit_comparison(struct decoder *d, const struct comparison *cmp, const char *type,
			    uint32_t p, uint32_t a, uint32_t b)
{
	char name[64];

	snprintf(name, sizeof(name), "setp.%s.%s%s", cmp->compare, cmp->ftz ? "ftz." : "", type);
	if (!exec_op_find(name) && cmp->ftz)
		snprintf(name, sizeof(name), "setp.%s.%s", cmp->compare, type);
	emit3(d, name, p, a, b);
}

/* A half of a packed pair */
static uint32_t half_of(struct decoder *d, uint32_t pair, unsigned half)
{
	uint32_t code = symbol_new_register(d, BANK_32);
	struct insn *in = decode_emit(d, "part.16");

	in->aux = half * 16;
	decode_def(d, in, 0, code);
	decode_use(d, in, 1, pair);
	return code;
}

/*
 * Comparisons of the instruction's two sources into p[]: one, or two for packed halves.
 * p[0] may be given, else it is a new register.
 */
static unsigned emit_comparisons(struct decoder *d, const struct comparison *cmp, unsigned operand,
				 uint32_t p[2])
{
	bool f16x2 = !strcmp(cmp->type, "f16x2"), bf16x2 = !strcmp(cmp->type, "bf16x2");
	char letter = type_letter(cmp->type);
	uint32_t a = decode_source(d, d->instr->operands[operand], letter);
	uint32_t b = decode_source(d, d->instr->operands[operand + 1], letter);

	if (!f16x2 && !bf16x2) {
		p[0] = p[0] ? p[0] : symbol_new_register(d, BANK_PRED);
		emit_comparison(d, cmp, cmp->type, p[0], a, b);
		return 1;
	}
	for (unsigned i = 0; i < 2; i++) {
		p[i] = symbol_new_register(d, BANK_PRED);
		emit_comparison(d, cmp, f16x2 ? "f16" : "bf16", p[i], half_of(d, a, i),
				half_of(d, b, i));
	}
	return 2;
}

/* The third source of .and, .or, .xor */
static void combine(struct decoder *d, const struct comparison *cmp, unsigned operand,
		    uint32_t *p)
{
	uint32_t c, combined;
	char name[16];

	if (!cmp->combine)
		return;
	c = decode_source(d, d->instr->operands[operand], 'p');
	combined = symbol_new_register(d, BANK_PRED);
	snprintf(name, sizeof(name), "%s.pred", cmp->combine);
	emit3(d, name, combined, *p, c);
	*p = combined;
}

/* setp.cmp{.bool}{.ftz}.type p{|q}, a, b{, c}: p = cmp op c, q = !cmp op c */
void decode_setp(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	struct comparison cmp;
	uint32_t p[2] = { 0 }, def;
	unsigned count;

	if (!parse_comparison(d, instr->opcode->mod_count - !!instr->opcode->mod_count, &cmp) ||
	    !need_operands(d, cmp.combine ? 4 : 3, cmp.combine ? 4 : 3))
		return;
	/* The common form is a row, but for some .ftz, and writes its one destination itself */
	if (!cmp.combine && !instr->operands[0]->second && decode_alu(d))
		return;
	if (!cmp.combine && !instr->operands[0]->second) {
		p[0] = decode_destination(d, instr->operands[0], 'p');
		emit_comparisons(d, &cmp, 1, p);
		return;
	}
	count = emit_comparisons(d, &cmp, 1, p);
	if (count == 1 && instr->operands[0]->second) {
		p[1] = symbol_new_register(d, BANK_PRED);
		emit2(d, "not.pred", p[1], p[0]);
	}
	for (unsigned i = 0; i < 2; i++) {
		const struct ptx_operand *to = i ? instr->operands[0]->second : instr->operands[0];

		if (!to)
			break;
		combine(d, &cmp, 3, &p[i]);
		def = decode_destination(d, to, 'p');
		emit2(d, "mov.pred", def, p[i]);
	}
}

/* What set writes for true, by the destination's type */
static uint64_t truth(const char *type)
{
	if (!strcmp(type, "f32"))
		return 0x3f800000;
	if (!strcmp(type, "f16") || !strcmp(type, "f16x2"))
		return 0x3c00;
	if (!strcmp(type, "bf16") || !strcmp(type, "bf16x2"))
		return 0x3f80;
	return strchr(type, '1') ? 0xffff : 0xffffffff;
}

/* set.cmp{.bool}{.ftz}.dtype.stype d, a, b{, c} */
void decode_set(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	uint32_t p[2] = { 0 }, value[2] = { 0 }, def;
	struct comparison cmp;
	const char *dtype;
	unsigned count;

	if (!parse_comparison(d, instr->opcode->mod_count < 3 ? 0 : instr->opcode->mod_count - 2u, &cmp) ||
	    !need_operands(d, cmp.combine ? 4 : 3, cmp.combine ? 4 : 3))
		return;
	dtype = instr->opcode->mods[instr->opcode->mod_count - 2];
	count = emit_comparisons(d, &cmp, 1, p);
	for (unsigned i = 0; i < count; i++) {
		struct insn *in;

		combine(d, &cmp, 3, &p[i]);
		value[i] = symbol_new_register(d, BANK_32);
		in = decode_emit(d, "selp.b32");
		decode_def(d, in, 0, value[i]);
		decode_use(d, in, 1, decode_constant(d, BANK_32, truth(dtype)));
		decode_use(d, in, 2, decode_constant(d, BANK_32, 0));
		decode_use(d, in, 3, p[i]);
	}
	def = decode_destination(d, instr->operands[0], 'w');
	if (count == 2)
		emit3(d, "pack.16x2", def, value[0], value[1]);
	else
		emit2(d, "mov.b32", def, value[0]);
}

/* ---- lop3 with a boolean: lop3.op.b32 d|p, a, b, c, lut, q ---- */

void decode_lop3(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	uint32_t codes[4], result, p, q;
	struct insn *in;
	char name[16];

	if (instr->opcode->mod_count != 2) {
		if (!decode_alu(d))
			decode_unsupported(d);
		return;
	}
	if (!need_operands(d, 6, 6))
		return;
	if (!instr->operands[0]->second) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong operands");
		return;
	}
	for (unsigned i = 0; i < 4; i++)
		codes[i] = decode_source(d, instr->operands[1 + i], 'w');
	result = decode_destination(d, instr->operands[0], 'w');
	in = decode_emit(d, "lop3.b32");
	decode_def(d, in, 0, result);
	for (unsigned i = 0; i < 4; i++)
		decode_use(d, in, 1 + i, codes[i]);
	p = symbol_new_register(d, BANK_PRED);
	emit3(d, "setp.ne.u32", p, result, decode_constant(d, BANK_32, 0));
	q = decode_source(d, instr->operands[5], 'p');
	snprintf(name, sizeof(name), "%s.pred", instr->opcode->mods[0]);
	emit3(d, name, decode_destination(d, instr->operands[0]->second, 'p'), p, q);
}

/* ---- mov: vectors ---- */

/* mov.b64 d, {a, b} */
static void decode_pack(struct decoder *d, unsigned bits)
{
	const struct ptx_operand *list = d->instr->operands[1]->list;
	unsigned count = decode_list_length(list), width = count ? bits / count : 0;
	char letter = width == 8 ? 'b' : width == 16 ? 'h' : 'w';
	uint32_t codes[4] = { 0 }, def;
	struct insn *in;
	char name[40];

	if ((count != 2 && count != 4) || width < 8 || width * count != bits) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "vector of a wrong size");
		return;
	}
	for (unsigned i = 0; i < count; i++, list = list->next)
		codes[i] = decode_source(d, list, letter);
	def = decode_destination(d, d->instr->operands[0], bits == 64 ? 'q' : 'w');
	snprintf(name, sizeof(name), "pack.%ux%u", width, count);
	in = decode_emit(d, name);
	decode_def(d, in, 0, def);
	for (unsigned i = 0; i < count; i++)
		decode_use(d, in, 1 + i, codes[i]);
}

/* mov.b64 {a, b}, s */
static void decode_unpack(struct decoder *d, unsigned bits)
{
	const struct ptx_operand *list = d->instr->operands[0]->list;
	unsigned count = decode_list_length(list), width = count ? bits / count : 0;
	uint32_t source;

	if ((count != 2 && count != 4) || width < 8 || width * count != bits) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "vector of a wrong size");
		return;
	}
	source = decode_source(d, d->instr->operands[1], bits == 64 ? 'q' : 'w');
	/* {%r1, %r2} may contain the source itself: read it first */
	if (bits != 64) {
		uint32_t copy = symbol_new_register(d, BANK_32);

		emit2(d, "mov.b32", copy, source);
		source = copy;
	}
	for (unsigned i = 0; i < count; i++, list = list->next) {
		struct insn *in;
		uint32_t def;

		if (list->kind == OPERAND_SINK)
			continue;
		def = decode_destination(d, list, 'w');
		in = decode_emit(d, width == 32 ? "part.32" : width == 8 ? "part.8" :
				 bits == 64 ? "part.16.q" : "part.16");
		in->aux = i * width;
		decode_def(d, in, 0, def);
		decode_use(d, in, 1, source);
	}
}

void decode_mov(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	unsigned bits;

	if (!need_operands(d, 2, 2))
		return;
	bits = instr->opcode->mod_count ? 8 * ptx_type_bytes(ptx_type_named(instr->opcode->mods[0])) : 0;
	if (bits == 128)
		decode_mov_b128(d);
	else if (instr->operands[1]->kind == OPERAND_VECTOR)
		decode_pack(d, bits);
	else if (instr->operands[0]->kind == OPERAND_VECTOR)
		decode_unpack(d, bits);
	else if (!decode_alu(d))
		decode_error(d, CUDA_ERROR_INVALID_PTX, "mov of this type");
}
