/* SPDX-License-Identifier: MIT */
/* memfd.h - memory that several processes map: files without a name, whose size is sealed */
#ifndef SOFTGPU_MEMFD_H
#define SOFTGPU_MEMFD_H

#include <stdint.h>

/* memfd_new() - of @size bytes, zeros; -1: no memory */
int memfd_new(uint64_t size);

/* memfd_size() - of a file of memfd_new(), in any process; 0: it is none, or may still be cut */
uint64_t memfd_size(int fd);

/**
 * memfd_take_over() - give the pages of [at, at + size) to a file, with what they hold
 *
 * Whole pages.  From now on the file is mapped there.  Whoever writes to them meanwhile writes
 * into the void.  Return: the file, -1 without memory, and nothing has changed.
 */
int memfd_take_over(void *at, uint64_t size);

#endif /* SOFTGPU_MEMFD_H */
