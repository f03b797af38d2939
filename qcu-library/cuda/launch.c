/* SPDX-License-Identifier: MIT */
/*
 * launch.c - starting kernels
 *
 * Faces qcu-device/worker/launch.c.  A launch is posted and nobody waits, so what
 * can be wrong with it is found here, and the program has the error from the call
 * itself, as with a GPU of its own.  What only the GPU can say (an illegal address)
 * comes later in either case.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/event.h"
#include "qcu-library/cuda/function.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/launch.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/stream.h"

static bool within(uint32_t value, CUdevice device, CUdevice_attribute limit)
{
	return value && value <= (uint32_t)device_attribute(device, limit);
}

static CUresult check_shape(const struct wire_launch *shape, const struct wire_kernel *kernel,
			    CUdevice device)
{
	uint64_t threads = (uint64_t)shape->block[0] * shape->block[1] * shape->block[2];

	if (!within(shape->grid[0], device, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X) ||
	    !within(shape->grid[1], device, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y) ||
	    !within(shape->grid[2], device, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z) ||
	    !within(shape->block[0], device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X) ||
	    !within(shape->block[1], device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y) ||
	    !within(shape->block[2], device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z) ||
	    !within(threads > UINT32_MAX ? UINT32_MAX : threads, device,
		    CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK) ||
	    shape->dynamic_shared > (uint32_t)kernel->max_dynamic_shared)
		return CUDA_ERROR_INVALID_VALUE;
	if (threads > (uint64_t)kernel->max_threads_per_block)
		return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
	return CUDA_SUCCESS;
}

/* A cooperative grid must be on the device as a whole. */
static CUresult check_cooperative(CUfunction f, const struct wire_launch *shape, CUdevice device)
{
	uint64_t blocks = (uint64_t)shape->grid[0] * shape->grid[1] * shape->grid[2];
	int per_multiprocessor;
	CUresult rc;

	if (!device_attribute(device, CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH))
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = cuOccupancyMaxActiveBlocksPerMultiprocessor(
		&per_multiprocessor, f, shape->block[0] * shape->block[1] * shape->block[2],
		shape->dynamic_shared);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (blocks > (uint64_t)per_multiprocessor *
			     device_attribute(device, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT))
		return CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE;
	return CUDA_SUCCESS;
}

static CUresult gather(struct launch_params *params, const struct layout *layout, void **values)
{
	uint8_t *to = params->small;

	if (layout->info.param_bytes > sizeof(params->small))
		to = params->large = malloc(layout->info.param_bytes);
	if (!to)
		return CUDA_ERROR_OUT_OF_MEMORY;
	memset(to, 0, layout->info.param_bytes);
	for (uint32_t i = 0; i < layout->info.n_params; i++) {
		if (!values[i])
			return CUDA_ERROR_INVALID_VALUE;
		memcpy(to + layout->params[i].offset, values[i], layout->params[i].size);
	}
	params->buffer = to;
	params->bytes = layout->info.param_bytes;
	return CUDA_SUCCESS;
}

/* CUDA Driver API, cuLaunchKernel: CU_LAUNCH_PARAM_* in pairs up to an END */
static CUresult parse_extra(struct launch_params *params, const struct layout *layout, void **extra)
{
	size_t bytes = 0;

	for (; *extra != CU_LAUNCH_PARAM_END; extra += 2) {
		if (extra[0] == CU_LAUNCH_PARAM_BUFFER_POINTER)
			params->buffer = extra[1];
		else if (extra[0] == CU_LAUNCH_PARAM_BUFFER_SIZE && extra[1])
			bytes = *(const size_t *)extra[1];
		else
			return CUDA_ERROR_INVALID_VALUE;
	}
	if (bytes < layout->info.param_bytes || (bytes && !params->buffer))
		return CUDA_ERROR_INVALID_VALUE;
	params->bytes = layout->info.param_bytes;
	return CUDA_SUCCESS;
}

CUresult launch_params_init(struct launch_params *params, const struct layout *layout,
			    void **values, void **extra)
{
	params->buffer = params->large = NULL;
	params->bytes = 0;
	if (layout->info.param_bytes > WIRE_MAX_PARAM_BYTES || (values && extra))
		return CUDA_ERROR_INVALID_VALUE;
	if (extra)
		return parse_extra(params, layout, extra);
	if (!layout->info.n_params)
		return CUDA_SUCCESS;
	return values ? gather(params, layout, values) : CUDA_ERROR_INVALID_VALUE;
}

void launch_params_finish(struct launch_params *params)
{
	free(params->large);
}

/*
 * A function of a module runs in its module's context only; a CUkernel in that of the stream
 * (CUDA Driver API, cuLaunchKernel).
 */
static CUresult check_context(CUfunction f, CUstream stream)
{
	uint64_t of_function, of_stream = context_current();

	if (handle_kind((uint64_t)f) != KIND_CUfunction)
		return CUDA_SUCCESS;
	of_function = context_of((uint64_t)f);
	if (!handle_is_special((uint64_t)stream))
		of_stream = context_of((uint64_t)stream);
	return of_function && of_stream && of_function != context_home(of_stream) ?
		       CUDA_ERROR_INVALID_HANDLE :
		       CUDA_SUCCESS;
}

/* What attributes say only they say there, WIRE_LAUNCH_COOPERATIVE is of the other way. */
static CUresult send_with_attributes(CUfunction f, const struct wire_launch *shape, CUstream stream,
				     const struct launch_params *params,
				     const CUlaunchConfig *config)
{
	const CUlaunchAttribute cooperative = { .id = CU_LAUNCH_ATTRIBUTE_COOPERATIVE,
						.value.cooperative = 1 };

	if (config)
		return send_launch_with(f, stream, *shape, config->numAttrs, config->attrs,
					params->bytes, params->buffer);
	return send_launch_with(f, stream, *shape, !!(shape->flags & WIRE_LAUNCH_COOPERATIVE),
				&cooperative, params->bytes, params->buffer);
}

/*
 * A launch is only posted.  But whether clusters fit, @config's or the kernel's own, only the host's
 * driver can say: then the attributes cross, too, and the launch waits for the answer.
 */
static CUresult launch(CUfunction f, const struct wire_launch *shape, CUstream stream,
		       void **values, void **extra, const CUlaunchConfig *config)
{
	const struct layout *layout;
	struct launch_params params;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(stream);
	if (rc == CUDA_SUCCESS && contexts_are_several())
		rc = check_context(f, stream);
	if (rc != CUDA_SUCCESS)
		return rc;
	layout = function_layout((uint64_t)f, &rc);
	if (!layout)
		return rc;
	rc = check_shape(shape, &layout->info, layout->device);
	if (rc == CUDA_SUCCESS && shape->flags & WIRE_LAUNCH_COOPERATIVE)
		rc = check_cooperative(f, shape, layout->device);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = launch_params_init(&params, layout, values, extra);
	if (rc == CUDA_SUCCESS)
		rc = config || layout->info.clusters ?
			     send_with_attributes(f, shape, stream, &params, config) :
			     send_launch(f, stream, *shape, params.bytes, params.buffer);
	launch_params_finish(&params);
	return rc == CUDA_SUCCESS && option_set(LAUNCH_BLOCKING) && !capture_of(stream) ?
		       cuStreamSynchronize(stream) :
		       rc;
}

CUresult CUDAAPI cuLaunchKernel(CUfunction f, unsigned int gridDimX, unsigned int gridDimY,
				unsigned int gridDimZ, unsigned int blockDimX,
				unsigned int blockDimY, unsigned int blockDimZ,
				unsigned int sharedMemBytes, CUstream hStream, void **kernelParams,
				void **extra)
{
	struct wire_launch shape = {
		.grid = { gridDimX, gridDimY, gridDimZ },
		.block = { blockDimX, blockDimY, blockDimZ },
		.dynamic_shared = sharedMemBytes,
	};

	return launch(f, &shape, hStream, kernelParams, extra, NULL);
}

CUresult CUDAAPI cuLaunchCooperativeKernel(CUfunction f, unsigned int gridDimX,
					   unsigned int gridDimY, unsigned int gridDimZ,
					   unsigned int blockDimX, unsigned int blockDimY,
					   unsigned int blockDimZ, unsigned int sharedMemBytes,
					   CUstream hStream, void **kernelParams)
{
	struct wire_launch shape = {
		.grid = { gridDimX, gridDimY, gridDimZ },
		.block = { blockDimX, blockDimY, blockDimZ },
		.dynamic_shared = sharedMemBytes,
		.flags = WIRE_LAUNCH_COOPERATIVE,
	};

	return launch(f, &shape, hStream, kernelParams, NULL, NULL);
}

/*
 * What the attributes of cuLaunchKernelEx() ask for beside the shape.  An event that is to be
 * recorded when the blocks have begun, or let other kernels go, may be seen to be later (CUDA
 * Driver API, CUlaunchAttributeID): here it is recorded behind the kernel.
 */
struct wishes {
	bool clusters;
	CUevent programmatic, completion;
};

static CUresult wish(CUevent *wished, CUevent event, int flags, CUstream stream)
{
	*wished = event;
	return flags ? CUDA_ERROR_INVALID_VALUE : event_check_launch(event, stream);
}

/*
 * One attribute of cuLaunchKernelEx.  Those that only advise may be ignored;
 * programmatic serialisation allows an overlap and does not promise it.
 */
static CUresult apply(struct wire_launch *shape, const CUlaunchAttribute *attribute,
		      CUstream stream, struct wishes *wishes)
{
	const CUlaunchAttributeValue *value = &attribute->value;

	switch (attribute->id) {
	case CU_LAUNCH_ATTRIBUTE_COOPERATIVE:
		if (value->cooperative)
			shape->flags |= WIRE_LAUNCH_COOPERATIVE;
		return CUDA_SUCCESS;
	case CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION:
		wishes->clusters = true;
		return CUDA_SUCCESS;
	case CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_EVENT:
		return wish(&wishes->programmatic, value->programmaticEvent.event,
			    value->programmaticEvent.flags, stream);
	case CU_LAUNCH_ATTRIBUTE_LAUNCH_COMPLETION_EVENT:
		return wish(&wishes->completion, value->launchCompletionEvent.event,
			    value->launchCompletionEvent.flags, stream);
	case CU_LAUNCH_ATTRIBUTE_IGNORE:
	case CU_LAUNCH_ATTRIBUTE_ACCESS_POLICY_WINDOW:
	case CU_LAUNCH_ATTRIBUTE_SYNCHRONIZATION_POLICY:
	case CU_LAUNCH_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
	case CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION:
	case CU_LAUNCH_ATTRIBUTE_PRIORITY:
	case CU_LAUNCH_ATTRIBUTE_MEM_SYNC_DOMAIN_MAP:
	case CU_LAUNCH_ATTRIBUTE_MEM_SYNC_DOMAIN:
	case CU_LAUNCH_ATTRIBUTE_PREFERRED_CLUSTER_DIMENSION:
	case CU_LAUNCH_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
	case CU_LAUNCH_ATTRIBUTE_NVLINK_UTIL_CENTRIC_SCHEDULING:
		return CUDA_SUCCESS;
	case CU_LAUNCH_ATTRIBUTE_DEVICE_UPDATABLE_KERNEL_NODE:
		return CUDA_ERROR_NOT_SUPPORTED;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

/*
 * The attributes that mean something to the host, CU_LAUNCH_ATTRIBUTE_IGNORE in place of others;
 * the caller frees them.  NULL: out of memory.
 */
static CUlaunchAttribute *without_events(const CUlaunchConfig *config)
{
	CUlaunchAttribute *attributes = calloc(config->numAttrs, sizeof(*attributes));

	static_assert(CU_LAUNCH_ATTRIBUTE_IGNORE == 0, "calloc() makes these");
	for (unsigned int i = 0; attributes && i < config->numAttrs; i++)
		if (config->attrs[i].id != CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_EVENT &&
		    config->attrs[i].id != CU_LAUNCH_ATTRIBUTE_LAUNCH_COMPLETION_EVENT)
			attributes[i] = config->attrs[i];
	return attributes;
}

/* A kernel that is captured keeps its attributes: they cross, too. */
static CUresult launch_wished(CUfunction f, const struct wire_launch *shape,
			      const CUlaunchConfig *config, const struct wishes *wishes,
			      void **values, void **extra)
{
	bool whole = wishes->clusters || (config->numAttrs && capture_of(config->hStream));
	CUlaunchConfig crossing = *config;
	CUresult rc;

	if (!whole)
		return launch(f, shape, config->hStream, values, extra, NULL);
	crossing.attrs = without_events(config);
	rc = crossing.attrs ? launch(f, shape, config->hStream, values, extra, &crossing) :
			      CUDA_ERROR_OUT_OF_MEMORY;
	free(crossing.attrs);
	return rc;
}

CUresult CUDAAPI cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction f, void **kernelParams,
				  void **extra)
{
	struct wire_launch shape;
	struct wishes wishes = { 0 };
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!config || (config->numAttrs && !config->attrs))
		return CUDA_ERROR_INVALID_VALUE;
	shape = (struct wire_launch){
		.grid = { config->gridDimX, config->gridDimY, config->gridDimZ },
		.block = { config->blockDimX, config->blockDimY, config->blockDimZ },
		.dynamic_shared = config->sharedMemBytes,
	};
	for (unsigned int i = 0; rc == CUDA_SUCCESS && i < config->numAttrs; i++)
		rc = apply(&shape, &config->attrs[i], config->hStream, &wishes);
	if (rc == CUDA_SUCCESS)
		rc = launch_wished(f, &shape, config, &wishes, kernelParams, extra);
	if (rc == CUDA_SUCCESS && wishes.programmatic)
		rc = cuEventRecord(wishes.programmatic, config->hStream);
	if (rc == CUDA_SUCCESS && wishes.completion)
		rc = cuEventRecord(wishes.completion, config->hStream);
	return rc;
}
