/* SPDX-License-Identifier: MIT */
/*
 * loan.h - names lent to the host for objects that its driver made
 *
 * Faces qcu-device/worker/loan.h.  The host takes names in order, as many as it
 * needs, and says how many; the others are forgotten.
 */
#ifndef QCU_LIBRARY_LOAN_H
#define QCU_LIBRARY_LOAN_H

#include "qcu-library/cuda/api.h"
#include "wire/handle.h"

struct loan {
	uint64_t *names;
	uint32_t n;
};

/** loan_init() - @n names of @kind for objects of @owner */
CUresult loan_init(struct loan *loan, enum handle_kind kind, uint64_t owner, uint32_t n);

/** loan_finish() - the first @used names are objects now */
void loan_finish(struct loan *loan, uint32_t used);

#endif
