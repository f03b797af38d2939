/* SPDX-License-Identifier: MIT */
/*
 * exec_mem.h - from the addresses of a warp's lanes to host pointers
 *
 * Most accesses of real kernels are contiguous (lane i at p + i * size) or uniform (all
 * lanes at p).  Recognising these costs a few vector instructions and turns 32 checks and
 * 32 moves into one check and a copy.
 *
 * .global, .const, generic addresses and kernel parameters are host addresses; shared
 * addresses are offsets in the block's shared memory, local ones in the thread's local
 * memory.  Both also have a generic address: where they lie in the host.
 */
#ifndef SOFTGPU_EXEC_MEM_H
#define SOFTGPU_EXEC_MEM_H

#include "softgpu/exec.h"

/* Compiled twice, as the handlers that call them are */
#define place_global	EXEC(place_global)
#define place_shared	EXEC(place_shared)
#define place_local	EXEC(place_local)
#define place_pointers	EXEC(place_pointers)
#define memory_resolve	EXEC(memory_resolve)
#define memory_string	EXEC(memory_string)

enum pattern { PATTERN_FAULT, PATTERN_SCATTERED, PATTERN_CONTIGUOUS, PATTERN_UNIFORM };

/**
 * struct place - where the lanes' data is
 * @p:		contiguous: of lane 0, running or not (all 32 lie in valid memory); uniform
 * @lane:	scattered: of each running lane
 */
struct place {
	unsigned char *p;
	unsigned char *lane[LANES];
};

/*
 * place_X() - find the data of the running lanes: @bytes (a power of two) each at the address
 * in operand @o plus insn.imm.  PATTERN_FAULT: the warp has faulted, return NULL.
 */
enum pattern place_global(struct warp *w, const struct insn *in, uint32_t o, unsigned bytes,
			  struct place *place);
enum pattern place_shared(struct warp *w, const struct insn *in, uint32_t o, unsigned bytes,
			  struct place *place);
enum pattern place_local(struct warp *w, const struct insn *in, uint32_t o, unsigned bytes,
			 struct place *place);

static inline bool span_holds(const struct span *span, uint64_t address, size_t bytes)
{
	uint64_t offset = address - span->base;

	return offset < span->bytes && span->bytes - offset >= bytes;
}

/*
 * quick_X() - the same for a whole warp with contiguous or uniform addresses in memory that
 * is known to be valid; PATTERN_SCATTERED: call place_X().  With @bytes a constant the
 * checks are a few vector instructions.
 */
__attribute__((always_inline))
static inline enum pattern quick_global(const struct warp *w, const struct insn *in, uint32_t o,
					const unsigned bytes, unsigned char **p)
{
	const uint64_t *address = r64(w, o);
	const uint64_t base = address[0], step = address[1] - base, at = base + (uint64_t)in->imm;
	const struct span *span = &w->spans[in->slot];
	uint64_t diff = 0;

	*p = (unsigned char *)(uintptr_t)at;
	if (unlikely(w->mask != ALL_LANES || (at & (bytes - 1))))
		return PATTERN_SCATTERED;
	if (step == bytes) {
		EACH_LANE
			diff |= (address[i] - base) ^ (uint64_t)(i * bytes);
		if (likely(!diff && span_holds(span, at, LANES * bytes)))
			return PATTERN_CONTIGUOUS;
	} else if (!step) {
		EACH_LANE
			diff |= address[i] ^ base;
		if (likely(!diff && span_holds(span, at, bytes)))
			return PATTERN_UNIFORM;
	}
	return PATTERN_SCATTERED;
}

__attribute__((always_inline))
static inline enum pattern quick_shared(const struct warp *w, const struct insn *in, uint32_t o,
					const unsigned bytes, unsigned char **p)
{
	const uint32_t *address = r32(w, o);
	const uint32_t base = address[0], step = address[1] - base, at = base + (uint32_t)in->imm;
	const struct span window = { 0, w->cta->shared_bytes };
	uint32_t diff = 0;

	*p = w->cta->shared + at;
	if (unlikely(w->mask != ALL_LANES || (at & (bytes - 1))))
		return PATTERN_SCATTERED;
	if (step == bytes) {
		EACH_LANE
			diff |= (address[i] - base) ^ (i * bytes);
		if (likely(!diff && span_holds(&window, at, LANES * bytes)))
			return PATTERN_CONTIGUOUS;
	} else if (!step) {
		EACH_LANE
			diff |= address[i] ^ base;
		if (likely(!diff && span_holds(&window, at, bytes)))
			return PATTERN_UNIFORM;
	}
	return PATTERN_SCATTERED;
}

/* Every lane's local memory is apart */
static inline enum pattern quick_local(const struct warp *w, const struct insn *in, uint32_t o,
				       const unsigned bytes, unsigned char **p)
{
	*p = NULL;
	return PATTERN_SCATTERED;
}

/* place_pointers() - fill @place->lane whatever the pattern was */
void place_pointers(const struct warp *w, unsigned bytes, enum pattern pattern,
		    struct place *place);

/* memory_resolve() - host pointer of @bytes at a generic address; NULL: not to be touched */
unsigned char *memory_resolve(struct warp *w, uint64_t address, size_t bytes,
			      struct span *span);

/* memory_string() - a copy of a string of the kernel, at most @max bytes; NULL: not readable */
char *memory_string(struct warp *w, uint64_t address, size_t max);

#endif /* SOFTGPU_EXEC_MEM_H */
