/* SPDX-License-Identifier: MIT */
/*
 * decode_matrix.c - ldmatrix and stmatrix of 8x8 elements of 16 bits
 *
 * One instruction of the tables each, for an address in shared memory or a generic one:
 * insn.count matrices, insn.flags: transposed.  The shapes of compute capability 10.0, which expand
 * elements of fewer bits, are not here.
 */

#include "softgpu/decode_mem.h"

/* struct matrices - what the modifiers say */
struct matrices {
	unsigned count;
	bool trans;
	enum ptx_space space;
};

static bool read_modifier(struct matrices *matrices, const char *mod)
{
	static const char *const always[] = { "sync", "aligned", "m8n8", "b16" };

	for (unsigned i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (!strcmp(mod, always[i]))
			return true;
	if (!strcmp(mod, "shared") || !strcmp(mod, "shared::cta"))
		matrices->space = SPACE_SHARED;
	else if (!strcmp(mod, "trans"))
		matrices->trans = true;
	else if (!strcmp(mod, "x1") || !strcmp(mod, "x2") || !strcmp(mod, "x4"))
		matrices->count = (unsigned)(mod[1] - '0');
	else
		return false;
	return true;
}

/* .sync.aligned.m8n8.num{.trans}{.shared{::cta}}.b16 and nothing else */
static bool read_modifiers(const struct ptx_instr *instr, struct matrices *matrices)
{
	*matrices = (struct matrices) { .space = SPACE_NONE };
	for (unsigned i = 0; i < instr->opcode->mod_count; i++)
		if (!read_modifier(matrices, instr->opcode->mods[i]))
			return false;
	return matrices->count && decode_has(instr, "sync") && decode_has(instr, "aligned") &&
	       decode_has(instr, "m8n8") && decode_has(instr, "b16");
}

/* ldmatrix... r, [a]; stmatrix... [a], r: r is a vector of a register for each matrix */
void decode_matrix(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	const bool load = !strcmp(instr->opcode->name, "ldmatrix");
	const struct ptx_operand *fragments[8];
	struct matrices matrices;
	struct address address;
	uint32_t codes[4];
	struct insn *in;
	char name[24];

	if (!read_modifiers(instr, &matrices)) {
		decode_unsupported(d);
		return;
	}
	if (instr->operand_count != 2 || decode_elements(instr->operands[!load], 8, fragments) != matrices.count) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong operands");
		return;
	}
	if (!decode_address(d, instr->operands[load], matrices.space, &address))
		return;
	if (address.space != SPACE_SHARED && address.space != SPACE_GLOBAL) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "not in shared memory");
		return;
	}
	for (unsigned i = 0; i < matrices.count; i++)
		codes[i] = load ? decode_destination(d, fragments[i], 'w') : decode_source(d, fragments[i], 'w');
	snprintf(name, sizeof(name), "%s.%s", instr->opcode->name, access_space(address.space));
	in = decode_emit(d, name);
	in->imm = address.offset;
	in->count = (uint8_t)matrices.count;
	in->flags = matrices.trans;
	in->slot = decode_slot(d);
	decode_use(d, in, load ? matrices.count : 0, address.code);
	for (unsigned i = 0; i < matrices.count; i++) {
		if (load)
			decode_def(d, in, i, codes[i]);
		else
			decode_use(d, in, 1 + i, codes[i]);
	}
}
