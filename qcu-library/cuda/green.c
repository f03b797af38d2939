/* SPDX-License-Identifier: MIT */
/*
 * green.c - green contexts: a part of a device's multiprocessors, and streams on it
 *
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/green.c.  A green context comes with its CUcontext, a handle of its own,
 * and holds the primary context.  What is made while it is current belongs to the primary
 * one (context_home()); only streams are its own.
 *
 * In a CUdevResource the bytes that CUDA does not show hold a number by which the host finds the
 * driver's.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

#define MAGIC	"qcuda resource\n"

/* In _internal_padding */
struct hidden {
	char magic[16];
	uint64_t number;
};

/* The data of a green context's handle */
struct green {
	uint64_t context;
	CUdevice device;
};

static void give(CUdevResource *resource, const struct wire_dev_resource *wire)
{
	struct hidden hidden = { .magic = MAGIC, .number = wire->number };

	memset(resource, 0, sizeof(*resource));
	resource->type = wire->type;
	if (resource->type == CU_DEV_RESOURCE_TYPE_INVALID)
		return;
	memcpy(resource->_internal_padding, &hidden, sizeof(hidden));
	resource->sm.smCount = wire->sms;
	resource->sm.minSmPartitionSize = wire->least;
	resource->sm.smCoscheduledAlignment = wire->alignment;
}

static CUresult take(const CUdevResource *resource, struct wire_dev_resource *wire)
{
	struct hidden hidden;

	if (resource->type != CU_DEV_RESOURCE_TYPE_SM)
		return CUDA_ERROR_INVALID_RESOURCE_TYPE;
	memcpy(&hidden, resource->_internal_padding, sizeof(hidden));
	if (memcmp(hidden.magic, MAGIC, sizeof(hidden.magic)))
		return CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION;
	*wire = (struct wire_dev_resource){
		.type = resource->type,
		.sms = resource->sm.smCount,
		.least = resource->sm.minSmPartitionSize,
		.alignment = resource->sm.smCoscheduledAlignment,
		.number = hidden.number,
	};
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceGetDevResource(CUdevice device, CUdevResource *resource,
					CUdevResourceType type)
{
	struct wire_dev_resource wire;
	CUresult rc = device_check(device);

	if (rc == CUDA_SUCCESS && !resource)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_resource_of_device(&wire, device, type);
	if (rc == CUDA_SUCCESS)
		give(resource, &wire);
	return rc;
}

CUresult CUDAAPI cuCtxGetDevResource(CUcontext hCtx, CUdevResource *resource,
				     CUdevResourceType type)
{
	struct wire_dev_resource wire;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !handle_is(KIND_CUcontext, (uint64_t)hCtx))
		rc = CUDA_ERROR_INVALID_CONTEXT;
	if (rc == CUDA_SUCCESS && !resource)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_resource_of_context(&wire, hCtx, type);
	if (rc == CUDA_SUCCESS)
		give(resource, &wire);
	return rc;
}

CUresult CUDAAPI cuGreenCtxGetDevResource(CUgreenCtx hCtx, CUdevResource *resource,
					  CUdevResourceType type)
{
	struct wire_dev_resource wire;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !resource)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_resource_of_green(&wire, hCtx, type);
	if (rc == CUDA_SUCCESS)
		give(resource, &wire);
	return rc;
}

CUresult CUDAAPI cuDevSmResourceSplitByCount(CUdevResource *result, unsigned int *nbGroups,
					     const CUdevResource *input, CUdevResource *remaining,
					     unsigned int useFlags, unsigned int minCount)
{
	struct wire_dev_resource from, rest, groups[WIRE_MAX_RESOURCES];
	uint32_t capacity = 0, made;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!nbGroups || !input || (result && !*nbGroups))
		return CUDA_ERROR_INVALID_VALUE;
	rc = take(input, &from);
	if (rc != CUDA_SUCCESS)
		return rc;
	/* No device has as many multiprocessors. */
	if (result)
		capacity = *nbGroups < WIRE_MAX_RESOURCES ? *nbGroups : WIRE_MAX_RESOURCES;
	rc = send_resource_split(capacity, result ? groups : NULL, &made, from, &rest, useFlags,
				 minCount);
	if (rc != CUDA_SUCCESS)
		return rc;
	for (uint32_t i = 0; i < made && i < capacity; i++)
		give(&result[i], &groups[i]);
	if (remaining)
		give(remaining, &rest);
	*nbGroups = made;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDevResourceGenerateDesc(CUdevResourceDesc *phDesc, CUdevResource *resources,
					   unsigned int nbResources)
{
	struct wire_dev_resource wires[WIRE_MAX_RESOURCES];
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!phDesc || !resources || !nbResources || nbResources > WIRE_MAX_RESOURCES)
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; rc == CUDA_SUCCESS && i < nbResources; i++)
		rc = take(&resources[i], &wires[i]);
	return rc == CUDA_SUCCESS ? send_resource_describe(phDesc, nbResources, wires) : rc;
}

/* Remember a new green context; false without memory */
static bool describe(CUgreenCtx handle, CUcontext context, CUcontext primary, CUdevice device)
{
	struct green *green = malloc(sizeof(*green));

	if (!green)
		return false;
	*green = (struct green){ (uint64_t)context, device };
	if (handle_set_data((uint64_t)handle, green, free) != green)
		free(green);
	return context_of_green((uint64_t)context, device, (uint64_t)primary, (uint64_t)handle);
}

CUresult CUDAAPI cuGreenCtxCreate(CUgreenCtx *phCtx, CUdevResourceDesc desc, CUdevice dev,
				  unsigned int flags)
{
	CUcontext primary, context;
	CUgreenCtx made;
	CUresult rc = device_check(dev);

	if (rc == CUDA_SUCCESS && (!phCtx || flags != CU_GREEN_CTX_DEFAULT_STREAM))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = cuDevicePrimaryCtxRetain(&primary, dev);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_green_create(&made, &context, primary, desc, dev, flags);
	if (rc == CUDA_SUCCESS && !describe(made, context, primary, dev)) {
		send_green_destroy(made, context);
		rc = CUDA_ERROR_OUT_OF_MEMORY;
	}
	if (rc == CUDA_SUCCESS)
		*phCtx = made;
	else
		cuDevicePrimaryCtxRelease_v2(dev);
	return rc;
}

/* What is known of a green context, or why there is nothing to know */
static CUresult find(CUgreenCtx handle, const struct green **green)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (handle_kind((uint64_t)handle) != KIND_CUgreenCtx)
		return CUDA_ERROR_INVALID_CONTEXT;
	*green = handle_data((uint64_t)handle);
	return *green ? CUDA_SUCCESS : CUDA_ERROR_CONTEXT_IS_DESTROYED;
}

CUresult CUDAAPI cuGreenCtxDestroy(CUgreenCtx hCtx)
{
	const struct green *green;
	uint64_t context;
	CUdevice device;
	CUresult rc = find(hCtx, &green);

	if (rc != CUDA_SUCCESS)
		return rc;
	context = green->context;
	device = green->device;
	rc = send_green_destroy(hCtx, (CUcontext)context);
	/* Destroyed, unless refused; what else comes is of earlier calls. */
	if (handle_is(KIND_CUgreenCtx, (uint64_t)hCtx))
		return rc;
	context_died(context);
	cuDevicePrimaryCtxRelease_v2(device);
	return rc;
}

CUresult CUDAAPI cuCtxFromGreenCtx(CUcontext *pContext, CUgreenCtx hCtx)
{
	const struct green *green;
	CUresult rc = find(hCtx, &green);

	if (rc == CUDA_SUCCESS && !pContext)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		*pContext = (CUcontext)green->context;
	return rc;
}

CUresult CUDAAPI cuGreenCtxGetId(CUgreenCtx greenCtx, unsigned long long *greenCtxId)
{
	const struct green *green;
	CUresult rc;

	if (!greenCtx)
		greenCtx = (CUgreenCtx)context_green(context_current());
	rc = find(greenCtx, &green);
	if (rc == CUDA_SUCCESS && !greenCtxId)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_cuGreenCtxGetId(greenCtx, greenCtxId) : rc;
}

CUresult CUDAAPI cuGreenCtxStreamCreate(CUstream *phStream, CUgreenCtx greenCtx,
					unsigned int flags, int priority)
{
	const struct green *green;
	CUresult rc = find(greenCtx, &green);

	if (rc == CUDA_SUCCESS && (!phStream || flags != CU_STREAM_NON_BLOCKING))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_green_stream(phStream, (CUcontext)green->context, greenCtx, flags,
				       priority);
	return rc;
}
