/* SPDX-License-Identifier: MIT */
/* decode_mem.h - what ld, st, atom and red share, whatever the width of their registers */
#ifndef SOFTGPU_DECODE_MEM_H
#define SOFTGPU_DECODE_MEM_H

#include "softgpu/decode.h"

/*
 * struct access - what the modifiers of a memory instruction say; @rows: those found for it so far, by where
 * the memory and how wide the registers are
 */
struct access {
	enum ptx_space space;
	enum ptx_type type;
	unsigned count;
	bool strong;		/* volatile, relaxed, acquire, release: others may be looking */
	bool cluster, async, hint;	/* .shared::cluster, .async, .L2::cache_hint */
	const struct exec_op *rows[SPACE_CONST + 1][3];
};

/* access_of() - the instruction in hand */
struct access *access_of(struct decoder *d);

/* access_place() - where its memory operand is; false: an error was reported */
bool access_place(struct decoder *d, const struct ptx_operand *operand, const struct access *access,
		  struct address *out);

/*
 * access_operands() - has the instruction @count operands, and a cache policy at most?  If not, an
 * error was reported.
 */
bool access_operands(struct decoder *d, const struct access *access, unsigned count);

/* access_space() - of rows: "shared", "local", "param", else "global" */
const char *access_space(enum ptx_space space);

/* access_once() - of rows: ".once" where others may look at more than one element, see exec_once.c */
const char *access_once(const struct access *access, const struct address *address);

#endif /* SOFTGPU_DECODE_MEM_H */
