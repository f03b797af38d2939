/* SPDX-License-Identifier: MIT */
/* crew.h - memcpy() by several threads; the worker uses it, too */
#ifndef QCU_LIBRARY_CREW_H
#define QCU_LIBRARY_CREW_H

#include <stddef.h>

/** crew_size() - with how many threads to copy on a machine with @cpus CPUs */
int crew_size(int cpus);

/**
 * crew_copy() - as memcpy(); what is large is shared with the crew
 * @threads: how many are to copy at once, the calling one among them; always the same, or 1
 */
void crew_copy(void *dst, const void *src, size_t bytes, int threads);

/** crew_fill() - the same for staging memory that the device is to read: @dst is page aligned */
void crew_fill(void *dst, const void *src, size_t bytes, int threads);

#endif
