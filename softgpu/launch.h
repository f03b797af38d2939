/* SPDX-License-Identifier: MIT */
/*
 * launch.h - run a grid
 *
 * launch_run() is synchronous.  It spreads the blocks of the grid over one pool of
 * threads, shared by all launches of the process; the calling thread works too.  Several
 * launches may run at once, from several threads.
 */
#ifndef SOFTGPU_LAUNCH_H
#define SOFTGPU_LAUNCH_H

#include "softgpu/program.h"

/**
 * struct launch - one launch, filled in by the caller and constant while it runs
 * @engine:	of the context; the kernel's program was created with it
 * @kernel:	what runs
 * @grid, @block: already checked against the device's limits
 * @dynamic_shared: bytes of .extern .shared memory
 * @params:	the kernel's parameter block, laid out as kernel_info() says
 * @params_bytes: size of @params; a shorter block than the kernel's is refused
 * @cooperative: every block stays live, so that the grid may synchronise
 * @cluster:	blocks of a cluster, which divide @grid; zeroes: as the kernel says, or without
 * @stop:	set by anybody to end the launch early; may be NULL
 * @timeout_ms:	0: none
 * @totals:	takes what the launch did, which makes it slow; may be NULL
 */
struct launch {
	struct engine *engine;
	struct kernel *kernel;
	unsigned grid[3], block[3], cluster[3];
	size_t dynamic_shared;
	const void *params;
	size_t params_bytes;
	bool cooperative;
	const volatile bool *stop;
	unsigned timeout_ms;
	struct launch_totals *totals;
};

/**
 * struct launch_totals - what a launch did
 * @instructions: PTX instructions that warps ran
 * @lanes:	of them, threads that took part
 * @sectors:	32-byte pieces of global memory that accesses touched
 * @wavefronts:	turns that accesses of shared memory took, 1 each without bank conflicts
 */
struct launch_totals {
	uint64_t instructions, lanes, sectors, wavefronts;
};

/**
 * struct fault - why a launch failed
 * @result:	what the CUDA error is; CUDA_SUCCESS when there was no fault
 * @kernel:	its name; lives as long as the program
 * @block, @thread: where
 * @address:	of the bad access, if it was one
 * @text:	a whole sentence for the log, with all of the above and the PTX line
 */
struct fault {
	CUresult result;
	const char *kernel;
	unsigned block[3], thread[3];
	uint64_t address;
	char text[512];
};

/**
 * launch_run() - run a grid to its end
 * @fault:	filled in on failure; may be NULL
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_ILLEGAL_ADDRESS (stack overflow, too),
 * CUDA_ERROR_MISALIGNED_ADDRESS, CUDA_ERROR_ASSERT, CUDA_ERROR_LAUNCH_FAILED (trap),
 * CUDA_ERROR_LAUNCH_TIMEOUT (@timeout_ms, @stop, or all threads of a block wait at barriers):
 * the kernel ran and went wrong, which is sticky in a context;
 * CUDA_ERROR_INVALID_VALUE (@params_bytes too short), CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
 * CUDA_ERROR_OUT_OF_MEMORY, or what kernel_prepare() returns: it never ran.
 */
CUresult launch_run(const struct launch *launch, struct fault *fault);

/* launch_stop_all() - end every running launch; for process exit.  Later launches fail. */
void launch_stop_all(void);

#endif /* SOFTGPU_LAUNCH_H */
