/* SPDX-License-Identifier: MIT */
/*
 * decode_b128.c - mov, ld, st and atom of .b128
 *
 * A register of 128 bits is two of 64, of which only these instructions know.  What others may look at
 * is loaded and stored at once, everything else as a vector of two.
 */

#include "softgpu/decode_mem.h"

static void mismatch(struct decoder *d)
{
	decode_error(d, CUDA_ERROR_INVALID_PTX, "not a register of .b128");
}

/* The halves of a register, the low one first */
static bool halves(struct decoder *d, const struct ptx_operand *operand, uint32_t codes[2])
{
	struct symbol symbol;

	if (operand->kind != OPERAND_NAME || operand->value || !symbol_lookup(d, operand->name, &symbol) ||
	    symbol.kind != SYMBOL_WIDE_REGISTER) {
		mismatch(d);
		return false;
	}
	codes[0] = symbol.code;
	codes[1] = symbol.high;
	return true;
}

/* Of a destination, which may be none */
static bool result_halves(struct decoder *d, const struct ptx_operand *operand, uint32_t codes[2])
{
	if (operand->kind != OPERAND_SINK)
		return halves(d, operand, codes);
	codes[0] = symbol_new_register(d, BANK_64);
	codes[1] = symbol_new_register(d, BANK_64);
	return true;
}

/* The two elements of {a, b}, or the halves of a register */
static bool two(struct decoder *d, const struct ptx_operand *operand, bool result, uint32_t codes[2])
{
	const struct ptx_operand *list = operand->list;

	if (operand->kind != OPERAND_VECTOR)
		return halves(d, operand, codes);
	if (!list || !list->next || list->next->next) {
		mismatch(d);
		return false;
	}
	for (unsigned i = 0; i < 2; i++, list = list->next)
		codes[i] = result ? decode_destination(d, list, 'q') : decode_source(d, list, 'q');
	return true;
}

/* mov.b128 d, s; d, {a, b}; {a, b}, s */
void decode_mov_b128(struct decoder *d)
{
	uint32_t from[2], to[2];

	if (!two(d, d->instr->operands[1], false, from) || !two(d, d->instr->operands[0], true, to))
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct insn *in = decode_emit(d, "mov.b64");

		decode_def(d, in, 0, to[i]);
		decode_use(d, in, 1, from[i]);
	}
}

/* The address of a ld, st or atom with @operands, the memory's being number @at */
static bool find_place(struct decoder *d, unsigned operands, unsigned at, const struct access *access,
		       struct address *address)
{
	if (!access_operands(d, access, operands) || !access_place(d, d->instr->operands[at], access, address))
		return false;
	if (access->count == 1 && address->space != SPACE_PARAM)
		return true;
	decode_unsupported(d);
	return false;
}

static struct insn *emit(struct decoder *d, const char *name, const struct address *address, unsigned at)
{
	struct insn *in = decode_emit(d, name);

	in->imm = address->offset;
	in->count = 2;
	in->slot = decode_slot(d);
	decode_use(d, in, at, address->code);
	return in;
}

void decode_ld_b128(struct decoder *d)
{
	struct address address;
	const struct access *access = access_of(d);
	uint32_t to[2];
	struct insn *in;
	char name[40];

	if (!find_place(d, 2, 1, access, &address) || !result_halves(d, d->instr->operands[0], to))
		return;
	snprintf(name, sizeof(name), "ldv.%s.u64.q%s", access_space(address.space), access_once(access, &address));
	in = emit(d, name, &address, 2);
	decode_def(d, in, 0, to[0]);
	decode_def(d, in, 1, to[1]);
	if (access->strong)
		decode_emit(d, "strong");
}

void decode_st_b128(struct decoder *d)
{
	struct address address;
	const struct access *access = access_of(d);
	uint32_t from[2];
	struct insn *in;
	char name[40];

	if (!find_place(d, 2, 0, access, &address) || !halves(d, d->instr->operands[1], from))
		return;
	snprintf(name, sizeof(name), "stv.%s.64.q%s", access_space(address.space), access_once(access, &address));
	if (access->strong)
		decode_emit(d, "strong");
	in = emit(d, name, &address, 0);
	decode_use(d, in, 1, from[0]);
	decode_use(d, in, 2, from[1]);
}

/* atom.exch.b128 d, [a], b; atom.cas.b128 d, [a], b, c */
void decode_atom_b128(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	bool cas = decode_has(instr, "cas");
	uint32_t to[2], b[2], c[2] = { 0 };
	struct address address;
	const struct access *access = access_of(d);
	struct insn *in;
	char name[40];

	if (strcmp(instr->opcode->name, "atom") || (!cas && !decode_has(instr, "exch"))) {
		decode_unsupported(d);
		return;
	}
	if (!find_place(d, 3 + cas, 1, access, &address) || !halves(d, instr->operands[2], b) ||
	    (cas && !halves(d, instr->operands[3], c)) || !result_halves(d, instr->operands[0], to))
		return;
	snprintf(name, sizeof(name), "atom.%s.%s.b128", access_space(address.space), cas ? "cas" : "exch");
	in = emit(d, name, &address, 1);
	for (unsigned i = 0; i < 2; i++) {
		decode_def(d, in, 4 * i, to[i]);
		decode_use(d, in, 2 + 3 * i, b[i]);
		decode_use(d, in, 3 + 3 * i, cas ? c[i] : b[i]);
	}
}
