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
#include <sys/mman.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/hostmem.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

#define ALLOC_FLAGS	(CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP | \
			 CU_MEMHOSTALLOC_WRITECOMBINED)
#define REGISTER_FLAGS	(CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP | \
			 CU_MEMHOSTREGISTER_IOMEMORY | CU_MEMHOSTREGISTER_READ_ONLY)
#define MAX_ASIDE	8

static uint64_t page_down(uint64_t address)
{
	return address & ~(uint64_t)(PAGE_BYTES - 1);
}

static struct wire_span whole(const struct range *range)
{
	return (struct wire_span){ .region = range->region, .bytes = range->bytes };
}

/* Register a shared region with CUDA and remember it. */
static CUresult take_in(struct range *range, unsigned int flags)
{
	CUresult rc = send_host_register(whole(range), flags, (CUdeviceptr *)&range->device);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = ranges_add(range);
	if (rc != CUDA_SUCCESS)
		send_host_unregister(whole(range));
	return rc;
}

static CUresult allocate_once(struct range *range)
{
	void *addr;
	CUresult rc = shared_alloc(range->bytes, &addr, &range->region);

	if (rc != CUDA_SUCCESS)
		return rc;
	range->start = range->asked = ADDRESS(addr);
	rc = take_in(range, CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP);
	if (rc != CUDA_SUCCESS)
		shared_free(addr, range->bytes, range->region);
	return rc;
}

static void end_alloc(const struct range *range)
{
	shared_free(POINTER(range->start), range->bytes, range->region);
}

static CUresult release_alloc(const struct range *range)
{
	CUresult rc = send_host_unregister(whole(range));

	end_alloc(range);
	return rc;
}

static CUresult allocate(size_t bytes, unsigned int flags, void **pp)
{
	struct range range = { .asked_bytes = bytes, .kind = RANGE_HOST, .flags = flags,
			       .context = context_current(), .owner = context_current() };
	struct range aside[MAX_ASIDE];
	int n_aside = 0;
	CUresult rc;

	if (__builtin_add_overflow(bytes, PAGE_BYTES - 1, &range.bytes))
		return CUDA_ERROR_OUT_OF_MEMORY;
	range.bytes = page_down(range.bytes);
	for (;;) {
		rc = allocate_once(&range);
		if (rc != CUDA_SUCCESS || range.device == range.start || n_aside == MAX_ASIDE)
			break;
		aside[n_aside++] = range;
	}
	while (n_aside--) {
		ranges_take(RANGE_HOST, aside[n_aside].asked, &aside[n_aside]);
		release_alloc(&aside[n_aside]);
	}
	if (rc == CUDA_SUCCESS)
		*pp = POINTER(range.start);
	return rc;
}

CUresult CUDAAPI cuMemHostAlloc(void **pp, size_t bytesize, unsigned int Flags)
{
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pp || !bytesize || Flags & ~ALLOC_FLAGS)
		return CUDA_ERROR_INVALID_VALUE;
	return allocate(bytesize, Flags, pp);
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
	return release_alloc(&range);
}

static void end_registration(const struct range *range)
{
	int error = session.transport->ops->region_unshare(session.transport, range->region,
							   false);

	if (error)
		session_failed(error);
}

static CUresult share_and_register(struct range *range, unsigned int flags)
{
	int error = session.transport->ops->region_share(session.transport, POINTER(range->start),
							 range->bytes, false, &range->region);
	CUresult rc;

	if (error)
		return session_failed(error);
	rc = take_in(range, flags);
	if (rc != CUDA_SUCCESS)
		end_registration(range);
	return rc;
}

CUresult CUDAAPI cuMemHostRegister_v2(void *p, size_t bytesize, unsigned int Flags)
{
	struct range range = { .asked = ADDRESS(p), .asked_bytes = bytesize,
			       .kind = RANGE_REGISTERED, .flags = Flags,
			       .context = context_current(), .owner = context_current() };
	CUresult rc = context_check();
	uint64_t end;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!p || !bytesize || Flags & ~REGISTER_FLAGS ||
	    __builtin_add_overflow(range.asked, bytesize + PAGE_BYTES - 1, &end) ||
	    bytesize > SIZE_MAX - PAGE_BYTES)
		return CUDA_ERROR_INVALID_VALUE;
	/* Memory of a device in the guest is no memory of the host's. */
	if (Flags & CU_MEMHOSTREGISTER_IOMEMORY)
		return CUDA_ERROR_NOT_SUPPORTED;
	range.start = page_down(range.asked);
	range.bytes = page_down(end) - range.start;
	if (ranges_touch(range.start, range.bytes))
		return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
	return share_and_register(&range, Flags);
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
	rc = send_host_unregister(whole(&range));
	end_registration(&range);
	return rc;
}

CUresult CUDAAPI cuMemHostGetDevicePointer_v2(CUdeviceptr *pdptr, void *p, unsigned int Flags)
{
	CUresult rc = context_check();
	struct range range;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pdptr || !p || Flags || !ranges_find(ADDRESS(p), &range) || !range_is_host(&range))
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
	if (!pFlags || !ranges_find(ADDRESS(p), &range) || range.kind != RANGE_HOST)
		return CUDA_ERROR_INVALID_VALUE;
	/* CUDA Driver API, "Unified Addressing": such memory is always mapped. */
	*pFlags = range.flags | CU_MEMHOSTALLOC_DEVICEMAP;
	return CUDA_SUCCESS;
}

static void end(const struct range *range)
{
	if (range->kind == RANGE_HOST)
		end_alloc(range);
	else
		end_registration(range);
}

void hostmem_context_died(uint64_t context)
{
	ranges_take_host_of(context, end);
}
