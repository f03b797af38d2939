/* SPDX-License-Identifier: MIT */
/*
 * resource.c - what of a device a green context is made of: multiprocessors
 *
 * A CUdevResource is a program's to copy.  What it does not show says whose it is and whether
 * it can be split, with a sum over the whole: one that was changed is refused.
 */
#include "softgpu/resource.h"

#include <stdlib.h>
#include <string.h>

#include "softgpu/context.h"
#include "softgpu/device.h"
#include "softgpu/driver.h"
#include "softgpu/handle.h"

#define MAGIC	0x536f6674u

/* struct hidden - in _internal_padding */
struct hidden {
	uint32_t magic;
	uint32_t device;
	uint32_t whole;		/* of a device or context, so it can be split */
	uint32_t sum;
};

/* struct desc - what a CUdevResourceDesc points to; CUDA has no call that ends one */
struct desc {
	struct handle handle;
	CUdevice device;
	unsigned int sms;
};

/* struct grain - the least and the unit of a partition */
struct grain {
	unsigned int least, unit;
};

/* CUDA C++ Programming Guide, "Green Contexts": by compute capability */
static struct grain grain_of(CUdevice device)
{
	int major = device_get(device)->arch->major;

	if (major >= 9)
		return (struct grain){ 8, 8 };
	return major == 8 ? (struct grain){ 4, 2 } : (struct grain){ 2, 2 };
}

static uint32_t sum_of(const struct hidden *hidden, unsigned int sms)
{
	uint32_t sum = hidden->magic ^ hidden->device * 2654435761u;

	return (sum ^ hidden->whole) * 40503u + sms;
}

static CUdevResource make(CUdevice device, unsigned int sms, bool whole)
{
	struct hidden hidden = { .magic = MAGIC, .device = (uint32_t)device, .whole = whole };
	CUdevResource resource;

	memset(&resource, 0, sizeof(resource));
	resource.type = sms ? CU_DEV_RESOURCE_TYPE_SM : CU_DEV_RESOURCE_TYPE_INVALID;
	if (!sms)
		return resource;
	hidden.sum = sum_of(&hidden, sms);
	memcpy(resource._internal_padding, &hidden, sizeof(hidden));
	resource.sm.smCount = sms;
	if (whole) {
		resource.sm.minSmPartitionSize = grain_of(device).least;
		resource.sm.smCoscheduledAlignment = grain_of(device).unit;
	}
	return resource;
}

static CUresult check(const CUdevResource *resource, struct hidden *hidden)
{
	if (resource->type != CU_DEV_RESOURCE_TYPE_SM)
		return CUDA_ERROR_INVALID_RESOURCE_TYPE;
	memcpy(hidden, resource->_internal_padding, sizeof(*hidden));
	if (hidden->magic != MAGIC || !device_get((CUdevice)hidden->device) ||
	    hidden->sum != sum_of(hidden, resource->sm.smCount))
		return CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION;
	return CUDA_SUCCESS;
}

/* give() - the multiprocessors of something that has them */
static CUresult give(CUdevResource *resource, CUdevResourceType type, CUdevice device,
		     unsigned int sms)
{
	if (!resource)
		return CUDA_ERROR_INVALID_VALUE;
	if (type != CU_DEV_RESOURCE_TYPE_SM)
		return CUDA_ERROR_INVALID_RESOURCE_TYPE;
	*resource = make(device, sms, true);
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetDevResource(CUdevice device, CUdevResource *resource, CUdevResourceType type)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!device_get(device))
		return CUDA_ERROR_INVALID_DEVICE;
	return give(resource, type, device, DEVICE_SMS);
}

CUresult cuCtxGetDevResource(CUcontext hCtx, CUdevResource *resource, CUdevResourceType type)
{
	struct context *context;
	CUresult result = driver_enter();

	if (result)
		return result;
	context = context_get(hCtx);
	if (!context)
		return CUDA_ERROR_INVALID_CONTEXT;
	result = context_status(context);
	if (!result)
		result = give(resource, type, context->device->ordinal,
			      context->parent ? context->sms : DEVICE_SMS);
	context_put(context);
	return result;
}

CUresult cuGreenCtxGetDevResource(CUgreenCtx hCtx, CUdevResource *resource,
				  CUdevResourceType type)
{
	return cuCtxGetDevResource((CUcontext)hCtx, resource, type);
}

static unsigned int round_up(unsigned int value, unsigned int unit)
{
	return (value + unit - 1) / unit * unit;
}

/* size_of_group() - of a split that asks for @wanted of @all */
static unsigned int size_of_group(struct grain grain, unsigned int wanted, unsigned int all)
{
	unsigned int size = round_up(wanted > grain.least ? wanted : grain.least, grain.unit);

	return size < all ? size : all;
}

CUresult cuDevSmResourceSplitByCount(CUdevResource *result, unsigned int *nbGroups,
				     const CUdevResource *input, CUdevResource *remaining,
				     unsigned int useFlags, unsigned int minCount)
{
	const unsigned int both = CU_DEV_SM_RESOURCE_SPLIT_IGNORE_SM_COSCHEDULING |
				  CU_DEV_SM_RESOURCE_SPLIT_MAX_POTENTIAL_CLUSTER_SIZE;
	unsigned int all, size, n;
	struct hidden hidden;
	struct grain grain;
	CUresult status = driver_enter();

	if (status)
		return status;
	if (!nbGroups || !input || (result && !*nbGroups) || (useFlags & both) == both)
		return CUDA_ERROR_INVALID_VALUE;
	status = check(input, &hidden);
	if (status)
		return status;
	all = input->sm.smCount;
	if (!hidden.whole || minCount > all)
		return CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION;
	grain = useFlags & CU_DEV_SM_RESOURCE_SPLIT_IGNORE_SM_COSCHEDULING ?
			(struct grain){ 2, 2 } : grain_of((CUdevice)hidden.device);
	size = size_of_group(grain, minCount, all);
	n = all / size;
	if (result && *nbGroups < n)
		n = *nbGroups;
	for (unsigned int i = 0; result && i < n; i++)
		result[i] = make((CUdevice)hidden.device, size, false);
	if (remaining)
		*remaining = make((CUdevice)hidden.device, all - n * size, false);
	*nbGroups = n;
	return CUDA_SUCCESS;
}

static void desc_destroy(struct handle *handle)
{
	free(CONTAINER_OF(handle, struct desc, handle));
}

CUresult cuDevResourceGenerateDesc(CUdevResourceDesc *phDesc, CUdevResource *resources,
				   unsigned int nbResources)
{
	unsigned int sms = 0;
	struct hidden hidden;
	struct desc *desc;
	CUdevice device = 0;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!phDesc || !resources || !nbResources)
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < nbResources; i++) {
		result = check(&resources[i], &hidden);
		if (!result && i && (CUdevice)hidden.device != device)
			result = CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION;
		if (result)
			return result;
		device = (CUdevice)hidden.device;
		sms += resources[i].sm.smCount;
	}
	desc = calloc(1, sizeof(*desc));
	if (!desc)
		return CUDA_ERROR_OUT_OF_MEMORY;
	handle_init(&desc->handle, HANDLE_RESOURCE_DESC, NULL, desc_destroy);
	desc->device = device;
	desc->sms = sms < DEVICE_SMS ? sms : DEVICE_SMS;
	handle_publish(&desc->handle);
	*phDesc = (CUdevResourceDesc)desc;
	handle_put(&desc->handle);
	return CUDA_SUCCESS;
}

CUresult resource_desc_sms(CUdevResourceDesc value, CUdevice dev, unsigned int *sms)
{
	struct desc *desc;
	bool fits;

	*sms = DEVICE_SMS;
	if (!value)
		return CUDA_SUCCESS;
	desc = handle_get(value, HANDLE_RESOURCE_DESC);
	if (!desc)
		return CUDA_ERROR_INVALID_VALUE;
	*sms = desc->sms;
	fits = desc->device == dev;
	handle_put(&desc->handle);
	return fits ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
