/* SPDX-License-Identifier: MIT */
/* nvidias.h - for tests of what NVIDIA's own library does not survive */
#ifndef TESTS_CUDA_NVIDIAS_H
#define TESTS_CUDA_NVIDIAS_H

#include <stdio.h>
#include <string.h>

/* nvidias_driver() - is this process's libcuda NVIDIA's? */
static inline int nvidias_driver(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4096];
	int found = 0;

	while (maps && fgets(line, sizeof(line), maps))
		found |= strstr(line, "/libcuda.so.") && !strstr(line, "/libcuda.so.1\n");
	return found;
}

#endif
