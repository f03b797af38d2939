/* SPDX-License-Identifier: MIT */
/* coverage.h - is every instruction of softgpu in what the tests ran? */
#ifndef TESTS_OPCODES_COVERAGE_H
#define TESTS_OPCODES_COVERAGE_H

struct program;

/* coverage_note() - the instructions of @program's kernels have been run */
void coverage_note(const struct program *program);

/* coverage_check() - the number of instructions that were in no program; stderr names them */
unsigned coverage_check(void);

#endif /* TESTS_OPCODES_COVERAGE_H */
