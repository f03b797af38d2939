/* SPDX-License-Identifier: MIT */
/* error_set() for a file that must not include the runtime's header. */
#ifndef QCUDA_CUDART_ABSENT_H
#define QCUDA_CUDART_ABSENT_H

int absent_error(int error);

#endif
