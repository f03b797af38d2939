/* SPDX-License-Identifier: MIT */
/*
 * bump.h - memory that is freed all at once, and names that are compared by address
 */
#ifndef SOFTGPU_BUMP_H
#define SOFTGPU_BUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bump_block;
struct ptx_opcode;
struct ptx_operand;

/**
 * struct bump - an allocator without free(); zero-initialise, end with bump_free()
 * @spare:	blocks that are free since bump_reset()
 * @failed:	malloc() said no, since bump_reset() if there was one
 */
struct bump {
	struct bump_block *blocks, *spare;
	bool failed;
};

/* bump_alloc() - zeroed memory aligned for any type; NULL and @bump->failed when out of memory */
void *bump_alloc(struct bump *bump, size_t bytes);

/* bump_alloc_lines() - the same, and it begins a cache line */
void *bump_alloc_lines(struct bump *bump, size_t bytes);

/* bump_reset() - all is free again, and kept for what is allocated next */
void bump_reset(struct bump *bump);

void bump_free(struct bump *bump);

/**
 * struct name - what goes with an interned string
 * @opcode, @operand: the string as an opcode with its modifiers, and as an operand, once the parser has met
 *		it as such
 * @key:	of a string of up to eight bytes, says with @bytes which it is
 * @stem, @number: %r and 12 of %r12; @stem is NULL if no number without leading zeros ends the string
 */
struct name {
	struct name *next;
	struct ptx_opcode *opcode;
	struct ptx_operand *operand;
	const char *stem;
	uint64_t key;
	uint32_t number, bytes;
	char text[];
};

/* struct names - interned strings: equal strings have equal addresses; all is in @bump, and freed with it */
struct names {
	struct bump *bump;
	struct name **slots;
	size_t size, used;
};

/* names_expect() - there will be about @count more of them */
void names_expect(struct names *names, size_t count);

/* names_get() - the one copy of @text, NUL-terminated; NULL when out of memory */
const char *names_get(struct names *names, const char *text, size_t bytes);

/* names_find() - the same with what goes with it */
struct name *names_find(struct names *names, const char *text, size_t bytes);

/* name_of() - what goes with @text, which is interned */
static inline const struct name *name_of(const char *text)
{
	return (const struct name *)(text - offsetof(struct name, text));
}

#endif /* SOFTGPU_BUMP_H */
