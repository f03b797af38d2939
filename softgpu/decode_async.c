/* SPDX-License-Identifier: MIT */
/*
 * decode_async.c - mbarrier, cp.async
 */

#include "softgpu/decode.h"

/* A memory operand as a generic address and an offset */
static bool generic_address(struct decoder *d, const struct ptx_operand *operand,
			    enum ptx_space space, struct address *out)
{
	if (space == SPACE_SHARED && decode_in_cluster(d->instr))
		return decode_cluster_address(d, operand, out);
	if (!decode_address(d, operand, space, out))
		return false;
	if (out->space == SPACE_SHARED) {
		out->code = decode_emit_unary(d, "cvt.u64.u32", BANK_64, out->code);
		out->code = decode_emit_unary(d, "cvta.shared.u64", BANK_64, out->code);
	} else if (out->space != SPACE_GLOBAL) {
		decode_unsupported(d);
		return false;
	}
	return true;
}

static enum ptx_space barrier_space(const struct ptx_instr *instr)
{
	for (unsigned i = 0; i < instr->opcode->mod_count; i++)
		if (!strncmp(instr->opcode->mods[i], "shared", 6))
			return SPACE_SHARED;
	return SPACE_NONE;
}

static struct insn *emit_at(struct decoder *d, const char *row, unsigned n,
			    const struct address *address)
{
	struct insn *in = decode_emit(d, row);

	in->imm = address->offset;
	in->slot = decode_slot(d);
	decode_use(d, in, n, address->code);
	return in;
}

static void decode_init(struct decoder *d, const char *row)
{
	const struct ptx_instr *instr = d->instr;
	struct address address;
	uint32_t count;

	if (instr->operand_count != 2 ||
	    !generic_address(d, instr->operands[0], barrier_space(instr), &address)) {
		decode_unsupported(d);
		return;
	}
	count = decode_source(d, instr->operands[1], 'w');
	decode_use(d, emit_at(d, row, 0, &address), 1, count);
}

/* mbarrier.arrive{_drop}{.noComplete}{.expect_tx} {state,} [address]{, count} */
static void decode_arrive(struct decoder *d, bool drop)
{
	const struct ptx_instr *instr = d->instr;
	bool expect = decode_has(instr, "expect_tx");
	unsigned at = instr->operand_count && instr->operands[0]->kind != OPERAND_ADDRESS;
	uint32_t count, state = BANK_CONST;
	struct address address;
	struct insn *in;

	if (instr->operand_count <= at ||
	    !generic_address(d, instr->operands[at], barrier_space(instr), &address)) {
		decode_unsupported(d);
		return;
	}
	count = at + 1u < instr->operand_count ? decode_source(d, instr->operands[at + 1], 'w') :
						 decode_constant(d, BANK_32, 1);
	if (at && instr->operands[0]->kind != OPERAND_SINK)
		state = decode_destination(d, instr->operands[0], 'q');
	in = emit_at(d, "mbarrier.arrive", 1, &address);
	/* DROP 1, EXPECT 2, NO_COMPLETE 4, NO_STATE 8, ARRIVE 16: exec_mbarrier.c */
	in->flags = (drop ? 1 : 0) | (expect ? 2 | 16 : 0) |
		    (decode_has(instr, "noComplete") ? 4 : 0) | (state == BANK_CONST ? 8 : 0);
	if (state != BANK_CONST)
		decode_def(d, in, 0, state);
	decode_use(d, in, 2, count);
}

/* mbarrier.expect_tx [address], bytes */
static void decode_expect(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	struct address address;
	uint32_t bytes;
	struct insn *in;

	if (instr->operand_count != 2 ||
	    !generic_address(d, instr->operands[0], barrier_space(instr), &address)) {
		decode_unsupported(d);
		return;
	}
	bytes = decode_source(d, instr->operands[1], 'w');
	in = emit_at(d, "mbarrier.arrive", 1, &address);
	in->flags = 2 | 8;
	decode_use(d, in, 2, bytes);
}

/* mbarrier.test_wait{.parity} p, [address], state; try_wait may also have a time */
static void decode_test(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	bool parity = decode_has(instr, "parity");
	struct address address;
	uint32_t state, p;
	struct insn *in;

	if (instr->operand_count < 3 ||
	    !generic_address(d, instr->operands[1], barrier_space(instr), &address)) {
		decode_unsupported(d);
		return;
	}
	state = decode_source(d, instr->operands[2], parity ? 'w' : 'q');
	p = decode_destination(d, instr->operands[0], 'p');
	in = emit_at(d, parity ? "mbarrier.test_wait.parity" : "mbarrier.test_wait", 1, &address);
	decode_def(d, in, 0, p);
	decode_use(d, in, 2, state);
}

void decode_mbarrier(struct decoder *d)
{
	const char *what = d->instr->opcode->mod_count ? d->instr->opcode->mods[0] : "";

	if (!strcmp(what, "init"))
		decode_init(d, "mbarrier.init");
	else if (!strcmp(what, "inval"))
		decode_emit(d, "nop");
	else if (!strcmp(what, "arrive"))
		decode_arrive(d, false);
	else if (!strcmp(what, "arrive_drop"))
		decode_arrive(d, true);
	else if (!strcmp(what, "expect_tx"))
		decode_expect(d);
	else if (!strcmp(what, "complete_tx"))
		decode_init(d, "mbarrier.complete_tx");
	else if (!strcmp(what, "test_wait") || !strcmp(what, "try_wait"))
		decode_test(d);
	else if (!decode_alu(d))
		decode_unsupported(d);
}

/* st.async and red.async are done at once, so their bytes have come */
void decode_complete(struct decoder *d, const struct ptx_operand *operand, unsigned bytes)
{
	struct address address;

	if (decode_cluster_address(d, operand, &address))
		decode_use(d, emit_at(d, "mbarrier.complete_tx", 0, &address), 1,
			   decode_constant(d, BANK_32, bytes));
}

/* ---- cp.async ---- */

/* cp.async.mbarrier.arrive{.noinc} [address]: the copies are done, so this thread arrives */
static void decode_copy_arrive(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	struct address address;
	struct insn *in;

	/* Without .noinc one more arrival is awaited first, which this one then is */
	if (!decode_has(instr, "noinc")) {
		decode_emit(d, "nop");
		return;
	}
	if (instr->operand_count != 1 ||
	    !generic_address(d, instr->operands[0], barrier_space(instr), &address)) {
		decode_unsupported(d);
		return;
	}
	in = emit_at(d, "mbarrier.arrive", 1, &address);
	in->flags = 8;
	decode_use(d, in, 2, decode_constant(d, BANK_32, 1));
}

/* How many of @bytes are read, the rest becomes zero: a number, or a predicate that says none */
static uint32_t wanted_bytes(struct decoder *d, const struct ptx_operand *operand, uint64_t bytes)
{
	uint32_t ignore, wanted;
	struct symbol symbol;
	struct insn *in;

	if (!decode_register(d, operand, &symbol) || symbol.type != PTX_PRED)
		return decode_source(d, operand, 'w');
	ignore = decode_source(d, operand, 'p');
	wanted = symbol_new_register(d, BANK_32);
	in = decode_emit(d, "selp.b32");
	decode_def(d, in, 0, wanted);
	decode_use(d, in, 1, decode_constant(d, BANK_32, 0));
	decode_use(d, in, 2, decode_constant(d, BANK_32, bytes));
	decode_use(d, in, 3, ignore);
	return wanted;
}

/* cp.async.ca.shared.global [to], [from], bytes{, bytes to read or whether to ignore [from]}{, policy} */
static void decode_copy(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	struct address to, from;
	uint64_t bytes;
	uint32_t wanted;
	struct insn *in;

	if (instr->operand_count < 3 || instr->operands[2]->kind != OPERAND_INT ||
	    !generic_address(d, instr->operands[0], SPACE_SHARED, &to) ||
	    !generic_address(d, instr->operands[1], SPACE_GLOBAL, &from)) {
		decode_unsupported(d);
		return;
	}
	bytes = instr->operands[2]->value;
	if ((bytes != 4 && bytes != 8 && bytes != 16) || from.offset != (int32_t)from.offset) {
		decode_unsupported(d);
		return;
	}
	wanted = decode_constant(d, BANK_32, bytes);
	if (instr->operand_count > 3u + decode_has(instr, "L2::cache_hint"))
		wanted = wanted_bytes(d, instr->operands[3], bytes);
	in = emit_at(d, "cp.async", 0, &to);
	in->aux = (uint32_t)bytes;
	in->o[8] = (uint32_t)from.offset;
	decode_use(d, in, 1, from.code);
	decode_use(d, in, 3, wanted);
}

void decode_cp(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;

	if (!decode_has(instr, "async") || decode_has(instr, "bulk"))
		decode_unsupported(d);
	else if (decode_has(instr, "commit_group") || decode_has(instr, "wait_group") ||
		 decode_has(instr, "wait_all"))
		decode_emit(d, "nop");
	else if (decode_has(instr, "mbarrier"))
		decode_copy_arrive(d);
	else
		decode_copy(d);
}
