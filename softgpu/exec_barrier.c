/* SPDX-License-Identifier: MIT */
/*
 * exec_barrier.c - bar, barrier (PTX ISA, Parallel Synchronization: bar)
 *
 * Threads are counted, not warps, as on Volta and later: divergent lanes arrive one group
 * at a time, and threads that have ended are not waited for.
 */

#include "softgpu/exec_ops.h"

/* Operands: d, barrier, thread count, predicate */
static struct barrier *arrive(struct warp *w, const struct insn *in)
{
	unsigned first = (unsigned)__builtin_ctz(w->mask);
	uint32_t id = r32(w, in->o[1])[first];
	struct barrier *barrier;

	if (id >= BARRIERS) {
		warp_fault(w, in, first, CUDA_ERROR_LAUNCH_FAILED, id, "no such barrier");
		return NULL;
	}
	barrier = &w->cta->barriers[id];
	if (!(w->cta->active & 1u << id)) {
		w->cta->active |= 1u << id;
		memset(barrier, 0, sizeof(*barrier));
		barrier->all = 1;
	}
	if (in->flags & BAR_COUNTED)
		barrier->expected = r32(w, in->o[2])[first];
	barrier->arrived += (uint32_t)__builtin_popcount(w->mask);
	if (in->aux != BAR_NONE) {
		uint32_t p = *pred(w, in->o[3]);

		barrier->popc += (uint32_t)__builtin_popcount(p & w->mask);
		barrier->any |= (p & w->mask) != 0;
		barrier->all &= (p & w->mask) == w->mask;
	}
	return barrier;
}

HANDLER(bar)
{
	struct barrier *barrier = arrive(w, in);

	if (!barrier)
		return NULL;
	if (in->flags & BAR_ARRIVE) {
		barrier_check(w->cta, (unsigned)(barrier - w->cta->barriers));
		return in + 1;
	}
	w->current->barrier = (uint32_t)(barrier - w->cta->barriers);
	warp_block(w, in + 1, GROUP_BARRIER);
	barrier_check(w->cta, w->current->barrier);
	return NULL;
}

/* After the barrier: its result, which barrier_check() left in the group */
HANDLER(bar_result)
{
	const uint32_t value = w->current->members;

	if ((in->o[0] & 3) == BANK_PRED) {
		pred_write(w, in->o[0], value ? ALL_LANES : 0);
	} else {
		uint32_t *d = r32(w, in->o[0]);

		STORE_LANES(uint32_t, w, d, value);
	}
	return in + 1;
}

static const struct exec_op table[] = {
	{ "bar", "", bar }, { "bar.result", "", bar_result },
};

EXEC_FAMILY(exec_barrier, table);
