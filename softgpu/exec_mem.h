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

/* place_pointers() - fill @place->lane whatever the pattern was */
void place_pointers(const struct warp *w, unsigned bytes, enum pattern pattern,
		    struct place *place);

/* memory_resolve() - host pointer of @bytes at a generic address; NULL: not to be touched */
unsigned char *memory_resolve(struct warp *w, uint64_t address, size_t bytes,
			      struct span *span);

/* memory_string() - a NUL-terminated string of the kernel, at most @max bytes, or NULL */
const char *memory_string(struct warp *w, uint64_t address, size_t max);

#endif /* SOFTGPU_EXEC_MEM_H */
