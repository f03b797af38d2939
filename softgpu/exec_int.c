/* SPDX-License-Identifier: MIT */
/*
 * exec_int.c - integer arithmetic (PTX ISA, Integer and Extended-Precision Instructions)
 *
 * Division by zero is undefined in PTX; GPUs give all ones, as remainder, too, and so do we.
 */

#include "softgpu/exec_half.h"
#include "softgpu/exec_ops.h"

#define ARITH(name, op)								\
	BINARY(name##_16, uint32_t, uint32_t, U16(a[i] op b[i]))		\
	BINARY(name##_32, uint32_t, uint32_t, a[i] op b[i])			\
	BINARY(name##_64, uint64_t, uint64_t, a[i] op b[i])

ARITH(add, +)
ARITH(sub, -)
ARITH(mul, *)

TERNARY(mad_16, uint32_t, uint32_t, U16(a[i] * b[i] + c[i]))
TERNARY(mad_32, uint32_t, uint32_t, a[i] * b[i] + c[i])
TERNARY(mad_64, uint64_t, uint64_t, a[i] * b[i] + c[i])

static inline uint32_t clamp_s32(int64_t x)
{
	return (uint32_t)(x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : x);
}

BINARY(add_sat, uint32_t, int32_t, clamp_s32((int64_t)a[i] + b[i]))
BINARY(sub_sat, uint32_t, int32_t, clamp_s32((int64_t)a[i] - b[i]))

/* ---- two 16-bit halves ---- */

#define HALVES(lo, hi)	(U16(lo) | (uint32_t)U16(hi) << 16)
#define MIN(x, y)	((x) < (y) ? (x) : (y))
#define MAX(x, y)	((x) > (y) ? (x) : (y))

BINARY(add_16x2, uint32_t, uint32_t, HALVES(a[i] + b[i], (a[i] >> 16) + (b[i] >> 16)))
BINARY(min_u16x2, uint32_t, uint32_t,
       HALVES(MIN(U16(a[i]), U16(b[i])), MIN(a[i] >> 16, b[i] >> 16)))
BINARY(max_u16x2, uint32_t, uint32_t,
       HALVES(MAX(U16(a[i]), U16(b[i])), MAX(a[i] >> 16, b[i] >> 16)))
BINARY(min_s16x2, uint32_t, uint32_t,
       HALVES(MIN(S16(a[i]), S16(b[i])), MIN(S16(a[i] >> 16), S16(b[i] >> 16))))
BINARY(max_s16x2, uint32_t, uint32_t,
       HALVES(MAX(S16(a[i]), S16(b[i])), MAX(S16(a[i] >> 16), S16(b[i] >> 16))))

/* ---- multiplication, high half and wide ---- */

BINARY(mulhi_u16, uint32_t, uint32_t, (a[i] & 0xffff) * (b[i] & 0xffff) >> 16)
BINARY(mulhi_s16, uint32_t, uint32_t, U16((int32_t)S16(a[i]) * S16(b[i]) >> 16))
BINARY(mulhi_u32, uint32_t, uint32_t, (uint64_t)a[i] * b[i] >> 32)
BINARY(mulhi_s32, uint32_t, int32_t, (int64_t)a[i] * b[i] >> 32)
BINARY(mulhi_u64, uint64_t, uint64_t, (unsigned __int128)a[i] * b[i] >> 64)
BINARY(mulhi_s64, uint64_t, int64_t, (__int128)a[i] * b[i] >> 64)

BINARY(mulwide_u16, uint32_t, uint32_t, (a[i] & 0xffff) * (b[i] & 0xffff))
BINARY(mulwide_s16, uint32_t, uint32_t, (int32_t)S16(a[i]) * S16(b[i]))
BINARY(mulwide_u32, uint64_t, uint32_t, (uint64_t)a[i] * b[i])
BINARY(mulwide_s32, uint64_t, int32_t, (int64_t)a[i] * b[i])

TERNARY(madhi_u16, uint32_t, uint32_t,
	U16(((a[i] & 0xffff) * (b[i] & 0xffff) >> 16) + c[i]))
TERNARY(madhi_s16, uint32_t, uint32_t,
	U16(((int32_t)S16(a[i]) * S16(b[i]) >> 16) + (int32_t)c[i]))
TERNARY(madhi_u32, uint32_t, uint32_t, ((uint64_t)a[i] * b[i] >> 32) + c[i])
TERNARY3(madhi_s32, uint32_t, int32_t, uint32_t, (uint32_t)((int64_t)a[i] * b[i] >> 32) + c[i])
TERNARY(madhi_sat, uint32_t, int32_t, clamp_s32(((int64_t)a[i] * b[i] >> 32) + c[i]))
TERNARY(madhi_u64, uint64_t, uint64_t, (uint64_t)((unsigned __int128)a[i] * b[i] >> 64) + c[i])
TERNARY3(madhi_s64, uint64_t, int64_t, uint64_t,
	 (uint64_t)((__int128)a[i] * b[i] >> 64) + c[i])

TERNARY(madwide_u16, uint32_t, uint32_t, (a[i] & 0xffff) * (b[i] & 0xffff) + c[i])
TERNARY(madwide_s16, uint32_t, uint32_t, (uint32_t)((int32_t)S16(a[i]) * S16(b[i])) + c[i])
TERNARY3(madwide_u32, uint64_t, uint32_t, uint64_t, (uint64_t)a[i] * b[i] + c[i])
TERNARY3(madwide_s32, uint64_t, int32_t, uint64_t, (uint64_t)((int64_t)a[i] * b[i]) + c[i])

/* ---- 24-bit multiplication: the low 24 bits of each operand ---- */

#define U24(x)	((uint64_t)((x) & 0xffffff))
#define S24(x)	((int64_t)(int32_t)((uint32_t)(x) << 8) >> 8)

BINARY(mul24lo_u, uint32_t, uint32_t, U24(a[i]) * U24(b[i]))
BINARY(mul24lo_s, uint32_t, uint32_t, S24(a[i]) * S24(b[i]))
BINARY(mul24hi_u, uint32_t, uint32_t, U24(a[i]) * U24(b[i]) >> 16)
BINARY(mul24hi_s, uint32_t, uint32_t, S24(a[i]) * S24(b[i]) >> 16)
TERNARY(mad24lo_u, uint32_t, uint32_t, (uint32_t)(U24(a[i]) * U24(b[i])) + c[i])
TERNARY(mad24lo_s, uint32_t, uint32_t, (uint32_t)(S24(a[i]) * S24(b[i])) + c[i])
TERNARY(mad24hi_u, uint32_t, uint32_t, (uint32_t)(U24(a[i]) * U24(b[i]) >> 16) + c[i])
TERNARY(mad24hi_s, uint32_t, uint32_t, (uint32_t)(S24(a[i]) * S24(b[i]) >> 16) + c[i])
TERNARY(mad24hi_sat, uint32_t, uint32_t,
	clamp_s32((S24(a[i]) * S24(b[i]) >> 16) + (int32_t)c[i]))

/* ---- division ---- */

#define DIV_U(x, y)		((y) ? (x) / (y) : ~(x) | (x))
#define REM_U(x, y)		((y) ? (x) % (y) : ~(x) | (x))

/*
 * x / y by way of doubles, which are vectors' only division.  It is exact: the nearest quotient
 * below an integer n is n - 1/y, further from n than a double's precision.  0x1p52 + x has x in its
 * low bits.
 */
static inline double double_from(uint32_t x)
{
	return bits_double(0x4330000000000000ull | x) - 0x1p52;
}

static inline uint32_t quotient(uint32_t x, uint32_t y)
{
	const double q = __builtin_floor(double_from(x) / double_from(y)) + 0x1p52;

	return y ? (uint32_t)double_bits(q) : ~0u;
}

static inline uint32_t magnitude(int32_t x)
{
	return x < 0 ? 0u - (uint32_t)x : (uint32_t)x;
}

static inline uint32_t signed_quotient(int32_t x, int32_t y)
{
	const uint32_t q = quotient(magnitude(x), magnitude(y));

	return y && (x ^ y) < 0 ? 0u - q : q;
}

static inline int32_t div_s32(int32_t x, int32_t y)
{
	return y == 0 ? -1 : y == -1 ? (int32_t)(0u - (uint32_t)x) : x / y;
}

static inline int32_t rem_s32(int32_t x, int32_t y)
{
	return y == 0 ? -1 : y == -1 ? 0 : x % y;
}

static inline int64_t div_s64(int64_t x, int64_t y)
{
	return y == 0 ? -1 : y == -1 ? (int64_t)(0ull - (uint64_t)x) : x / y;
}

static inline int64_t rem_s64(int64_t x, int64_t y)
{
	return y == 0 ? -1 : y == -1 ? 0 : x % y;
}

BINARY(div_u16, uint32_t, uint32_t, U16(DIV_U(a[i] & 0xffff, b[i] & 0xffff)))
BINARY(div_s16, uint32_t, uint32_t, U16(div_s32(S16(a[i]), S16(b[i]))))
BINARY(div_u32, uint32_t, uint32_t, quotient(a[i], b[i]))
BINARY(div_s32_, uint32_t, int32_t, signed_quotient(a[i], b[i]))
BINARY(div_u64, uint64_t, uint64_t, DIV_U(a[i], b[i]))
BINARY(div_s64_, uint64_t, int64_t, div_s64(a[i], b[i]))
BINARY(rem_u16, uint32_t, uint32_t, U16(REM_U(a[i] & 0xffff, b[i] & 0xffff)))
BINARY(rem_s16, uint32_t, uint32_t, U16(rem_s32(S16(a[i]), S16(b[i]))))
BINARY(rem_u32, uint32_t, uint32_t, b[i] ? a[i] - quotient(a[i], b[i]) * b[i] : ~0u)
BINARY(rem_s32_, uint32_t, int32_t,
       b[i] ? (uint32_t)a[i] - signed_quotient(a[i], b[i]) * (uint32_t)b[i] : ~0u)
BINARY(rem_u64, uint64_t, uint64_t, REM_U(a[i], b[i]))
BINARY(rem_s64_, uint64_t, int64_t, rem_s64(a[i], b[i]))

/* ---- sign, order, distance ---- */

UNARY(neg_16, uint32_t, uint32_t, U16(0u - a[i]))
UNARY(neg_32, uint32_t, uint32_t, 0u - a[i])
UNARY(neg_64, uint64_t, uint64_t, 0ull - a[i])
UNARY(abs_16, uint32_t, uint32_t, U16(S16(a[i]) < 0 ? 0u - a[i] : a[i]))
UNARY(abs_32, uint32_t, uint32_t, (int32_t)a[i] < 0 ? 0u - a[i] : a[i])
UNARY(abs_64, uint64_t, uint64_t, (int64_t)a[i] < 0 ? 0ull - a[i] : a[i])

BINARY(min_u16, uint32_t, uint32_t, MIN(U16(a[i]), U16(b[i])))
BINARY(min_s16, uint32_t, uint32_t, U16(MIN(S16(a[i]), S16(b[i]))))
BINARY(min_u32, uint32_t, uint32_t, MIN(a[i], b[i]))
BINARY(min_s32, uint32_t, int32_t, MIN(a[i], b[i]))
BINARY(min_u64, uint64_t, uint64_t, MIN(a[i], b[i]))
BINARY(min_s64, uint64_t, int64_t, MIN(a[i], b[i]))
BINARY(max_u16, uint32_t, uint32_t, MAX(U16(a[i]), U16(b[i])))
BINARY(max_s16, uint32_t, uint32_t, U16(MAX(S16(a[i]), S16(b[i]))))
BINARY(max_u32, uint32_t, uint32_t, MAX(a[i], b[i]))
BINARY(max_s32, uint32_t, int32_t, MAX(a[i], b[i]))
BINARY(max_u64, uint64_t, uint64_t, MAX(a[i], b[i]))
BINARY(max_s64, uint64_t, int64_t, MAX(a[i], b[i]))
BINARY(min_relu, uint32_t, int32_t, MAX(MIN(a[i], b[i]), 0))
BINARY(max_relu, uint32_t, int32_t, MAX(MAX(a[i], b[i]), 0))
BINARY(min_relu2, uint32_t, uint32_t,
       HALVES(MAX(MIN(S16(a[i]), S16(b[i])), 0), MAX(MIN(S16(a[i] >> 16), S16(b[i] >> 16)), 0)))
BINARY(max_relu2, uint32_t, uint32_t,
       HALVES(MAX(MAX(S16(a[i]), S16(b[i])), 0), MAX(MAX(S16(a[i] >> 16), S16(b[i] >> 16)), 0)))

TERNARY(sad_u16, uint32_t, uint32_t,
	U16(c[i] + (U16(a[i]) < U16(b[i]) ? b[i] - a[i] : a[i] - b[i])))
TERNARY(sad_s16, uint32_t, uint32_t,
	U16(c[i] + (S16(a[i]) < S16(b[i]) ? b[i] - a[i] : a[i] - b[i])))
TERNARY(sad_u32, uint32_t, uint32_t, c[i] + (a[i] < b[i] ? b[i] - a[i] : a[i] - b[i]))
TERNARY(sad_s32, uint32_t, uint32_t,
	c[i] + ((int32_t)a[i] < (int32_t)b[i] ? b[i] - a[i] : a[i] - b[i]))
TERNARY(sad_u64, uint64_t, uint64_t, c[i] + (a[i] < b[i] ? b[i] - a[i] : a[i] - b[i]))
TERNARY(sad_s64, uint64_t, uint64_t,
	c[i] + ((int64_t)a[i] < (int64_t)b[i] ? b[i] - a[i] : a[i] - b[i]))

/* ---- dot products of bytes ---- */

#define BYTE_U(x, n)	((int32_t)(uint8_t)((x) >> 8 * (n)))
#define BYTE_S(x, n)	((int32_t)(int8_t)((x) >> 8 * (n)))
#define HALF_U(x, n)	((int32_t)(uint16_t)((x) >> 16 * (n)))
#define HALF_S(x, n)	((int32_t)(int16_t)((x) >> 16 * (n)))

#define DP4A(A, B)								\
	c[i] + (uint32_t)(BYTE_##A(a[i], 0) * BYTE_##B(b[i], 0)			\
			  + BYTE_##A(a[i], 1) * BYTE_##B(b[i], 1)		\
			  + BYTE_##A(a[i], 2) * BYTE_##B(b[i], 2)		\
			  + BYTE_##A(a[i], 3) * BYTE_##B(b[i], 3))
#define DP2A(A, B, n)								\
	c[i] + (uint32_t)HALF_##A(a[i], 0) * (uint32_t)BYTE_##B(b[i], n)	\
	+ (uint32_t)HALF_##A(a[i], 1) * (uint32_t)BYTE_##B(b[i], (n) + 1)

TERNARY(dp4a_uu, uint32_t, uint32_t, DP4A(U, U))
TERNARY(dp4a_us, uint32_t, uint32_t, DP4A(U, S))
TERNARY(dp4a_su, uint32_t, uint32_t, DP4A(S, U))
TERNARY(dp4a_ss, uint32_t, uint32_t, DP4A(S, S))
TERNARY(dp2alo_uu, uint32_t, uint32_t, DP2A(U, U, 0))
TERNARY(dp2alo_us, uint32_t, uint32_t, DP2A(U, S, 0))
TERNARY(dp2alo_su, uint32_t, uint32_t, DP2A(S, U, 0))
TERNARY(dp2alo_ss, uint32_t, uint32_t, DP2A(S, S, 0))
TERNARY(dp2ahi_uu, uint32_t, uint32_t, DP2A(U, U, 2))
TERNARY(dp2ahi_us, uint32_t, uint32_t, DP2A(U, S, 2))
TERNARY(dp2ahi_su, uint32_t, uint32_t, DP2A(S, U, 2))
TERNARY(dp2ahi_ss, uint32_t, uint32_t, DP2A(S, S, 2))

#define SIGNED2(op, name, s16, u16, s32, u32, s64, u64)				\
	{ op ".u16", "h=hh", name##_##u16 }, { op ".s16", "h=hh", name##_##s16 },	\
	{ op ".u32", "w=ww", name##_##u32 }, { op ".s32", "w=ww", name##_##s32 },	\
	{ op ".u64", "q=qq", name##_##u64 }, { op ".s64", "q=qq", name##_##s64 }
#define BOTH(op, name)	SIGNED2(op, name, 16, 16, 32, 32, 64, 64)
#define EACH(op, name)	SIGNED2(op, name, s16, u16, s32, u32, s64, u64)

static const struct exec_op table[] = {
	BOTH("add", add), BOTH("sub", sub), BOTH("mul.lo", mul),
	{ "add.sat.s32", "w=ww", add_sat }, { "sub.sat.s32", "w=ww", sub_sat },
	{ "add.u16x2", "w=ww", add_16x2 }, { "add.s16x2", "w=ww", add_16x2 },
	{ "min.u16x2", "w=ww", min_u16x2 }, { "max.u16x2", "w=ww", max_u16x2 },
	{ "min.s16x2", "w=ww", min_s16x2 }, { "max.s16x2", "w=ww", max_s16x2 },
	EACH("mul.hi", mulhi),
	{ "mul.wide.u16", "w=hh", mulwide_u16 }, { "mul.wide.s16", "w=hh", mulwide_s16 },
	{ "mul.wide.u32", "q=ww", mulwide_u32 }, { "mul.wide.s32", "q=ww", mulwide_s32 },
	{ "mad.lo.u16", "h=hhh", mad_16 }, { "mad.lo.s16", "h=hhh", mad_16 },
	{ "mad.lo.u32", "w=www", mad_32 }, { "mad.lo.s32", "w=www", mad_32 },
	{ "mad.lo.u64", "q=qqq", mad_64 }, { "mad.lo.s64", "q=qqq", mad_64 },
	{ "mad.hi.u16", "h=hhh", madhi_u16 }, { "mad.hi.s16", "h=hhh", madhi_s16 },
	{ "mad.hi.u32", "w=www", madhi_u32 }, { "mad.hi.s32", "w=www", madhi_s32 },
	{ "mad.hi.u64", "q=qqq", madhi_u64 }, { "mad.hi.s64", "q=qqq", madhi_s64 },
	{ "mad.hi.sat.s32", "w=www", madhi_sat },
	{ "mad.wide.u16", "w=hhw", madwide_u16 }, { "mad.wide.s16", "w=hhw", madwide_s16 },
	{ "mad.wide.u32", "q=wwq", madwide_u32 }, { "mad.wide.s32", "q=wwq", madwide_s32 },
	{ "mul24.lo.u32", "w=ww", mul24lo_u }, { "mul24.lo.s32", "w=ww", mul24lo_s },
	{ "mul24.hi.u32", "w=ww", mul24hi_u }, { "mul24.hi.s32", "w=ww", mul24hi_s },
	{ "mad24.lo.u32", "w=www", mad24lo_u }, { "mad24.lo.s32", "w=www", mad24lo_s },
	{ "mad24.hi.u32", "w=www", mad24hi_u }, { "mad24.hi.s32", "w=www", mad24hi_s },
	{ "mad24.hi.sat.s32", "w=www", mad24hi_sat },
	{ "div.u16", "h=hh", div_u16 }, { "div.s16", "h=hh", div_s16 },
	{ "div.u32", "w=ww", div_u32 }, { "div.s32", "w=ww", div_s32_ },
	{ "div.u64", "q=qq", div_u64 }, { "div.s64", "q=qq", div_s64_ },
	{ "rem.u16", "h=hh", rem_u16 }, { "rem.s16", "h=hh", rem_s16 },
	{ "rem.u32", "w=ww", rem_u32 }, { "rem.s32", "w=ww", rem_s32_ },
	{ "rem.u64", "q=qq", rem_u64 }, { "rem.s64", "q=qq", rem_s64_ },
	{ "neg.s16", "h=h", neg_16 }, { "neg.s32", "w=w", neg_32 }, { "neg.s64", "q=q", neg_64 },
	{ "abs.s16", "h=h", abs_16 }, { "abs.s32", "w=w", abs_32 }, { "abs.s64", "q=q", abs_64 },
	EACH("min", min), EACH("max", max),
	{ "min.relu.s32", "w=ww", min_relu }, { "max.relu.s32", "w=ww", max_relu },
	{ "min.s32.relu", "w=ww", min_relu }, { "max.s32.relu", "w=ww", max_relu },
	{ "min.s16x2.relu", "w=ww", min_relu2 }, { "max.s16x2.relu", "w=ww", max_relu2 },
	{ "min.relu.s16x2", "w=ww", min_relu2 }, { "max.relu.s16x2", "w=ww", max_relu2 },
	{ "sad.u16", "h=hhh", sad_u16 }, { "sad.s16", "h=hhh", sad_s16 },
	{ "sad.u32", "w=www", sad_u32 }, { "sad.s32", "w=www", sad_s32 },
	{ "sad.u64", "q=qqq", sad_u64 }, { "sad.s64", "q=qqq", sad_s64 },
	{ "dp4a.u32.u32", "w=www", dp4a_uu }, { "dp4a.u32.s32", "w=www", dp4a_us },
	{ "dp4a.s32.u32", "w=www", dp4a_su }, { "dp4a.s32.s32", "w=www", dp4a_ss },
	{ "dp2a.lo.u32.u32", "w=www", dp2alo_uu }, { "dp2a.lo.u32.s32", "w=www", dp2alo_us },
	{ "dp2a.lo.s32.u32", "w=www", dp2alo_su }, { "dp2a.lo.s32.s32", "w=www", dp2alo_ss },
	{ "dp2a.hi.u32.u32", "w=www", dp2ahi_uu }, { "dp2a.hi.u32.s32", "w=www", dp2ahi_us },
	{ "dp2a.hi.s32.u32", "w=www", dp2ahi_su }, { "dp2a.hi.s32.s32", "w=www", dp2ahi_ss },
};

EXEC_FAMILY(exec_int, table);
