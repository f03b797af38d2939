/* SPDX-License-Identifier: MIT */
/*
 * exec_tex.c - tex, tld4, txq (PTX ISA, Texture Instructions)
 *
 * A coordinate becomes, for each axis, the one or two texels that count and a weight: what lies
 * outside is moved inside or made border by the address mode.  Weights have eight bits of
 * fraction, as on a GPU (CUDA C++ Programming Guide, Texture Fetching, Linear Filtering); a
 * texel between others is the weighted mean of 2, 4 or 8, of two levels if levels are filtered too.
 *
 * Lanes go one by one: addresses, weights and borders differ from lane to lane.
 */

#include "softgpu/exec_cube.h"
#include "softgpu/exec_mem.h"
#include "softgpu/exec_ops.h"
#include "softgpu/exec_tex.h"
#include "softgpu/exec_texel.h"

/* Extras of a tex, kept by the instruction before it: of a block, one warp runs at a time */
HANDLER(tex_stage)
{
	for (unsigned n = 0; n < in->count; n++) {
		const uint32_t *a = r32(w, in->o[n]);

		EACH_ACTIVE(i, w->mask)
			w->cta->staged[in->aux + n][i] = a[i];
	}
	return in + 1;
}

/**
 * struct fetch - one lane's
 * @offset:	in texels, of each axis
 * @bad:	address of a texel that lies nowhere; 0: none
 */
struct fetch {
	struct warp *w;
	const struct insn *in;
	const struct texture *texture;
	int offset[3];
	uint64_t bad;
};

/* struct axis - the texels that count, -1 for the border, and the second's weight */
struct axis {
	int64_t at[2];
	float weight;
};

enum { OUTSIDE = -1 };

static void read_at(struct fetch *f, const struct texture_image *image, int64_t x, int64_t y,
		    int64_t z, struct texel *texel)
{
	const struct texture *texture = f->texture;
	const unsigned bytes = format_bytes(&texture->format);
	struct span *span = &f->w->spans[f->in->slot];
	uint64_t address;

	if (x < 0 || y < 0 || z < 0) {
		memcpy(texel->u, texture->border, sizeof(texel->u));
		return;
	}
	address = image->address + (uint64_t)z * image->slice + (uint64_t)y * image->pitch +
		  (uint64_t)x * bytes;
	if (texture->guarded && !span_holds(span, address, bytes) &&
	    !memory_resolve(f->w, address, bytes, span)) {
		f->bad = address;
		memset(texel, 0, sizeof(*texel));
		return;
	}
	texel_read(texture, (const unsigned char *)(uintptr_t)address, texel);
}

/* ---- coordinates ---- */

static int64_t modulo(int64_t i, int64_t n)
{
	i %= n;
	return i < 0 ? i + n : i;
}

/* Where texel @i of an axis of @n texels is */
static int64_t address_texel(CUaddress_mode mode, int64_t i, int64_t n)
{
	switch (mode) {
	case CU_TR_ADDRESS_MODE_WRAP:
		return modulo(i, n);
	case CU_TR_ADDRESS_MODE_MIRROR:
		i = modulo(i, 2 * n);
		return i < n ? i : 2 * n - 1 - i;
	case CU_TR_ADDRESS_MODE_BORDER:
		return i < 0 || i >= n ? OUTSIDE : i;
	default:
		return i < 0 ? 0 : i >= n ? n - 1 : i;
	}
}

/* Wrapping and mirroring are for normalized coordinates only */
static CUaddress_mode mode_of(const struct texture *texture, unsigned axis)
{
	CUaddress_mode mode = texture->address_mode[axis];

	if (!texture->normalized &&
	    (mode == CU_TR_ADDRESS_MODE_WRAP || mode == CU_TR_ADDRESS_MODE_MIRROR))
		return CU_TR_ADDRESS_MODE_CLAMP;
	return mode;
}

/* In texels; so near to the texture that an integer holds it, without changing what is read */
static float in_texels(const struct texture *texture, CUaddress_mode mode, float x, float n)
{
	const float margin = 64;	/* more than any offset */

	if (x != x)
		return 0;
	if (mode == CU_TR_ADDRESS_MODE_WRAP)
		x -= floorf(x);
	else if (mode == CU_TR_ADDRESS_MODE_MIRROR)
		x -= 2 * floorf(x / 2);
	if (texture->normalized)
		x *= n;
	if (mode == CU_TR_ADDRESS_MODE_WRAP || mode == CU_TR_ADDRESS_MODE_MIRROR)
		return x == x ? x : 0;
	return x < -margin ? -margin : x > n + margin ? n + margin : x;
}

static struct axis axis_of(const struct fetch *f, unsigned number, float x, uint32_t extent,
			   bool between)
{
	const CUaddress_mode mode = mode_of(f->texture, number);
	const float u = in_texels(f->texture, mode, x, (float)extent) - (between ? 0.5f : 0);
	const float floor = floorf(u);
	const int64_t i = (int64_t)floor + f->offset[number];

	return (struct axis) {
		.at = { address_texel(mode, i, extent),
			between ? address_texel(mode, i + 1, extent) : 0 },
		.weight = between ? floorf((u - floor) * 256 + 0.5f) / 256 : 0,
	};
}

/* ---- filtering ---- */

static void add(struct texel *sum, const struct texel *texel, float weight)
{
	for (unsigned n = 0; n < 4; n++)
		sum->f[n] += weight * texel->f[n];
}

/* The mean of the texels around a point, by their weights */
static void mean(struct fetch *f, const struct texture_image *image, const struct axis axis[3],
		 struct texel *sum)
{
	const unsigned dims = f->texture->dims;
	struct texel texel;

	memset(sum, 0, sizeof(*sum));
	for (unsigned corner = 0; corner < 1u << dims; corner++) {
		float weight = 1;
		int64_t at[3];

		for (unsigned n = 0; n < 3; n++) {
			unsigned second = n < dims ? corner >> n & 1 : 0;

			at[n] = axis[n].at[second];
			if (n < dims)
				weight *= second ? axis[n].weight : 1 - axis[n].weight;
		}
		if (!weight)
			continue;
		read_at(f, image, at[0], at[1], at[2], &texel);
		add(sum, &texel, weight);
	}
}

/* Texel (i, j) of a face, or of the face beyond its edge; false: beyond a corner there is none */
static bool read_cube(struct fetch *f, const struct texture_image *image, int64_t i, int64_t j, uint32_t layer,
		      struct texel *texel)
{
	const int64_t n = image->width;
	const bool beyond_i = i < 0 || i >= n, beyond_j = j < 0 || j >= n;
	float x[3];

	if (beyond_i && beyond_j)
		return false;
	if (beyond_i || beyond_j) {
		cube_direction(layer % 6, (float)(2 * i + 1) / (float)n - 1, (float)(2 * j + 1) / (float)n - 1, x);
		layer += cube_face(x) - layer % 6;
		i = (int64_t)(x[0] * (float)n);
		j = (int64_t)(x[1] * (float)n);
	}
	read_at(f, image, i, j, layer, texel);
	return true;
}

/* mean() on a cube whose faces go on into each other.  The fourth texel at a corner is the mean of the three. */
static void seamless_mean(struct fetch *f, const struct texture_image *image, const float x[2], uint32_t layer,
			  struct texel *sum)
{
	const float n = (float)image->width, u = x[0] * n - 0.5f, v = x[1] * n - 0.5f;
	const float right = floorf((u - floorf(u)) * 256 + 0.5f) / 256;
	const float below = floorf((v - floorf(v)) * 256 + 0.5f) / 256;
	const float weight[4] = { (1 - right) * (1 - below), right * (1 - below), (1 - right) * below, right * below };
	struct texel texel[4];
	unsigned missing = 4;

	memset(sum, 0, sizeof(*sum));
	for (unsigned k = 0; k < 4; k++)
		if (!read_cube(f, image, (int64_t)floorf(u) + (k & 1), (int64_t)floorf(v) + (k >> 1), layer, &texel[k]))
			missing = k;
	for (unsigned k = 0; k < 4; k++)
		if (k != missing)
			add(sum, &texel[k], weight[k] + (missing < 4 ? weight[missing] / 3 : 0));
}

/* One component of the four texels around a point, in the order of tld4 */
static void gather(struct fetch *f, const struct texture_image *image, const struct axis axis[3],
		   struct texel *out)
{
	static const unsigned char order[4][2] = { { 0, 1 }, { 1, 1 }, { 1, 0 }, { 0, 0 } };
	unsigned component = f->in->aux >> TEX_COMPONENT & 3;
	struct texel texel;

	for (unsigned n = 0; n < 4; n++) {
		read_at(f, image, axis[0].at[order[n][0]], axis[1].at[order[n][1]], axis[2].at[0],
			&texel);
		out->u[n] = texel.u[component];
	}
}

static void sample_level(struct fetch *f, unsigned level, const float x[3], uint32_t layer,
			 struct texel *texel)
{
	const struct texture *texture = f->texture;
	const struct texture_image *image = &texture->image[level];
	const uint32_t extent[3] = { image->width, image->height, image->depth };
	bool four = f->in->aux & TEX_GATHER;
	bool between = four || texture->filter == CU_TR_FILTER_MODE_LINEAR;
	struct axis axis[3] = { 0 };

	for (unsigned n = 0; n < texture->dims; n++)
		axis[n] = axis_of(f, n, x[n], extent[n], between);
	if (texture->layered)
		axis[2].at[0] = layer < image->depth ? layer : image->depth - 1;
	if (four)
		gather(f, image, axis, texel);
	else if (between && texture->seamless)
		seamless_mean(f, image, x, (uint32_t)axis[2].at[0], texel);
	else if (between)
		mean(f, image, axis, texel);
	else
		read_at(f, image, axis[0].at[0], axis[1].at[0], axis[2].at[0], texel);
}

static float clamped(float x, float low, float high)
{
	return x >= low ? x <= high ? x : high : low;
}

static void sample(struct fetch *f, const float x[3], uint32_t layer, float lod,
		   struct texel *texel)
{
	const struct texture *texture = f->texture;
	const float last = (float)(texture->levels - 1);
	struct texel below, above;
	float weight;
	unsigned level;

	lod = clamped(clamped(lod + texture->bias, texture->lod_min, texture->lod_max), 0, last);
	if (texture->level_filter == CU_TR_FILTER_MODE_POINT) {
		level = (unsigned)clamped(floorf(lod + 0.5f), 0, last);
		sample_level(f, level, x, layer, texel);
		return;
	}
	level = (unsigned)lod;
	weight = floorf((lod - (float)level) * 256 + 0.5f) / 256;
	sample_level(f, level, x, layer, texel);
	if (!weight || level + 1 >= texture->levels)
		return;
	below = *texel;
	sample_level(f, level + 1, x, layer, &above);
	memset(texel, 0, sizeof(*texel));
	add(texel, &below, 1 - weight);
	add(texel, &above, weight);
}

/* A texel by its number: what is outside is 0 */
static void fetch_texel(struct fetch *f, const int32_t x[3], uint32_t layer, int32_t level,
			struct texel *texel)
{
	const struct texture *texture = f->texture;
	const struct texture_image *image;
	uint32_t extent[3];
	int64_t at[3] = { 0 };

	memset(texel, 0, sizeof(*texel));
	if (level < 0 || (uint32_t)level >= texture->levels)
		return;
	image = &texture->image[level];
	extent[0] = image->width;
	extent[1] = image->height;
	extent[2] = image->depth;
	for (unsigned n = 0; n < texture->dims; n++) {
		at[n] = (int64_t)x[n] + f->offset[n];
		if (at[n] < 0 || at[n] >= extent[n])
			return;
	}
	if (texture->layered)
		at[2] = layer < image->depth ? layer : image->depth - 1;
	read_at(f, image, at[0], at[1], at[2], texel);
}

/* ---- an instruction ---- */

/* The level of detail whose texels are as far apart as neighbouring threads' coordinates */
static float lod_of_gradients(const struct texture *texture, uint32_t (*staged)[LANES],
			      unsigned lane)
{
	const struct texture_image *image = &texture->image[0];
	const uint32_t extent[3] = { image->width, image->height, image->depth };
	float most = 0;

	for (unsigned way = 0; way < 2; way++) {
		float squares = 0;

		for (unsigned n = 0; n < texture->dims; n++) {
			float d = bits_float(staged[STAGE_GRADIENT + 3 * way + n][lane]);

			d *= texture->normalized ? (float)extent[n] : 1;
			squares += d * d;
		}
		most = squares > most ? squares : most;
	}
	return most > 0 ? log2f(most) / 2 : -1000;
}

static void run_lane(struct fetch *f, unsigned i, struct texel *texel)
{
	const struct insn *in = f->in;
	const enum tex_shape shape = in->aux & TEX_SHAPE;
	const bool layered = shape == TEX_A1D || shape == TEX_A2D || shape == TEX_ACUBE;
	uint32_t layer = layered ? r32(f->w, in->o[TEX_COORDINATES])[i] : 0, word[3] = { 0 };
	unsigned axes = shape == TEX_1D || shape == TEX_A1D ? 1 :
			shape == TEX_2D || shape == TEX_A2D ? 2 : 3;
	uint32_t (*staged)[LANES] = f->w->cta->staged;
	float x[3], lod = 0;

	for (unsigned n = 0; n < axes; n++)
		word[n] = r32(f->w, in->o[TEX_COORDINATES + layered + n])[i];
	for (unsigned n = 0; n < 3; n++)
		f->offset[n] = in->aux & TEX_OFFSET ? (int)staged[STAGE_OFFSET + n][i] : 0;
	if (in->aux & TEX_INTEGER) {
		bool level = (in->aux & TEX_LOD) == TEX_LEVEL;

		fetch_texel(f, (int32_t *)word, layer,
			    level ? (int32_t)staged[STAGE_LOD][i] : 0, texel);
		return;
	}
	memcpy(x, word, sizeof(x));
	if (shape == TEX_CUBE || shape == TEX_ACUBE)
		layer = 6 * layer + cube_face(x);
	if ((in->aux & TEX_LOD) == TEX_LEVEL)
		lod = bits_float(staged[STAGE_LOD][i]);
	else if ((in->aux & TEX_LOD) == TEX_GRAD)
		lod = lod_of_gradients(f->texture, staged, i);
	sample(f, x, layer, lod, texel);
}

static uint32_t as_half(const struct texture *texture, const struct texel *texel, unsigned n)
{
	return texture->floats ? float_to_half(texel->f[n]) : texel->u[n] & 0xffff;
}

static void write_lane(const struct fetch *f, unsigned i, const struct texel *texel)
{
	const struct insn *in = f->in;

	for (unsigned n = 0; n < in->count; n++) {
		uint32_t *d = r32(f->w, in->o[n]);

		if (in->aux & TEX_HALF)
			d[i] = as_half(f->texture, texel, n);
		else if (in->aux & TEX_HALF2)
			d[i] = as_half(f->texture, texel, 2 * n) |
			       as_half(f->texture, texel, 2 * n + 1) << 16;
		else
			d[i] = texel->u[n];
	}
}

static const struct insn *no_texture(struct warp *w, const struct insn *in, unsigned lane,
				     uint64_t number)
{
	return warp_fault(w, in, lane, CUDA_ERROR_ILLEGAL_ADDRESS, number,
			  "no texture or surface object");
}

GUEST_ACCESS HANDLER(tex)
{
	const uint64_t *number = r64(w, in->o[TEX_OBJECT]);
	struct fetch f = { .w = w, .in = in };
	uint64_t last = 0;

	EACH_ACTIVE(i, w->mask) {
		struct texel texel;

		if (!f.texture || number[i] != last) {
			last = number[i];
			f.texture = texture_find(last, TEXTURE_SAMPLED);
			if (!f.texture)
				return no_texture(w, in, i, last);
		}
		run_lane(&f, i, &texel);
		if (f.bad)
			return warp_fault(w, in, i, CUDA_ERROR_ILLEGAL_ADDRESS, f.bad,
					  "texture beyond memory");
		write_lane(&f, i, &texel);
	}
	return in + 1;
}

/* ---- queries ---- */

/* PTX ISA, Channel Data Type and Channel Order Fields: OpenCL's numbers */
static uint32_t channel_type(const struct texture *texture)
{
	static const uint16_t types[] = {
		[CHANNEL_U8] = 0x10da, [CHANNEL_U16] = 0x10db, [CHANNEL_U32] = 0x10dc,
		[CHANNEL_S8] = 0x10d7, [CHANNEL_S16] = 0x10d8, [CHANNEL_S32] = 0x10d9,
		[CHANNEL_HALF] = 0x10dd, [CHANNEL_FLOAT] = 0x10de,
	};
	static const uint16_t unit_types[] = {
		[CHANNEL_U8] = 0x10d2, [CHANNEL_U16] = 0x10d3,
		[CHANNEL_S8] = 0x10d0, [CHANNEL_S16] = 0x10d1,
	};
	enum channel channel = texture->format.channel;

	if (texture->floats && channel != CHANNEL_HALF && channel != CHANNEL_FLOAT)
		return unit_types[channel];
	return types[channel];
}

static uint32_t channel_order(const struct texture *texture)
{
	switch (texture->format.channels) {
	case 1:
		return 0x10b0;
	case 2:
		return 0x10b2;
	default:
		return 0x10b5;
	}
}

static uint32_t answer(const struct texture *texture, enum tex_query query, uint32_t level)
{
	const struct texture_image *image = &texture->image[level < texture->levels ? level : 0];

	switch (query) {
	case QUERY_WIDTH:
		return image->width;
	case QUERY_HEIGHT:
		return texture->dims > 1 ? image->height : 0;
	case QUERY_DEPTH:
		return texture->dims > 2 ? image->depth : 0;
	case QUERY_ARRAY_SIZE:
		return texture->layered ? image->depth / (texture->cube ? 6 : 1) : 0;
	case QUERY_LEVELS:
		return texture->levels;
	case QUERY_SAMPLES:
		return 1;
	case QUERY_NORMALIZED:
		return texture->normalized;
	case QUERY_TYPE:
		return channel_type(texture);
	default:
		return channel_order(texture);
	}
}

static const struct insn *query_any(struct warp *w, const struct insn *in, enum texture_kind kind)
{
	const uint64_t *number = r64(w, in->o[TEX_OBJECT]);
	const uint32_t *level = r32(w, in->o[TEX_COORDINATES]);
	uint32_t *d = r32(w, in->o[0]);

	EACH_ACTIVE(i, w->mask) {
		const struct texture *texture = texture_find(number[i], kind);

		if (!texture)
			return no_texture(w, in, i, number[i]);
		d[i] = answer(texture, (enum tex_query)in->aux, level[i]);
	}
	return in + 1;
}

HANDLER(txq)
{
	return query_any(w, in, TEXTURE_SAMPLED);
}

HANDLER(suq)
{
	return query_any(w, in, TEXTURE_SURFACE);
}

static const struct exec_op table[] = {
	{ "tex.stage", "", tex_stage }, { "tex", "", tex },
	{ "txq", "", txq }, { "suq", "", suq },
};

EXEC_FAMILY(exec_tex, table);
