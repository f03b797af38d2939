/* SPDX-License-Identifier: MIT */
/*
 * decode_place.c - accesses whose pattern is known from one before
 *
 * To see that a warp's addresses are contiguous or all the same costs a look at all 32 of
 * them, more than the access itself.  Compilers unroll loops, and then many accesses go
 * through one register and differ in their constant offset only.  The first of them notes
 * what pattern it found, under a number, in warp.place; those behind it in a straight piece of
 * code, while nothing writes the register, have the number and believe what is there.
 *
 * Only accesses of a whole warp note a pattern, others note that they do not know, and only
 * accesses of a whole warp believe.  So lanes that parted in between and came by alone do no
 * harm: whoever came last did not know.  At a label, where lanes may come from elsewhere, and at
 * what waits or calls, nothing is known any more, and the numbers begin anew.  What has a
 * predicate may not run at all, and is nobody's first.
 *
 * QCUDA_SOFTGPU_PERF=no_place has every access look for itself.
 */

#include "softgpu/decode.h"
#include "softgpu/perf.h"

void decode_place(struct decoder *d, struct insn *in, uint32_t code, unsigned bytes)
{
	in->flags = PLACE_NOBODY;
	for (unsigned i = 0; i < d->next_place; i++) {
		if (d->places[i].bytes != bytes || d->places[i].code != code)
			continue;
		in->flags = (uint8_t)i;
		in->aux = true;
		return;
	}
	if (d->guard || d->next_place == PLACE_NOBODY || !perf_on(PERF_PLACE))
		return;
	d->places[d->next_place].code = code;
	d->places[d->next_place].bytes = bytes;
	in->flags = (uint8_t)d->next_place++;
}

void decode_forget_place(struct decoder *d, uint32_t code)
{
	for (unsigned i = 0; i < d->next_place; i++)
		if (d->places[i].code == code)
			d->places[i].bytes = 0;
}

void decode_forget_places(struct decoder *d)
{
	d->next_place = 0;
}
