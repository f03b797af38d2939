/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * payload.h - structures that rows of calls.def carry
 *
 * Fixed-size types only: the other end may be another operating system.
 */
#ifndef QCUDA_WIRE_PAYLOAD_H
#define QCUDA_WIRE_PAYLOAD_H

#include <stdint.h>

/** struct wire_host - what the host is */
struct wire_host {
	int32_t driver_version;		/* cuDriverGetVersion: 1000 * major + 10 * minor */
	int32_t device_count;
};
_Static_assert(sizeof(struct wire_host) == 8, "wire layout");

#define WIRE_DEVICE_ATTRIBUTES	192	/* CUdevice_attribute values below this */

/** struct wire_device - all that never changes about a device, asked once */
struct wire_device {
	char name[256];			/* NUL-terminated */
	uint8_t uuid[16];
	uint8_t luid[8];
	uint32_t luid_node_mask;
	uint32_t reserved;
	uint64_t total_memory;		/* bytes */
	int32_t attributes[WIRE_DEVICE_ATTRIBUTES];
	uint8_t known[WIRE_DEVICE_ATTRIBUTES];	/* 1: the driver knows the attribute */
};
_Static_assert(sizeof(struct wire_device) == 256 + 16 + 8 + 8 + 8 + 5 * WIRE_DEVICE_ATTRIBUTES,
	       "wire layout");

/** struct wire_kernel - what never changes about a kernel, asked once */
struct wire_kernel {
	uint32_t n_params;
	uint32_t param_bytes;		/* of the whole parameter buffer */
	int32_t max_threads_per_block;	/* CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK */
	int32_t static_shared;		/* CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES */
	int32_t max_dynamic_shared;	/* CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES */
	int32_t clusters;		/* its launches are of clusters, whatever their attributes */
};
_Static_assert(sizeof(struct wire_kernel) == 24, "wire layout");

/** struct wire_param - place of one kernel parameter in the parameter buffer, bytes */
struct wire_param {
	uint32_t offset;
	uint32_t size;
};
_Static_assert(sizeof(struct wire_param) == 8, "wire layout");

#define WIRE_MAX_PARAM_BYTES	32768	/* CUDA 12.1 and later: 32,764 */

enum wire_launch_flags {
	WIRE_LAUNCH_COOPERATIVE = 1,
};

/** struct wire_launch - the shape of a launch; the parameters come beside it */
struct wire_launch {
	uint32_t grid[3];
	uint32_t block[3];
	uint32_t dynamic_shared;	/* bytes */
	uint32_t flags;			/* enum wire_launch_flags */
};
_Static_assert(sizeof(struct wire_launch) == 32, "wire layout");

enum wire_image_kind {
	WIRE_IMAGE_PLAIN	= 1,	/* one piece: PTX, cubin or fat binary */
	WIRE_IMAGE_WRAPPER	= 2,	/* fat binary wrapper: piece 0 is its data (may be
					 * empty), the others are its prelinked fat binaries
					 */
	WIRE_IMAGE_SENT		= 0x100, /* with either: it came by image_bytes and image_part (1.5) */
};

#define WIRE_IMAGE_SENT_SINCE	5	/* minor version: before, images lie in regions only */

/**
 * struct wire_piece - one contiguous part of a module image
 *
 * Pieces are offsets from the image's first byte, 8-byte aligned.  The worker has a copy
 * of the whole image, which nobody can change any more, before it looks at it.
 */
struct wire_piece {
	uint64_t offset;
	uint64_t bytes;
};
_Static_assert(sizeof(struct wire_piece) == 16, "wire layout");

#define WIRE_MAX_PIECES		4096

/* Bytes.  What is longer, and has one piece, is kept by the host for other processes. */
#define WIRE_IMAGE_SMALL	((uint64_t)256 << 10)

/** struct wire_option - a CUjit_option or CUlibraryOption with a value that is no pointer */
struct wire_option {
	uint32_t option;
	uint32_t reserved;
	uint64_t value;
};
_Static_assert(sizeof(struct wire_option) == 16, "wire layout");

/** struct wire_image - a module image in guest memory, or one that has been sent */
struct wire_image {
	uint32_t region;		/* region id; WIRE_IMAGE_SENT: wire_upload.id */
	uint32_t kind;			/* enum wire_image_kind */
	uint64_t offset;		/* of the image in the region; WIRE_IMAGE_SENT: 0 */
	uint64_t bytes;			/* of the whole image */
};
_Static_assert(sizeof(struct wire_image) == 24, "wire layout");

/** struct wire_upload - an image that comes piece by piece; what does not come is zeroes */
struct wire_upload {
	uint32_t id;			/* made up by the guest; free again once the image is loaded */
	uint32_t reserved;
	uint64_t bytes;			/* of the whole image */
};
_Static_assert(sizeof(struct wire_upload) == 16, "wire layout");

/** struct wire_digest - BLAKE3 of an image's bytes (digest.h) */
struct wire_digest {
	uint8_t bytes[32];
};
_Static_assert(sizeof(struct wire_digest) == 32, "wire layout");

enum wire_span_flags {
	WIRE_SPAN_RUN	= 1,	/* may run on into the regions that lie behind */
	WIRE_SPAN_WAIT	= 2,	/* an asynchronous copy is answered when the memory may be
				 * changed, or has what was copied (1.2)
				 */
	WIRE_SPAN_LOOSE	= 4,	/* the region may be gone: CUDA_ERROR_NOT_FOUND then (1.4) */
	WIRE_SPAN_PAGEABLE = 8,	/* not registered with CUDA: the worker may stage it (1.4) */
};

/* Minor versions: before, the flags are ignored */
#define WIRE_SPAN_WAIT_SINCE	2
#define WIRE_SPAN_LOOSE_SINCE	4

/** struct wire_span - part of a region: where a copy takes from or puts to */
struct wire_span {
	uint32_t region;
	uint32_t flags;			/* enum wire_span_flags */
	uint64_t offset;
	uint64_t bytes;
};
_Static_assert(sizeof(struct wire_span) == 24, "wire layout");

enum wire_place {
	WIRE_PLACE_DEVICE	= 1,	/* address is a CUdeviceptr of the worker */
	WIRE_PLACE_REGION	= 2,	/* address is an offset in region */
	WIRE_PLACE_ARRAY	= 3,	/* array is a handle */
	WIRE_PLACE_RUN		= 4,	/* as REGION, and may run on into the regions behind it */
	WIRE_PLACE_HOST		= 5,	/* to the guest only: address is one of its own */
};

/** struct wire_operand - one side of a 2D or 3D copy; bytes and rows as CUDA_MEMCPY3D has them */
struct wire_operand {
	uint32_t place;			/* enum wire_place */
	uint32_t region;
	uint64_t address;
	uint64_t array;			/* handle of a CUarray */
	uint64_t x_bytes, y, z, lod;
	uint64_t pitch, height;
};
_Static_assert(sizeof(struct wire_operand) == 72, "wire layout");

/** struct wire_copy3d - CUDA_MEMCPY3D without a pointer of the guest in it */
struct wire_copy3d {
	struct wire_operand src, dst;
	uint64_t width_bytes, height, depth;
};
_Static_assert(sizeof(struct wire_copy3d) == 168, "wire layout");

enum wire_callback_kind {
	WIRE_CALLBACK_FUNCTION	= 1,	/* CUhostFn: not run once its context has failed */
	WIRE_CALLBACK_STREAM	= 2,	/* CUstreamCallback: always run, and told @status */
	WIRE_CALLBACK_ASYNC	= 3,	/* CUasyncCallback number @function: @status is the type,
					 * @data the bytes over budget
					 */
};

/**
 * struct wire_callback - a function of the guest program that a stream is to run
 *
 * What is an address here is one of the guest program's: the worker only gives it
 * back (callback_next).
 */
struct wire_callback {
	uint64_t function;
	uint64_t data;			/* for the function */
	uint64_t stream;		/* handle, for a CUstreamCallback */
	uint32_t kind;			/* enum wire_callback_kind */
	int32_t status;			/* CUresult, for a CUstreamCallback: set by the worker */
};
_Static_assert(sizeof(struct wire_callback) == 32, "wire layout");

/** struct wire_allocation - CUmemAllocationProp of pinned memory on a device */
struct wire_allocation {
	uint32_t handle_types;		/* CUmemAllocationHandleType */
	uint8_t compression;		/* CUmemAllocationCompType */
	uint8_t rdma;			/* gpuDirectRDMACapable */
	uint16_t usage;
};
_Static_assert(sizeof(struct wire_allocation) == 8, "wire layout");

#define WIRE_MAX_NODES	4096	/* of a graph, in one message */

/** struct wire_kernel_node - what a kernel node runs; the parameters come beside it */
struct wire_kernel_node {
	uint64_t function;		/* handle of a CUfunction or CUkernel */
	uint64_t context;		/* handle, or 0 */
	struct wire_launch shape;
	uint32_t bytes;			/* of parameters */
	uint32_t used;			/* 1: the lent name was taken, for a CUfunction */
};
_Static_assert(sizeof(struct wire_kernel_node) == 56, "wire layout");

/** struct wire_instantiated - how cuGraphInstantiate went */
struct wire_instantiated {
	int32_t result;			/* CUresult */
	int32_t why;			/* CUgraphInstantiateResult */
	uint32_t allocates;		/* there are nodes that allocate memory */
	uint32_t used;			/* 1: the lent name was taken */
	uint64_t error_node;		/* handle, or 0 */
};
_Static_assert(sizeof(struct wire_instantiated) == 24, "wire layout");

/** struct wire_updated - how cuGraphExecUpdate went */
struct wire_updated {
	int32_t result;			/* CUresult */
	int32_t why;			/* CUgraphExecUpdateResult */
	uint64_t error_node;		/* handles, or 0 */
	uint64_t error_from_node;
	uint32_t used;			/* lent names that were taken */
	uint32_t reserved;
};
_Static_assert(sizeof(struct wire_updated) == 32, "wire layout");

/** struct wire_capture - what a stream is capturing */
struct wire_capture {
	uint64_t id;
	uint64_t graph;			/* handle, or 0 */
	uint64_t total;			/* nodes that the stream depends on */
	int32_t status;			/* CUstreamCaptureStatus */
	uint32_t used;			/* lent names that were taken */
};
_Static_assert(sizeof(struct wire_capture) == 32, "wire layout");

/** struct wire_resource - CUDA_RESOURCE_DESC; what @type does not use is 0 */
struct wire_resource {
	uint32_t type;			/* CUresourcetype */
	uint32_t format;		/* of memory of the program: CUarray_format */
	uint32_t channels;
	uint32_t flags;
	uint64_t object;		/* handle of a CUarray or CUmipmappedArray */
	uint64_t address;		/* CUdeviceptr of the worker */
	uint64_t bytes;			/* of linear memory */
	uint64_t width, height, pitch;	/* elements, rows, bytes of pitched memory */
};
_Static_assert(sizeof(struct wire_resource) == 64, "wire layout");

enum wire_tensor_kind {
	WIRE_TENSOR_TILED	= 1,
	WIRE_TENSOR_IM2COL	= 2,
	WIRE_TENSOR_IM2COL_WIDE	= 3,
};

#define WIRE_TENSOR_RANK_MAX	5

/** struct wire_tensor - what cuTensorMapEncode*() is given; what @kind does not use is 0 */
struct wire_tensor {
	uint32_t kind;			/* enum wire_tensor_kind */
	uint32_t type;			/* CUtensorMapDataType */
	uint32_t rank;			/* at most WIRE_TENSOR_RANK_MAX */
	uint32_t interleave, swizzle, promotion, fill, mode;
	uint64_t address;		/* CUdeviceptr of the worker */
	uint64_t dims[WIRE_TENSOR_RANK_MAX];
	uint64_t strides[WIRE_TENSOR_RANK_MAX - 1];
	uint32_t box[WIRE_TENSOR_RANK_MAX];
	uint32_t element_strides[WIRE_TENSOR_RANK_MAX];
	int32_t lower[WIRE_TENSOR_RANK_MAX - 2], upper[WIRE_TENSOR_RANK_MAX - 2];
	uint32_t channels, pixels;
};
_Static_assert(sizeof(struct wire_tensor) == 184, "wire layout");

/** struct wire_tensor_map - a CUtensorMap, opaque to all but the device */
struct wire_tensor_map {
	uint64_t words[16];
};
_Static_assert(sizeof(struct wire_tensor_map) == 128, "wire layout");

/** struct wire_token - random bytes by which another process of the same machine finds something */
struct wire_token {
	uint8_t bytes[32];
};
_Static_assert(sizeof(struct wire_token) == 32, "wire layout");

/* What the worker is to keep for a timeline: timeline_clock's @on.  A host that knows no GPU keeps the
 * commands for any value that is not 0.
 */
enum wire_timeline {
	WIRE_TIMELINE_COMMANDS	= 1,
	WIRE_TIMELINE_GPU	= 2,	/* when the GPU did their work, too */
};

/**
 * struct wire_executed - a command that the worker has run
 * @command: the how manyeth of its channel it was, from 1
 * @began, @ended: nanoseconds of the host's CLOCK_MONOTONIC
 */
struct wire_executed {
	uint32_t channel;
	uint32_t call;			/* enum call_id */
	uint64_t command;
	uint64_t began, ended;
};
_Static_assert(sizeof(struct wire_executed) == 32, "wire layout");

/**
 * struct wire_gpu_work - a kernel, a copy or a graph that the GPU has been through with
 * @command: which gave it to the GPU, as in struct wire_executed
 * @stream: the guest's name of it
 * @asked: when the worker ran the command; @began, @ended: when the GPU did.  Nanoseconds of the
 *	host's CLOCK_MONOTONIC
 * @name: of a kernel, as far as it fits, terminated; empty for anything else
 */
struct wire_gpu_work {
	uint32_t channel;
	uint32_t call;			/* enum call_id */
	uint64_t command;
	uint64_t stream;
	uint64_t asked, began, ended;
	char name[64];
};
_Static_assert(sizeof(struct wire_gpu_work) == 112, "wire layout");

/**
 * struct wire_dev_resource - a CUdevResource: what CUDA shows of it
 *
 * What it does not show is the driver's and stays on the host, which finds it by @number.
 */
struct wire_dev_resource {
	uint32_t type;			/* CUdevResourceType */
	uint32_t sms;
	uint32_t least;			/* minSmPartitionSize */
	uint32_t alignment;		/* smCoscheduledAlignment */
	uint64_t number;
};
_Static_assert(sizeof(struct wire_dev_resource) == 24, "wire layout");

#define WIRE_MAX_RESOURCES	1024	/* in one message */

#endif
