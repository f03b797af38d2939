/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* jit.h - which options of the JIT compiler and linker travel: struct wire_option */
#ifndef QCUDA_WIRE_JIT_H
#define QCUDA_WIRE_JIT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/cuda_api.h"

#define WIRE_MAX_OPTIONS	64

/** jit_option_is_plain() - is the value a number?  The others are pointers or obsolete */
static inline bool jit_option_is_plain(uint32_t option)
{
	switch (option) {
	case CU_JIT_MAX_REGISTERS:
	case CU_JIT_THREADS_PER_BLOCK:
	case CU_JIT_OPTIMIZATION_LEVEL:
	case CU_JIT_TARGET_FROM_CUCONTEXT:
	case CU_JIT_TARGET:
	case CU_JIT_FALLBACK_STRATEGY:
	case CU_JIT_GENERATE_DEBUG_INFO:
	case CU_JIT_LOG_VERBOSE:
	case CU_JIT_GENERATE_LINE_INFO:
	case CU_JIT_CACHE_MODE:
	case CU_JIT_POSITION_INDEPENDENT_CODE:
	case CU_JIT_MIN_CTA_PER_SM:
	case CU_JIT_MAX_THREADS_PER_BLOCK:
	case CU_JIT_OVERRIDE_DIRECTIVE_VALUES:
		return true;
	}
	return false;
}

#endif
