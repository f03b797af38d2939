/* SPDX-License-Identifier: MIT */
/*
 * decode_alloc.c - virtual registers become offsets in the frame
 */

#include "softgpu/decode.h"

static const uint32_t lane_array[3] = {
	[BANK_32] = LANES * 4, [BANK_64] = LANES * 8, [BANK_PRED] = 4,
};

static uint32_t place(uint32_t code)
{
	enum bank bank = (enum bank)(code & 3);

	return bank == BANK_CONST ? code : ((code >> 2) - 1) * lane_array[bank] | bank;
}

void decode_allocate(struct decoder *d)
{
	for (uint32_t i = 0; i < d->count; i++)
		for (unsigned n = 0; n < INSN_OPERANDS; n++)
			if (d->insns[i].roles >> 2 * n & 3)
				d->insns[i].o[n] = place(d->insns[i].o[n]);
	for (unsigned b = 0; b < 3; b++)
		d->function->frame.bank[b] = (d->registers[b] - 1) * lane_array[b];
}
