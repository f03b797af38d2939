/* SPDX-License-Identifier: MIT */
/* window.h - pageable memory of the program that the host sees, without the program's asking */
#ifndef QCU_LIBRARY_WINDOW_H
#define QCU_LIBRARY_WINDOW_H

#include "qcu-library/cuda/api.h"

struct window;

/**
 * window_get() - find or open a window for a copy
 * @address: of the first byte
 * @bytes: in: how many; out: how many of them this answer is about
 * @span: out: where the host finds them
 *
 * A command that names @span may fail with CUDA_ERROR_NOT_FOUND: then the copy must go
 * another way.
 *
 * Return: a window, for window_put() once the copy is done; NULL: these bytes must go
 * another way.
 */
struct window *window_get(uint64_t address, size_t *bytes, struct wire_span *span);
void window_put(struct window *window);

/** window_close_idle() - close those that no copy uses; false if there are none */
bool window_close_idle(void);

#endif
