/* SPDX-License-Identifier: MIT */
/* output.h - what kernels printed and asserted, on this program's stdout and stderr */
#ifndef QCU_LIBRARY_OUTPUT_H
#define QCU_LIBRARY_OUTPUT_H

#include <stdint.h>

/** output_print() - fetch what waits on the host, enum channel_output, and print it; makes calls */
void output_print(uint32_t waits);

#endif
