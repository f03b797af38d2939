/* SPDX-License-Identifier: MIT */
/*
 * exec_carry.c - extended-precision arithmetic: add.cc, addc, sub.cc, subc, mad.cc, madc
 *
 * The carry flag is a hidden predicate register of the frame, so that it survives
 * divergence like any other.  For subtraction the flag holds the borrow.
 */

#include "softgpu/exec_ops.h"

/*
 * d = sum, carry = e2; @t is wide enough for neither, so the carry is computed apart.
 * Operands: d, [flag out], a, b, [c], [flag in]; @out and @in say which flags there are.
 */
#define CARRY(name, T, nsrc, OUT, IN, SUM, FLAG)				\
	HANDLER(name)								\
	{									\
		T *d = operand(w, in->o[0]);					\
		const T *a = operand(w, in->o[1 + (OUT)]);			\
		const T *b = operand(w, in->o[2 + (OUT)]);			\
		const T *c = operand(w, in->o[(nsrc) + (OUT)]);			\
		const uint32_t cin = (IN) ? *pred(w, in->o[1 + (OUT) + (nsrc)]) : 0;	\
		uint32_t cout = 0;						\
										\
		EACH_ACTIVE(i, w->mask) {					\
			const T k = cin >> i & 1;				\
			const T x = a[i], y = b[i], z = c[i];			\
			T sum;							\
										\
			(void)z;						\
			(void)k;						\
			cout |= (FLAG) ? 1u << i : 0;				\
			sum = (SUM);						\
			d[i] = sum;						\
		}								\
		if (OUT)							\
			pred_write(w, in->o[1], cout);				\
		return in + 1;							\
	}

#define SUM_FLAG(T, x, y, k)	((T)((x) + (y)) < (x) || (T)((x) + (y) + (k)) < (T)((x) + (y)))
#define SUB_FLAG(x, y, k)	((x) < (y) || ((x) == (y) && (k)))

#define WITH_CARRY(T, n)							\
	CARRY(add_cc_##n, T, 2, 1, 0, x + y, SUM_FLAG(T, x, y, 0))		\
	CARRY(addc_##n, T, 2, 0, 1, x + y + k, 0)				\
	CARRY(addc_cc_##n, T, 2, 1, 1, x + y + k, SUM_FLAG(T, x, y, k))		\
	CARRY(sub_cc_##n, T, 2, 1, 0, x - y, SUB_FLAG(x, y, 0))			\
	CARRY(subc_##n, T, 2, 0, 1, x - y - k, 0)				\
	CARRY(subc_cc_##n, T, 2, 1, 1, x - y - k, SUB_FLAG(x, y, k))

WITH_CARRY(uint32_t, 32)
WITH_CARRY(uint64_t, 64)

#define LO(x, y)	((x) * (y))
#define HIU32(x, y)	((uint32_t)((uint64_t)(x) * (y) >> 32))
#define HIS32(x, y)	((uint32_t)((int64_t)(int32_t)(x) * (int32_t)(y) >> 32))
#define HIU64(x, y)	((uint64_t)((unsigned __int128)(x) * (y) >> 64))
#define HIS64(x, y)	((uint64_t)((__int128)(int64_t)(x) * (int64_t)(y) >> 64))

#define MAD_CARRY(T, n, P)							\
	CARRY(mad_cc_##n, T, 3, 1, 0, P(x, y) + z, SUM_FLAG(T, P(x, y), z, 0))	\
	CARRY(madc_##n, T, 3, 0, 1, P(x, y) + z + k, 0)				\
	CARRY(madc_cc_##n, T, 3, 1, 1, P(x, y) + z + k, SUM_FLAG(T, P(x, y), z, k))

MAD_CARRY(uint32_t, lo32, LO)
MAD_CARRY(uint32_t, hiu32, HIU32)
MAD_CARRY(uint32_t, his32, HIS32)
MAD_CARRY(uint64_t, lo64, LO)
MAD_CARRY(uint64_t, hiu64, HIU64)
MAD_CARRY(uint64_t, his64, HIS64)

#define ROWS(type, n, l)							\
	{ "add.cc." type, l "x=" l l, add_cc_##n },				\
	{ "addc." type, l "=" l l "x", addc_##n },				\
	{ "addc.cc." type, l "x=" l l "x", addc_cc_##n },			\
	{ "sub.cc." type, l "x=" l l, sub_cc_##n },				\
	{ "subc." type, l "=" l l "x", subc_##n },				\
	{ "subc.cc." type, l "x=" l l "x", subc_cc_##n }
#define MAD_ROWS(half, type, n, l)						\
	{ "mad." half ".cc." type, l "x=" l l l, mad_cc_##n },			\
	{ "madc." half "." type, l "=" l l l "x", madc_##n },			\
	{ "madc." half ".cc." type, l "x=" l l l "x", madc_cc_##n }

static const struct exec_op table[] = {
	ROWS("u32", 32, "w"), ROWS("s32", 32, "w"), ROWS("u64", 64, "q"), ROWS("s64", 64, "q"),
	MAD_ROWS("lo", "u32", lo32, "w"), MAD_ROWS("lo", "s32", lo32, "w"),
	MAD_ROWS("hi", "u32", hiu32, "w"), MAD_ROWS("hi", "s32", his32, "w"),
	MAD_ROWS("lo", "u64", lo64, "q"), MAD_ROWS("lo", "s64", lo64, "q"),
	MAD_ROWS("hi", "u64", hiu64, "q"), MAD_ROWS("hi", "s64", his64, "q"),
};

EXEC_FAMILY(exec_carry, table);
