/* SPDX-License-Identifier: MIT */
/* launch_old.h - what a function keeps for launches of before CUDA 4, in any libcuda */
#ifndef SOFTGPU_LAUNCH_OLD_H
#define SOFTGPU_LAUNCH_OLD_H

#include <cuda.h>

#define OLD_PARAM_BYTES 4096

/** struct old_launch - what the calls of launch_old.c have set of a function */
struct old_launch {
	unsigned int block[3];
	unsigned int shared;	/* bytes */
	unsigned int bytes;	/* of parameters */
	unsigned char params[OLD_PARAM_BYTES];
};

/**
 * old_launch_of() - a function's, made at first use and freed with it
 *
 * Each libcuda has its own; launch_old.c calls it with its lock held.
 * Return: NULL, and CUDA_ERROR_INVALID_HANDLE or CUDA_ERROR_OUT_OF_MEMORY in *@rc.
 */
struct old_launch *old_launch_of(CUfunction function, CUresult *rc);

#endif
