/* SPDX-License-Identifier: MIT */
/*
 * turns.c - softgpu, but with one GPU for all processes, which gives them turns, and waits that spin
 *
 * A libcuda.so.1 for bench/run -g, to see on a machine without a GPU how even programs are that
 * launch and wait: what decides that is not the GPU but who has a CPU when his turn is over.  It stands
 * before softgpu's: all but a few functions are that one's.
 *
 * Theory of operation
 *
 * A launch is computed by softgpu, and takes a turn of QCUDA_TURN_US (1000) besides, after the turns
 * that any process has taken before.  A wait for a context is over when the last turn of the process
 * is; until then it spins, or sleeps where the context says CU_CTX_SCHED_BLOCKING_SYNC, as NVIDIA's
 * driver is documented to do.  When the last turn ends stands in shared memory, of all who
 * have the same QCUDA_TURNS, a file's path.
 */
#pragma GCC visibility push(default)
#include <cuda.h>
#pragma GCC visibility pop
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LOOKS	16	/* between two looks at the clock */

static _Atomic uint64_t *busy_until;	/* of the GPU, shared by all processes */
static _Atomic uint64_t mine_until;	/* of this process's turns */
static uint64_t turn_ns;

static typeof(cuLaunchKernel) *launch;
static typeof(cuCtxSynchronize) *synchronize;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

__attribute__((constructor)) static void turns_init(void)
{
	const char *path = getenv("QCUDA_TURNS"), *us = getenv("QCUDA_TURN_US");
	int fd = open(path ? path : "/dev/shm/qcuda-turns", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	turn_ns = (us ? strtoul(us, NULL, 0) : 1000) * 1000;
	launch = dlsym(RTLD_NEXT, "cuLaunchKernel");
	synchronize = dlsym(RTLD_NEXT, "cuCtxSynchronize");
	busy_until = MAP_FAILED;
	if (fd >= 0 && !ftruncate(fd, sizeof(*busy_until)))
		busy_until = mmap(NULL, sizeof(*busy_until), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (busy_until == MAP_FAILED || !launch || !synchronize) {
		perror("turns");
		_exit(1);
	}
	close(fd);
}

static void turns_take(void)
{
	uint64_t before = atomic_load(busy_until), after;

	do {
		uint64_t now = now_ns();

		after = (before > now ? before : now) + turn_ns;
	} while (!atomic_compare_exchange_weak(busy_until, &before, after));
	atomic_store(&mine_until, after);
}

CUresult cuLaunchKernel(CUfunction f, unsigned int gridDimX, unsigned int gridDimY,
			unsigned int gridDimZ, unsigned int blockDimX, unsigned int blockDimY,
			unsigned int blockDimZ, unsigned int sharedMemBytes, CUstream hStream,
			void **kernelParams, void **extra)
{
	CUresult rc = launch(f, gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ,
			     sharedMemBytes, hStream, kernelParams, extra);

	if (rc == CUDA_SUCCESS)
		turns_take();
	return rc;
}

static void sleep_until(uint64_t ns)
{
	struct timespec end = { .tv_sec = ns / 1000000000u, .tv_nsec = ns % 1000000000u };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
}

CUresult cuCtxSynchronize(void)
{
	CUresult rc = synchronize();
	unsigned int flags = 0;

	cuCtxGetFlags(&flags);
	while (now_ns() < atomic_load(&mine_until)) {
		if ((flags & CU_CTX_SCHED_MASK) == CU_CTX_SCHED_BLOCKING_SYNC)
			sleep_until(atomic_load(&mine_until));
		for (int i = 0; i < LOOKS; i++)
			__builtin_ia32_pause();
	}
	return rc;
}
