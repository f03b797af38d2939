/* SPDX-License-Identifier: MIT */
/* crew.h - memcpy(), and what goes like it, by several threads; the worker uses it, too */
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

#define CREW_GRAIN	((size_t)64 << 10)

/* Does what is to be done with the @bytes at @from + @at, a multiple of CREW_GRAIN */
typedef void crew_work(void *to, const void *from, size_t at, size_t bytes);

/** crew_run() - have @work done, in any order, with all of @bytes, in pieces that are whole grains but for the last */
void crew_run(crew_work *work, void *to, const void *from, size_t bytes, int threads);

#endif
