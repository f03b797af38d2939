/* SPDX-License-Identifier: MIT */
/* decode_cluster.c - barrier.cluster, mapa, getctarank, and .shared::cluster; cluster.h explains */

#include "softgpu/decode.h"

static void move(struct decoder *d, const struct ptx_operand *to, bool wide, uint32_t from)
{
	struct insn *in = decode_emit(d, wide ? "mov.b64" : "mov.b32");

	decode_def(d, in, 0, decode_destination(d, to, wide ? 'q' : 'w'));
	decode_use(d, in, 1, from);
}

/* barrier.cluster.arrive and .wait */
void decode_cluster_barrier(struct decoder *d)
{
	decode_emit(d, decode_has(d->instr, "wait") ? "cluster.wait" : "cluster.arrive");
}

bool decode_in_cluster(const struct ptx_instr *instr)
{
	return decode_has(instr, "shared::cluster");
}

/* An operand of .shared::cluster that an instruction of 64 bits may have */
static uint32_t window_source(struct decoder *d, const struct ptx_operand *operand, bool wide)
{
	struct symbol symbol;

	/* The address of a variable, too, is a number of 32 bits */
	if (!wide || !decode_register(d, operand, &symbol))
		return decode_source(d, operand, 'w');
	return decode_emit_unary(d, "cvt.u32.u64", BANK_32, decode_source(d, operand, 'q'));
}

bool decode_cluster_address(struct decoder *d, const struct ptx_operand *operand, struct address *out)
{
	if (!decode_address(d, operand, SPACE_SHARED, out))
		return false;
	if (out->space != SPACE_SHARED) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "not in shared memory");
		return false;
	}
	/* With the offset, which may not leave the block's memory unseen */
	if (out->offset) {
		struct insn *in = decode_emit(d, "add.u32");
		uint32_t sum = symbol_new_register(d, BANK_32);

		decode_def(d, in, 0, sum);
		decode_use(d, in, 1, out->code);
		decode_use(d, in, 2, decode_constant(d, BANK_32, (uint32_t)out->offset));
		out->code = sum;
		out->offset = 0;
	}
	out->code = decode_emit_unary(d, "cluster.generic", BANK_64, out->code);
	out->space = SPACE_GLOBAL;
	return true;
}

/* mapa{.shared::cluster}.type d, a, rank: the place of a in another block's memory */
void decode_mapa(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	bool wide = decode_has(instr, "u64"), in_window = decode_in_cluster(instr);
	uint32_t source, rank, result;
	struct insn *in;

	if (instr->operand_count != 3) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong number of operands");
		return;
	}
	source = in_window ? window_source(d, instr->operands[1], wide) :
		 decode_source(d, instr->operands[1], wide ? 'q' : 'w');
	rank = decode_source(d, instr->operands[2], 'w');
	in = decode_emit(d, wide && !in_window ? "cluster.mapa.u64" : "cluster.mapa.u32");
	result = symbol_new_register(d, wide && !in_window ? BANK_64 : BANK_32);
	decode_def(d, in, 0, result);
	decode_use(d, in, 1, source);
	decode_use(d, in, 2, rank);
	if (wide && in_window)
		result = decode_emit_unary(d, "cvt.u64.u32", BANK_64, result);
	move(d, instr->operands[0], wide, result);
}

/* getctarank{.shared::cluster}.type d, a: the rank of the block that a is in; d has 32 bits */
void decode_getctarank(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	bool wide = decode_has(instr, "u64"), in_window = decode_in_cluster(instr);
	uint32_t source;

	if (instr->operand_count != 2) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong number of operands");
		return;
	}
	source = in_window ? window_source(d, instr->operands[1], wide) :
		 decode_source(d, instr->operands[1], wide ? 'q' : 'w');
	move(d, instr->operands[0], false,
	     decode_emit_unary(d, wide && !in_window ? "cluster.ctarank.u64" : "cluster.ctarank.u32", BANK_32, source));
}

/* cvta{.to}.shared::cluster.u64; other spaces have rows */
static void cvta_cluster(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;

	if (instr->operand_count != 2 || !decode_has(instr, "u64")) {
		decode_unsupported(d);
		return;
	}
	if (decode_has(instr, "to"))
		move(d, instr->operands[0], true,
		     decode_emit_unary(d, "cvt.u64.u32", BANK_64,
				decode_emit_unary(d, "cluster.window", BANK_32,
					   decode_source(d, instr->operands[1], 'q'))));
	else
		move(d, instr->operands[0], true,
		     decode_emit_unary(d, "cluster.generic", BANK_64,
				window_source(d, instr->operands[1], true)));
}

void decode_cvta(struct decoder *d)
{
	if (decode_in_cluster(d->instr))
		cvta_cluster(d);
	else if (!decode_alu(d))
		decode_unsupported(d);
}

void decode_isspacep(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	struct insn *in;
	uint32_t source;

	if (decode_in_cluster(instr) && instr->operand_count == 2) {
		source = decode_source(d, instr->operands[1], 'q');
		in = decode_emit(d, "cluster.isspacep");
		decode_def(d, in, 0, decode_destination(d, instr->operands[0], 'p'));
		decode_use(d, in, 1, source);
	} else if (!decode_alu(d)) {
		decode_unsupported(d);
	}
}
