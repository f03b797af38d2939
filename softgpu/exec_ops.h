/* SPDX-License-Identifier: MIT */
/*
 * exec_ops.h - shapes of handlers that the arithmetic files share
 *
 * UNARY(name, T, S, e), BINARY and TERNARY define a handler whose lane i gets the
 * expression e of a[i], b[i], c[i] (of type const S *), stored as T.
 */
#ifndef SOFTGPU_EXEC_OPS_H
#define SOFTGPU_EXEC_OPS_H

#include "softgpu/exec.h"

#define HANDLER(name)								\
	static const struct insn *name(struct warp *w, const struct insn *in)

#define UNARY(name, T, S, e)							\
	HANDLER(name)								\
	{									\
		T *d = RESULT(T, w, in->o[0]);					\
		const S *a = operand(w, in->o[1]);				\
										\
		STORE_LANES(T, w, d, e);					\
		return in + 1;							\
	}

#define BINARY(name, T, S, e)							\
	HANDLER(name)								\
	{									\
		T *d = RESULT(T, w, in->o[0]);					\
		const S *a = operand(w, in->o[1]), *b = operand(w, in->o[2]);	\
										\
		STORE_LANES(T, w, d, e);					\
		return in + 1;							\
	}

/* The second operand is of another width: shifts */
#define BINARY2(name, T, S, S2, e)						\
	HANDLER(name)								\
	{									\
		T *d = RESULT(T, w, in->o[0]);					\
		const S *a = operand(w, in->o[1]);				\
		const S2 *b = operand(w, in->o[2]);				\
										\
		STORE_LANES(T, w, d, e);					\
		return in + 1;							\
	}

#define TERNARY(name, T, S, e)							\
	HANDLER(name)								\
	{									\
		T *d = RESULT(T, w, in->o[0]);					\
		const S *a = operand(w, in->o[1]), *b = operand(w, in->o[2]);	\
		const S *c = operand(w, in->o[3]);				\
										\
		STORE_LANES(T, w, d, e);					\
		return in + 1;							\
	}

#define TERNARY2(name, T, S, S2, e)						\
	HANDLER(name)								\
	{									\
		T *d = RESULT(T, w, in->o[0]);					\
		const S *a = operand(w, in->o[1]);				\
		const S2 *b = operand(w, in->o[2]), *c = operand(w, in->o[3]);	\
										\
		STORE_LANES(T, w, d, e);					\
		return in + 1;							\
	}

/* a and b of one type, c of another: mad.wide */
#define TERNARY3(name, T, S, S3, e)						\
	HANDLER(name)								\
	{									\
		T *d = RESULT(T, w, in->o[0]);					\
		const S *a = operand(w, in->o[1]), *b = operand(w, in->o[2]);	\
		const S3 *c = operand(w, in->o[3]);				\
										\
		STORE_LANES(T, w, d, e);					\
		return in + 1;							\
	}

#define COMPARE(name, S, e)							\
	HANDLER(name)								\
	{									\
		const S *a = operand(w, in->o[1]), *b = operand(w, in->o[2]);	\
		uint32_t bits = 0;						\
										\
		EACH_LANE							\
			bits |= (e) ? lane_bit[i] : 0;				\
		pred_write(w, in->o[0], bits);					\
		return in + 1;							\
	}

/* 64-bit lanes: the bit table has their width, so that the loop stays in one width */
#define COMPARE64(name, S, e)							\
	HANDLER(name)								\
	{									\
		const S *a = operand(w, in->o[1]), *b = operand(w, in->o[2]);	\
		uint64_t bits = 0;						\
										\
		EACH_LANE							\
			bits |= (e) ? lane_bit64[i] : 0;			\
		pred_write(w, in->o[0], (uint32_t)bits);			\
		return in + 1;							\
	}

/* 16-bit values live zero-extended in 32-bit lanes */
#define U16(x)	((uint16_t)(x))
#define S16(x)	((int16_t)(x))

#endif /* SOFTGPU_EXEC_OPS_H */
