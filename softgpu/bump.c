/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "softgpu/bump.h"

#define BLOCK_BYTES	((size_t)64 << 10)

struct bump_block {
	struct bump_block *next;
	size_t used, size;
	_Alignas(16) unsigned char bytes[];
};

void *bump_alloc(struct bump *bump, size_t bytes)
{
	struct bump_block *block = bump->blocks;
	size_t size;

	if (bytes > SIZE_MAX / 2)
		goto fail;
	bytes = (bytes + 15) & ~(size_t)15;
	if (!block || block->size - block->used < bytes) {
		size = bytes > BLOCK_BYTES / 4 ? bytes : BLOCK_BYTES;
		block = calloc(1, sizeof(*block) + size);
		if (!block)
			goto fail;
		block->size = size;
		block->next = bump->blocks;
		bump->blocks = block;
	}
	block->used += bytes;
	return block->bytes + block->used - bytes;
fail:
	bump->failed = true;
	return NULL;
}

void bump_free(struct bump *bump)
{
	struct bump_block *block;

	while ((block = bump->blocks)) {
		bump->blocks = block->next;
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
static uint32_t hash_bytes(const char *text, size_t bytes)
{
	uint64_t hash = bytes, word;

	for (; bytes > 8; text += 8, bytes -= 8) {
		memcpy(&word, text, 8);
		hash = mix(hash ^ word);
	}
	return (uint32_t)mix(hash ^ short_word(text, bytes));
}

static bool names_grow(struct names *names)
{
	size_t size = names->size ? names->size * 2 : 256;
	struct name **slots = calloc(size, sizeof(*slots));

	if (!slots) {
		names->bump->failed = true;
		return false;
	}
	for (size_t i = 0; i < names->size; i++) {
		struct name *e, *next;

		for (e = names->slots[i]; e; e = next) {
			next = e->next;
			e->next = slots[e->hash & (size - 1)];
			slots[e->hash & (size - 1)] = e;
		}
	}
	free(names->slots);
	names->slots = slots;
	names->size = size;
	return true;
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
	uint32_t hash = hash_bytes(text, bytes);
	struct name *e;

	if (names->used >= names->size && !names_grow(names))
		return NULL;
	for (e = names->slots[hash & (names->size - 1)]; e; e = e->next)
		if (e->hash == hash && e->bytes == bytes && !memcmp(e->text, text, bytes))
			return e;
	e = bump_alloc(names->bump, sizeof(*e) + bytes + 1);
	if (!e)
		return NULL;
	e->hash = hash;
	e->bytes = (uint32_t)bytes;
	memcpy(e->text, text, bytes);
	if (!find_stem(names, e))
		return NULL;
	e->next = names->slots[hash & (names->size - 1)];
	names->slots[hash & (names->size - 1)] = e;
	names->used++;
	return e;
}

const char *names_get(struct names *names, const char *text, size_t bytes)
{
	const struct name *name = names_find(names, text, bytes);

	return name ? name->text : NULL;
}

void names_free(struct names *names)
{
	free(names->slots);
}
