/* SPDX-License-Identifier: MIT */
/*
 * gate.h - a kernel that runs until the host lets it go: a stream that is surely busy
 *
 * While a gate is shut its test must not allocate, free, or launch a kernel for the first time:
 * CUDA may wait for the device then, which waits for the gate.
 */
#ifndef TESTS_CUDA_GATE_H
#define TESTS_CUDA_GATE_H

#include "check.h"

struct gate {
	volatile int *open; /* mapped, so that the kernel sees the host's store */
};

static __global__ void gate_kernel(volatile int *open)
{
	while (!*open)
		;
}

static inline struct gate gate_create(void)
{
	struct gate gate;

	CUDA(cudaHostAlloc((void **)&gate.open, sizeof(int), cudaHostAllocMapped));
	*gate.open = 1;
	gate_kernel<<<1, 1>>>(gate.open); /* so that it is loaded */
	CUDA(cudaDeviceSynchronize());
	return gate;
}

/* gate_shut() - nothing behind this in @stream runs until gate_open() */
static inline void gate_shut(struct gate gate, cudaStream_t stream)
{
	*gate.open = 0;
	gate_kernel<<<1, 1, 0, stream>>>(gate.open);
	CUDA(cudaGetLastError());
}

static inline void gate_open(struct gate gate)
{
	*gate.open = 1;
}

static inline void gate_destroy(struct gate gate)
{
	CUDA(cudaFreeHost((void *)gate.open));
}

#endif /* TESTS_CUDA_GATE_H */
