/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_MAPPING_H
#define SOFTGPU_MAPPING_H

#include <stdint.h>

/**
 * mapping_file() - map a file of memfd.h where a program hardly has anything of its own
 * @size: bytes of it, whole pages
 *
 * Return: the address, to be unmapped by the caller; 0: there is no room.
 */
uint64_t mapping_file(int fd, uint64_t size);

#endif /* SOFTGPU_MAPPING_H */
