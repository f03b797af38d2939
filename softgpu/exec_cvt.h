/* SPDX-License-Identifier: MIT */
/*
 * exec_cvt.h - how the decoder tells "cvt.any" what to convert: insn.aux
 */
#ifndef SOFTGPU_EXEC_CVT_H
#define SOFTGPU_EXEC_CVT_H

#include "softgpu/exec_half.h"

enum cvt_aux {
	CVT_TO_SHIFT = 0,		/* enum ptx_type, 5 bits */
	CVT_FROM_SHIFT = 5,		/* enum ptx_type, 5 bits */
	CVT_ROUND_SHIFT = 10,		/* enum rounding, 3 bits */
	CVT_INTEGER = 1 << 13,		/* .rni .rzi .rmi .rpi: to an integral value */
	CVT_FTZ = 1 << 14,
	CVT_SAT = 1 << 15,
	CVT_RELU = 1 << 16,
	CVT_SATFINITE = 1 << 17,
	CVT_REG16 = 1 << 18,		/* the destination register has 16 bits */
	CVT_REG64 = 1 << 19,		/* ... 64 bits */
};

/* Of "cvt.fp8.f32" and its like */
enum { FP8_E5M2 = 1, FP8_RELU = 2 };

#endif /* SOFTGPU_EXEC_CVT_H */
