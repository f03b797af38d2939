/* SPDX-License-Identifier: MIT */
/*
 * gpu.h - where the kernels of the opcode tests run
 *
 * Theory of operation
 *
 * Whether an instruction is right is asked by one set of rows (integer.c, float.c ...), and answered
 * by two back ends: engine.c runs them on softgpu's engine alone, in unit tests, with the handlers for
 * any x86-64 and with those for this one; driver.c runs them through the driver API, in the programs
 * opcodes_*, so on softgpu, over the wire and on a real GPU.  The GPU is right.
 *
 * A kernel is a PTX text with an entry "k" that takes the address of a copy of the test's memory.  A GPU's
 * driver takes longer to compile a text than to run it, and much of that a text: several entries share one.
 */
#ifndef TESTS_OPCODES_GPU_H
#define TESTS_OPCODES_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gpu_program;

/* The compute capability, 75 or 90 */
unsigned gpu_capability(void);

/* gpu_has() - has it @instruction?  If not, stderr says so */
bool gpu_has(const char *instruction);

/* gpu_head() - the first lines of a module for this GPU */
const char *gpu_head(void);

/* gpu_try() - load @text; NULL, and why in @log, if that is refused */
struct gpu_program *gpu_try(const char *text, char *log, size_t log_bytes);

/* gpu_load() - load @text; a refusal ends the test */
struct gpu_program *gpu_load(const char *text);

/**
 * struct gpu_shape - of a launch
 * @shared:	bytes of dynamic shared memory
 * @cluster:	blocks of a cluster; zeroes: without
 * @entry:	of the kernel; NULL: "k"
 * @extra:	EXTRA_BYTES for the kernel's second parameter, ".param .align 16 .b8 extra[64]"; NULL: it
 *		has only the address
 */
struct gpu_shape {
	unsigned grid[3], block[3], shared;
	const char *entry;
	const void *extra;
	unsigned cluster[3];
};

#define EXTRA_BYTES	64

/* gpu_launch() - run the kernel on a copy of @data, which comes back; a failure ends the test */
void gpu_launch(struct gpu_program *program, const struct gpu_shape *shape, void *data, size_t bytes);

static inline void gpu_run_entry(struct gpu_program *program, const char *entry, unsigned grid, unsigned block,
				 void *data, size_t bytes)
{
	gpu_launch(program, &(struct gpu_shape){ .grid = { grid, 1, 1 }, .block = { block, 1, 1 }, .entry = entry },
		   data, bytes);
}

static inline void gpu_run(struct gpu_program *program, unsigned grid, unsigned block, void *data,
			   size_t bytes)
{
	gpu_run_entry(program, NULL, grid, block, data, bytes);
}

void gpu_unload(struct gpu_program *program);

uint64_t random_bits(void);

/* gpu_fail() - end the test: @file and @line say where it failed */
_Noreturn void gpu_fail(const char *file, int line, const char *what);

#define CHECK(condition)							\
	do {									\
		if (!(condition))						\
			gpu_fail(__FILE__, __LINE__, #condition);		\
	} while (0)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* What each file of rows has for a test program: the number of instructions found wrong */
unsigned check_async(void);
unsigned check_atomic(void);
unsigned check_cluster(void);
unsigned check_control(void);
unsigned check_conversion(void);
unsigned check_float(void);
unsigned check_half(void);
unsigned check_integer(void);
unsigned check_matrix(void);
unsigned check_memory(void);
unsigned check_special(void);
unsigned check_warp(void);
unsigned check_wide(void);

#endif /* TESTS_OPCODES_GPU_H */
