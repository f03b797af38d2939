/* SPDX-License-Identifier: MIT */
/*
 * exec_mbarrier.c - mbarrier and cp.async (PTX ISA, mbarrier; Data Movement: Asynchronous copy)
 *
 * The object in shared memory is ours to lay out, see struct fields.  Its phase is one
 * bit: PTX lets a thread wait for the current phase or the one just over, no other.  The
 * state that arriving returns is the object as it was before.
 *
 * Copies are made at once, so that there is never anything to wait for but threads.
 */

#include "softgpu/exec_mem.h"
#include "softgpu/exec_ops.h"

#define COUNT_BITS	20
#define COUNT_MASK	((1u << COUNT_BITS) - 1)

/* struct fields - of an mbarrier: pending and expected arrivals, bytes still to come, phase */
struct fields {
	uint32_t pending, expected;
	int32_t bytes;
	uint32_t phase;
};

static struct fields unpack(uint64_t object)
{
	return (struct fields) {
		.pending = object & COUNT_MASK,
		.expected = object >> COUNT_BITS & COUNT_MASK,
		.bytes = (int32_t)((uint32_t)(object >> 2 * COUNT_BITS & 0x7fffff) << 9) >> 9,
		.phase = object >> 63,
	};
}

static uint64_t pack(struct fields f)
{
	return (f.pending & COUNT_MASK) | (uint64_t)(f.expected & COUNT_MASK) << COUNT_BITS
	       | (uint64_t)((uint32_t)f.bytes & 0x7fffff) << 2 * COUNT_BITS | (uint64_t)f.phase << 63;
}

static uint64_t complete(struct fields f)
{
	if (!f.pending && !f.bytes) {
		f.phase ^= 1;
		f.pending = f.expected;
	}
	return pack(f);
}

/* The objects of the running lanes at operand @o; false: the warp has faulted */
static bool objects(struct warp *w, const struct insn *in, uint32_t o, struct place *place)
{
	enum pattern pattern = place_global(w, in, o, 8, place);

	if (pattern != PATTERN_FAULT)
		place_pointers(w, 8, pattern, place);
	return pattern != PATTERN_FAULT;
}

/* address, count */
HANDLER(mbarrier_init)
{
	const uint32_t *count = r32(w, in->o[1]);
	struct place place;

	if (!objects(w, in, in->o[0], &place))
		return NULL;
	EACH_ACTIVE(i, w->mask) {
		struct fields f = { .pending = count[i], .expected = count[i] };

		*(uint64_t *)place.lane[i] = pack(f);
	}
	return in + 1;
}

enum { DROP = 1, EXPECT = 2, NO_COMPLETE = 4, NO_STATE = 8, ARRIVE = 16 };

/*
 * state, address, count.  flags: DROP: fewer will arrive from the next phase on; EXPECT: the
 * count is bytes, one thread arrives if ARRIVE; else the count is of arrivals.
 */
HANDLER(mbarrier_arrive)
{
	const uint32_t *count = r32(w, in->o[2]);
	struct place place;

	if (!objects(w, in, in->o[1], &place))
		return NULL;
	EACH_ACTIVE(i, w->mask) {
		uint64_t *object = (uint64_t *)place.lane[i], before = *object;
		struct fields f = unpack(before);
		uint32_t arrivals = in->flags & EXPECT ? (in->flags & ARRIVE) != 0 : count[i];

		if (in->flags & EXPECT)
			f.bytes = (int32_t)((uint32_t)f.bytes + count[i]);
		f.pending -= arrivals < f.pending ? arrivals : f.pending;
		if (in->flags & DROP)
			f.expected -= arrivals < f.expected ? arrivals : f.expected;
		*object = in->flags & NO_COMPLETE ? pack(f) : complete(f);
		if (!(in->flags & NO_STATE))
			r64(w, in->o[0])[i] = before;
	}
	return in + 1;
}

/* address, bytes that have come */
HANDLER(mbarrier_complete_tx)
{
	const uint32_t *bytes = r32(w, in->o[1]);
	struct place place;

	if (!objects(w, in, in->o[0], &place))
		return NULL;
	EACH_ACTIVE(i, w->mask) {
		uint64_t *object = (uint64_t *)place.lane[i];
		struct fields f = unpack(*object);

		f.bytes = (int32_t)((uint32_t)f.bytes - bytes[i]);
		*object = complete(f);
	}
	return in + 1;
}

/* predicate, address, state: is the state's phase over? */
HANDLER(mbarrier_test)
{
	const uint64_t *state = r64(w, in->o[2]);
	struct place place;
	uint32_t bits = 0;

	if (!objects(w, in, in->o[1], &place))
		return NULL;
	EACH_ACTIVE(i, w->mask)
		bits |= (*(uint64_t *)place.lane[i] ^ state[i]) >> 63 ? 1u << i : 0;
	w->spinning = true;
	pred_write(w, in->o[0], bits);
	return in + 1;
}

/* predicate, address, parity of the phase */
HANDLER(mbarrier_test_parity)
{
	const uint32_t *parity = r32(w, in->o[2]);
	struct place place;
	uint32_t bits = 0;

	if (!objects(w, in, in->o[1], &place))
		return NULL;
	EACH_ACTIVE(i, w->mask)
		bits |= (*(uint64_t *)place.lane[i] >> 63) != (parity[i] & 1) ? 1u << i : 0;
	w->spinning = true;
	pred_write(w, in->o[0], bits);
	return in + 1;
}

/* count, state */
UNARY(mbarrier_pending, uint32_t, uint64_t, a[i] & COUNT_MASK)

/* cp.async: shared address (generic), global address, -, bytes to read; aux: bytes to write */

GUEST_ACCESS HANDLER(cp_async)
{
	const uint32_t *wanted = r32(w, in->o[3]);
	const unsigned bytes = in->aux;
	struct place to;
	enum pattern pattern = place_global(w, in, in->o[0], bytes, &to);

	if (pattern == PATTERN_FAULT)
		return NULL;
	place_pointers(w, bytes, pattern, &to);
	/* A lane that reads nothing may have any address */
	EACH_ACTIVE(i, w->mask) {
		const uint64_t address = r64(w, in->o[1])[i] + (uint64_t)(int64_t)(int32_t)in->o[8];
		const uint32_t count = wanted[i] < bytes ? wanted[i] : bytes;
		struct span *span = &w->spans[(in->slot + 1) % SPANS];

		if (count && !span_holds(span, address, count) &&
		    !memory_resolve(w, address, count, span))
			return warp_fault(w, in, i, CUDA_ERROR_ILLEGAL_ADDRESS, address,
					  "illegal address");
		if (count && (address & (bytes - 1)))
			return warp_fault(w, in, i, CUDA_ERROR_MISALIGNED_ADDRESS, address,
					  "misaligned address");
		memset(to.lane[i], 0, bytes);
		if (count)
			memcpy(to.lane[i], (const void *)(uintptr_t)address, count);
	}
	return in + 1;
}

static const struct exec_op table[] = {
	{ "mbarrier.init", "", mbarrier_init }, { "mbarrier.arrive", "", mbarrier_arrive },
	{ "mbarrier.complete_tx", "", mbarrier_complete_tx },
	{ "mbarrier.test_wait", "", mbarrier_test },
	{ "mbarrier.test_wait.parity", "", mbarrier_test_parity },
	{ "mbarrier.pending_count.b64", "w=q", mbarrier_pending },
	{ "cp.async", "", cp_async },
};

EXEC_FAMILY(exec_mbarrier, table);
