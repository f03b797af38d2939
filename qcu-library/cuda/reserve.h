/* SPDX-License-Identifier: MIT */
/* reserve.h - addresses of the device, kept free of anything of this process */
#ifndef QCU_LIBRARY_RESERVE_H
#define QCU_LIBRARY_RESERVE_H

#include "qcu-library/cuda/api.h"

/** reserve() - false if this process has something there already */
bool reserve(uint64_t start, uint64_t bytes);

/** reserved() - has @address been an address of the device? */
bool reserved(uint64_t address);

#endif
