/* SPDX-License-Identifier: MIT */
/*
 * exec_bits.c - logic, shifts, bit fields, bytes (PTX ISA, Logic and Shift Instructions and
 * the bit-manipulating half of the Integer Arithmetic Instructions)
 */

#include "softgpu/exec_ops.h"

#define LOGIC(name, op)								\
	BINARY(name##_32, uint32_t, uint32_t, a[i] op b[i])			\
	BINARY(name##_64, uint64_t, uint64_t, a[i] op b[i])			\
	HANDLER(name##_pred)							\
	{									\
		pred_write(w, in->o[0], *pred(w, in->o[1]) op *pred(w, in->o[2]));	\
		return in + 1;							\
	}

LOGIC(and, &)
LOGIC(or, |)
LOGIC(xor, ^)

UNARY(not_16, uint32_t, uint32_t, U16(~a[i]))
UNARY(not_32, uint32_t, uint32_t, ~a[i])
UNARY(not_64, uint64_t, uint64_t, ~a[i])
UNARY(cnot_16, uint32_t, uint32_t, U16(a[i]) == 0)
UNARY(cnot_32, uint32_t, uint32_t, a[i] == 0)
UNARY(cnot_64, uint64_t, uint64_t, a[i] == 0)

HANDLER(not_pred)
{
	pred_write(w, in->o[0], ~*pred(w, in->o[1]));
	return in + 1;
}

/* Any function of three bits: bit 4a+2b+c of the table is the result */
HANDLER(lop3)
{
	uint32_t *d = r32(w, in->o[0]);
	const uint32_t *a = r32(w, in->o[1]), *b = r32(w, in->o[2]), *c = r32(w, in->o[3]);
	const uint32_t k = r32(w, in->o[4])[0];
	uint32_t m[8];

	for (unsigned n = 0; n < 8; n++)
		m[n] = k >> n & 1 ? ~0u : 0;
	STORE_LANES(uint32_t, w, d,
		    (a[i] & b[i] & c[i] & m[7]) | (a[i] & b[i] & ~c[i] & m[6])
		    | (a[i] & ~b[i] & c[i] & m[5]) | (a[i] & ~b[i] & ~c[i] & m[4])
		    | (~a[i] & b[i] & c[i] & m[3]) | (~a[i] & b[i] & ~c[i] & m[2])
		    | (~a[i] & ~b[i] & c[i] & m[1]) | (~a[i] & ~b[i] & ~c[i] & m[0]));
	return in + 1;
}

/* ---- shifts: a count beyond the width shifts everything out ---- */

BINARY(shl_16, uint32_t, uint32_t, b[i] > 15 ? 0 : U16(a[i] << (b[i] & 15)))
BINARY(shl_32, uint32_t, uint32_t, b[i] > 31 ? 0 : a[i] << (b[i] & 31))
BINARY2(shl_64, uint64_t, uint64_t, uint32_t, b[i] > 63 ? 0 : a[i] << (b[i] & 63))
BINARY(shr_u16, uint32_t, uint32_t, b[i] > 15 ? 0 : U16(a[i]) >> (b[i] & 15))
BINARY(shr_s16, uint32_t, uint32_t, U16(S16(a[i]) >> (b[i] > 15 ? 15 : b[i])))
BINARY(shr_u32, uint32_t, uint32_t, b[i] > 31 ? 0 : a[i] >> (b[i] & 31))
BINARY(shr_s32, uint32_t, uint32_t, (int32_t)a[i] >> (b[i] > 31 ? 31 : b[i]))
BINARY2(shr_u64, uint64_t, uint64_t, uint32_t, b[i] > 63 ? 0 : a[i] >> (b[i] & 63))
BINARY2(shr_s64, uint64_t, int64_t, uint32_t, a[i] >> (b[i] > 63 ? 63 : b[i]))

#define PAIR(lo, hi)	((uint64_t)(hi) << 32 | (lo))
#define CLAMP32(n)	((n) > 32 ? 32 : (n))

TERNARY(shf_l_wrap, uint32_t, uint32_t, PAIR(a[i], b[i]) << (c[i] & 31) >> 32)
TERNARY(shf_r_wrap, uint32_t, uint32_t, PAIR(a[i], b[i]) >> (c[i] & 31))
TERNARY(shf_l_clamp, uint32_t, uint32_t, PAIR(a[i], b[i]) << CLAMP32(c[i]) >> 32)
TERNARY(shf_r_clamp, uint32_t, uint32_t, PAIR(a[i], b[i]) >> CLAMP32(c[i]))

/* ---- counting ---- */

static inline uint32_t bits32(uint32_t x)
{
	x -= x >> 1 & 0x55555555;
	x = (x & 0x33333333) + (x >> 2 & 0x33333333);
	return ((x + (x >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
}

static inline uint32_t clz32(uint32_t x)
{
	return x ? (uint32_t)__builtin_clz(x) : 32;
}

static inline uint32_t clz64(uint64_t x)
{
	return x ? (uint32_t)__builtin_clzll(x) : 64;
}

static inline uint32_t reverse32(uint32_t x)
{
	x = (x >> 1 & 0x55555555) | (x & 0x55555555) << 1;
	x = (x >> 2 & 0x33333333) | (x & 0x33333333) << 2;
	x = (x >> 4 & 0x0f0f0f0f) | (x & 0x0f0f0f0f) << 4;
	return __builtin_bswap32(x);
}

UNARY(popc_32, uint32_t, uint32_t, bits32(a[i]))
UNARY(popc_64, uint32_t, uint64_t, bits32((uint32_t)a[i]) + bits32((uint32_t)(a[i] >> 32)))
UNARY(clz_32, uint32_t, uint32_t, clz32(a[i]))
UNARY(clz_64, uint32_t, uint64_t, clz64(a[i]))
UNARY(brev_32, uint32_t, uint32_t, reverse32(a[i]))
UNARY(brev_64, uint64_t, uint64_t, PAIR(reverse32((uint32_t)(a[i] >> 32)), reverse32((uint32_t)a[i])))

/* The most significant bit that is not the sign; none: all ones */
#define FIND32(x)	((x) ? 31 - clz32(x) : ~0u)
#define FIND64(x)	((x) ? 63 - clz64(x) : ~0u)
#define SHIFT32(x)	((x) ? clz32(x) : ~0u)
#define SHIFT64(x)	((x) ? clz64(x) : ~0u)
#define UNSIGN32(x)	((int32_t)(x) < 0 ? ~(x) : (x))
#define UNSIGN64(x)	((int64_t)(x) < 0 ? ~(x) : (x))

UNARY(bfind_u32, uint32_t, uint32_t, FIND32(a[i]))
UNARY(bfind_s32, uint32_t, uint32_t, FIND32(UNSIGN32(a[i])))
UNARY(bfind_u64, uint32_t, uint64_t, FIND64(a[i]))
UNARY(bfind_s64, uint32_t, uint64_t, FIND64(UNSIGN64(a[i])))
UNARY(bfind_shift_u32, uint32_t, uint32_t, SHIFT32(a[i]))
UNARY(bfind_shift_s32, uint32_t, uint32_t, SHIFT32(UNSIGN32(a[i])))
UNARY(bfind_shift_u64, uint32_t, uint64_t, SHIFT64(a[i]))
UNARY(bfind_shift_s64, uint32_t, uint64_t, SHIFT64(UNSIGN64(a[i])))

/* The @offset-th set bit from bit @base on, upwards or downwards; 0 asks about @base alone */
static uint32_t find_nth(uint32_t mask, uint32_t base, int32_t offset)
{
	int step = offset < 0 ? -1 : 1;
	int32_t left = offset ? (offset < 0 ? -(offset + 1) : offset - 1) : 0;

	base &= 31;
	if (!offset)
		return mask >> base & 1 ? base : ~0u;
	for (int pos = (int)base; pos >= 0 && pos < 32; pos += step)
		if (mask >> pos & 1 && !left--)
			return (uint32_t)pos;
	return ~0u;
}

TERNARY(fns, uint32_t, uint32_t, find_nth(a[i], b[i], (int32_t)c[i]))

/* ---- bit fields: position and length are bytes, parts beyond the word are not there ---- */

static inline uint64_t field_mask(uint32_t length)
{
	return length > 63 ? ~0ull : (1ull << length) - 1;
}

/* The @n lowest bits */
static inline uint32_t low_bits(uint32_t n)
{
	return n > 31 ? ~0u : (1u << (n & 31)) - 1;
}

static inline uint32_t insert32(uint32_t from, uint32_t into, uint32_t pos, uint32_t length)
{
	uint32_t mask;

	pos &= 255;
	length &= 255;
	mask = pos > 31 ? 0 : low_bits(length) << (pos & 31);
	return (into & ~mask) | (from << (pos & 31) & mask);
}

static inline uint64_t insert64(uint64_t from, uint64_t into, uint32_t pos, uint32_t length)
{
	uint64_t mask;

	pos &= 255;
	length &= 255;
	if (pos > 63)
		return into;
	mask = field_mask(length) << pos;
	return (into & ~mask) | (from << pos & mask);
}

static inline uint32_t extract32(uint32_t x, uint32_t pos, uint32_t length, bool is_signed)
{
	uint32_t end, value, sign;

	pos &= 255;
	length &= 255;
	end = pos + length > 32 ? 32 : pos + length;
	value = pos > 31 ? 0 : x >> (pos & 31) & low_bits(length);
	sign = is_signed && length ? 0 - (x >> ((end - 1) & 31) & 1) : 0;
	/* From the field's sign bit on, all ones */
	return value | (sign & ~(pos > 31 ? 0 : low_bits(end - pos)));
}

static inline uint64_t extract64(uint64_t x, uint32_t pos, uint32_t length, bool is_signed)
{
	unsigned top;
	uint64_t value;

	pos &= 255;
	length &= 255;
	top = pos + length - 1 < 63 ? pos + length - 1 : 63;
	value = pos < 64 ? x >> pos & field_mask(length) : 0;
	if (!is_signed || !length || !(x >> top & 1))
		return value;
	return pos > 63 ? ~0ull : value | ~field_mask(top - pos + 1);
}

HANDLER(bfi_32)
{
	uint32_t *d = r32(w, in->o[0]);
	const uint32_t *a = r32(w, in->o[1]), *b = r32(w, in->o[2]);
	const uint32_t *pos = r32(w, in->o[3]), *length = r32(w, in->o[4]);

	STORE_LANES(uint32_t, w, d, insert32(a[i], b[i], pos[i], length[i]));
	return in + 1;
}

HANDLER(bfi_64)
{
	uint64_t *d = r64(w, in->o[0]);
	const uint64_t *a = r64(w, in->o[1]), *b = r64(w, in->o[2]);
	const uint32_t *pos = r32(w, in->o[3]), *length = r32(w, in->o[4]);

	STORE_LANES(uint64_t, w, d, insert64(a[i], b[i], pos[i], length[i]));
	return in + 1;
}

TERNARY(bfe_u32, uint32_t, uint32_t, extract32(a[i], b[i], c[i], false))
TERNARY(bfe_s32, uint32_t, uint32_t, extract32(a[i], b[i], c[i], true))
TERNARY2(bfe_u64, uint64_t, uint64_t, uint32_t, extract64(a[i], b[i], c[i], false))
TERNARY2(bfe_s64, uint64_t, uint64_t, uint32_t, extract64(a[i], b[i], c[i], true))

static inline uint32_t make_mask(uint32_t pos, uint32_t length)
{
	if (pos > 31)
		return 0;
	return (uint32_t)(field_mask(length > 32 ? 32 : length) << pos);
}

BINARY(bmsk_clamp, uint32_t, uint32_t, make_mask(a[i], b[i]))
BINARY(bmsk_wrap, uint32_t, uint32_t, make_mask(a[i] & 31, b[i] & 31))

static inline uint32_t extend(uint32_t x, uint32_t n, bool wrap, bool is_signed)
{
	if (wrap)
		n &= 31;
	if (!n)
		return 0;
	if (n > 31)
		return x;
	x <<= 32 - n;
	return is_signed ? (uint32_t)((int32_t)x >> (32 - n)) : x >> (32 - n);
}

BINARY(szext_clamp_u, uint32_t, uint32_t, extend(a[i], b[i], false, false))
BINARY(szext_clamp_s, uint32_t, uint32_t, extend(a[i], b[i], false, true))
BINARY(szext_wrap_u, uint32_t, uint32_t, extend(a[i], b[i], true, false))
BINARY(szext_wrap_s, uint32_t, uint32_t, extend(a[i], b[i], true, true))

/* ---- byte permutation ---- */

/* One byte of b:a; bit 3 of the selector replicates its sign */
static inline uint32_t pick_byte(uint32_t a, uint32_t b, uint32_t selector)
{
	const uint32_t byte = (selector & 4 ? b : a) >> 8 * (selector & 3) & 0xff;

	return selector & 8 ? (byte >> 7) * 0xff : byte;
}

static inline uint32_t permute(uint32_t a, uint32_t b, uint32_t selectors)
{
	return pick_byte(a, b, selectors) | pick_byte(a, b, selectors >> 4) << 8
	       | pick_byte(a, b, selectors >> 8) << 16 | pick_byte(a, b, selectors >> 12) << 24;
}

/* Selectors of the named modes, by the two low bits of c (PTX ISA, prmt) */
static const uint16_t forward4[4] = { 0x3210, 0x4321, 0x5432, 0x6543 };
static const uint16_t backward4[4] = { 0x5670, 0x6701, 0x7012, 0x0123 };
static const uint16_t replicate8[4] = { 0x0000, 0x1111, 0x2222, 0x3333 };
static const uint16_t edge_left[4] = { 0x3210, 0x3211, 0x3222, 0x3333 };
static const uint16_t edge_right[4] = { 0x0000, 0x1110, 0x2210, 0x3210 };
static const uint16_t replicate16[4] = { 0x1010, 0x3232, 0x1010, 0x3232 };

TERNARY(prmt, uint32_t, uint32_t, permute(a[i], b[i], c[i]))
TERNARY(prmt_f4e, uint32_t, uint32_t, permute(a[i], b[i], forward4[c[i] & 3]))
TERNARY(prmt_b4e, uint32_t, uint32_t, permute(a[i], b[i], backward4[c[i] & 3]))
TERNARY(prmt_rc8, uint32_t, uint32_t, permute(a[i], b[i], replicate8[c[i] & 3]))
TERNARY(prmt_ecl, uint32_t, uint32_t, permute(a[i], b[i], edge_left[c[i] & 3]))
TERNARY(prmt_ecr, uint32_t, uint32_t, permute(a[i], b[i], edge_right[c[i] & 3]))
TERNARY(prmt_rc16, uint32_t, uint32_t, permute(a[i], b[i], replicate16[c[i] & 3]))

#define LOGIC_ROWS(op, name)							\
	{ op ".b16", "h=hh", name##_32 }, { op ".b32", "w=ww", name##_32 },	\
	{ op ".b64", "q=qq", name##_64 }, { op ".pred", "p=pp", name##_pred }
#define BFIND_ROWS(op, name)							\
	{ op ".u32", "w=w", name##_u32 }, { op ".s32", "w=w", name##_s32 },	\
	{ op ".u64", "w=q", name##_u64 }, { op ".s64", "w=q", name##_s64 }

static const struct exec_op table[] = {
	LOGIC_ROWS("and", and), LOGIC_ROWS("or", or), LOGIC_ROWS("xor", xor),
	{ "not.b16", "h=h", not_16 }, { "not.b32", "w=w", not_32 }, { "not.b64", "q=q", not_64 },
	{ "not.pred", "p=p", not_pred },
	{ "cnot.b16", "h=h", cnot_16 }, { "cnot.b32", "w=w", cnot_32 },
	{ "cnot.b64", "q=q", cnot_64 },
	{ "lop3.b32", "w=wwww", lop3 },
	{ "shl.b16", "h=hw", shl_16 }, { "shl.b32", "w=ww", shl_32 }, { "shl.b64", "q=qw", shl_64 },
	{ "shr.b16", "h=hw", shr_u16 }, { "shr.b32", "w=ww", shr_u32 },
	{ "shr.b64", "q=qw", shr_u64 },
	{ "shr.u16", "h=hw", shr_u16 }, { "shr.u32", "w=ww", shr_u32 },
	{ "shr.u64", "q=qw", shr_u64 },
	{ "shr.s16", "h=hw", shr_s16 }, { "shr.s32", "w=ww", shr_s32 },
	{ "shr.s64", "q=qw", shr_s64 },
	{ "shf.l.wrap.b32", "w=www", shf_l_wrap }, { "shf.r.wrap.b32", "w=www", shf_r_wrap },
	{ "shf.l.clamp.b32", "w=www", shf_l_clamp }, { "shf.r.clamp.b32", "w=www", shf_r_clamp },
	{ "popc.b32", "w=w", popc_32 }, { "popc.b64", "w=q", popc_64 },
	{ "clz.b32", "w=w", clz_32 }, { "clz.b64", "w=q", clz_64 },
	{ "brev.b32", "w=w", brev_32 }, { "brev.b64", "q=q", brev_64 },
	BFIND_ROWS("bfind", bfind), BFIND_ROWS("bfind.shiftamt", bfind_shift),
	{ "fns.b32", "w=www", fns },
	{ "bfi.b32", "w=wwww", bfi_32 }, { "bfi.b64", "q=qqww", bfi_64 },
	{ "bfe.u32", "w=www", bfe_u32 }, { "bfe.s32", "w=www", bfe_s32 },
	{ "bfe.u64", "q=qww", bfe_u64 }, { "bfe.s64", "q=qww", bfe_s64 },
	{ "bmsk.clamp.b32", "w=ww", bmsk_clamp }, { "bmsk.wrap.b32", "w=ww", bmsk_wrap },
	{ "szext.clamp.u32", "w=ww", szext_clamp_u }, { "szext.clamp.s32", "w=ww", szext_clamp_s },
	{ "szext.wrap.u32", "w=ww", szext_wrap_u }, { "szext.wrap.s32", "w=ww", szext_wrap_s },
	{ "prmt.b32", "w=www", prmt }, { "prmt.b32.f4e", "w=www", prmt_f4e },
	{ "prmt.b32.b4e", "w=www", prmt_b4e }, { "prmt.b32.rc8", "w=www", prmt_rc8 },
	{ "prmt.b32.ecl", "w=www", prmt_ecl }, { "prmt.b32.ecr", "w=www", prmt_ecr },
	{ "prmt.b32.rc16", "w=www", prmt_rc16 },
};

EXEC_FAMILY(exec_bits, table);
