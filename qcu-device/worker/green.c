/* SPDX-License-Identifier: MIT */
/*
 * green.c - green contexts and what they are made of
 *
 * Faces qcu-library/cuda/green.c.  A CUdevResource holds bytes that only the driver understands,
 * pointers of its own among them.  They stay here, in a table; the guest has the number of an
 * entry and what CUDA shows of it.  CUDA has no call that ends one, so entries stay too: there
 * are as many as different ones were seen.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"

#define MOST_RESOURCES	16384

/* Guards the table, which grows by doubling. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static CUdevResource *resources;
static uint64_t n_resources, max_resources;

/* The number of an entry that holds @resource; n_resources if there is none.  Under the lock */
static uint64_t find(const CUdevResource *resource)
{
	uint64_t number = 0;

	while (number < n_resources && memcmp(&resources[number], resource, sizeof(*resource)))
		number++;
	return number;
}

/* Room for one more; under the lock */
static bool grow(void)
{
	uint64_t max = max_resources ? 2 * max_resources : 64;
	CUdevResource *more;

	if (n_resources < max_resources)
		return true;
	if (max > MOST_RESOURCES)
		return false;
	more = realloc(resources, max * sizeof(*more));
	if (!more)
		return false;
	resources = more;
	max_resources = max;
	return true;
}

/* What the guest gets for @resource */
static CUresult show(const CUdevResource *resource, struct wire_dev_resource *wire)
{
	bool known;

	*wire = (struct wire_dev_resource){ .type = resource->type };
	if (resource->type == CU_DEV_RESOURCE_TYPE_INVALID)
		return CUDA_SUCCESS;
	/* What others show is not known here, and may be the driver's own. */
	if (resource->type != CU_DEV_RESOURCE_TYPE_SM)
		return CUDA_ERROR_INVALID_RESOURCE_TYPE;
	wire->sms = resource->sm.smCount;
	wire->least = resource->sm.minSmPartitionSize;
	wire->alignment = resource->sm.smCoscheduledAlignment;
	pthread_mutex_lock(&lock);
	wire->number = find(resource);
	known = wire->number < n_resources;
	if (!known && grow()) {
		resources[n_resources++] = *resource;
		known = true;
	}
	pthread_mutex_unlock(&lock);
	return known ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

/* What the guest means by @wire: what it may not change must be as it was */
static CUresult recall(const struct wire_dev_resource *wire, CUdevResource *resource)
{
	bool known;

	if (wire->type != CU_DEV_RESOURCE_TYPE_SM)
		return CUDA_ERROR_INVALID_RESOURCE_TYPE;
	pthread_mutex_lock(&lock);
	known = wire->number < n_resources;
	if (known)
		*resource = resources[wire->number];
	pthread_mutex_unlock(&lock);
	return known && resource->type == CU_DEV_RESOURCE_TYPE_SM &&
			       wire->sms == resource->sm.smCount ?
		       CUDA_SUCCESS : CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION;
}

/* Before a question for a resource: can it be asked?  @there: the driver has the function */
static CUresult ask(struct dispatch *dispatch, const struct wire_dev_resource *wire, bool there,
		    CUdevResource *resource)
{
	memset(resource, 0, sizeof(*resource));
	if (!wire)
		return dispatch_refuse(dispatch);
	return there ? CUDA_SUCCESS : CUDA_ERROR_NOT_SUPPORTED;
}

CUresult host_resource_of_device(struct dispatch *dispatch, struct wire_dev_resource *wire,
				 CUdevice device, uint32_t type)
{
	CUdevResource resource;
	CUresult rc = ask(dispatch, wire, driver.cuDeviceGetDevResource, &resource);

	if (rc == CUDA_SUCCESS)
		rc = driver.cuDeviceGetDevResource(device, &resource, type);
	return rc == CUDA_SUCCESS ? show(&resource, wire) : rc;
}

CUresult host_resource_of_context(struct dispatch *dispatch, struct wire_dev_resource *wire,
				  CUcontext context, uint32_t type)
{
	CUdevResource resource;
	CUresult rc = ask(dispatch, wire, driver.cuCtxGetDevResource, &resource);

	if (rc == CUDA_SUCCESS)
		rc = driver.cuCtxGetDevResource(context, &resource, type);
	return rc == CUDA_SUCCESS ? show(&resource, wire) : rc;
}

CUresult host_resource_of_green(struct dispatch *dispatch, struct wire_dev_resource *wire,
				CUgreenCtx green, uint32_t type)
{
	CUdevResource resource;
	CUresult rc = ask(dispatch, wire, driver.cuGreenCtxGetDevResource, &resource);

	if (rc == CUDA_SUCCESS)
		rc = driver.cuGreenCtxGetDevResource(green, &resource, type);
	return rc == CUDA_SUCCESS ? show(&resource, wire) : rc;
}

CUresult host_resource_split(struct dispatch *dispatch, uint32_t capacity,
			     struct wire_dev_resource *groups, uint32_t *made,
			     struct wire_dev_resource input, struct wire_dev_resource *remaining,
			     uint32_t flags, uint32_t least)
{
	CUdevResource *got = NULL, rest, from;
	unsigned int n = capacity;
	CUresult rc;

	if (!made || (groups && !capacity) || capacity > WIRE_MAX_RESOURCES)
		return dispatch_refuse(dispatch);
	if (!driver.cuDevSmResourceSplitByCount)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = recall(&input, &from);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (groups) {
		got = calloc(capacity, sizeof(*got));
		if (!got)
			return CUDA_ERROR_OUT_OF_MEMORY;
	}
	memset(&rest, 0, sizeof(rest));
	rc = driver.cuDevSmResourceSplitByCount(got, &n, &from, &rest, flags, least);
	for (unsigned int i = 0; got && rc == CUDA_SUCCESS && i < n && i < capacity; i++)
		rc = show(&got[i], &groups[i]);
	if (rc == CUDA_SUCCESS && remaining)
		rc = show(&rest, remaining);
	*made = n;
	free(got);
	return rc;
}

CUresult host_resource_describe(struct dispatch *dispatch, CUdevResourceDesc *desc, uint32_t n,
				const struct wire_dev_resource *wires)
{
	CUresult rc = CUDA_SUCCESS;
	CUdevResource *all;

	/* NVIDIA's driver follows a null pointer if there are none. */
	if (!wires || !n || n > WIRE_MAX_RESOURCES)
		return dispatch_refuse(dispatch);
	if (!driver.cuDevResourceGenerateDesc)
		return CUDA_ERROR_NOT_SUPPORTED;
	all = calloc(n, sizeof(*all));
	if (!all)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (uint32_t i = 0; rc == CUDA_SUCCESS && i < n; i++)
		rc = recall(&wires[i], &all[i]);
	if (rc == CUDA_SUCCESS)
		rc = driver.cuDevResourceGenerateDesc(desc, all, n);
	free(all);
	return rc;
}

/* What is made in a green context belongs to the primary one: the owner of its CUcontext. */
CUresult host_green_create(struct dispatch *dispatch, CUgreenCtx *green, CUcontext *context,
			   CUcontext primary, CUdevResourceDesc desc, CUdevice device,
			   unsigned int flags)
{
	CUresult rc;

	if (!driver.cuGreenCtxCreate || !driver.cuCtxFromGreenCtx || !driver.cuGreenCtxDestroy)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuGreenCtxCreate(green, desc, device, flags);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuCtxFromGreenCtx(context, *green);
	if (rc != CUDA_SUCCESS)
		driver.cuGreenCtxDestroy(*green);
	return rc;
}

CUresult host_green_destroy(struct dispatch *dispatch, CUgreenCtx green, CUcontext context)
{
	CUcontext own;
	CUresult rc;

	if (!driver.cuGreenCtxDestroy || !driver.cuCtxFromGreenCtx)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!green || !context)
		return dispatch_refuse(dispatch);
	rc = driver.cuCtxFromGreenCtx(&own, green);
	if (rc != CUDA_SUCCESS)
		return rc;
	/* Both names are dropped: @context has to be the one that dies with @green. */
	return own == context ? driver.cuGreenCtxDestroy(green) : dispatch_refuse(dispatch);
}

CUresult host_green_stream(struct dispatch *dispatch, CUstream *stream, CUcontext context,
			   CUgreenCtx green, unsigned int flags, int priority)
{
	if (!driver.cuGreenCtxStreamCreate)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuGreenCtxStreamCreate(stream, green, flags, priority);
}
