/* SPDX-License-Identifier: MIT */
/* mirror.h - __managed__ variables: the same addresses, and contents that follow the device's */
#ifndef QCU_LIBRARY_MIRROR_H
#define QCU_LIBRARY_MIRROR_H

#include "qcu-library/cuda/api.h"

/* How many there are.  Read without the lock: nearly every program has none. */
extern _Atomic unsigned int mirrors;

/**
 * mirror_add() - make a managed variable usable by this process
 *
 * Its addresses have been reserved (reserve.h).  Return: CUDA_SUCCESS, or what
 * came of reading its value; fine to repeat.
 */
CUresult mirror_add(CUdeviceptr address, size_t bytes);

/** mirror_drop() - the variable that began here is no more */
void mirror_drop(CUdeviceptr address);

/* The slow ways of the two below */
void mirror_push(void);
void mirror_pull(void);

/** mirror_before_work() - the device is about to work: give it what this process has written */
static inline void mirror_before_work(void)
{
	if (__builtin_expect(mirrors, 0))
		mirror_push();
}

/** mirror_after_wait() - a wait for the device is over: fetch what it has written */
static inline void mirror_after_wait(void)
{
	if (__builtin_expect(mirrors, 0))
		mirror_pull();
}

#endif
