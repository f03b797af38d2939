/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * handle.h - what a CUDA object is called on the wire
 *
 * The guest names its objects.  A CUstream or CUmodule that a guest program
 * holds is such a name, never a pointer of the host; the worker keeps a typed
 * table from names to pointers (qcu-device/worker/handle.c) and refuses any
 * name that is unknown or of another kind.  Because the guest chooses, a call
 * that creates something need not be waited for.
 *
 *	63      56 55        32 31         0
 *	+---------+------------+-----------+
 *	| kind    | generation | index     |	never a canonical address, so a
 *	+---------+------------+-----------+	program that follows it faults
 *
 * The generation tells a new object from a destroyed one at the same index.
 * Values below HANDLE_SPECIAL_MAX are CUDA's own: NULL and the two default
 * streams CU_STREAM_LEGACY and CU_STREAM_PER_THREAD; they pass unchanged.
 */
#ifndef QCUDA_WIRE_HANDLE_H
#define QCUDA_WIRE_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

#define HANDLE_SPECIAL_MAX	3
#define HANDLE_INDEX_MAX	(16u << 20)

/* KIND_x is the kind of the C type x: HANDLE(CUstream, s) is looked up as KIND_CUstream */
enum handle_kind {
	KIND_none	= 0,
	KIND_CUcontext	= 0x21,		/* not 0x00 or 0xff: never canonical */
	KIND_CUmodule	= 0x22,
	KIND_CUfunction	= 0x23,
	KIND_CUlibrary	= 0x24,
	KIND_CUkernel	= 0x25,
	KIND_CUstream	= 0x26,
	KIND_CUevent	= 0x27,
	KIND_CUlinkState = 0x28,
	KIND_CUmemoryPool = 0x29,
	KIND_CUarray	= 0x2a,
	KIND_CUmipmappedArray = 0x2b,
	KIND_CUgraph	= 0x2c,
	KIND_CUgraphNode = 0x2d,
	KIND_CUgraphExec = 0x2e,
	KIND_CUtexObject = 0x2f,
	KIND_CUsurfObject = 0x30,
	KIND_CUtexref	= 0x31,
	KIND_CUsurfref	= 0x32,
	KIND_CUmemGenericAllocationHandle = 0x38,
	KIND_CUgreenCtx	= 0x39,
	KIND_CUdevResourceDesc = 0x3a,
	KIND_CUuserObject = 0x3f,	/* in the guest only */
	KIND_END
};

static inline uint64_t handle_make(enum handle_kind kind, uint32_t generation, uint32_t index)
{
	return (uint64_t)kind << 56 | (uint64_t)(generation & 0xffffff) << 32 | index;
}

static inline enum handle_kind handle_kind(uint64_t handle)
{
	return (enum handle_kind)(handle >> 56);
}

static inline uint32_t handle_index(uint64_t handle)
{
	return (uint32_t)handle;
}

static inline bool handle_is_special(uint64_t handle)
{
	return handle < HANDLE_SPECIAL_MAX;
}

/** handle_fits() - may an object of kind @have stand where @want is asked for? */
static inline bool handle_fits(enum handle_kind want, enum handle_kind have)
{
	/* CUDA Driver API: a CUkernel may be launched and asked as a CUfunction. */
	return want == have || (want == KIND_CUfunction && have == KIND_CUkernel);
}

/**
 * handle_has_owner() - does a new object of @kind die with another?
 *
 * Libraries, pools, allocations and graphs outlive contexts, and an executable its graph.
 * A context belongs to the first HANDLE of its row, if there is one: that of a green context to
 * the primary one.
 */
static inline bool handle_has_owner(enum handle_kind kind)
{
	return kind != KIND_CUcontext && kind != KIND_CUlibrary && kind != KIND_CUmemoryPool &&
	       kind != KIND_CUmemGenericAllocationHandle && kind != KIND_CUgraph &&
	       kind != KIND_CUgraphExec && kind != KIND_CUgreenCtx &&
	       kind != KIND_CUdevResourceDesc;
}

/**
 * handle_is_of_green() - does a new object of @kind belong to a green context that is current?
 *
 * All else belongs to the primary context, the owner of the green one's CUcontext.
 */
static inline bool handle_is_of_green(enum handle_kind kind)
{
	return kind == KIND_CUstream;
}

#endif
