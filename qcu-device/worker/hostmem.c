/* SPDX-License-Identifier: MIT */
/*
 * hostmem.c - guest memory registered with CUDA: full-speed copies, zero copy
 *
 * Faces qcu-library/cuda/hostmem.c.  What is registered is remembered, for two
 * reasons: only what was registered may be unregistered, and a region that goes
 * away must first be taken from CUDA, or the GPU would go on writing to pages
 * that the guest's kernel has given to somebody else.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-device/common/log.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/dispatch.h"
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/span.h"

/* What a guest may ask of cuMemHostRegister; IOMEMORY is not its business. */
#define FLAGS_ALLOWED	(CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP | \
			 CU_MEMHOSTREGISTER_READ_ONLY)

struct registration {
	struct registration *next;
	uint8_t *base;
	size_t bytes;
	uint64_t context;	/* handle: where it was registered, a green one's primary */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct registration *registrations;	/* under lock */

static void keep(struct registration *registration)
{
	pthread_mutex_lock(&lock);
	registration->next = registrations;
	registrations = registration;
	pthread_mutex_unlock(&lock);
}

/* Take the first registration that lies within a range off the list. */
static struct registration *forget_within(const uint8_t *base, size_t bytes)
{
	struct registration *found = NULL;

	pthread_mutex_lock(&lock);
	for (struct registration **at = &registrations; *at; at = &(*at)->next) {
		if ((*at)->base >= base && (*at)->base + (*at)->bytes <= base + bytes) {
			found = *at;
			*at = found->next;
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	return found;
}

/* Is it in one region, as all that our library registers?  Deleting that region ends it, too. */
static bool in_one_region(const struct wire_span *wire)
{
	return !(wire->flags & WIRE_SPAN_RUN);
}

static void remember(struct registration *registration, const struct span *span, uint64_t context)
{
	uint64_t home = handle_owner(context);

	registration->base = span->base;
	registration->bytes = span->bytes;
	registration->context = home ? home : context;
	keep(registration);
}

CUresult host_host_register(struct dispatch *dispatch, struct wire_span wire, unsigned int flags,
			    CUdeviceptr *device)
{
	struct registration *registration = NULL;
	struct span span;
	CUresult rc;

	if (!device || flags & ~FLAGS_ALLOWED)
		return CUDA_ERROR_INVALID_VALUE;
	if (!in_one_region(&wire))
		return dispatch_refuse(dispatch);
	if (!span_get(&wire, &span))
		return span_refuse(dispatch, &wire);
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	registration = malloc(sizeof(*registration));
	if (!registration)
		goto out;
	rc = driver.cuMemHostRegister_v2(span.base, span.bytes, flags);
	if (rc != CUDA_SUCCESS)
		goto out;
	rc = driver.cuMemHostGetDevicePointer_v2(device, span.base, 0);
	if (rc != CUDA_SUCCESS) {
		driver.cuMemHostUnregister(span.base);
		goto out;
	}
	remember(registration, &span, dispatch->context);
	registration = NULL;
out:
	free(registration);
	span_put(&span);
	return rc;
}

CUresult host_host_unregister(struct dispatch *dispatch, struct wire_span wire)
{
	struct registration *registration;
	struct span span;
	CUresult rc;

	if (!in_one_region(&wire))
		return dispatch_refuse(dispatch);
	if (!span_get(&wire, &span))
		return span_refuse(dispatch, &wire);
	registration = forget_within(span.base, span.bytes);
	rc = registration ? driver.cuMemHostUnregister(registration->base) :
			    CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
	/* It may be registered still: what deletes the region has to know. */
	if (registration && rc != CUDA_SUCCESS && rc != CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED)
		keep(registration);
	else
		free(registration);
	span_put(&span);
	return rc;
}

void dispatch_region_gone(void *base, size_t length)
{
	struct registration *registration;

	while ((registration = forget_within(base, length))) {
		void *context;

		/* The context may be gone, and the registration with it. */
		if (handle_get(KIND_CUcontext, registration->context, &context) && context &&
		    driver.cuCtxSetCurrent(context) == CUDA_SUCCESS) {
			driver.cuCtxSynchronize();
			driver.cuMemHostUnregister(registration->base);
			driver.cuCtxSetCurrent(NULL);
		}
		free(registration);
	}
}
