/* SPDX-License-Identifier: MIT */
/* crew.h - memcpy() by several threads */
#ifndef QCU_LIBRARY_CREW_H
#define QCU_LIBRARY_CREW_H

#include <stddef.h>

/** crew_copy() - as memcpy(); what is large is shared with threads of this library */
void crew_copy(void *dst, const void *src, size_t bytes);

#endif
