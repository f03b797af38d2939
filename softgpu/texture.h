/* SPDX-License-Identifier: MIT */
/*
 * texture.h - textures and surfaces as the engine sees them
 *
 * A kernel gets a CUtexObject or CUsurfObject as a 64-bit number: a name in this table.  The
 * front end fills in what the number stands for; tex, suld and their like look it up.  An
 * entry never moves and its memory is never given back, so that a kernel with a stale number
 * finds none or another's texture, as on a GPU, and never freed memory.
 */
#ifndef SOFTGPU_TEXTURE_H
#define SOFTGPU_TEXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cuda.h>

#include "softgpu/format.h"

enum texture_kind { TEXTURE_SAMPLED = 1, TEXTURE_SURFACE };

/* struct texture_image - one level: slices of rows of elements; extents in elements, at least 1 */
struct texture_image {
	uint64_t address;
	uint32_t width, height, depth;
	uint64_t pitch, slice;
};

enum { TEXTURE_LEVELS_MAX = 18 };

/**
 * struct texture
 * @guarded:	memory of the program, which may be freed or unregistered: each access is checked
 * @layered:	@depth of an image counts layers, which are not halved and not filtered between
 * @cube:	six layers are the faces of a cube; @seamless: they go on into each other
 * @dims:	of a layer: 1, 2 or 3
 * @floats:	elements are read as floats, whatever they are stored as
 * @normalized:	coordinates are [0, 1) times the extent
 * @bias, @lod_min, @lod_max: of the level of detail
 * @border:	channels of what is outside, bits as they are read
 * @object:	the front end's own, not looked at here
 */
struct texture {
	enum texture_kind kind;
	struct format format;
	bool guarded, layered, cube, seamless, floats, normalized, srgb;
	unsigned int dims, levels;
	struct texture_image image[TEXTURE_LEVELS_MAX];
	CUaddress_mode address_mode[3];
	CUfilter_mode filter, level_filter;
	float bias, lod_min, lod_max;
	uint32_t border[4];
	const void *object;
};

/**
 * texture_add() - a number for @texture, which is copied
 *
 * Return: never 0; 0: out of memory.
 */
uint64_t texture_add(const struct texture *texture);

/* texture_find() - NULL: no such number, or of another kind.  Takes no lock. */
const struct texture *texture_find(uint64_t number, enum texture_kind kind);

/* texture_remove() - the number stands for nothing any more */
void texture_remove(uint64_t number);

#endif /* SOFTGPU_TEXTURE_H */
