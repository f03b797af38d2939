/* SPDX-License-Identifier: MIT */
/* callback.h - functions of this program that the host's driver calls in stream order */
#ifndef QCU_LIBRARY_CALLBACK_H
#define QCU_LIBRARY_CALLBACK_H

#include "qcu-library/cuda/api.h"

/**
 * callback_ready() - from now on functions that the host asks for are run
 *
 * Before anything that may run one is sent.  Return: CUDA_SUCCESS, the session's
 * error, or CUDA_ERROR_OUT_OF_MEMORY if there is no thread for it.
 */
CUresult callback_ready(void);

/** callback_of() - a host function as it is sent */
struct wire_callback callback_of(CUhostFn function, void *data);

#endif
