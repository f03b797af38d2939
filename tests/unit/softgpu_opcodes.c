/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c tests/opcodes/engine_rows.c */
/* The rows of tests/opcodes on softgpu's engine alone, with both sets of handlers */
#include "softgpu_engine.h"
#undef CHECK
#undef ARRAY_SIZE

#include "tests/opcodes/coverage.h"
#include "tests/opcodes/engine.h"
#include "tests/opcodes/gpu.h"

int main(void)
{
	unsigned bad = 0;

	both_instruction_sets();
	engine_open();
	bad += check_async();
	bad += check_atomic();
	bad += check_cluster();
	bad += check_control();
	bad += check_conversion();
	bad += check_float();
	bad += check_half();
	bad += check_integer();
	bad += check_matrix();
	bad += check_memory();
	bad += check_special();
	bad += check_warp();
	bad += check_wide();
	bad += coverage_check();
	engine_close();
	return bad != 0;
}
