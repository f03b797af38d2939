/* SPDX-License-Identifier: MIT */
/*
 * exec_b128.c - atom with 128 bits
 *
 * The processor has one instruction for all of it, a compare and exchange.  The halves of a register are
 * operands of their own, see decode_b128.c.
 */

#include "softgpu/exec_mem.h"
#include "softgpu/exec_ops.h"

typedef unsigned __int128 b128;

/* Put @with into memory if that holds @old; what it held */
static b128 exchange_if(b128 *m, b128 old, b128 with)
{
	return __sync_val_compare_and_swap(m, old, with);
}

static b128 exchange(b128 *m, b128 with)
{
	b128 guess, old = 0;

	do {
		guess = old;
		old = exchange_if(m, guess, with);
	} while (old != guess);
	return old;
}

/* One lane of the two halves @low and @high */
static b128 whole_of(const uint64_t *low, const uint64_t *high, unsigned lane)
{
	return (b128)high[lane] << 64 | low[lane];
}

/* Operands: low destination, address, low b and c, high destination, high b and c */
#define ATOM(name, space, e)							\
	HANDLER(name)								\
	{									\
		uint64_t *low = r64(w, in->o[0]), *high = r64(w, in->o[4]);	\
		const uint64_t *b[2] = { r64(w, in->o[2]), r64(w, in->o[5]) };	\
		const uint64_t *c[2] = { r64(w, in->o[3]), r64(w, in->o[6]) };	\
		struct place place;						\
		enum pattern pattern = place_##space(w, in, in->o[1], sizeof(b128), &place);	\
										\
		if (pattern == PATTERN_FAULT)					\
			return NULL;						\
		w->spinning = true;						\
		place_pointers(w, sizeof(b128), pattern, &place);		\
		EACH_ACTIVE(i, w->mask) {					\
			b128 *m = (b128 *)place.lane[i];			\
			b128 y = whole_of(b[0], b[1], i), z = whole_of(c[0], c[1], i);	\
			b128 old = e;						\
										\
			(void)z;						\
			low[i] = (uint64_t)old;					\
			high[i] = (uint64_t)(old >> 64);			\
		}								\
		return in + 1;							\
	}

ATOM(exch_global, global, exchange(m, y))
ATOM(exch_shared, shared, exchange(m, y))
ATOM(cas_global, global, exchange_if(m, y, z))
ATOM(cas_shared, shared, exchange_if(m, y, z))

static const struct exec_op table[] = {
	{ "atom.global.exch.b128", "", exch_global }, { "atom.shared.exch.b128", "", exch_shared },
	{ "atom.global.cas.b128", "", cas_global }, { "atom.shared.cas.b128", "", cas_shared },
};

EXEC_FAMILY(exec_b128, table);
