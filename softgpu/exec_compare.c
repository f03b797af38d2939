/* SPDX-License-Identifier: MIT */
/*
 * exec_compare.c - setp, selp, slct, testp (PTX ISA, Comparison and Selection Instructions)
 *
 * The decoder takes setp's boolean operator and set's number apart into these and logic on
 * predicates.
 */

#include "softgpu/exec_half.h"
#include "softgpu/exec_ops.h"

#define SIX(SHAPE, name, S, X, Y)						\
	SHAPE(eq_##name, S, X == Y)						\
	SHAPE(ne_##name, S, X != Y)						\
	SHAPE(lt_##name, S, X < Y)						\
	SHAPE(le_##name, S, X <= Y)						\
	SHAPE(gt_##name, S, X > Y)						\
	SHAPE(ge_##name, S, X >= Y)

SIX(COMPARE, u16, uint32_t, U16(a[i]), U16(b[i]))
SIX(COMPARE, s16, uint32_t, S16(a[i]), S16(b[i]))
SIX(COMPARE, u32, uint32_t, a[i], b[i])
SIX(COMPARE, s32, int32_t, a[i], b[i])
SIX(COMPARE64, u64, uint64_t, a[i], b[i])
SIX(COMPARE64, s64, int64_t, a[i], b[i])

/* Ordered: false if either is a NaN; unordered: true if so */
#define ORDERED(x, y)	((x) == (x) && (y) == (y))

#define FOURTEEN(SHAPE, name, S, X, Y)						\
	SHAPE(eq_##name, S, X == Y)						\
	SHAPE(ne_##name, S, ORDERED(X, Y) && X != Y)				\
	SHAPE(lt_##name, S, X < Y)						\
	SHAPE(le_##name, S, X <= Y)						\
	SHAPE(gt_##name, S, X > Y)						\
	SHAPE(ge_##name, S, X >= Y)						\
	SHAPE(equ_##name, S, !ORDERED(X, Y) || X == Y)				\
	SHAPE(neu_##name, S, X != Y)						\
	SHAPE(ltu_##name, S, !(X >= Y))						\
	SHAPE(leu_##name, S, !(X > Y))						\
	SHAPE(gtu_##name, S, !(X <= Y))						\
	SHAPE(geu_##name, S, !(X < Y))						\
	SHAPE(num_##name, S, ORDERED(X, Y))					\
	SHAPE(nan_##name, S, !ORDERED(X, Y))

FOURTEEN(COMPARE, f32, float, a[i], b[i])
FOURTEEN(COMPARE, f32z, float, flush32(a[i]), flush32(b[i]))
FOURTEEN(COMPARE64, f64, double, a[i], b[i])
FOURTEEN(COMPARE, f16, uint32_t, half_to_float(a[i]), half_to_float(b[i]))
FOURTEEN(COMPARE, f16z, uint32_t, half_to_float(flush16(a[i])), half_to_float(flush16(b[i])))
FOURTEEN(COMPARE, bf16, uint32_t, bfloat_to_float(a[i]), bfloat_to_float(b[i]))

/* ---- selection ---- */

HANDLER(selp_32)
{
	uint32_t *d = r32(w, in->o[0]);
	const uint32_t *a = r32(w, in->o[1]), *b = r32(w, in->o[2]);
	const uint32_t p = *pred(w, in->o[3]);

	STORE_LANES(uint32_t, w, d, p & lane_bit[i] ? a[i] : b[i]);
	return in + 1;
}

HANDLER(selp_64)
{
	uint64_t *d = r64(w, in->o[0]);
	const uint64_t *a = r64(w, in->o[1]), *b = r64(w, in->o[2]);
	const uint64_t p = *pred(w, in->o[3]);

	STORE_LANES(uint64_t, w, d, p & lane_bit64[i] ? a[i] : b[i]);
	return in + 1;
}

TERNARY3(slct_32_s32, uint32_t, uint32_t, int32_t, c[i] >= 0 ? a[i] : b[i])
TERNARY3(slct_64_s32, uint64_t, uint64_t, int32_t, c[i] >= 0 ? a[i] : b[i])
TERNARY3(slct_32_f32, uint32_t, uint32_t, float, c[i] >= 0 ? a[i] : b[i])
TERNARY3(slct_64_f32, uint64_t, uint64_t, float, c[i] >= 0 ? a[i] : b[i])
TERNARY3(slct_32_f32z, uint32_t, uint32_t, float, flush32(c[i]) >= 0 ? a[i] : b[i])
TERNARY3(slct_64_f32z, uint64_t, uint64_t, float, flush32(c[i]) >= 0 ? a[i] : b[i])

/* ---- what kind of number it is: a zero is a normal one ---- */

#define TESTP(name, S, MAG, INF, NORMAL)				\
	HANDLER(testp_##name)							\
	{									\
		const S *a = operand(w, in->o[1]);				\
		uint32_t finite = 0, inf = 0, nan = 0, normal = 0, subnormal = 0;	\
										\
		for (unsigned i = 0; i < LANES; i++) {				\
			S x = a[i] & (MAG);					\
			finite |= x < (INF) ? lane_bit[i] : 0;			\
			inf |= x == (INF) ? lane_bit[i] : 0;			\
			nan |= x > (INF) ? lane_bit[i] : 0;			\
			normal |= !x || (x >= (NORMAL) && x < (INF)) ? lane_bit[i] : 0;	\
			subnormal |= x && x < (NORMAL) ? lane_bit[i] : 0;	\
		}								\
		switch (in->aux) {						\
		case 0: pred_write(w, in->o[0], finite); break;			\
		case 1: pred_write(w, in->o[0], inf); break;			\
		case 2: pred_write(w, in->o[0], ~nan); break;			\
		case 3: pred_write(w, in->o[0], nan); break;			\
		case 4: pred_write(w, in->o[0], normal); break;			\
		default: pred_write(w, in->o[0], subnormal);			\
		}								\
		return in + 1;							\
	}

TESTP(f32, uint32_t, 0x7fffffffu, 0x7f800000u, 0x00800000u)
TESTP(f64, uint64_t, 0x7fffffffffffffffull, 0x7ff0000000000000ull, 0x0010000000000000ull)

#define TESTP_ROWS(type, l, name)						\
	{ "testp.finite." type, "p=" l "#0", name }, { "testp.infinite." type, "p=" l "#1", name },	\
	{ "testp.number." type, "p=" l "#2", name }, { "testp.notanumber." type, "p=" l "#3", name },	\
	{ "testp.normal." type, "p=" l "#4", name }, { "testp.subnormal." type, "p=" l "#5", name }

#define SIX_ROWS(type, l, name)							\
	{ "setp.eq." type, "p=" l l, eq_##name }, { "setp.ne." type, "p=" l l, ne_##name },	\
	{ "setp.lt." type, "p=" l l, lt_##name }, { "setp.le." type, "p=" l l, le_##name },	\
	{ "setp.gt." type, "p=" l l, gt_##name }, { "setp.ge." type, "p=" l l, ge_##name }
#define UNSIGNED_ROWS(type, l, name)						\
	SIX_ROWS(type, l, name),						\
	{ "setp.lo." type, "p=" l l, lt_##name }, { "setp.ls." type, "p=" l l, le_##name },	\
	{ "setp.hi." type, "p=" l l, gt_##name }, { "setp.hs." type, "p=" l l, ge_##name }
#define EQUALITY_ROWS(type, l, name)						\
	{ "setp.eq." type, "p=" l l, eq_##name }, { "setp.ne." type, "p=" l l, ne_##name }
#define FLOAT_ROWS(type, l, name)						\
	SIX_ROWS(type, l, name),						\
	{ "setp.equ." type, "p=" l l, equ_##name }, { "setp.neu." type, "p=" l l, neu_##name },	\
	{ "setp.ltu." type, "p=" l l, ltu_##name }, { "setp.leu." type, "p=" l l, leu_##name },	\
	{ "setp.gtu." type, "p=" l l, gtu_##name }, { "setp.geu." type, "p=" l l, geu_##name },	\
	{ "setp.num." type, "p=" l l, num_##name }, { "setp.nan." type, "p=" l l, nan_##name }

#define SELP_ROWS(op, w32, w64)							\
	{ op ".b16", "h=hhp", w32 }, { op ".u16", "h=hhp", w32 }, { op ".s16", "h=hhp", w32 },	\
	{ op ".b32", "w=wwp", w32 }, { op ".u32", "w=wwp", w32 }, { op ".s32", "w=wwp", w32 },	\
	{ op ".f32", "f=ffp", w32 },						\
	{ op ".b64", "q=qqp", w64 }, { op ".u64", "q=qqp", w64 }, { op ".s64", "q=qqp", w64 },	\
	{ op ".f64", "d=ddp", w64 }
#define SLCT_ROWS(ftz, stype, l, w32, w64)					\
	{ "slct" ftz ".b16" stype, "h=hh" l, w32 }, { "slct" ftz ".u16" stype, "h=hh" l, w32 },	\
	{ "slct" ftz ".s16" stype, "h=hh" l, w32 },				\
	{ "slct" ftz ".b32" stype, "w=ww" l, w32 }, { "slct" ftz ".u32" stype, "w=ww" l, w32 },	\
	{ "slct" ftz ".s32" stype, "w=ww" l, w32 }, { "slct" ftz ".f32" stype, "f=ff" l, w32 },	\
	{ "slct" ftz ".b64" stype, "q=qq" l, w64 }, { "slct" ftz ".u64" stype, "q=qq" l, w64 },	\
	{ "slct" ftz ".s64" stype, "q=qq" l, w64 }, { "slct" ftz ".f64" stype, "d=dd" l, w64 }

static const struct exec_op table[] = {
	UNSIGNED_ROWS("u16", "h", u16), UNSIGNED_ROWS("u32", "w", u32),
	UNSIGNED_ROWS("u64", "q", u64),
	SIX_ROWS("s16", "h", s16), SIX_ROWS("s32", "w", s32), SIX_ROWS("s64", "q", s64),
	EQUALITY_ROWS("b16", "h", u16), EQUALITY_ROWS("b32", "w", u32),
	EQUALITY_ROWS("b64", "q", u64),
	FLOAT_ROWS("f32", "f", f32), FLOAT_ROWS("ftz.f32", "f", f32z), FLOAT_ROWS("f64", "d", f64),
	FLOAT_ROWS("f16", "h", f16), FLOAT_ROWS("ftz.f16", "h", f16z),
	FLOAT_ROWS("bf16", "h", bf16),
	SELP_ROWS("selp", selp_32, selp_64),
	SLCT_ROWS("", ".s32", "w", slct_32_s32, slct_64_s32),
	SLCT_ROWS("", ".f32", "f", slct_32_f32, slct_64_f32),
	SLCT_ROWS(".ftz", ".f32", "f", slct_32_f32z, slct_64_f32z),
	TESTP_ROWS("f32", "f", testp_f32), TESTP_ROWS("f64", "d", testp_f64),
};

EXEC_FAMILY(exec_compare, table);
