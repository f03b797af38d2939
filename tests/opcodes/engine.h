/* SPDX-License-Identifier: MIT */
/* engine.h - before the first kernel of an opcode test and after the last, in a unit test */
#ifndef TESTS_OPCODES_ENGINE_H
#define TESTS_OPCODES_ENGINE_H

void engine_open(void);
void engine_close(void);

#endif /* TESTS_OPCODES_ENGINE_H */
