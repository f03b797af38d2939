/* SPDX-License-Identifier: MIT */
/*
 * exec_call.h - calls, as the decoder describes them
 *
 * Arguments and results pass through local memory.  A function's frame begins with its
 * results, then its parameters, each at the next multiple of its alignment, so that a
 * prototype alone says where they are.
 */
#ifndef SOFTGPU_EXEC_CALL_H
#define SOFTGPU_EXEC_CALL_H

#include "softgpu/exec.h"

/* struct call_copy - one argument or result; offsets in the two frames */
struct call_copy {
	uint32_t caller, callee, bytes;
};

struct call_site {
	const struct function *caller, *callee;
	struct call_copy *arguments, *results;
	uint32_t argument_count, result_count;
	uint32_t callee_index;
	uint32_t parameter_bytes;
};

/* struct branch_table - of brx.idx */
struct branch_table {
	uint32_t count;
	const struct insn *targets[];
};

/* kernel_function_at() - what a function pointer points to; NULL: no decoded function */
const struct function *kernel_function_at(const struct kernel *kernel, uint64_t pointer);

#endif /* SOFTGPU_EXEC_CALL_H */
