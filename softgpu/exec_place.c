/* SPDX-License-Identifier: MIT */

#include "softgpu/cluster.h"
#include "softgpu/exec_mem.h"

/* The window of a block's own memory, or of the launch's, that holds @address */
static bool find_window(const struct warp *w, uint64_t address, struct span *span)
{
	const struct cta *cta = w->cta;
	const struct job *job = cta->job;
	const struct cta *other;
	const struct span windows[] = {
		{ (uint64_t)(uintptr_t)cta->shared, cta->shared_bytes },
		{ (uint64_t)(uintptr_t)cta->local, cta->local_size },
		{ (uint64_t)(uintptr_t)job->params, job->params_bytes },
		{ (uint64_t)(uintptr_t)job->workspace, sizeof(job->workspace) },
	};

	for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		if (address - windows[i].base < windows[i].bytes) {
			*span = windows[i];
			return true;
		}
	}
	other = cluster_shared(cta, address);
	if (other) {
		*span = (struct span){ (uint64_t)(uintptr_t)other->shared, other->shared_bytes };
		return true;
	}
	return false;
}

unsigned char *memory_resolve(struct warp *w, uint64_t address, size_t bytes, struct span *span)
{
	const struct engine_memory *memory = &w->cta->job->launch->engine->memory;
	struct span found;
	size_t size;

	if (!find_window(w, address, &found)) {
		if (!memory->find(memory->context, address, &found.base, &size))
			return NULL;
		found.bytes = size;
	}
	*span = found;
	return span_holds(&found, address, bytes) ? (unsigned char *)(uintptr_t)address : NULL;
}

char *memory_string(struct warp *w, uint64_t address, size_t max)
{
	struct span span;
	uint64_t room;

	if (!memory_resolve(w, address, 1, &span))
		return NULL;
	room = span.bytes - (address - span.base);
	return strndup((const char *)(uintptr_t)address, room < max ? room : max);
}

/* Do lanes of @mask, relative to the first of them, lie @stride apart? */
static inline bool steps64(const uint64_t *address, uint32_t mask, unsigned first, unsigned stride)
{
	const uint64_t base = address[first] - first * (uint64_t)stride;
	uint64_t diff = 0;

	if (likely(mask == ALL_LANES)) {
		EACH_LANE
			diff |= (address[i] - base) ^ (uint64_t)(i * stride);
	} else {
		EACH_LANE
			diff |= mask & lane_bit64[i] ?
				(address[i] - base) ^ (uint64_t)(i * stride) : 0;
	}
	return !diff;
}

static inline bool steps32(const uint32_t *address, uint32_t mask, unsigned first, unsigned stride)
{
	const uint32_t base = address[first] - first * stride;
	uint32_t diff = 0;

	if (likely(mask == ALL_LANES)) {
		EACH_LANE
			diff |= (address[i] - base) ^ (i * stride);
	} else {
		EACH_LANE
			diff |= mask & lane_bit[i] ? (address[i] - base) ^ (i * stride) : 0;
	}
	return !diff;
}

static enum pattern misaligned(struct warp *w, const struct insn *in, unsigned lane,
			       uint64_t address)
{
	warp_fault(w, in, lane, CUDA_ERROR_MISALIGNED_ADDRESS, address, "misaligned address");
	return PATTERN_FAULT;
}

static enum pattern illegal(struct warp *w, const struct insn *in, unsigned lane,
			    uint64_t address)
{
	warp_fault(w, in, lane, CUDA_ERROR_ILLEGAL_ADDRESS, address, "illegal address");
	return PATTERN_FAULT;
}

/* Are all 32 lanes' @bytes aligned, and in the span?  If so they have their pointers. */
static inline bool whole_global(const struct warp *w, const struct insn *in, const uint64_t *address,
				unsigned bytes, struct place *place)
{
	const struct span *span = &w->spans[in->slot];
	const uint64_t imm = (uint64_t)in->imm, base = span->base, last = span->bytes - bytes;
	uint64_t bad = w->mask != ALL_LANES || span->bytes < bytes;

	EACH_LANE {
		const uint64_t a = address[i] + imm;

		bad |= a - base > last;
		bad |= a & (bytes - 1);
		place->lane[i] = (unsigned char *)(uintptr_t)a;
	}
	return !bad;
}

static inline bool whole_shared(const struct warp *w, const struct insn *in, const uint32_t *address,
				unsigned bytes, struct place *place)
{
	const uint32_t imm = (uint32_t)in->imm, last = (uint32_t)w->shared_bytes - bytes;
	uint32_t bad = w->mask != ALL_LANES || w->shared_bytes < bytes;

	EACH_LANE {
		const uint32_t a = address[i] + imm;

		bad |= a > last;
		bad |= a & (bytes - 1);
		place->lane[i] = w->shared + a;
	}
	return !bad;
}

static enum pattern scatter_global(struct warp *w, const struct insn *in, const uint64_t *address,
				   unsigned bytes, struct place *place)
{
	struct span *span = &w->spans[in->slot];

	if (likely(whole_global(w, in, address, bytes, place)))
		return PATTERN_SCATTERED;
	EACH_ACTIVE(i, w->mask) {
		uint64_t a = address[i] + (uint64_t)in->imm;

		if (unlikely(a & (bytes - 1)))
			return misaligned(w, in, i, a);
		if (unlikely(!span_holds(span, a, bytes)) && !memory_resolve(w, a, bytes, span))
			return illegal(w, in, i, a);
		place->lane[i] = (unsigned char *)(uintptr_t)a;
	}
	return PATTERN_SCATTERED;
}

enum pattern place_global(struct warp *w, const struct insn *in, uint32_t o, unsigned bytes,
			  struct place *place)
{
	const uint64_t *address = r64(w, o);
	unsigned first = (unsigned)__builtin_ctz(w->mask);
	uint64_t a = address[first] + (uint64_t)in->imm, size = bytes;
	struct span *span = &w->spans[in->slot];
	enum pattern pattern;

	if (steps64(address, w->mask, first, bytes) && w->mask != 1u << first) {
		pattern = PATTERN_CONTIGUOUS;
		a -= first * (uint64_t)bytes;
		size *= LANES;
	} else if (steps64(address, w->mask, first, 0)) {
		pattern = PATTERN_UNIFORM;
	} else {
		return scatter_global(w, in, address, bytes, place);
	}
	/* Not all of it valid: the lanes one by one, for there may be fewer than 32 */
	if (unlikely(a & (bytes - 1)) ||
	    (unlikely(!span_holds(span, a, size)) && !memory_resolve(w, a, size, span)))
		return scatter_global(w, in, address, bytes, place);
	place->p = (unsigned char *)(uintptr_t)a;
	return pattern;
}

static enum pattern scatter_shared(struct warp *w, const struct insn *in, const uint32_t *address,
				   unsigned bytes, struct place *place)
{
	const size_t size = w->shared_bytes;

	if (likely(whole_shared(w, in, address, bytes, place)))
		return PATTERN_SCATTERED;
	EACH_ACTIVE(i, w->mask) {
		uint32_t a = address[i] + (uint32_t)in->imm;

		if (unlikely(a & (bytes - 1)))
			return misaligned(w, in, i, a);
		if (unlikely(a >= size || size - a < bytes))
			return illegal(w, in, i, a);
		place->lane[i] = w->shared + a;
	}
	return PATTERN_SCATTERED;
}

enum pattern place_shared(struct warp *w, const struct insn *in, uint32_t o, unsigned bytes,
			  struct place *place)
{
	const uint32_t *address = r32(w, o);
	unsigned first = (unsigned)__builtin_ctz(w->mask);
	uint32_t a = address[first] + (uint32_t)in->imm, size = bytes;
	enum pattern pattern;

	if (steps32(address, w->mask, first, bytes) && w->mask != 1u << first) {
		pattern = PATTERN_CONTIGUOUS;
		a -= first * bytes;
		size *= LANES;
	} else if (steps32(address, w->mask, first, 0)) {
		pattern = PATTERN_UNIFORM;
	} else {
		return scatter_shared(w, in, address, bytes, place);
	}
	if (unlikely((a & (bytes - 1)) || a >= w->cta->shared_bytes ||
		     w->cta->shared_bytes - a < size))
		return scatter_shared(w, in, address, bytes, place);
	place->p = w->cta->shared + a;
	return pattern;
}

enum pattern place_local(struct warp *w, const struct insn *in, uint32_t o, unsigned bytes,
			 struct place *place)
{
	const uint32_t *address = r32(w, o);
	const size_t size = w->cta->local_bytes;

	EACH_ACTIVE(i, w->mask) {
		uint32_t a = address[i] + (uint32_t)in->imm;

		if (unlikely(a & (bytes - 1)))
			return misaligned(w, in, i, a);
		if (unlikely(a >= size || size - a < bytes))
			return illegal(w, in, i, a);
		place->lane[i] = lane_local(w, i) + a;
	}
	return PATTERN_SCATTERED;
}

void place_pointers(const struct warp *w, unsigned bytes, enum pattern pattern,
		    struct place *place)
{
	if (pattern == PATTERN_SCATTERED)
		return;
	for (unsigned i = 0; i < LANES; i++)
		place->lane[i] = place->p + (pattern == PATTERN_CONTIGUOUS ? i * bytes : 0);
}
