/* SPDX-License-Identifier: MIT */
/*
 * hostmem.c - pinned and registered host memory
 *
 * Faces qcu-device/worker/hostmem.c.  The memory is shared with the host as a
 * region, at the address it has here if that is free there, and registered with
 * CUDA.  For memory that CUDA allocates the two addresses must be the same
 * (unified addressing), so an address that does not suit the host is kept aside
 * and another tried.  Memory that the program registers has its address already;
 * should the host's differ, cuMemHostGetDevicePointer() says which it is.
 */
#include <sys/random.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/hostmem.h"
#include "qcu-library/cuda/pins.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

#define ALLOC_FLAGS	(CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP | \
			 CU_MEMHOSTALLOC_WRITECOMBINED)
#define REGISTER_FLAGS	(CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP | \
			 CU_MEMHOSTREGISTER_IOMEMORY | CU_MEMHOSTREGISTER_READ_ONLY)
#define MAX_ASIDE	8
#define HINT_BASE	0x7ea000000000ull
#define HINT_SPAN	0x004000000000ull

/* Bytes of the region behind pinned memory */
static size_t whole_pages(uint64_t bytes)
{
	return (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

static struct wire_span span_of(const struct range *range)
{
	return (struct wire_span){ .region = range->region, .bytes = whole_pages(range->bytes) };
}

static void end_alloc(const struct range *range)
{
	shared_free(POINTER(range->start), whole_pages(range->bytes), range->region);
}

CUresult hostmem_free(const struct range *range)
{
	CUresult rc = send_host_unregister(span_of(range));

	/* A context that has failed keeps what it had, and so does the host: unshared, it would
	 * have to end the session, which a reset may still mend.
	 */
	if (!context_ends(rc))
		end_alloc(range);
	return rc;
}

/* Memory, shared, registered; where it came to lie is the host's to say. */
static CUresult make(struct range *range, void *hint)
{
	CUdeviceptr device;
	void *addr;
	CUresult rc = shared_alloc(hint, whole_pages(range->bytes), &addr, &range->region);

	if (rc != CUDA_SUCCESS)
		return rc;
	range->start = ADDRESS(addr);
	rc = send_host_register(span_of(range),
				CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP,
				&device);
	range->device = device;
	if (rc != CUDA_SUCCESS)
		end_alloc(range);
	return rc;
}

/*
 * Somewhere else: what is in the way may be many GiB, so a neighbouring address
 * would not do.  Half a TiB below where Linux begins to map what a process maps
 * (which ThreadSanitizer still knows as application memory).
 */
static void *random_hint(void)
{
	uint64_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		return NULL;
	return POINTER(HINT_BASE + random % HINT_SPAN / PAGE_BYTES * PAGE_BYTES);
}

CUresult hostmem_alloc(size_t bytes, enum range_kind kind, unsigned int flags, void **pp)
{
	struct range range = { .bytes = bytes, .kind = kind, .whole = true, .flags = flags,
			       .context = context_home(context_current()), .owner = context_home(context_current()) };
	struct range aside[MAX_ASIDE];
	int n_aside = 0;
	CUresult rc;

	if (bytes > SIZE_MAX - PAGE_BYTES)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (;;) {
		rc = make(&range, n_aside ? random_hint() : NULL);
		if (rc != CUDA_SUCCESS || range.device == range.start || n_aside == MAX_ASIDE)
			break;
		aside[n_aside++] = range;
	}
	while (n_aside)
		hostmem_free(&aside[--n_aside]);
	if (rc != CUDA_SUCCESS)
		return rc;
	/* For managed memory one address is all there is. */
	rc = kind == RANGE_MANAGED && range.device != range.start ? CUDA_ERROR_OUT_OF_MEMORY :
								     ranges_add(&range);
	if (rc == CUDA_SUCCESS)
		*pp = POINTER(range.start);
	else
		hostmem_free(&range);
	return rc;
}

CUresult CUDAAPI cuMemHostAlloc(void **pp, size_t bytesize, unsigned int Flags)
{
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pp || !bytesize || Flags & ~ALLOC_FLAGS)
		return CUDA_ERROR_INVALID_VALUE;
	return hostmem_alloc(bytesize, RANGE_HOST, Flags, pp);
}

CUresult CUDAAPI cuMemAllocHost_v2(void **pp, size_t bytesize)
{
	return cuMemHostAlloc(pp, bytesize, 0);
}

CUresult CUDAAPI cuMemFreeHost(void *p)
{
	CUresult rc = session_check();
	struct range range;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!ranges_take(RANGE_HOST, ADDRESS(p), &range))
		return CUDA_ERROR_INVALID_VALUE;
	return hostmem_free(&range);
}

CUresult CUDAAPI cuMemHostRegister_v2(void *p, size_t bytesize, unsigned int Flags)
{
	struct range range = { .start = ADDRESS(p), .bytes = bytesize, .kind = RANGE_REGISTERED,
			       .flags = Flags, .context = context_home(context_current()),
			       .owner = context_home(context_current()) };
	CUresult rc = context_check();
	struct pinned pinned;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!p || !bytesize || Flags & ~REGISTER_FLAGS ||
	    bytesize > SIZE_MAX - PAGE_BYTES - range.start)
		return CUDA_ERROR_INVALID_VALUE;
	/* Memory of a device in the guest is no memory of the host's. */
	if (Flags & CU_MEMHOSTREGISTER_IOMEMORY)
		return CUDA_ERROR_NOT_SUPPORTED;
	/* First the claim: of two threads one gets it, before anything is pinned. */
	rc = ranges_add(&range);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = pins_take(range.start, range.bytes, Flags, &pinned);
	if (rc != CUDA_SUCCESS) {
		ranges_take(RANGE_REGISTERED, range.start, &range);
		return rc;
	}
	range.whole = pinned.whole;
	range.region = pinned.region;
	range.offset = pinned.offset;
	range.device = pinned.device;
	ranges_update(&range);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemHostUnregister(void *p)
{
	CUresult rc = session_check();
	struct range range;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!p)
		return CUDA_ERROR_INVALID_VALUE;
	if (!ranges_take(RANGE_REGISTERED, ADDRESS(p), &range))
		return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
	return pins_drop(range.start, range.bytes, true);
}

CUresult CUDAAPI cuMemHostGetDevicePointer_v2(CUdeviceptr *pdptr, void *p, unsigned int Flags)
{
	CUresult rc = context_check();
	struct range range;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pdptr || !p || Flags || !ranges_find(ADDRESS(p), &range) || !range_is_host(&range) ||
	    range_is_managed(&range))
		return CUDA_ERROR_INVALID_VALUE;
	*pdptr = range.device + (ADDRESS(p) - range.start);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemHostGetFlags(unsigned int *pFlags, void *p)
{
	CUresult rc = session_check();
	struct range range;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pFlags || !ranges_find(ADDRESS(p), &range) || !range_is_host(&range))
		return CUDA_ERROR_INVALID_VALUE;
	/* CUDA Driver API, "Unified Addressing": such memory is always mapped. */
	*pFlags = CU_MEMHOSTALLOC_DEVICEMAP;
	if (!range_is_managed(&range))
		*pFlags |= range.flags & ~CU_MEMHOSTREGISTER_READ_ONLY;
	return CUDA_SUCCESS;
}

static void end(const struct range *range)
{
	if (range->kind != RANGE_REGISTERED)
		end_alloc(range);
	else
		pins_drop(range->start, range->bytes, false);
}

void hostmem_context_died(uint64_t context)
{
	ranges_take_host_of(context, end);
}
