/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "softgpu/bump.h"

#define BLOCK_LEAST	((size_t)4 << 10)
#define BLOCK_MOST	((size_t)64 << 10)
#define LINE_BYTES	64u

struct bump_block {
	struct bump_block *next;
	size_t used, size;
	_Alignas(16) unsigned char bytes[];
};

/* The smallest spare block of @bytes or more, zeroed; NULL: there is none */
static struct bump_block *take_spare(struct bump *bump, size_t bytes)
{
	struct bump_block **best = NULL, *block;

	for (struct bump_block **at = &bump->spare; *at; at = &(*at)->next)
		if ((*at)->size >= bytes && (!best || (*at)->size < (*best)->size))
			best = at;
	if (!best)
		return NULL;
	block = *best;
	*best = block->next;
	memset(block->bytes, 0, block->used);
	block->used = 0;
	return block;
}

/* Blocks are twice as large as the one before, so that little is new for who needs little */
static struct bump_block *new_block(struct bump *bump, size_t bytes)
{
	size_t size = bump->blocks ? bump->blocks->size * 2 : BLOCK_LEAST;
	struct bump_block *block = take_spare(bump, bytes);

	if (block)
		return block;
	size = size > BLOCK_MOST ? BLOCK_MOST : size;
	size = bytes > size / 4 ? bytes : size;
	block = calloc(1, sizeof(*block) + size);
	if (block)
		block->size = size;
	return block;
}

static size_t room_in(const struct bump_block *block)
{
	return block ? block->size - block->used : 0;
}

/* The block with the most room comes first */
static void add_block(struct bump *bump, struct bump_block *block)
{
	struct bump_block **at = &bump->blocks;

	if (room_in(*at) > room_in(block))
		at = &(*at)->next;
	block->next = *at;
	*at = block;
}

void *bump_alloc(struct bump *bump, size_t bytes)
{
	struct bump_block *block = bump->blocks;

	if (bytes > SIZE_MAX / 2)
		goto fail;
	bytes = (bytes + 15) & ~(size_t)15;
	if (!block || room_in(block) < bytes) {
		block = new_block(bump, bytes);
		if (!block)
			goto fail;
		block->used = bytes;
		add_block(bump, block);
		return block->bytes;
	}
	block->used += bytes;
	return block->bytes + block->used - bytes;
fail:
	bump->failed = true;
	return NULL;
}

void *bump_alloc_lines(struct bump *bump, size_t bytes)
{
	uintptr_t at = bytes < SIZE_MAX / 2 ? (uintptr_t)bump_alloc(bump, bytes + LINE_BYTES) : 0;

	return at ? (void *)((at + LINE_BYTES - 1) & ~(uintptr_t)(LINE_BYTES - 1)) : NULL;
}

void bump_reset(struct bump *bump)
{
	struct bump_block *block;

	while ((block = bump->blocks)) {
		bump->blocks = block->next;
		block->next = bump->spare;
		bump->spare = block;
	}
	bump->failed = false;
}

void bump_free(struct bump *bump)
{
	struct bump_block *block;

	bump_reset(bump);
	while ((block = bump->spare)) {
		bump->spare = block->next;
		free(block);
	}
}

/* The bytes of a string of up to eight */
static uint64_t short_word(const char *text, size_t bytes)
{
	uint32_t first, last;

	if (bytes < 4)
		return bytes ? (uint64_t)(unsigned char)text[0] | (uint64_t)(unsigned char)text[bytes / 2] << 8 |
			       (uint64_t)(unsigned char)text[bytes - 1] << 16 : 0;
	memcpy(&first, text, 4);
	memcpy(&last, text + bytes - 4, 4);
	return first | (uint64_t)last << 32;
}

/* Every bit of the result depends on all of @word */
static uint64_t mix(uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)word * 0x9e3779b97f4a7c15ull;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time: names are looked up more often than anything else */
static uint64_t key_of(const char *text, size_t bytes)
{
	uint64_t hash = 0, word;

	for (; bytes > 8; text += 8, bytes -= 8) {
		memcpy(&word, text, 8);
		hash = mix(hash ^ word);
	}
	return hash ^ short_word(text, bytes);
}

static struct name **slot_of(struct name **slots, size_t size, uint64_t key, size_t bytes)
{
	return &slots[mix(key + bytes) & (size - 1)];
}

static bool names_resize(struct names *names, size_t size)
{
	struct name **slots = bump_alloc(names->bump, size * sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < names->size; i++) {
		struct name *e, *next;

		for (e = names->slots[i]; e; e = next) {
			struct name **slot = slot_of(slots, size, e->key, e->bytes);

			next = e->next;
			e->next = *slot;
			*slot = e;
		}
	}
	names->slots = slots;
	names->size = size;
	return true;
}

void names_expect(struct names *names, size_t count)
{
	size_t size = 256;

	while (size < names->used + count && size < SIZE_MAX / 4 / sizeof(*names->slots))
		size *= 2;
	if (size > names->size)
		names_resize(names, size);
}

#define NUMBER_DIGITS	7

/* Return: there was memory */
static bool find_stem(struct names *names, struct name *name)
{
	uint32_t at = name->bytes;

	while (at && name->text[at - 1] >= '0' && name->text[at - 1] <= '9')
		at--;
	if (!at || at == name->bytes || name->bytes - at > NUMBER_DIGITS ||
	    (name->text[at] == '0' && name->bytes - at > 1))
		return true;
	for (uint32_t i = at; i < name->bytes; i++)
		name->number = name->number * 10 + (uint32_t)(name->text[i] - '0');
	name->stem = names_get(names, name->text, at);
	return name->stem;
}

struct name *names_find(struct names *names, const char *text, size_t bytes)
{
	uint64_t key = key_of(text, bytes);
	struct name *e, **slot;

	if (names->used >= names->size && !names_resize(names, names->size ? names->size * 2 : 256))
		return NULL;
	for (e = *slot_of(names->slots, names->size, key, bytes); e; e = e->next)
		if (e->key == key && e->bytes == bytes && (bytes <= 8 || !memcmp(e->text, text, bytes)))
			return e;
	e = bump_alloc(names->bump, sizeof(*e) + bytes + 1);
	if (!e)
		return NULL;
	e->key = key;
	e->bytes = (uint32_t)bytes;
	memcpy(e->text, text, bytes);
	if (!find_stem(names, e))
		return NULL;
	slot = slot_of(names->slots, names->size, key, bytes);
	e->next = *slot;
	*slot = e;
	names->used++;
	return e;
}

const char *names_get(struct names *names, const char *text, size_t bytes)
{
	const struct name *name = names_find(names, text, bytes);

	return name ? name->text : NULL;
}
