/* SPDX-License-Identifier: MIT */
/* Every integer, logic, shift and comparison instruction of every type against C */
#include "tests/opcodes/row.h"

typedef unsigned __int128 u128;
typedef __int128 s128;

#define U16(x)	((uint16_t)(x))
#define S16(x)	((int16_t)(x))
#define U32(x)	((uint32_t)(x))
#define S32(x)	((int32_t)(x))
#define S64(x)	((int64_t)(x))

static int64_t clamp32(int64_t x)
{
	return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : x;
}

/* The bits [from, from + length) one by one, as the PTX ISA words it */
static uint64_t field(uint64_t x, uint64_t from, uint64_t length, unsigned width, bool is_signed)
{
	uint64_t out = 0, sign;
	unsigned top;

	from &= 255;
	length &= 255;
	top = from + length - 1 < width - 1 ? (unsigned)(from + length - 1) : width - 1;
	sign = is_signed && length ? x >> top & 1 : 0;
	for (unsigned i = 0; i < width; i++) {
		uint64_t bit = i < length && from + i < width ? x >> (from + i) & 1 : sign;

		out |= bit << i;
	}
	return out;
}

static uint64_t insert(uint64_t from, uint64_t into, uint64_t pos, uint64_t length, unsigned width)
{
	pos &= 255;
	length &= 255;
	for (uint64_t i = 0; i < length && pos + i < width; i++)
		into = (into & ~(1ull << (pos + i))) | (from >> i & 1) << (pos + i);
	return into;
}

static uint64_t reverse(uint64_t x, unsigned width)
{
	uint64_t out = 0;

	for (unsigned i = 0; i < width; i++)
		out |= (x >> i & 1) << (width - 1 - i);
	return out;
}

static uint64_t highest(uint64_t x, unsigned width, bool is_signed, bool amount)
{
	if (is_signed && x >> (width - 1) & 1)
		x = ~x;
	for (unsigned i = width; i-- > 0;)
		if (x >> i & 1)
			return amount ? width - 1 - i : i;
	return 0xffffffff;
}

static uint64_t leading(uint64_t x, unsigned width)
{
	unsigned n = 0;

	while (n < width && !(x >> (width - 1 - n) & 1))
		n++;
	return n;
}

static uint64_t permute(uint64_t bytes, uint64_t selectors)
{
	uint64_t out = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t selector = selectors >> 4 * i & 15, byte = bytes >> 8 * (selector & 7) & 255;

		out |= (selector & 8 ? (byte & 128 ? 255 : 0) : byte) << 8 * i;
	}
	return out;
}

static uint64_t dot(uint64_t a, uint64_t b, uint64_t c, bool sa, bool sb)
{
	for (unsigned i = 0; i < 4; i++) {
		int x = sa ? (int8_t)(a >> 8 * i) : (uint8_t)(a >> 8 * i);
		int y = sb ? (int8_t)(b >> 8 * i) : (uint8_t)(b >> 8 * i);

		c += (uint64_t)(int64_t)(x * y);
	}
	return U32(c);
}

static uint64_t dot2(uint64_t a, uint64_t b, uint64_t c, bool sa, bool sb, unsigned half)
{
	for (unsigned i = 0; i < 2; i++) {
		int64_t x = sa ? S16(a >> 16 * i) : U16(a >> 16 * i);
		int64_t y = sb ? (int8_t)(b >> (16 * half + 8 * i)) : (uint8_t)(b >> (16 * half + 8 * i));

		c += (uint64_t)(x * y);
	}
	return U32(c);
}

static uint64_t lut(uint64_t a, uint64_t b, uint64_t c, unsigned table)
{
	uint64_t out = 0;

	for (unsigned i = 0; i < 32; i++)
		out |= (uint64_t)(table >> ((a >> i & 1) * 4 + (b >> i & 1) * 2 + (c >> i & 1)) & 1) << i;
	return out;
}

static uint64_t extend(uint64_t x, uint64_t n, bool wrap, bool is_signed)
{
	n = wrap ? n & 31 : n;
	if (!n)
		return 0;
	return n > 31 ? U32(x) : field(x, 0, n, 32, is_signed);
}

static uint64_t bit_mask(uint64_t pos, uint64_t length, bool wrap)
{
	uint64_t out = 0;

	if (wrap) {
		pos &= 31;
		length &= 31;
	}
	for (uint64_t i = pos; i < 32 && i - pos < length; i++)
		out |= 1ull << i;
	return out;
}

static uint64_t find_nth(uint64_t mask, uint64_t base, int64_t offset)
{
	int64_t pos = (int64_t)base;

	if (!offset)
		return mask >> base & 1 ? base : 0xffffffff;
	for (int64_t left = offset < 0 ? -offset : offset; pos >= 0 && pos < 32;
	     pos += offset < 0 ? -1 : 1)
		if (mask >> pos & 1 && !--left)
			return (uint64_t)pos;
	return 0xffffffff;
}

#define S24(x)	(S32(U32(x) << 8) >> 8)
#define U24(x)	((x) & 0xffffff)
#define PAIR(lo, hi)	(U32(lo) | (uint64_t)U32(hi) << 32)
#define ABSDIFF(x, y)	((x) > (y) ? (uint64_t)(x) - (uint64_t)(y) : (uint64_t)(y) - (uint64_t)(x))
#define MIN(x, y)	((x) < (y) ? (x) : (y))
#define MAX(x, y)	((x) > (y) ? (x) : (y))
#define TWO(lo, hi)	(U16(lo) | (uint32_t)U16(hi) << 16)

#define FOR_WIDTHS(X, op, e)							\
	X(op ".u16", "h=hh", U16(e)) X(op ".s16", "h=hh", U16(e))		\
	X(op ".u32", "w=ww", U32(e)) X(op ".s32", "w=ww", U32(e))		\
	X(op ".u64", "q=qq", (e)) X(op ".s64", "q=qq", (e))

#define FOR_TYPES(X, op, F)							\
	X(op ".u16", "h=hh", U16(F(U16(a), U16(b)))) X(op ".s16", "h=hh", U16(F(S16(a), S16(b))))	\
	X(op ".u32", "w=ww", U32(F(U32(a), U32(b)))) X(op ".s32", "w=ww", U32(F(S32(a), S32(b))))	\
	X(op ".u64", "q=qq", F(a, b)) X(op ".s64", "q=qq", F(S64(a), S64(b)))

#define DIV_U(x, y, T)	((y) ? (T)(x) / (T)(y) : (T)-1)
/* By zero: PTX does not say; GPUs give all ones */
#define REM_U(x, y, T)	((y) ? (T)(x) % (T)(y) : (T)-1)
#define DIV_S(x, y, T)	(!(y) ? (T)-1 : (y) == -1 ? (T)(0 - (T)(x)) : (T)((x) / (y)))
#define REM_S(x, y, T)	(!(y) ? (T)-1 : (y) == -1 ? (T)0 : (T)((x) % (y)))

#define COMPARE(X, cmp, op)							\
	X("setp." cmp ".u16", "p=hh", U16(a) op U16(b)) X("setp." cmp ".s16", "p=hh", S16(a) op S16(b))	\
	X("setp." cmp ".u32", "p=ww", U32(a) op U32(b)) X("setp." cmp ".s32", "p=ww", S32(a) op S32(b))	\
	X("setp." cmp ".u64", "p=qq", a op b) X("setp." cmp ".s64", "p=qq", S64(a) op S64(b))	\
	X("set." cmp ".u32.u32", "w=ww", U32(a) op U32(b) ? 0xffffffff : 0)	\
	X("set." cmp ".f32.s64", "f=qq", S64(a) op S64(b) ? 0x3f800000 : 0)	\
	X("setp." cmp ".and.s32", "p=wwp", S32(a) op S32(b) && c)		\
	X("setp." cmp ".or.u64", "p=qqp", a op b || c)				\
	X("setp." cmp ".xor.s16", "p=hhp", (S16(a) op S16(b)) ^ (int)c)

#define SHIFT(x, n, width)	((n) >= (width) ? 0 : (x) << ((n) & 63))
#define SHIFT_R(x, n, width)	((n) >= (width) ? 0 : (x) >> ((n) & 63))
#define SHIFT_S(x, n, width)	((x) >> ((n) >= (width) ? (width) - 1 : (n)))

/* PTX has places and lengths up to 255 only */
#define FIELD(text)	"{\n.reg .b32 %p, %n;\nand.b32 %p, %b, 255;\nand.b32 %n, %c, 255;\n" text "\n}"
#define SLCT(X, type, signature)	X("slct." type ".s32", signature, S32(c) >= 0 ? a : b)
#define RELU(x)		((x) < 0 ? 0 : (x))

#define CASES(X)								\
	FOR_WIDTHS(X, "add", a + b) FOR_WIDTHS(X, "sub", a - b) FOR_WIDTHS(X, "mul.lo", a * b)	\
	X("add.sat.s32", "w=ww", U32(clamp32((int64_t)S32(a) + S32(b))))	\
	X("sub.sat.s32", "w=ww", U32(clamp32((int64_t)S32(a) - S32(b))))	\
	X("add.u16x2", "w=ww", TWO(a + b, (a >> 16) + (b >> 16)))		\
	X("min.u16x2", "w=ww", TWO(MIN(U16(a), U16(b)), MIN(U16(a >> 16), U16(b >> 16))))	\
	X("max.s16x2", "w=ww", TWO(MAX(S16(a), S16(b)), MAX(S16(a >> 16), S16(b >> 16))))	\
	X("mul.hi.u16", "h=hh", U16(a * b >> 16))				\
	X("mul.hi.s16", "h=hh", U16(S16(a) * S16(b) >> 16))			\
	X("mul.hi.u32", "w=ww", U32(a * b >> 32))				\
	X("mul.hi.s32", "w=ww", U32((int64_t)S32(a) * S32(b) >> 32))		\
	X("mul.hi.u64", "q=qq", (uint64_t)((u128)a * b >> 64))			\
	X("mul.hi.s64", "q=qq", (uint64_t)((s128)S64(a) * S64(b) >> 64))	\
	X("mul.wide.u16", "w=hh", U32(a * b))					\
	X("mul.wide.s16", "w=hh", U32(S16(a) * S16(b)))				\
	X("mul.wide.u32", "q=ww", a * b)					\
	X("mul.wide.s32", "q=ww", (uint64_t)((int64_t)S32(a) * S32(b)))		\
	X("mad.lo.u16", "h=hhh", U16(a * b + c)) X("mad.lo.s32", "w=www", U32(a * b + c))	\
	X("mad.lo.s64", "q=qqq", a * b + c)					\
	X("mad.hi.u32", "w=www", U32((a * b >> 32) + c))			\
	X("mad.hi.s32", "w=www", U32(((int64_t)S32(a) * S32(b) >> 32) + S32(c)))	\
	X("mad.hi.sat.s32", "w=www", U32(clamp32(((int64_t)S32(a) * S32(b) >> 32) + S32(c))))	\
	X("mad.hi.u64", "q=qqq", (uint64_t)((u128)a * b >> 64) + c)		\
	X("mad.hi.s64", "q=qqq", (uint64_t)((s128)S64(a) * S64(b) >> 64) + c)	\
	X("mad.hi.u16", "h=hhh", U16((a * b >> 16) + c))			\
	X("mad.hi.s16", "h=hhh", U16((S16(a) * S16(b) >> 16) + S16(c)))		\
	X("mad.wide.u16", "w=hhw", U32(a * b + c))				\
	X("mad.wide.s16", "w=hhw", U32((uint64_t)(int64_t)(S16(a) * S16(b)) + c))	\
	X("mad.wide.u32", "q=wwq", a * b + c)					\
	X("mad.wide.s32", "q=wwq", (uint64_t)((int64_t)S32(a) * S32(b)) + c)	\
	X("mul24.lo.u32", "w=ww", U32(U24(a) * U24(b)))				\
	X("mul24.lo.s32", "w=ww", U32((int64_t)S24(a) * S24(b)))		\
	X("mul24.hi.u32", "w=ww", U32(U24(a) * U24(b) >> 16))			\
	X("mul24.hi.s32", "w=ww", U32((int64_t)S24(a) * S24(b) >> 16))		\
	X("mad24.lo.s32", "w=www", U32((uint64_t)((int64_t)S24(a) * S24(b)) + c))	\
	X("mad24.hi.u32", "w=www", U32((U24(a) * U24(b) >> 16) + c))		\
	X("mad24.hi.sat.s32", "w=www", U32(clamp32(((int64_t)S24(a) * S24(b) >> 16) + S32(c))))	\
	X("div.u16", "h=hh", DIV_U(a, b, uint16_t)) X("div.s16", "h=hh", U16(DIV_S(S16(a), S16(b), int32_t)))	\
	X("div.u32", "w=ww", DIV_U(a, b, uint32_t)) X("div.s32", "w=ww", DIV_S(S32(a), S32(b), uint32_t))	\
	X("div.u64", "q=qq", DIV_U(a, b, uint64_t)) X("div.s64", "q=qq", DIV_S(S64(a), S64(b), uint64_t))	\
	X("rem.u16", "h=hh", REM_U(a, b, uint16_t)) X("rem.s16", "h=hh", U16(REM_S(S16(a), S16(b), int32_t)))	\
	X("rem.u32", "w=ww", REM_U(a, b, uint32_t)) X("rem.s32", "w=ww", REM_S(S32(a), S32(b), uint32_t))	\
	X("rem.u64", "q=qq", REM_U(a, b, uint64_t)) X("rem.s64", "q=qq", REM_S(S64(a), S64(b), uint64_t))	\
	X("neg.s16", "h=h", U16(-a)) X("neg.s32", "w=w", U32(-a)) X("neg.s64", "q=q", -a)	\
	X("abs.s16", "h=h", U16(S16(a) < 0 ? -a : a))				\
	X("abs.s32", "w=w", U32(S32(a) < 0 ? -a : a)) X("abs.s64", "q=q", S64(a) < 0 ? -a : a)	\
	FOR_TYPES(X, "min", MIN) FOR_TYPES(X, "max", MAX)			\
	X("max.relu.s32", "w=ww", U32(MAX(MAX(S32(a), S32(b)), 0)))		\
	X("min.relu.s32", "w=ww", U32(MAX(MIN(S32(a), S32(b)), 0)))		\
	X("max.s32.relu", "w=ww", U32(MAX(MAX(S32(a), S32(b)), 0)))		\
	X("min.s32.relu", "w=ww", U32(MAX(MIN(S32(a), S32(b)), 0)))		\
	X("min.s16x2.relu", "w=ww", TWO(MAX(MIN(S16(a), S16(b)), 0), MAX(MIN(S16(a >> 16), S16(b >> 16)), 0)))	\
	X("max.s16x2.relu", "w=ww", TWO(MAX(MAX(S16(a), S16(b)), 0), MAX(MAX(S16(a >> 16), S16(b >> 16)), 0)))	\
	X("add.s16x2", "w=ww", TWO(a + b, (a >> 16) + (b >> 16)))		\
	X("min.s16x2", "w=ww", TWO(MIN(S16(a), S16(b)), MIN(S16(a >> 16), S16(b >> 16))))	\
	X("max.u16x2", "w=ww", TWO(MAX(U16(a), U16(b)), MAX(U16(a >> 16), U16(b >> 16))))	\
	X("sad.u16", "h=hhh", U16(c + ABSDIFF(U16(a), U16(b))))			\
	X("sad.s16", "h=hhh", U16(c + ABSDIFF(S16(a), S16(b))))			\
	X("sad.u32", "w=www", U32(c + ABSDIFF(U32(a), U32(b))))			\
	X("sad.s32", "w=www", U32(c + ABSDIFF(S32(a), S32(b))))			\
	X("sad.u64", "q=qqq", c + ABSDIFF(a, b)) X("sad.s64", "q=qqq", c + ABSDIFF(S64(a), S64(b)))	\
	X("dp4a.u32.u32", "w=www", dot(a, b, c, false, false))			\
	X("dp4a.s32.u32", "w=www", dot(a, b, c, true, false))			\
	X("dp4a.u32.s32", "w=www", dot(a, b, c, false, true))			\
	X("dp4a.s32.s32", "w=www", dot(a, b, c, true, true))			\
	X("dp2a.lo.u32.u32", "w=www", dot2(a, b, c, false, false, 0))		\
	X("dp2a.hi.s32.u32", "w=www", dot2(a, b, c, true, false, 1))		\
	X("dp2a.hi.u32.s32", "w=www", dot2(a, b, c, false, true, 1))		\
	X("dp2a.lo.s32.s32", "w=www", dot2(a, b, c, true, true, 0))		\
	X("and.b16", "h=hh", a & b) X("and.b32", "w=ww", a & b) X("and.b64", "q=qq", a & b)	\
	X("or.b16", "h=hh", a | b) X("or.b32", "w=ww", a | b) X("or.b64", "q=qq", a | b)	\
	X("xor.b16", "h=hh", a ^ b) X("xor.b32", "w=ww", a ^ b) X("xor.b64", "q=qq", a ^ b)	\
	X("and.pred", "p=pp", a & b) X("or.pred", "p=pp", a | b) X("xor.pred", "p=pp", a ^ b)	\
	X("not.b16", "h=h", U16(~a)) X("not.b32", "w=w", U32(~a)) X("not.b64", "q=q", ~a)	\
	X("not.pred", "p=p", !a)						\
	X("cnot.b16", "h=h", !a) X("cnot.b32", "w=w", !a) X("cnot.b64", "q=q", !a)	\
	X("shl.b16", "h=hw", U16(SHIFT(a, b, 16))) X("shl.b32", "w=ww", U32(SHIFT(a, b, 32)))	\
	X("shl.b64", "q=qw", SHIFT(a, b, 64))					\
	X("shr.u16", "h=hw", SHIFT_R(a, b, 16)) X("shr.u32", "w=ww", SHIFT_R(a, b, 32))	\
	X("shr.u64", "q=qw", SHIFT_R(a, b, 64)) X("shr.b32", "w=ww", SHIFT_R(a, b, 32))	\
	X("shr.s16", "h=hw", U16(SHIFT_S(S16(a), b, 16)))			\
	X("shr.s32", "w=ww", U32(SHIFT_S(S32(a), b, 32)))			\
	X("shr.s64", "q=qw", (uint64_t)SHIFT_S(S64(a), b, 64))			\
	X("shf.l.wrap.b32", "w=www", U32(PAIR(a, b) << (c & 31) >> 32))		\
	X("shf.r.wrap.b32", "w=www", U32(PAIR(a, b) >> (c & 31)))		\
	X("shf.l.clamp.b32", "w=www", U32(PAIR(a, b) << MIN(c, 32) >> 32))	\
	X("shf.r.clamp.b32", "w=www", U32(PAIR(a, b) >> MIN(c, 32)))		\
	X("popc.b32", "w=w", (uint64_t)__builtin_popcountll(a)) X("popc.b64", "w=q", (uint64_t)__builtin_popcountll(a))	\
	X("clz.b32", "w=w", leading(a, 32)) X("clz.b64", "w=q", leading(a, 64))	\
	X("brev.b32", "w=w", reverse(a, 32)) X("brev.b64", "q=q", reverse(a, 64))	\
	X("bfind.u32", "w=w", highest(a, 32, false, false)) X("bfind.s32", "w=w", highest(U32(a), 32, true, false))	\
	X("bfind.u64", "w=q", highest(a, 64, false, false)) X("bfind.s64", "w=q", highest(a, 64, true, false))	\
	X("bfind.shiftamt.u32", "w=w", highest(a, 32, false, true))		\
	X("bfind.shiftamt.s64", "w=q", highest(a, 64, true, true))		\
	X("bfe.u32", "w=www", field(a, b, c, 32, false)) X("bfe.s32", "w=www", field(a, b, c, 32, true))	\
	X(FIELD("bfe.u64 %d, %a, %p, %n;"), "q=qww", field(a, b, c, 64, false))	\
	X(FIELD("bfe.s64 %d, %a, %p, %n;"), "q=qww", field(a, b, c, 64, true))	\
	X("bmsk.clamp.b32", "w=ww", bit_mask(a, b, false)) X("bmsk.wrap.b32", "w=ww", bit_mask(a, b, true))	\
	X("szext.clamp.u32", "w=ww", extend(a, b, false, false)) X("szext.clamp.s32", "w=ww", extend(a, b, false, true))	\
	X("szext.wrap.u32", "w=ww", extend(a, b, true, false)) X("szext.wrap.s32", "w=ww", extend(a, b, true, true))	\
	X("{\n.reg .b32 %n;\nand.b32 %b, %b, 31;\nshr.s32 %n, %c, 25;\nfns.b32 %d, %a, %b, %n;\n}",	\
	  "w=www", find_nth(a, b & 31, S32(c) >> 25))				\
	X("prmt.b32", "w=www", permute(PAIR(a, b), c))				\
	X("prmt.b32.f4e", "w=www", permute(PAIR(a, b), 0x3210 + 0x1111 * (c & 3)))	\
	X("prmt.b32.rc8", "w=www", permute(PAIR(a, b), 0x1111 * (c & 3)))	\
	X("prmt.b32.rc16", "w=www", permute(PAIR(a, b), c & 1 ? 0x3232 : 0x1010))	\
	X("prmt.b32.b4e", "w=www", permute(PAIR(a, b), (c & 3) == 0 ? 0x5670 : (c & 3) == 1 ? 0x6701 : (c & 3) == 2 ? 0x7012 : 0x0123))	\
	X("prmt.b32.ecl", "w=www", permute(PAIR(a, b), (c & 3) == 0 ? 0x3210 : (c & 3) == 1 ? 0x3211 : (c & 3) == 2 ? 0x3222 : 0x3333))	\
	X("prmt.b32.ecr", "w=www", permute(PAIR(a, b), (c & 3) == 0 ? 0x0000 : (c & 3) == 1 ? 0x1110 : (c & 3) == 2 ? 0x2210 : 0x3210))	\
	X("selp.b16", "h=hhp", c ? a : b) X("selp.u32", "w=wwp", c ? a : b)	\
	X("selp.s64", "q=qqp", c ? a : b) X("selp.f32", "f=ffp", c ? a : b) X("selp.f64", "d=ddp", c ? a : b)	\
	COMPARE(X, "eq", ==) COMPARE(X, "ne", !=) COMPARE(X, "lt", <) COMPARE(X, "le", <=)	\
	COMPARE(X, "gt", >) COMPARE(X, "ge", >=)				\
	X("setp.lo.u16", "p=hh", a < b) X("setp.lo.u32", "p=ww", a < b) X("setp.lo.u64", "p=qq", a < b)	\
	X("setp.ls.u16", "p=hh", a <= b) X("setp.ls.u32", "p=ww", a <= b) X("setp.ls.u64", "p=qq", a <= b)	\
	X("setp.hi.u16", "p=hh", a > b) X("setp.hi.u32", "p=ww", a > b) X("setp.hi.u64", "p=qq", a > b)	\
	X("setp.hs.u16", "p=hh", a >= b) X("setp.hs.u32", "p=ww", a >= b) X("setp.hs.u64", "p=qq", a >= b)	\
	X("setp.eq.b16", "p=hh", a == b) X("setp.eq.b32", "p=ww", a == b) X("setp.eq.b64", "p=qq", a == b)	\
	X("setp.ne.b16", "p=hh", a != b) X("setp.ne.b32", "p=ww", a != b) X("setp.ne.b64", "p=qq", a != b)	\
	X("selp.u16", "h=hhp", c ? a : b) X("selp.s32", "w=wwp", c ? a : b) X("selp.b64", "q=qqp", c ? a : b)	\
	X("shr.b16", "h=hw", SHIFT_R(a, b, 16)) X("shr.b64", "q=qw", SHIFT_R(a, b, 64))	\
	X("bfind.shiftamt.s32", "w=w", highest(a, 32, true, true))		\
	X("bfind.shiftamt.u64", "w=q", highest(a, 64, false, true))		\
	X("mad.lo.s16", "h=hhh", U16(a * b + c)) X("mad.lo.u64", "q=qqq", a * b + c)	\
	X("mad24.lo.u32", "w=www", U32(U24(a) * U24(b) + c))			\
	X("mad24.hi.s32", "w=www", U32(((int64_t)S24(a) * S24(b) >> 16) + S32(c)))	\
	X("dp2a.hi.s32.s32", "w=www", dot2(a, b, c, true, true, 1))		\
	X("dp2a.hi.u32.u32", "w=www", dot2(a, b, c, false, false, 1))		\
	X("dp2a.lo.s32.u32", "w=www", dot2(a, b, c, true, false, 0))		\
	X("dp2a.lo.u32.s32", "w=www", dot2(a, b, c, false, true, 0))		\
	SLCT(X, "b16", "h=hhw") SLCT(X, "u16", "h=hhw") SLCT(X, "s16", "h=hhw")	\
	SLCT(X, "b32", "w=www") SLCT(X, "u32", "w=www") SLCT(X, "s32", "w=www") SLCT(X, "f32", "f=ffw")	\
	SLCT(X, "b64", "q=qqw") SLCT(X, "u64", "q=qqw") SLCT(X, "s64", "q=qqw") SLCT(X, "f64", "d=ddw")	\
	X("selp.s16", "h=hhp", c ? a : b) X("selp.b32", "w=wwp", c ? a : b)	\
	X("mov.s16", "h=h", a) X("mov.s32", "w=w", a) X("mov.s64", "q=q", a)	\
	X("min.relu.s16x2", "w=ww", TWO(RELU(MIN(S16(a), S16(b))), RELU(MIN(S16(a >> 16), S16(b >> 16)))))	\
	X("max.relu.s16x2", "w=ww", TWO(RELU(MAX(S16(a), S16(b))), RELU(MAX(S16(a >> 16), S16(b >> 16)))))	\
	X("mov.b32", "w=w", a) X("mov.b64", "q=q", a) X("mov.u16", "h=h", a) X("mov.pred", "p=p", a)	\
	X("{\n.reg .b32 %p, %n;\nmov.b64 {%p, %n}, %c;\nbfi.b32 %d, %a, %b, %p, %n;\n}", "w=wwq",	\
	  U32(insert(a, b, U32(c), c >> 32, 32)))				\
	X("{\n.reg .b32 %p, %n;\nmov.b64 {%p, %n}, %c;\nand.b32 %p, %p, 255;\nand.b32 %n, %n, 255;\n"	\
	  "bfi.b64 %d, %a, %b, %p, %n;\n}", "q=qqq",				\
	  insert(a, b, U32(c), c >> 32, 64))					\
	X("lop3.b32 %d, %a, %b, %c, 0xe8;", "w=www", lut(a, b, c, 0xe8))	\
	X("lop3.b32 %d, %a, %b, %c, 0x2d;", "w=www", lut(a, b, c, 0x2d))	\
	X("{\n.reg .pred %q;\nsetp.lt.u32 %q, %a, %b;\nmov.b32 %d, %a;\n"	\
	  "@%q add.u32 %d, %d, 5;\n@!%q sub.u32 %d, %d, 7;\n}", "w=ww", U32(a < b ? a + 5 : a - 7))	\
	X("{\n.reg .b32 %x, %y;\nadd.cc.u32 %x, %a, %b;\naddc.u32 %y, %c, -1;\nmov.b64 %d, {%x, %y};\n}",	\
	  "q=www", PAIR(a + b, c - 1 + ((a + b) >> 32)))				\
	X("{\n.reg .b32 %x, %y;\nsub.cc.u32 %x, %a, %b;\nsubc.u32 %y, %c, 9;\nmov.b64 %d, {%x, %y};\n}",	\
	  "q=www", PAIR(a - b, c - 9 - (a < b)))

ROWS(check_cases, CASES, NULL)

unsigned check_integer(void)
{
	check_cases();
	return rows_end("integer");
}
