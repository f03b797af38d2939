/* SPDX-License-Identifier: MIT */
/*
 * exec_matrix.c - 8x8 matrices of 16-bit elements, which a whole warp loads, stores and transposes
 * (PTX ISA, ldmatrix, stmatrix, movmatrix)
 *
 * In memory a matrix is eight rows of 16 bytes, each at an address of its own: row r of matrix m is where
 * lane 8 * m + r says.  In registers it is one of all lanes, a fragment: lane i holds elements 2 * (i % 4)
 * and the next of row i / 4, or, transposed, of column i / 4.
 *
 * All lanes take part; what happens with fewer is undefined.  Here the rows of those that are missing are
 * zeros, or are not stored.
 */

#include "softgpu/exec_mem.h"
#include "softgpu/exec_ops.h"

#define SIDE		8
#define ROW_BYTES	16

typedef uint16_t matrix_row __attribute__((vector_size(ROW_BYTES)));

struct matrix {
	matrix_row rows[SIDE];
};

static inline bool warp_is_whole(struct warp *w, const struct insn *in)
{
	return likely(!w->keep && !w->forced) || warp_gathered(w, in, ALL_LANES);
}

static inline void to_fragment(const struct matrix *matrix, bool trans, uint32_t fragment[LANES])
{
	for (unsigned i = 0; i < LANES; i++) {
		const unsigned row = i / 4, column = i % 4 * 2;
		const uint32_t low = trans ? matrix->rows[column][row] : matrix->rows[row][column];
		const uint32_t high = trans ? matrix->rows[column + 1][row] : matrix->rows[row][column + 1];

		fragment[i] = high << 16 | low;
	}
}

static inline void from_fragment(struct matrix *matrix, bool trans, const uint32_t fragment[LANES])
{
	for (unsigned i = 0; i < LANES; i++) {
		const unsigned row = i / 4, column = i % 4 * 2;
		const uint16_t low = (uint16_t)fragment[i], high = (uint16_t)(fragment[i] >> 16);

		if (trans) {
			matrix->rows[column][row] = low;
			matrix->rows[column + 1][row] = high;
		} else {
			matrix->rows[row][column] = low;
			matrix->rows[row][column + 1] = high;
		}
	}
}

/* Where the rows are whose lanes run: those of @rows have their @place->lane; false: the warp has faulted */
#define FIND_ROWS(space)							\
	static inline bool find_##space(struct warp *w, const struct insn *in, uint32_t o,	\
					struct place *place, uint32_t *rows)	\
	{									\
		const uint32_t mask = w->mask;					\
		enum pattern pattern;						\
										\
		*rows = mask & ALL_LANES >> (LANES - SIDE * in->count);		\
		if (!*rows)							\
			return true;						\
		/* The others' addresses say nothing */				\
		w->mask = *rows;						\
		pattern = place_##space(w, in, o, ROW_BYTES, place);		\
		w->mask = mask;							\
		if (pattern == PATTERN_FAULT)					\
			return false;						\
		place_pointers(w, ROW_BYTES, pattern, place);			\
		return true;							\
	}

FIND_ROWS(global)
FIND_ROWS(shared)

/* Operands: a destination for each matrix, address */
#define LOAD(space)								\
	GUEST_ACCESS HANDLER(load_##space)					\
	{									\
		struct place place;						\
		uint32_t rows, fragment[LANES];					\
										\
		if (!warp_is_whole(w, in) || !find_##space(w, in, in->o[in->count], &place, &rows))	\
			return NULL;						\
		for (unsigned m = 0; m < in->count; m++, rows >>= SIDE) {	\
			uint32_t *d = RESULT(uint32_t, w, in->o[m]);		\
			struct matrix matrix = { 0 };				\
										\
			EACH_ACTIVE(r, rows & 0xff)				\
				matrix.rows[r] = *(const matrix_row *)place.lane[SIDE * m + r];	\
			to_fragment(&matrix, in->flags, fragment);		\
			STORE_LANES(uint32_t, w, d, fragment[i]);		\
		}								\
		return in + 1;							\
	}

LOAD(global)
LOAD(shared)

/* Operands: address, a source for each matrix */
#define STORE(space)								\
	GUEST_ACCESS HANDLER(store_##space)					\
	{									\
		struct place place;						\
		uint32_t rows;							\
										\
		if (!warp_is_whole(w, in) || !find_##space(w, in, in->o[0], &place, &rows))	\
			return NULL;						\
		for (unsigned m = 0; m < in->count; m++, rows >>= SIDE) {	\
			struct matrix matrix;					\
										\
			from_fragment(&matrix, in->flags, r32(w, in->o[1 + m]));	\
			EACH_ACTIVE(r, rows & 0xff)				\
				*(matrix_row *)place.lane[SIDE * m + r] = matrix.rows[r];	\
		}								\
		return in + 1;							\
	}

STORE(global)
STORE(shared)

HANDLER(transpose)
{
	uint32_t *d = r32(w, in->o[0]), fragment[LANES];
	struct matrix matrix;

	if (!warp_is_whole(w, in))
		return NULL;
	from_fragment(&matrix, false, r32(w, in->o[1]));
	to_fragment(&matrix, true, fragment);
	STORE_LANES(uint32_t, w, d, fragment[i]);
	return in + 1;
}

static const struct exec_op table[] = {
	{ "ldmatrix.global", "", load_global }, { "ldmatrix.shared", "", load_shared },
	{ "stmatrix.global", "", store_global }, { "stmatrix.shared", "", store_shared },
	{ "movmatrix.sync.m8n8.trans.b16", "w=w", transpose },
};

EXEC_FAMILY(exec_matrix, table);
