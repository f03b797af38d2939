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

/* How the addresses of a whole warp lie; with @bytes a constant, a few vector instructions */
#define PATTERN_OF(name, T)							\
	__attribute__((always_inline))						\
	static inline enum pattern name(const T *address, const unsigned bytes)	\
	{									\
		const T base = address[0], step = address[1] - base;		\
		T diff = 0;							\
										\
		if (step == bytes) {						\
			EACH_LANE						\
				diff |= (address[i] - base) ^ (T)(i * bytes);	\
			return diff ? PATTERN_SCATTERED : PATTERN_CONTIGUOUS;	\
		}								\
		if (step)							\
			return PATTERN_SCATTERED;				\
		EACH_LANE							\
			diff |= address[i] ^ base;				\
		return diff ? PATTERN_SCATTERED : PATTERN_UNIFORM;		\
	}

PATTERN_OF(pattern32, uint32_t)
PATTERN_OF(pattern64, uint64_t)

/*
 * quick_X() - the same as place_X() for a whole warp with contiguous or uniform addresses in
 * memory that is known to be valid; PATTERN_SCATTERED: call place_X().  The pattern is seen, and
 * noted for others, or believed (decode_place.c).
 */
#define QUICK(space, T, pattern_of, memory, window)				\
	__attribute__((always_inline))						\
	static inline enum pattern quick_##space(struct warp *w, const struct insn *in, uint32_t o,	\
						 const unsigned bytes, unsigned char **p)	\
	{									\
		const T *address = operand(w, o);				\
		const T at = address[0] + (T)in->imm;				\
		uint8_t *place = &w->place[in->flags];				\
										\
		if (unlikely(w->mask != ALL_LANES)) {				\
			*place = PATTERN_SCATTERED;				\
			return PATTERN_SCATTERED;				\
		}								\
		if (!in->aux)							\
			*place = (uint8_t)pattern_of(address, bytes);		\
		if (unlikely(at & (bytes - 1)))					\
			return PATTERN_SCATTERED;				\
		*p = (unsigned char *)((uintptr_t)(memory) + at);		\
		if (*place == PATTERN_CONTIGUOUS && span_holds(window, at, LANES * bytes))	\
			return PATTERN_CONTIGUOUS;				\
		if (*place == PATTERN_UNIFORM && span_holds(window, at, bytes))	\
			return PATTERN_UNIFORM;					\
		return PATTERN_SCATTERED;					\
	}

QUICK(global, uint64_t, pattern64, 0, &w->spans[in->slot])
QUICK(shared, uint32_t, pattern32, w->shared, (&(const struct span) { 0, w->shared_bytes }))

/* Every lane's local memory is apart */
static inline enum pattern quick_local(struct warp *w, const struct insn *in, uint32_t o,
				       const unsigned bytes, unsigned char **p)
{
	*p = NULL;
	return PATTERN_SCATTERED;
}

/*
 * The next warps most often go on where this one ends: what they will need is fetched while this one
 * computes, which the processor's own prefetchers, who stop at a page's end, do too late.
 */
#define AHEAD	512

__attribute__((always_inline))
static inline void prefetch_global(const unsigned char *p, const unsigned bytes)
{
	for (unsigned line = 0; line < bytes; line += 64)
		__builtin_prefetch(p + AHEAD + line);
}

static inline void prefetch_shared(const unsigned char *p, unsigned bytes)
{
}

static inline void prefetch_local(const unsigned char *p, unsigned bytes)
{
}

/* place_pointers() - fill @place->lane for the running lanes at least, whatever the pattern was */
void place_pointers(const struct warp *w, unsigned bytes, enum pattern pattern,
		    struct place *place);

/* memory_resolve() - host pointer of @bytes at a generic address; NULL: not to be touched */
unsigned char *memory_resolve(struct warp *w, uint64_t address, size_t bytes,
			      struct span *span);

/* memory_string() - a copy of a string of the kernel, at most @max bytes; NULL: not readable */
char *memory_string(struct warp *w, uint64_t address, size_t max);

#endif /* SOFTGPU_EXEC_MEM_H */
