/* SPDX-License-Identifier: MIT */
/* output.h - what kernels printed, on this program's stdout */
#ifndef QCU_LIBRARY_OUTPUT_H
#define QCU_LIBRARY_OUTPUT_H

/** output_print() - fetch what waits on the host and print it; makes calls */
void output_print(void);

#endif
