/* SPDX-License-Identifier: MIT */
/* fatbin.h - what is in a fat binary, and for whom */
#ifndef QCU_LIBRARY_FATBIN_H
#define QCU_LIBRARY_FATBIN_H

#include <stddef.h>

#define FATBIN_MAGIC	0xba55ed50u	/* its first four bytes */

/** fatbin_bytes() - how long the fat binary at @data is */
size_t fatbin_bytes(const void *data);

/**
 * fatbin_trim() - copy a fat binary without machine code that none of the devices here can run
 * @bytes: its length; receives the copy's
 *
 * Return: the copy, to be free()d; NULL if it would be more than half as long, or there is no memory.
 */
void *fatbin_trim(const void *data, size_t *bytes);

#endif
