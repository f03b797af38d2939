/* SPDX-License-Identifier: MIT */
/* stream.h - what is known of streams here */
#ifndef QCU_LIBRARY_STREAM_H
#define QCU_LIBRARY_STREAM_H

#include "qcu-library/cuda/api.h"

/** stream_check() - CUDA_ERROR_INVALID_HANDLE unless @stream is a default stream or lives */
CUresult stream_check(CUstream stream);

struct arg;

/** stream_is_legacy() - does the argument of a call name the legacy default stream? */
bool stream_is_legacy(const struct arg *stream);

#endif
