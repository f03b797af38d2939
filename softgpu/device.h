/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_DEVICE_H
#define SOFTGPU_DEVICE_H

#include "softgpu/api.h"

#include <pthread.h>
#include <stdint.h>

struct context;
struct pool;

/**
 * struct arch - what a compute capability has; NVIDIA's CUDA C++ Programming Guide,
 * "Technical Specifications per Compute Capability"
 */
struct arch {
	int major, minor;
	int threads_per_sm, blocks_per_sm;
	int shared_per_sm;		/* bytes */
	int shared_optin;		/* bytes a block may ask for */
	int cores_per_sm;
	int fp64_ratio;			/* single precision throughput over double's */
};

/**
 * struct device - one device; constant after device_init() up to @lock
 * @ordinal:	the program's number of it
 * @timeout_ms:	how long a kernel may run; 0: as long as it likes
 * @lock:	of the members below it; taken before any other lock of the driver
 * @primary:	the primary context; the same object, active or not
 * @retained:	how many cuDevicePrimaryCtxRetain() have not been released
 * @memory_used:	bytes, under the lock of memory.c
 * @default_pool, @current_pool: of memory; with references, NULL until first used
 * @graph_memory: bytes, by CUgraphMem_attribute; under graph_lock()
 */
struct device {
	int ordinal;
	const struct arch *arch;
	uint64_t memory_bytes, memory_used;
	char name[64];
	CUuuid uuid;
	unsigned int timeout_ms;

	pthread_mutex_t lock;
	struct context *primary;
	unsigned int retained;
	struct pool *default_pool, *current_pool;

	uint64_t graph_memory[4];
};

enum { DEVICE_SMS = 8, DEVICE_WARP = 32, DEVICE_MAX_THREADS = 1024,
       DEVICE_SHARED_PER_BLOCK = 48 << 10, DEVICE_REGISTERS = 64 << 10 };

enum { DEVICE_MOST = 16 };		/* devices there can be; fits a mask of unsigned int */

/* device_init() - reads the environment; once, from cuInit() */
CUresult device_init(void);

int device_count(void);

/* device_get() - by the number a program gave; NULL: there is no such device */
struct device *device_get(CUdevice ordinal);

/*
 * device_of_location() - CUDA_SUCCESS if it is a device there is.  Memory on the host is not
 * supported, as the attributes say, and on the host's current node invalid on any GPU.
 */
CUresult device_of_location(const CUmemLocation *location);

/* device_of_memory() - the same of memory to be made; on the host it has no @handle_types on any GPU */
CUresult device_of_memory(const CUmemLocation *location, CUmemAllocationHandleType handle_types);

/* device_attribute() - CUDA_ERROR_INVALID_VALUE if there is no such attribute */
CUresult device_attribute(const struct device *device, CUdevice_attribute which, int *value);

#endif /* SOFTGPU_DEVICE_H */
