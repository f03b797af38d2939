/* SPDX-License-Identifier: MIT */
/*
 * exec_tex.h - what decode_tex.c tells the handlers of exec_tex.c and exec_surf.c
 *
 * Operands: destinations (or sources) from 0 on, the object's number in TEX_OBJECT, coordinates
 * behind it; a layer comes first, as in PTX.  insn.aux is made of the fields below.
 */
#ifndef SOFTGPU_EXEC_TEX_H
#define SOFTGPU_EXEC_TEX_H

enum { TEX_OBJECT = 4, TEX_COORDINATES = 5 };

enum tex_shape {
	TEX_1D, TEX_2D, TEX_3D, TEX_A1D, TEX_A2D, TEX_CUBE, TEX_ACUBE,
	TEX_SHAPE = 7,			/* mask */
};

/* How the level of detail is said; staged beside the instruction, see tex.stage */
enum tex_lod { TEX_BASE = 0 << 3, TEX_LEVEL = 1 << 3, TEX_GRAD = 2 << 3, TEX_LOD = 3 << 3 };

enum {
	TEX_INTEGER = 1 << 5,		/* coordinates are .s32 */
	TEX_OFFSET = 1 << 6,		/* offsets are staged */
	TEX_GATHER = 1 << 7,		/* tld4; the component is at TEX_COMPONENT */
	TEX_COMPONENT = 8,
	TEX_HALF = 1 << 10,		/* results are .f16, in 16-bit registers */
	TEX_HALF2 = 1 << 11,		/* results are .f16x2 */
};

/* What tex.stage keeps for the next tex of the same lanes: aux is the first place in cta.staged */
enum {
	STAGE_LOD = 0,			/* one float */
	STAGE_GRADIENT = 0,		/* d/dx of each coordinate, then d/dy from 3 on */
	STAGE_OFFSET = 6,
};

/* txq, suq */
enum tex_query {
	QUERY_WIDTH, QUERY_HEIGHT, QUERY_DEPTH, QUERY_ARRAY_SIZE, QUERY_LEVELS, QUERY_SAMPLES,
	QUERY_NORMALIZED, QUERY_TYPE, QUERY_ORDER,
};

/* suld, sust, sured */
enum surf_mode { SURF_TRAP, SURF_CLAMP, SURF_ZERO };

enum {
	SURF_MODE = 3,			/* shift of enum surf_mode, above enum tex_shape */
	SURF_FORMATTED = 1 << 5,	/* .p: x counts elements, not bytes */
};

#endif /* SOFTGPU_EXEC_TEX_H */
