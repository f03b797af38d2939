/* SPDX-License-Identifier: MIT */
/*
 * hostmem.c - guest memory registered with CUDA: full-speed copies, zero copy
 *
 * DOC: Theory of operation
 *
 * Faces qcu-library/cuda/hostmem.c.  What is registered is remembered, for two
 * reasons: only what was registered may be unregistered, and a region that goes
 * away must first be taken from CUDA, or the GPU would go on writing to pages
 * that the guest's kernel has given to somebody else.
 *
 * A registration ends when the driver says that it has let go of it, and with the
 * context of the driver's that it was made in, never for the sake of what the guest
 * calls that context.  Should the driver not let go, as from a context that has
 * failed, the session ends: the pages are the guest's again only once this process,
 * and with it all that the driver has mapped for it, is gone.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/control.h"
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
	CUcontext context;	/* where it was registered, a green one's primary */
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
	void *object = NULL;

	handle_get(KIND_CUcontext, home ? home : context, &object);
	registration->base = span->base;
	registration->bytes = span->bytes;
	registration->context = object;
	keep(registration);
}

/* Has cuMemHostUnregister() said that nothing is registered there any more? */
static bool ended(CUresult rc)
{
	return rc == CUDA_SUCCESS || rc == CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
}

/* Take what was registered within @span from CUDA, in the context that is current. */
static CUresult unregister(const struct span *span)
{
	struct registration *registration = forget_within(span->base, span->bytes);
	CUresult rc;

	if (!registration)
		return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
	rc = driver.cuMemHostUnregister(registration->base);
	/* It may be registered still: what deletes the region has to know. */
	if (ended(rc))
		free(registration);
	else
		keep(registration);
	return rc;
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
	remember(registration, &span, dispatch->context);
	registration = NULL;
	rc = driver.cuMemHostGetDevicePointer_v2(device, span.base, 0);
	if (rc != CUDA_SUCCESS)
		unregister(&span);
out:
	free(registration);
	span_put(&span);
	return rc;
}

CUresult host_host_unregister(struct dispatch *dispatch, struct wire_span wire)
{
	struct span span;
	CUresult rc;

	if (!in_one_region(&wire))
		return dispatch_refuse(dispatch);
	if (!span_get(&wire, &span))
		return span_refuse(dispatch, &wire);
	rc = unregister(&span);
	span_put(&span);
	return rc;
}

/* In its own context, which waits for what that has under way; false: the driver keeps it. */
static bool end_in_context(const struct registration *registration)
{
	if (driver.cuCtxSetCurrent(registration->context) != CUDA_SUCCESS)
		return false;
	driver.cuCtxSynchronize();
	return ended(driver.cuMemHostUnregister(registration->base));
}

/* Does the driver know the address?  CUDA_ERROR_INVALID_VALUE: no */
static CUresult ask_driver(const struct registration *registration)
{
	CUmemorytype type;

	return driver.cuPointerGetAttribute ?
		       driver.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
						    (CUdeviceptr)registration->base) :
		       CUDA_ERROR_NOT_SUPPORTED;
}

/*
 * Have the driver let go; false if it has not said so.  Of a context that has ended its
 * registrations have, too, unless the driver knows better.  An error that stays in
 * a context need not be in the way where none is current.
 */
static bool end(const struct registration *registration)
{
	bool alive = handle_name_of(KIND_CUcontext, registration->context);
	CUresult known;

	if (alive && end_in_context(registration))
		return true;
	driver.cuCtxSetCurrent(NULL);
	known = ask_driver(registration);
	if (known == CUDA_ERROR_INVALID_VALUE || (!alive && known != CUDA_SUCCESS))
		return true;
	return ended(driver.cuMemHostUnregister(registration->base));
}

void dispatch_region_gone(void *base, size_t length)
{
	struct registration *registration;

	while ((registration = forget_within(base, length))) {
		bool let_go = end(registration);

		free(registration);
		if (!let_go)
			control_end("the driver does not let go of the guest's memory");
		driver.cuCtxSetCurrent(NULL);
	}
}
