/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/loan.h"

CUresult loan_init(struct loan *loan, enum handle_kind kind, uint64_t owner, uint32_t n)
{
	loan->n = 0;
	loan->names = calloc(n + 1, sizeof(*loan->names));
	if (!loan->names)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (; loan->n < n; loan->n++) {
		loan->names[loan->n] = handle_new(kind, owner);
		if (!loan->names[loan->n]) {
			loan_finish(loan, 0);
			return CUDA_ERROR_OUT_OF_MEMORY;
		}
	}
	return CUDA_SUCCESS;
}

void loan_finish(struct loan *loan, uint32_t used)
{
	while (loan->n > used)
		handle_drop(loan->names[--loan->n]);
	free(loan->names);
}
