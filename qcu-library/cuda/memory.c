/* SPDX-License-Identifier: MIT */
/*
 * memory.c - device memory
 *
 * The host allocates; here the addresses are reserved (reserve.c) and remembered
 * (ranges.c).  Should this process have something at an address that the host
 * chose, that piece is kept aside and another is asked for: a piece given back at
 * once would be given out again.
 */
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/managed.h"
#include "qcu-library/cuda/memory.h"
#include "qcu-library/cuda/mirror.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/reserve.h"
#include "qcu-library/cuda/session.h"

#define MAX_ASIDE	32

static CUresult remember(CUdeviceptr address, uint64_t bytes)
{
	struct range range = {
		.start = address, .bytes = bytes, .device = address, .kind = RANGE_DEVICE,
		.context = context_home(context_current()), .owner = context_home(context_current()),
	};

	return ranges_add(&range);
}

CUresult memory_obtain(const struct memory_source *source, void *ask, CUdeviceptr *address,
		       uint64_t *bytes)
{
	CUdeviceptr aside[MAX_ASIDE];
	int n_aside = 0;
	CUresult rc;

	for (;;) {
		rc = source->get(ask, address, bytes);
		if (rc != CUDA_SUCCESS || reserve(*address, *bytes))
			break;
		aside[n_aside++] = *address;
		if (n_aside == MAX_ASIDE) {
			rc = CUDA_ERROR_OUT_OF_MEMORY;
			break;
		}
	}
	while (n_aside)
		source->put(ask, aside[--n_aside]);
	return rc;
}

/* What cuMemAlloc, or, if @pitch, cuMemAllocPitch asks of the host */
struct ask {
	size_t bytes;
	size_t *pitch, width, height;
	unsigned int element;
};

static CUresult get(void *p, CUdeviceptr *address, uint64_t *bytes)
{
	const struct ask *ask = p;
	CUresult rc;

	*bytes = ask->bytes;
	if (!ask->pitch)
		return send_cuMemAlloc_v2(address, ask->bytes);
	rc = send_cuMemAllocPitch_v2(address, ask->pitch, ask->width, ask->height, ask->element);
	*bytes = (uint64_t)*ask->pitch * ask->height;
	return rc;
}

static void put(void *ask, CUdeviceptr address)
{
	send_cuMemFree_v2(address);
}

static CUresult allocate(struct ask *ask, CUdeviceptr *address)
{
	static const struct memory_source source = { get, put };
	uint64_t bytes;
	CUresult rc = memory_obtain(&source, ask, address, &bytes);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = remember(*address, bytes);
	if (rc != CUDA_SUCCESS)
		send_cuMemFree_v2(*address);
	return rc;
}

CUresult CUDAAPI cuMemAlloc_v2(CUdeviceptr *dptr, size_t bytesize)
{
	struct ask ask = { .bytes = bytesize };
	CUdeviceptr address;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && (!dptr || !bytesize))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = allocate(&ask, &address);
	if (rc == CUDA_SUCCESS)
		*dptr = address;
	return rc;
}

CUresult CUDAAPI cuMemAllocPitch_v2(CUdeviceptr *dptr, size_t *pPitch, size_t WidthInBytes,
				    size_t Height, unsigned int ElementSizeBytes)
{
	size_t pitch;
	struct ask ask = { .pitch = &pitch, .width = WidthInBytes, .height = Height,
			   .element = ElementSizeBytes };
	CUdeviceptr address;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && (!dptr || !pPitch || !WidthInBytes || !Height))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = allocate(&ask, &address);
	if (rc == CUDA_SUCCESS) {
		*dptr = address;
		*pPitch = pitch;
	}
	return rc;
}

CUresult CUDAAPI cuMemFree_v2(CUdeviceptr dptr)
{
	struct range range;
	bool known;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (ranges_take(RANGE_MANAGED, dptr, &range))
		return managed_free(&range);
	/* First here: once the host has freed it, another thread may be given it. */
	known = ranges_take(RANGE_DEVICE, dptr, &range) || ranges_take(RANGE_POOL, dptr, &range);
	rc = send_cuMemFree_v2(dptr);
	if (known && rc == CUDA_ERROR_INVALID_VALUE)
		ranges_add(&range);
	return rc;
}

/* Remember a variable; false if it cannot be kept apart from what this process has. */
static bool note(enum range_kind kind, CUdeviceptr address, size_t bytes, uint64_t owner)
{
	struct range range = {
		.start = address, .bytes = bytes, .device = address, .kind = kind,
		.context = context_home(context_current()), .owner = owner,
	};
	struct range old;

	if (ranges_find(address, &old) && old.kind == kind && old.start == address &&
	    old.owner == owner)
		return true;
	return reserve(address, bytes) && ranges_add(&range) == CUDA_SUCCESS;
}

void memory_note_global(CUdeviceptr address, size_t bytes, uint64_t owner)
{
	/* A variable that cannot be noted still works by the calls that name it. */
	if (address && bytes)
		note(RANGE_GLOBAL, address, bytes, owner);
}

CUresult memory_note_managed(CUdeviceptr address, size_t bytes, uint64_t owner)
{
	if (!address || !bytes)
		return CUDA_SUCCESS;
	if (!note(RANGE_MANAGED_GLOBAL, address, bytes, owner))
		return CUDA_ERROR_OUT_OF_MEMORY;
	return mirror_add(address, bytes);
}
