/* SPDX-License-Identifier: MIT */
/* exec_families.h - the instruction tables, one a file exec_*.c */
#ifndef SOFTGPU_EXEC_FAMILIES_H
#define SOFTGPU_EXEC_FAMILIES_H

#include "softgpu/exec.h"

#define EXEC_FAMILIES(X)							\
	X(exec_approx) X(exec_atom) X(exec_b128) X(exec_barrier) X(exec_bits) X(exec_carry)	\
	X(exec_cluster)								\
	X(exec_compare) X(exec_control) X(exec_cvt) X(exec_f16) X(exec_float)	\
	X(exec_int) X(exec_matrix) X(exec_mbarrier) X(exec_mem) X(exec_mov) X(exec_once) X(exec_round)	\
	X(exec_surf) X(exec_syscall) X(exec_tex) X(exec_video) X(exec_warp)

#define DECLARE_FAMILY(name)	extern const struct exec_family name##_base, name##_v3;
EXEC_FAMILIES(DECLARE_FAMILY)
#undef DECLARE_FAMILY

#endif /* SOFTGPU_EXEC_FAMILIES_H */
